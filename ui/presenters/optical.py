"""Meter, optical: one session at a time with the meter behind the head, as named steps.

In come intents (read, write the choice, answer a question, stop); out comes a State with the
steps done and to come, what the meter said, and the choice before and after with its proof;
`trace` tells the frames of the session.
Rule: a write happens in a visit as its own step, through the same room as the visit's page, or
in the workshop; stopping leaves the port closed and says what was done.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from fieldapp.domain.preference import Preference, foretold, wanted_status
from fieldapp.work.errand import Errands, Line
from fieldapp.work.inspection import (
    PREFERENCE_STEPS,
    STATE_STEPS,
    WRITE_STEPS,
    Inspection,
    Look,
)
from fieldapp.work.metering import Metering
from fieldapp.work.refusals import HostNotConfirmed
from fieldapp.work.upkeep import UPKEEP_STEPS, Upkeep
from hardware.drivers.optical_answers import PreferenceProof
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
from ui.presenters.optical_deeds import Deed, DeedProof, Question, may
from ui.presenters.optical_doing import Doer
from ui.presenters.optical_reading import OpticalReading, optical_reading
from ui.presenters.optical_trace import SessionTrace
from ui.presenters.presenter import Presenter, Refresher, attempt

T = TypeVar("T")
_TOPICS = frozenset({"visits", "outbox", "device"})
_ROLE = "optical"
_QUIET_STEPS = frozenset({"keep", "read_state"})
"""Steps that are no row of their own: the readout's own steps stand for them."""


class Session(StrEnum):
    """What a session is for."""

    NONE = ""
    STATE = "state"
    PREFERENCE = "preference"
    WRITE = "write"
    DEED = "deed"


_PLANS = {
    Session.NONE: (),
    Session.STATE: tuple(step for step in STATE_STEPS if step not in _QUIET_STEPS),
    Session.PREFERENCE: PREFERENCE_STEPS,
    Session.WRITE: WRITE_STEPS,
    Session.DEED: UPKEEP_STEPS,
}


@dataclass(frozen=True, slots=True)
class Proof:
    """A change of the administrative status: held before, asked, and read back after."""

    before: int
    requested: Preference
    after: int
    at: datetime

    @property
    def holds(self) -> bool:
        """Whether the meter now holds what was asked."""
        return self.after == wanted_status(self.requested)


@dataclass(frozen=True, slots=True)
class OpticalState:
    """What the page shows.

    Attributes:
        session: what runs, or ran last.
        done: the steps that have begun, in order; the last one runs while `running`.
        reading: the last state, read at `read_at`.
        value_now: the administrative status as last read; None where it was not.
        proof: of the last write of the choice.
        question: what is to be done, until a person says yes or no.
        deed: the proof of what was done last.
        host: the electricity meter that a gas-only visit has to be sure of, until it is.
    """

    source: str = ""
    ports: tuple[PortCard, ...] = ()
    errand: ErrandCard = field(default_factory=ErrandCard)
    session: Session = Session.NONE
    running: bool = False
    stopped: bool = False
    done: tuple[str, ...] = ()
    reading: OpticalReading | None = None
    read_at: datetime | None = None
    value_now: int | None = None
    proof: Proof | None = None
    question: Question | None = None
    deed: DeedProof | None = None
    host: str = ""
    problem: Message | None = None

    @property
    def is_writing(self) -> bool:
        """Whether the session changes the meter."""
        return self.session in {Session.WRITE, Session.DEED}

    @property
    def plan(self) -> tuple[str, ...]:
        """The steps of this session, in order."""
        return _PLANS[self.session]

    @property
    def may_write(self) -> bool:
        """Whether there is a reason to write: a visit with a choice, or the workshop."""
        return self.errand.is_workshop or self.errand.choice is not None

    def foretold(self, preference: Preference) -> bool:
        """Whether writing this leaves event 47 in the meter's fraud log."""
        return bool(foretold(self.value_now, preference))


@dataclass(frozen=True, slots=True)
class Rooms:
    """The work rooms of the optical port."""

    inspection: Inspection
    metering: Metering
    errands: Errands
    upkeep: Upkeep


