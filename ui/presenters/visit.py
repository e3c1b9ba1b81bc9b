"""Bezoek: one visit being worked on, step by step.

In come the technician's intents; out comes a `VisitPage` after each of them and after every
commit that touches this laptop's visits. Each intent answers whether it was done; where a rule
or the store forbids it, the page carries the reason in words. Rule: nothing is kept here that
the store does not hold; a presenter opened after a kill shows the same step.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.preference import Choice, Preference, Requester
from fieldapp.domain.work_order import Commodity, MeterKind
from fieldapp.store import device, orders
from fieldapp.store.database import Database
from fieldapp.work.expected import carrier_identified, expected_meter
from fieldapp.work.refusals import NoMeterHere, NoSuchVisit
from fieldapp.work.visit import NotDone, Picture, VisitWork, WayOut
from ui.messages import Message, explain
from ui.presenters.presenter import Presenter, Refresher, attempt
from ui.presenters.visit_page import VisitPage
from ui.presenters.visit_projection import page_of
from ui.tasks import Tasks

_TOPICS = frozenset({"visits", "outbox"})


@dataclass(frozen=True, slots=True)
class Room:
    """What a visit's presenter works with."""

    db: Database
    work: VisitWork
    clock: Clock
    tasks: Tasks
    lang: str


