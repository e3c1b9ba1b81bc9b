"""What the meter's and the diagnosis pages share: ports, the errand of now, one contact a time.

In come a list of ports and the work rooms' errands; out come frozen choices for a page. Rule:
one contact at a time; stopping one closes its port and says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from fieldapp.clock import Clock
from fieldapp.domain.preference import Preference
from fieldapp.domain.privacy import Purpose
from fieldapp.store.database import Database
from fieldapp.work.errand import Errand
from hardware.adapters import adapter_of
from hardware.serial_port import PortInfo
from ui.messages import Lang, Message
from ui.presenters.presenter import attempt
from ui.tasks import Tasks

ListPorts = Callable[[], Sequence[PortInfo]]
Remember = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Bench:
    """What these presenters work with.

    Attributes:
        list_ports: the machine's ports now; may block, so it is called in a thread.
        remember: keeps the port of a role (`p1`, `optical`) for the next start.
    """

    db: Database
    clock: Clock
    tasks: Tasks
    lang: Lang
    list_ports: ListPorts
    remember: Remember


@dataclass(frozen=True, slots=True)
class PortCard:
    """One port: what to open, what the driver calls it, who made the adapter.

    Attributes:
        chip: what the adapter is made with, where its USB numbers or texts say so.
        chance: whether a P1 cable may hang on it, see `hardware.adapters.Chance`; empty for
            a port that was typed.
    """

    source: str
    description: str = ""
    maker: str = ""
    serial_number: str = ""
    typed: bool = False
    chip: str = ""
    chance: str = ""

    @property
    def short(self) -> str:
        """Its name without the folder of devices: `ttyUSB0`, `COM4`, `socket://…`."""
        return self.source.removeprefix("/dev/")


@dataclass(frozen=True, slots=True)
class ErrandCard:
    """Why a meter may be touched now.

    Attributes:
        purpose: None on an enrolled laptop without a visit under way.
        visit: its id; empty in the workshop.
        meter: the number that must answer.
        step: the step where the visit stands.
        choice: what the customer chose, where that is known.
        gas: the number of the gas meter that belongs behind the meter.
        location: the office's code for where the meter hangs.
    """

    purpose: Purpose | None = None
    visit: str = ""
    number: str = ""
    place: str = ""
    meter: str = ""
    step: str = ""
    choice: Preference | None = None
    gas: str = ""
    location: str = ""

    @property
    def is_workshop(self) -> bool:
        """Whether this laptop belongs to nobody and works on the bench."""
        return self.purpose is Purpose.WORKSHOP


def errand_card(errand: Errand) -> ErrandCard:
    """An errand as a page shows it."""
    return ErrandCard(
        purpose=errand.purpose,
        visit=errand.visit,
        number=errand.number,
        place=errand.place,
        meter=errand.meter,
        step=errand.step,
        choice=errand.choice.preference if errand.choice else None,
        gas=errand.gas,
        location=errand.location_code,
    )


async def ports_now(list_ports: ListPorts) -> tuple[PortCard, ...]:
    """The ports of this machine, in order; asked in a thread, since drivers may be slow."""
    found = await asyncio.to_thread(list_ports)
    return tuple(_card_of(port) for port in found)


def _card_of(port: PortInfo) -> PortCard:
    adapter = adapter_of(port)
    return PortCard(
        port.device,
        port.description,
        port.manufacturer,
        port.serial_number,
        chip=adapter.chip,
        chance=adapter.chance.value,
    )


@dataclass(frozen=True, slots=True)
class Ending:
    """How a contact ended; a problem, stopped by hand, or neither: it went well."""

    problem: Message | None = None
    stopped: bool = False


class OneContact:
    """Runs one contact at a time in the background."""

    def __init__(self, tasks: Tasks, lang: Lang) -> None:
        self._tasks = tasks
        self._lang = lang
        self._task: asyncio.Task[Any] | None = None

    @property
    def running(self) -> bool:
        """Whether a contact is under way."""
        return self._task is not None

    def start(self, work: Coroutine[Any, Any, object], ended: Callable[[Ending], None]) -> bool:
        """Begin; False where another one runs or the program is closing."""
        if self._task is not None:
            work.close()
            return False
        task = self._tasks.spawn(attempt(work, self._lang), "meter contact")
        if task is None:
            work.close()
            return False

        def done(task: asyncio.Task[Any]) -> None:
            work.close()  # one that was cancelled before it began
            self._task = None
            failed = task.cancelled() or task.exception() is not None
            ended(Ending(None if failed else task.result(), task.cancelled()))

        self._task = task
        task.add_done_callback(done)
        return True

    def stop(self) -> None:
        """Cancel; the port is closed when `wait` returns."""
        if self._task is not None:
            self._task.cancel()

    async def wait(self) -> None:
        """Wait until the contact that runs has ended."""
        if self._task is not None:
            await asyncio.wait({self._task})
