"""A contact as the command line asks for it, and the door that it goes through.

In come a command's purpose, visit, port and what it is about to do; out comes the number of the
meter that must answer, with the laptop's counters. Rule: this room is light; who keeps the
door brings the laptop along.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fieldapp.domain import facts as f
from fieldapp.domain.meter_clock import LaptopTime
from fieldapp.domain.preference import Preference
from fieldapp.domain.privacy import MeterAction

if TYPE_CHECKING:
    from hardware.drivers.optical_access import CounterSource, Hls


Noting = Callable[[MeterAction], AbstractAsyncContextManager[None]]
"""Notes one action more of a contact that lasts; entering may refuse as a door does."""


def _unnoted(_action: MeterAction) -> AbstractAsyncContextManager[None]:
    return nullcontext()


@dataclass(slots=True)
class Told:
    """What the door and the command tell each other while a contact lasts.

    Attributes:
        time: what the laptop knows of its own time; told by the door.
        last_visit: when a technician was last at the meter of the visit; told by the door.
        also: notes a further action within the contact; told by the door.
        facts: what was done to the meter; the door keeps them in the visit, come what may.
    """

    time: LaptopTime | None = None
    last_visit: datetime | None = None
    also: Noting = _unnoted
    facts: list[f.AnyFact] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One contact.

    Attributes:
        action: what is done with the meter.
        source: the port's name.
        purpose: as typed; None: the visit's, or the workshop's.
        visit: an id or a number.
        preference: what is to be written, for a write.
        passphrase_file: opens the laptop's store where its key is behind a passphrase.
        location: the code that is to be written, for such a write.
        told: said and heard during the contact.
    """

    action: MeterAction
    source: str
    purpose: str | None = None
    visit: str | None = None
    preference: Preference | None = None
    passphrase_file: Path | None = None
    location: str | None = None
    told: Told = field(default_factory=Told, compare=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a contact is given on its way in.

    Attributes:
        meter: number of the one that must answer, or None.
        counters: where this laptop keeps its invocation counters, where it says.
        system_title: this laptop's own, where it has one.
        hls: what HLS 5 with that meter takes, where this laptop has its keys.
    """

    meter: str | None = None
    counters: CounterSource | None = None
    system_title: bytes | None = None
    hls: Hls | None = None


Door = Callable[[Wanted], AbstractAsyncContextManager[Entry]]
"""Entered before a port is opened, left when it is closed again.

Entering may refuse by raising a `FieldAppError`. What the contact raises passes through it.
"""


@asynccontextmanager
async def unwatched(wanted: Wanted) -> AsyncIterator[Entry]:
    """The door where no trail was wired in: lets everybody pass."""
    del wanted
    yield Entry()