class VisitPresenter(Presenter[VisitPage]):
    """Shows and works one visit."""

    def __init__(self, room: Room, visit_id: str) -> None:
        """Work `visit_id`; `open` loads it."""
        super().__init__(VisitPage(visit_id))
        self._room = room
        self._id = visit_id
        self._selected = ""
        self._technician = ""
        self._busy = False
        self._refresher = Refresher(self.refresh, _TOPICS, room.tasks)

    async def open(self) -> bool:
        """Load, and keep up from now on; the audit trail notes that the visit was looked at."""
        owner = await self._room.db.read(device.device)
        self._technician = owner.technician if owner else ""
        done = await self._do(self._room.work.look(self._id))
        await self._refresher.open(self._room.db)
        return done

    def close(self) -> None:
        """Stop keeping up."""
        self._refresher.close()

    async def refresh(self) -> None:
        """Ask the store again."""
        await self._load(self.state.problem)

    async def select(self, step: str) -> None:
        """Look at another step; empty goes back to the one in turn."""
        self._selected = step
        await self._load(None)

    async def accept(self) -> bool:
        """Take the visit."""
        return await self._record(f.VisitAccepted(at=self._now()))

    async def refuse(self, reason: str) -> bool:
        """Give it back to the pool."""
        return await self._record(f.VisitRefused(at=self._now(), reason=reason))

    async def travel(self) -> bool:
        """On the way."""
        return await self._record(f.VisitTravelling(at=self._now()))

    async def arrive(self) -> bool:
        """At the address."""
        return await self._record(f.VisitArrived(at=self._now()))

    async def answer_lmra(self, answers: Mapping[str, str]) -> bool:
        """Keep the answers (`yes`, `no`, `na` by question code) and begin if they allow it."""
        return await self._do(self._room.work.start(self._id, answers, self._technician))

    async def start(self) -> bool:
        """Begin, or begin again, with the risk analysis answered."""
        return await self._record(f.VisitStarted(at=self._now()))

    async def pause(self, reason: str = "") -> bool:
        """Let the work stand still."""
        return await self._record(f.VisitPaused(at=self._now(), reason=reason))

    async def not_done(self, ending: NotDone) -> bool:
        """End the visit without its work."""
        return await self._do(self._room.work.not_done(self._id, ending))

    async def confirm(self, item: str) -> bool:
        """Tick an item of the current step."""
        return await self._record(f.ItemConfirmed(at=self._now(), step=self._step, item=item))

    async def measure(self, name: str, value: Decimal, unit: str, instrument: str = "") -> bool:
        """Enter a value measured with an instrument."""
        fact = f.MeasurementEntered(
            at=self._now(),
            step=self._step,
            name=name,
            value=value,
            unit=unit,
            instrument=instrument,
        )
        return await self._record(fact)

    async def record_seal(self, position: str, number: str, action: str) -> bool:
        """Record a seal: `action` is removed, placed, broken or absent."""
        fact = f.SealRecorded(
            at=self._now(), step=self._step, position=position, number=number, action=action
        )
        return await self._record(fact)

    async def remove_meter(self, commodity: str) -> bool:
        """The visit's meter of this carrier is off the wall."""
        return await self._do(self._remove(Commodity(commodity)))

    async def place_meter(
        self, commodity: str, number: str, kind: MeterKind | None = None
    ) -> bool:
        """A meter hangs there: `kind` is the visit's where it is not given."""
        return await self._do(self._place(Commodity(commodity), number, kind))

    async def choose(
        self,
        preference: Preference,
        by: Requester = Requester.HOLDER,
        verified: str = "at_door",
    ) -> bool:
        """Record the customer's choice about remote reading, made at the door."""
        now = self._now()
        choice = Choice(
            preference=preference, by=by, verified=verified, channel="site", made_at=now
        )
        return await self._record(f.ChoiceRecorded(at=now, step=self._step, choice=choice))

    async def add_photo(self, slot: str, picture: Picture) -> bool:
        """Keep a photo for the current step."""
        return await self._do(self._room.work.add_photo(self._id, self._step, slot, picture))

    async def sign(self, signature: Picture) -> bool:
        """Keep the customer's signature."""
        return await self._do(self._room.work.sign(self._id, self._step, signature))

    async def waive(self, way_out: WayOut) -> bool:
        """Take a requirement's way out."""
        return await self._do(self._room.work.waive(self._id, self._step, way_out))

    async def other_meter(self, found: str, reason: str, photo: str = "") -> bool:
        """Another meter hangs there than the office knows: the office decides."""
        return await self._do(self._other_meter(found, reason, photo))

    async def find(self, rule: str, verdict: str, why: str) -> bool:
        """Record a finding: `verdict` is found, ruled_out or not_examined."""
        fact = f.FindingRecorded(
            at=self._now(), step=self._step, rule=rule, verdict=verdict, why=why
        )
        return await self._record(fact)

    async def act(self, action: str, note: str = "") -> bool:
        """Record what was done: repaired, replaced, referred or nothing."""
        fact = f.ActionTaken(at=self._now(), step=self._step, action=action, note=note)
        return await self._record(fact)

    async def record_refusal(
        self, offered: MeterKind, instead: MeterKind | None = None, note: str = ""
    ) -> bool:
        """The customer refuses the offered meter."""
        fact = f.RefusalRecorded(
            at=self._now(),
            step=self._step,
            offered=offered,
            accepted_instead=instead,
            note=note,
        )
        return await self._record(fact)

    async def complain(self, text: str) -> bool:
        """Record a complaint or question in the customer's words."""
        return await self._record(f.ComplaintRecorded(at=self._now(), text=text))

    async def report_danger(self, danger: str) -> bool:
        """Gas smell or other danger: it is kept from any step; the work stops."""
        return await self._record(f.DangerReported(at=self._now(), danger=danger))

    async def finish_step(self) -> bool:
        """The current step is done."""
        done = await self._record(f.StepDone(at=self._now(), step=self._step))
        if done:
            await self.select("")
        return done

    async def close_visit(self, *pending: f.PendingCheck) -> bool:
        """The visit is done, possibly with checks pending."""
        return await self._record(f.VisitClosed(at=self._now(), pending=pending))

    async def correct(self, change: f.VisitCorrected) -> bool:
        """Mend a mistake in a finished visit; nothing is overwritten."""
        return await self._record(change)

    async def _remove(self, commodity: Commodity) -> None:
        stored = await self._room.work.stored(self._id)
        expected = expected_meter(stored.visit, stored.progress, commodity, "final")
        fact = f.MeterRemoved(
            at=self._now(),
            step=self._step,
            ean=expected.connection.ean,
            number=expected.meter.number,
        )
        await self._room.work.record(self._id, fact)

    async def _place(self, commodity: Commodity, number: str, kind: MeterKind | None) -> None:
        stored = await self._room.work.stored(self._id)
        connection = stored.visit.connection(commodity.value)
        if connection is None:
            raise NoMeterHere(commodity.value)
        fact = f.MeterPlaced(
            at=self._now(),
            step=self._step,
            ean=connection.ean,
            number=number,
            meter_kind=kind or stored.visit.meter_kind,
        )
        await self._room.work.record(self._id, fact)

    async def _other_meter(self, found: str, reason: str, photo: str) -> None:
        stored = await self._room.work.stored(self._id)
        carrier = carrier_identified(stored.visit, self._step)
        expected = expected_meter(stored.visit, stored.progress, carrier)
        fact = f.OtherMeterFound(
            at=self._now(),
            step=self._step,
            expected=expected.meter.number,
            found=found,
            reason=reason,
            photo=photo,
        )
        await self._room.work.record(self._id, fact)

    async def _record(self, fact: f.AnyFact) -> bool:
        return await self._do(self._room.work.record(self._id, fact))

    async def _do(self, work: Awaitable[object]) -> bool:
        """Run one intent: the page shows that it runs, and afterwards how it ended."""
        self._busy = True
        self._show(replace(self.state, busy=True, problem=None))
        try:
            problem = await attempt(work, self._room.lang)
        finally:
            self._busy = False
        await self._load(problem)
        return problem is None

    async def _load(self, problem: Message | None) -> None:
        stored = await self._room.db.read(lambda c: orders.visit(c, self._id))
        if stored is None:
            problem = problem or explain(NoSuchVisit(self._id), self._room.lang)
            self._show(replace(self.state, busy=False, problem=problem))
            return
        page = page_of(stored, self._selected)
        self._show(replace(page, busy=self._busy, problem=problem))

    @property
    def _step(self) -> str:
        return self.state.current

    def _now(self) -> datetime:
        return self._room.clock.now()
