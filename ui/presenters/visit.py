"""Bezoek: one visit being worked on, step by step.

In come the technician's intents; out comes a `VisitPage` after each of them and after every
commit that touches this laptop's visits. Each intent answers whether it was done; where a rule
or the store forbids it, the page carries the reason in words. Rule: an intent makes facts and
hands them on; what is loaded, kept up and run one at a time is `visit_held`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Choice, Preference, Requester
from fieldapp.domain.reading import Doubt, NotAReading, judge, parse_digits
from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import Commodity, MeterKind, WorkKind
from fieldapp.errors import StockDoubt
from fieldapp.work.expected import METER_TIME
from fieldapp.work.findings import Said
from fieldapp.work.visit import NotDone, Picture, WayOut
from ui.presenters.visit_held import HeldVisit, Room
from ui.presenters.visit_meters import Scene, other_found, placed, removed
from ui.presenters.visit_page import RegisterRow
from ui.presenters.visit_pending import Pending, pending_of

__all__ = ["NotDone", "Picture", "Room", "VisitPresenter", "WayOut"]


class VisitPresenter(HeldVisit):
    """Shows and works one visit."""

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

    async def hand_over(self, reason: str, note: str = "") -> bool:
        """A colleague goes on; the office says who."""
        return await self._record(f.VisitHandedOver(at=self._now(), reason=reason, note=note))

    async def not_done(self, ending: NotDone) -> bool:
        """End the visit without its work."""
        return await self._do(self._room.work.not_done(self._id, ending))

    async def confirm(self, item: str) -> bool:
        """Tick an item of the current step."""
        return await self._record(f.ItemConfirmed(at=self._now(), step=self._step, item=item))

    async def answer(self, question: str, answer: str, note: str = "") -> bool:
        """Answer a question of the current step; one that stops the work is kept too."""
        fact = f.QuestionAnswered(
            at=self._now(), step=self._step, item=question, answer=answer, note=note
        )
        return await self._record(fact)

    async def ask_follow_up(self, work: WorkKind, reason: str, note: str = "") -> bool:
        """Ask the office for work that has to follow."""
        fact = f.FollowUpAsked(
            at=self._now(), step=self._step, work=work, reason=reason, note=note
        )
        return await self._record(fact)

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

    async def remove_meter(self, commodity: str, number: str = "") -> bool:
        """The visit's meter of this carrier is off the wall.

        A number read from it, or its last four characters, must be that meter's.
        """
        return await self._do(self._remove(Commodity(commodity), number))

    async def place_meter(
        self, commodity: str, number: str, kind: MeterKind | None = None, *, despite: str = ""
    ) -> bool:
        """A meter hangs there: `kind` is the visit's where it is not given.

        The last four characters are enough where they tell a meter of the van. One that is
        stopped hangs there all the same with the reason `despite`, which the office sees.
        """
        return await self._do(self._place(Commodity(commodity), number, kind, despite))

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

    async def other_meter(
        self, found: str, reason: str, picture: Picture | None = None
    ) -> bool:
        """Another meter hangs there than the office knows: the office decides."""
        return await self._do(self._other_meter(found, reason, picture))

    async def find(self, rule: str, verdict: str, why: str) -> bool:
        """Record what a person found: `verdict` is found, ruled_out or not_examined."""
        said = Said(rule, verdict, why)
        return await self._do(self._findings.say(self._id, self._step, said))

    async def diagnose(self) -> bool:
        """Let every rule answer, and record the answers."""
        return await self._do(self._findings.record(self._id, self._step))

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
        """Gas smell or other danger: it is kept from any step; work under way stands still."""
        facts: list[f.AnyFact] = [f.DangerReported(at=self._now(), danger=danger)]
        if self.state.may_become(VisitState.PAUSED):
            facts.append(f.VisitPaused(at=self._now(), reason=danger))
        return await self._record(*facts)

    async def finish_step(self) -> bool:
        """The current step is done."""
        step = self._step
        done = await self._record(f.StepDone(at=self._now(), step=step))
        if done:
            self.drafts.forget(f"{step}/")
            await self.select("")
        return done

    def closing(self, *pending: f.PendingCheck) -> f.VisitClosed:
        """The visit ends now, possibly with checks pending; for `close_visit`."""
        return f.VisitClosed(at=self._now(), pending=pending)

    async def close_visit(self, closing: f.VisitClosed, report: Picture | None = None) -> bool:
        """The visit is done; the customer's document, where there is one, is kept with it."""
        return await self._do(self._room.work.close(self._id, closing, report))

    async def correct(self, change: f.VisitCorrected) -> bool:
        """Mend a mistake in a finished visit; nothing is overwritten."""
        return await self._record(change)

    def judge(self, row: RegisterRow, digits: str) -> Doubt | None:
        """What to think of typed digits before they are kept; None where it is no reading."""
        try:
            value = parse_digits(digits)
        except NotAReading:
            return None
        return judge(row.register, value, self.today())

    def today(self) -> date:
        """The date at the meter."""
        return self._now().astimezone(METER_TIME).date()

    def pending(self) -> tuple[Pending, ...]:
        """What could be closed as pending, since it can't be proven in minutes."""
        return pending_of(self.state, self.today())

    async def _remove(self, commodity: Commodity, number: str) -> None:
        fact = removed(await self._scene(), commodity, number)
        await self._room.work.record(self._id, fact)

    async def _place(
        self, commodity: Commodity, number: str, kind: MeterKind | None, despite: str
    ) -> None:
        self._doubted = ""
        carried = tuple(stock.meter.number for stock in self.state.carried)
        fact = placed(await self._scene(), commodity, number, kind, carried)
        try:
            given = msgspec.structs.replace(fact, despite=despite)
            await self._room.work.record(self._id, given)
        except StockDoubt as doubted:
            self._doubted = doubted.number
            raise

    async def _other_meter(self, found: str, reason: str, picture: Picture | None) -> None:
        scene = await self._scene()
        fact = other_found(scene, found, reason)
        if picture is not None:
            sha256 = await self._room.work.add_photo(
                self._id, scene.step, "other_meter", picture
            )
            fact = msgspec.structs.replace(fact, photo=sha256)
        await self._room.work.record(self._id, fact)

    async def _scene(self) -> Scene:
        step = self._step
        return Scene(await self._room.work.stored(self._id), step, self._now())
