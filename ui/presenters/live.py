"""Meter, P1: the customer port as it goes, an hour of it in memory.

In come intents (choose a port, begin, stop); out comes a State after each telegram: the last
reading, the line's health, and what follows from them. What was heard in the last hour is asked
for beside it, as columns of the plot and as entries to step through. Rule: what is heard is
shown, and after an hour it is forgotten, whether or not anything comes; a damaged telegram
counts and shows no value.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from fieldapp.work.errand import Errands, Line
from fieldapp.work.live import Heard, LivePort
from fieldapp.work.quantities import quantities
from hardware.p1.telegram import Telegram
from ui.messages import Message
from ui.presenters.bench import (
    Bench,
    Ending,
    ErrandCard,
    OneContact,
    PortCard,
    errand_card,
    ports_now,
)
from ui.presenters.live_findings import Finding, examine
from ui.presenters.live_history import History
from ui.presenters.live_line import LineHealth, LineLog
from ui.presenters.live_reading import LiveReading, reading_of
from ui.presenters.live_tracks import Tracks
from ui.presenters.presenter import Presenter, Refresher, attempt

_TOPICS = frozenset({"visits", "outbox", "device"})
_ROLE = "p1"
_BAD = "bad"
FORGET_S = 60.0
"""How often what is over an hour old is looked for while nothing comes."""


@dataclass(frozen=True, slots=True)
class LiveState:
    """What the page shows.

    Attributes:
        ports: those that exist now.
        step: of the contact that begins: `open_port`, `wait_telegram`, or empty.
        reading: of the last sound telegram.
        heard_s: when it came, on the clock that never goes back; `since_s` when the first did.
        count: of everything that came in, so that each makes a new State.
    """

    source: str = ""
    ports: tuple[PortCard, ...] = ()
    errand: ErrandCard = field(default_factory=ErrandCard)
    running: bool = False
    stopped: bool = False
    step: str = ""
    reading: LiveReading | None = None
    health: LineHealth = field(default_factory=LineHealth)
    heard_at: datetime | None = None
    heard_s: float = 0.0
    since_s: float = 0.0
    count: int = 0
    findings: tuple[Finding, ...] = ()
    problem: Message | None = None


class LivePresenter(Presenter[LiveState]):
    """Follows one customer port."""

    def __init__(
        self, work: LivePort, errands: Errands, bench: Bench, source: str = ""
    ) -> None:
        """Follow `source` with `work`; `open` loads the errand and the ports."""
        super().__init__(LiveState(source))
        self._work = work
        self._errands = errands
        self._bench = bench
        self._contact = OneContact(bench.tasks, bench.lang)
        self._log = LineLog()
        self.tracks = Tracks()
        self.history = History()
        self._forgetting: asyncio.TimerHandle | None = None
        self._refresher = Refresher(self.refresh, _TOPICS, bench.tasks)

    async def open(self) -> None:
        """Load, and keep up with the visit under way from now on."""
        await self._refresher.open(self._bench.db)
        await self.look_for_ports()

    def close(self) -> None:
        """Stop listening and keeping up."""
        self._refresher.close()
        self.stop()

    async def refresh(self) -> None:
        """Ask the store why a meter may be touched now; another visit ends the contact."""
        found: list[ErrandCard] = []
        clock_error: list[timedelta | None] = []

        async def load() -> None:
            clock_error.append(await self._work.clock_error())
            found.append(errand_card(await self._errands.current()))

        problem = await attempt(load(), self._bench.lang)
        if not found:
            self._show(replace(self.state, problem=problem))
            return
        if found[0].visit != self.state.errand.visit:
            self._start_anew()
        self._log.vouch(clock_error[0])
        self._show(replace(self.state, errand=found[0]))

    async def look_for_ports(self) -> None:
        """Ask the machine which ports it has."""
        ports = await ports_now(self._bench.list_ports)
        self._show(replace(self.state, ports=ports))

    def use(self, source: str) -> None:
        """Listen to this port from now on; it is remembered."""
        if source.strip() == self.state.source:
            return
        self.stop()
        self._show(replace(self.state, source=source.strip(), problem=None))
        self._bench.remember(_ROLE, source.strip())

    def start(self) -> None:
        """Begin to listen; nothing happens where it already runs or no port is chosen."""
        if self._contact.running or not self.state.source:
            return
        line = Line(self.state.source, self._noticed)
        self._show(replace(self.state, running=True, stopped=False, step="", problem=None))
        if not self._contact.start(self._work.follow(line, self._heard), self._ended):
            self._show(replace(self.state, running=False))

    def stop(self) -> None:
        """Stop listening; the last hour stays on the screen until another visit."""
        self._contact.stop()

    async def ended(self) -> None:
        """Wait until the contact that runs has ended."""
        await self._contact.wait()

    def now_s(self) -> float:
        """The clock by which ages and the line's verdict are told."""
        return self._bench.clock.monotonic_s()

    def _start_anew(self) -> None:
        """Another customer: nothing of the one before stays."""
        self.stop()
        self._log, self.tracks, self.history = LineLog(), Tracks(), History()
        blank = LiveState(self.state.source, self.state.ports, running=self._contact.running)
        self._show(blank)

    def _noticed(self, step: str) -> None:
        self._show(replace(self.state, step=step))

    def _heard(self, heard: Heard) -> None:
        self._log.count(heard)
        self.history.add(heard)
        state = replace(
            self.state, step="", health=self._log.health, count=self.state.count + 1
        )
        if isinstance(heard.event, Telegram) and heard.event.crc != _BAD:
            self.tracks.add(heard.monotonic_s, quantities(heard.event))
            state = self._with_reading(state, heard, reading_of(heard.event))
        self._show(state)
        if self._forgetting is None:
            self._forget_later()

    def _with_reading(self, state: LiveState, heard: Heard, reading: LiveReading) -> LiveState:
        return replace(
            state,
            reading=reading,
            heard_at=heard.at,
            heard_s=heard.monotonic_s,
            since_s=state.since_s if state.reading else heard.monotonic_s,
            findings=examine(reading, state.health),
        )

    def forget(self) -> None:
        """Let go of what is over an hour old; the last reading too, once nothing is left."""
        self._forgetting = None
        now_s = self.now_s()
        self.tracks.forget(now_s)
        self.history.forget(now_s)
        if self.history:
            self._forget_later()
        elif self.state.reading is not None:
            self._show(replace(self.state, reading=None, findings=()))

    def _forget_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._forgetting = loop.call_later(FORGET_S, self.forget)

    def _ended(self, ending: Ending) -> None:
        self._show(
            replace(
                self.state,
                running=False,
                step="",
                stopped=ending.stopped,
                problem=ending.problem,
            )
        )
