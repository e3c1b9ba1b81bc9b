"""What the recordings of the customer port look like to a page: cards, progress, what is open.

Rule: frozen; names of files never carry a customer's data, what a card says comes from inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from fieldapp.domain.privacy import MeterAction, Purpose, allows, term_of
from fieldapp.store.recordings import Kept
from fieldapp.work import capture
from fieldapp.work.recording import Running
from ui.messages import Message

Summary: TypeAlias = capture.Summary

LASTS = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=24),
)
KEEPS = (timedelta(hours=1), timedelta(hours=24), timedelta(days=3), timedelta(days=7))


@dataclass(frozen=True, slots=True)
class KeptCard:
    """One file on the shelf.

    Attributes:
        kind: `telegram` or `recording`.
        can_export: whether the purpose that it was made for lets a copy leave the laptop.
    """

    name: str
    kind: str
    purpose: str
    meter: str
    made_at: datetime
    until: datetime
    size: int
    can_export: bool


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be done now, and for how long.

    Attributes:
        lasts, keeps: to choose from, no longer than the purpose gives.
        visit: whether a kept telegram goes with a visit.
    """

    purpose: Purpose | None = None
    visit: bool = False
    keep: bool = False
    record: bool = False
    lasts: tuple[timedelta, ...] = ()
    keeps: tuple[timedelta, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A recording that is looked at; `card` is None for a file of somebody else's."""

    title: str
    summary: Summary
    card: KeptCard | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far reading or exporting is."""

    what: str
    done: int
    size: int


@dataclass(frozen=True, slots=True)
class RecordingState:
    """What the page shows.

    Attributes:
        running: the recording under way.
        telegram: octets of the telegram that is looked at in the opened recording.
        done: what went well last: `kept_visit`, `kept`, `ended`, `exported`, `removed`.
    """

    allowed: Allowed = field(default_factory=Allowed)
    running: Running | None = None
    kept: tuple[KeptCard, ...] = ()
    progress: Progress | None = None
    opened: Opened | None = None
    telegram: bytes = b""
    done: str = ""
    problem: Message | None = None


def allowed_by(purpose: Purpose | None, *, visit: bool) -> Allowed:
    """What the errand of now gives."""
    if purpose is None:
        return Allowed()
    term = term_of(purpose)
    return Allowed(
        purpose=purpose,
        visit=visit,
        keep=allows(purpose, MeterAction.KEEP_TELEGRAM),
        record=allows(purpose, MeterAction.RECORD),
        lasts=_up_to(LASTS, term.record),
        keeps=_up_to(KEEPS, term.keep),
    )


def _up_to(choices: Sequence[timedelta], most: timedelta) -> tuple[timedelta, ...]:
    return tuple(one for one in choices if one <= most)


def card_of(kept: Kept) -> KeptCard:
    """A file of the shelf as a card."""
    label = kept.label
    return KeptCard(
        name=kept.name,
        kind=label.kind,
        purpose=label.purpose,
        meter=label.meter,
        made_at=label.made_at,
        until=label.until,
        size=kept.size,
        can_export=allows(Purpose(label.purpose), MeterAction.EXPORT),
    )