class OpticalPresenter(Presenter[OpticalState]):
    """Holds sessions over one optical port."""

    def __init__(self, rooms: Rooms, bench: Bench, source: str = "") -> None:
        """Work over `source`; `open` loads the errand and the ports."""
        super().__init__(OpticalState(source))
        self._rooms = rooms
        self._bench = bench
        self._contact = OneContact(bench.tasks, bench.lang)
        self._refresher = Refresher(self.refresh, _TOPICS, bench.tasks)
        self._waiting: Callable[[str], None] | None = None
        self.trace = SessionTrace(rooms.errands, bench)

    async def open(self) -> None:
        """Load, and keep up with the visit under way from now on."""
        await self._refresher.open(self._bench.db)
        await self.look_for_ports()

    def close(self) -> None:
        """End the session and stop keeping up."""
        self._refresher.close()
        self.stop()

    async def refresh(self) -> None:
        """Ask the store why a meter may be touched now; another visit clears the page."""
        found: list[ErrandCard] = []

        async def load() -> None:
            found.append(errand_card(await self._rooms.errands.current()))

        problem = await attempt(load(), self._bench.lang)
        if not found:
            self._show(replace(self.state, problem=problem))
            return
        if found[0].visit != self.state.errand.visit:
            self.stop()
            self.trace.forget()
            running = self._contact.running
            self._show(OpticalState(self.state.source, self.state.ports, running=running))
        self._show(replace(self.state, errand=found[0]))

    async def look_for_ports(self) -> None:
        """Ask the machine which ports it has."""
        ports = await ports_now(self._bench.list_ports)
        self._show(replace(self.state, ports=ports))

    def use(self, source: str) -> None:
        """Work over this port from now on; it is remembered."""
        if source.strip() == self.state.source:
            return
        self.stop()
        self._show(replace(self.state, source=source.strip(), problem=None))
        self._bench.remember(_ROLE, source.strip())

    def read_state(self) -> None:
        """Read everything that a visit reads from a meter."""
        self._begin(Session.STATE, self._rooms.inspection.state, self._with_state)

    def read_preference(self) -> None:
        """Read what the meter holds about remote reading."""
        inspection = self._rooms.inspection
        self._begin(Session.PREFERENCE, inspection.preference, self._with_value)

    def write_preference(self, wanted: Preference) -> None:
        """Write the choice and read it back: for the visit, or in the workshop."""
        self._begin(
            Session.WRITE,
            self._writer(wanted),
            lambda proof: replace(self.state, proof=proof, value_now=proof.after),
        )

    def may(self, deed: Deed) -> bool:
        """Whether the errand of now gives a right to it."""
        return may(self.state.errand, deed)

    def ask(self, question: Question | None) -> None:
        """Put this question to the person; None takes back the one that stands."""
        if not self._contact.running:
            self._show(replace(self.state, question=question, deed=None))

    def answer_yes(self) -> None:
        """Do what the question asks, once."""
        question = self.state.question
        if question is None:
            return
        self._show(replace(self.state, question=None))
        doer = Doer(self._rooms.upkeep, self._bench.clock.now)
        self._begin(
            Session.DEED,
            lambda line: doer.do(line, question, self.state.reading),
            lambda done: replace(self.state, reading=done[0], deed=done[1]),
        )

    def confirm_host(self) -> None:
        """The number on the plate is the one that answered: do what waited for that."""
        if self._waiting is not None and self.state.host:
            self._waiting(self.state.host)

    def decline_host(self) -> None:
        """It is another meter; nothing is done."""
        self._show(replace(self.state, host=""))

    def stop(self) -> None:
        """Stop the session; the port is closed, and `done` says how far it came."""
        self._contact.stop()

    async def ended(self) -> None:
        """Wait until the session that runs has ended."""
        await self._contact.wait()

    def now(self) -> datetime:
        """The device's time, for telling ages."""
        return self._bench.clock.now()

    def _writer(self, wanted: Preference) -> Callable[[Line], Coroutine[Any, Any, Proof]]:
        if self.state.errand.is_workshop:
            return lambda line: self._write_on_the_bench(line, wanted)
        return lambda line: self._write_in_visit(line, wanted)

    async def _write_on_the_bench(self, line: Line, wanted: Preference) -> Proof:
        proof = await self._rooms.inspection.write_preference(line, wanted)
        return Proof(proof.before.value, wanted, proof.after.value, proof.time)

    async def _write_in_visit(self, line: Line, wanted: Preference) -> Proof:
        errand = self.state.errand
        target = line.target(errand.visit, errand.step)
        fact = await self._rooms.metering.apply_preference(target, wanted)
        return Proof(fact.before, wanted, fact.after, fact.at)

    def _begin(
        self,
        session: Session,
        work: Callable[[Line], Coroutine[Any, Any, T]],
        kept: Callable[[T], OpticalState],
        confirmed: str = "",
    ) -> None:
        if self._contact.running or not self.state.source:
            return
        trace = self.trace
        line = Line(
            self.state.source, self._noticed, trace.heard, confirmed, plain=trace.opened
        )
        self.trace.begin()
        begun = replace(self.state, session=session, running=True, stopped=False)
        self._show(replace(begun, done=(), problem=None, host=""))

        async def contact() -> None:
            try:
                outcome = await work(line)
            except HostNotConfirmed as e:
                self._waiting = lambda host: self._begin(session, work, kept, host)
                self._show(replace(self.state, host=e.found))
                raise
            self._show(kept(outcome))

        if not self._contact.start(contact(), self._ended):
            self._show(replace(self.state, running=False))

    def _with_state(self, look: Look) -> OpticalState:
        reading = optical_reading(look)
        value = self.state.value_now if reading.preference is None else reading.preference
        now = self._bench.clock.now()
        return replace(self.state, reading=reading, read_at=now, value_now=value)

    def _with_value(self, proof: PreferenceProof) -> OpticalState:
        return replace(self.state, value_now=proof.after.value)

    def _noticed(self, step: str) -> None:
        if step not in _QUIET_STEPS:
            self._show(replace(self.state, done=(*self.state.done, step)))

    def _ended(self, ending: Ending) -> None:
        self.trace.settle()
        self._show(
            replace(self.state, running=False, stopped=ending.stopped, problem=ending.problem)
        )
