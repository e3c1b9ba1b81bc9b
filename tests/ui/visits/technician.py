"""A technician who does anything in any order, and whose program may end at any commit."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from fieldapp.domain import facts as f
from fieldapp.domain.flow import Need
from fieldapp.domain.preference import Preference
from fieldapp.domain.progress import Progress, fold
from fieldapp.domain.requirements import missing_in
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.steps import step_named, steps_of
from fieldapp.domain.work_order import Commodity, MeterKind, Visit, WorkKind
from fieldapp.store import attachments
from fieldapp.store.keys import PracticeSource
from fieldapp.work.metering import HandReading
from fieldapp.work.visit import NotDone, Picture, WayOut
from tests.fieldapp.domain.cases import Case
from tests.journeys.laptops import whole
from tests.ui.conftest import START, SteppingClock, Street
from tests.ui.visits.copies import Copy
from tests.ui.visits.robot import Habits, Robot
from tests.walls import HOST, meters_of
from tests.westland import enrol
from ui.wiring import Laptop, open_laptop

OTHER = "E0099000000000126"
"""A meter of another house."""

_BEGUN = 15
"""So many moves are made before a visit is ended for another reason than that it is done."""

_OF_THE_MOMENT = {Need.IDENTITY, Need.CLOCK, Need.ALARMS, Need.MODEM, Need.TELEGRAM}
"""What holds of the meter that hung there when the step was done."""

T = TypeVar("T")


async def make_laptop(folder: Path, case: Case) -> None:
    """A laptop that holds the visit of a case."""
    laptop = await open_laptop(folder, PracticeSource(), Street(SteppingClock()).outside())
    await enrol(laptop, [case.visit])
    await laptop.close()


class Technician(RuleBasedStateMachine):
    """Works one visit in any order.

    Attributes:
        laptops: a laptop for each case, to be copied.
        folder: for the copies.
    """

    laptops: ClassVar[dict[Case, Path]]
    folder: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._clock = SteppingClock(
            START + timedelta(minutes=5), step=timedelta(milliseconds=1)
        )
        self._street = Street(self._clock)
        self._openings = 0
        self._moves = 0
        self._root = self.folder / f"{len(list(self.folder.iterdir()))}"
        self._root.mkdir()

    @initialize(data=st.data(), presses=st.integers(0, 60))
    def begin(self, data: st.DataObject, presses: int) -> None:
        self._case: Case = data.draw(st.sampled_from(list(self.laptops)))
        self._street.optical.update(meters_of(self._case.visit, self._clock.now))
        self._at = self._root / "0"
        shutil.copytree(self.laptops[self._case], self._at)
        self._run(self._open())
        self._press(presses)

    @rule(times=st.integers(1, 12))
    def press(self, times: int) -> None:
        self._press(times)

    @rule(place=st.integers(0, 30))
    def look_at(self, place: int) -> None:
        steps = self._page.state.steps
        self._run(self._page.select(steps[place % len(steps)].code if place < 25 else ""))

    @rule(place=st.integers(0, 9), way=st.integers(0, 2), photo=st.booleans())
    def leave(self, place: int, way: int, *, photo: bool) -> None:
        needs = self._page.state.step.needs if self._page.state.step else ()
        if needs:
            need = needs[place % len(needs)]
            ways = (*need.ways_out, "because_i_say_so")
            picture = Picture(b"proof") if photo else None
            self._do(self._page.waive(WayOut(need.code, ways[way % len(ways)], "so", picture)))

    @rule(place=st.integers(0, 9), option=st.integers(0, 3))
    def answer(self, place: int, option: int) -> None:
        needs = self._page.state.step.needs if self._page.state.step else ()
        asked = [need for need in needs if need.options]
        if asked:
            need = asked[place % len(asked)]
            said = need.options[option % len(need.options)]
            self._do(self._page.answer(need.about, said))

    @rule()
    def finish_step(self) -> None:
        self._do(self._page.finish_step())

    @rule(names=st.booleans())
    def close(self, *, names: bool) -> None:
        checks = [p.check for p in self._page.pending() if names and p.must]
        self._do(self._page.close_visit(self._page.closing(*checks)))

    @rule()
    def pause(self) -> None:
        self._do(self._page.pause("lunch"))

    @rule()
    def go_on(self) -> None:
        self._do(self._page.start())

    @rule(says=st.sampled_from(["yes", "na", "no"]))
    def answer_lmra(self, says: str) -> None:
        """The answers are kept, also where they forbid to begin."""
        answers = {
            **dict.fromkeys(self._page.state.lmra, "yes"),
            self._page.state.lmra[-1]: says,
        }
        self._run(self._page.answer_lmra(answers))

    @rule(carrier=st.sampled_from("EG"), stock=st.integers(0, 2))
    def place_meter(self, carrier: str, stock: int) -> None:
        numbers = [*(m.number for m in self._page.state.new_meters), OTHER]
        self._do(self._page.place_meter(carrier, numbers[stock % len(numbers)]))

    @rule(carrier=st.sampled_from("EG"), number=st.sampled_from(["", OTHER]))
    def remove_meter(self, carrier: str, number: str) -> None:
        self._do(self._page.remove_meter(carrier, number))

    @rule(preference=st.sampled_from(Preference))
    def choose(self, preference: Preference) -> None:
        self._do(self._page.choose(preference))

    @rule(preference=st.sampled_from(Preference))
    def leave_the_choice_to_the_office(self, preference: Preference) -> None:
        self._do_meter(self._robot.meter.defer_preference(self._step, preference, "no_key"))

    @rule(
        moment=st.sampled_from(["final", "start", "check"]),
        carrier=st.sampled_from(Commodity),
        digits=st.sampled_from(["000123", "12a", ""]),
        photo=st.sampled_from([b"display", b""]),
    )
    def read_by_hand(self, moment: str, carrier: Commodity, digits: str, photo: bytes) -> None:
        obis = "1-0:1.8.1" if carrier is Commodity.ELECTRICITY else "0-1:24.2.1"
        hand = HandReading(moment, carrier, {obis: digits}, Picture(photo))
        self._do_meter(self._robot.meter.read_by_hand(self._step, hand))

    @rule(
        moment=st.sampled_from(["final", "start"]),
        channel=st.sampled_from([f.Channel.P0, f.Channel.P1]),
        number=st.sampled_from([OTHER, HOST, ""]),
    )
    def read_whatever_the_cables_are_in(
        self, moment: str, channel: f.Channel, number: str
    ) -> None:
        self._robot.plug(number)
        self._do_meter(self._robot.meter.read(self._step, moment, channel))

    @rule(instead=st.sampled_from([None, MeterKind.DIGITAL]))
    def note_a_refusal(self, instead: MeterKind | None) -> None:
        self._do(self._page.record_refusal(MeterKind.SMART, instead))

    @rule()
    def find_another_meter(self) -> None:
        self._do(self._page.other_meter(OTHER, "exchanged", Picture(b"other")))

    @rule()
    def report_danger(self) -> None:
        self._do(self._page.report_danger("gas_smell"))

    @rule()
    def hear_a_complaint(self) -> None:
        self._do(self._page.complain("Nobody called me"))

    @rule()
    def ask_for_more_work(self) -> None:
        self._do(self._page.ask_follow_up(WorkKind.FAULT, "gas_leak_inside"))

    @precondition(lambda self: self._moves > _BEGUN)
    @rule()
    def hand_over(self) -> None:
        self._do(self._page.hand_over("ill"))

    @precondition(lambda self: self._moves > _BEGUN)
    @rule(reason=st.sampled_from(NotDoneReason), photo=st.booleans())
    def not_done(self, reason: NotDoneReason, *, photo: bool) -> None:
        picture = Picture(b"door") if photo else None
        self._do(self._page.not_done(NotDone(reason, photo=picture)))

    @rule(commit=st.integers(1, 9), presses=st.integers(0, 3))
    def kill(self, commit: int, presses: int) -> None:
        """The program ends just before a commit of what is done next, or after all of it."""
        shown = self._page.state.facts
        following = self._root / f"{self._openings}"
        with Copy(self._at, following, commit):
            self._press(presses)
            last = self._page.state.facts
        self._run(self._shut())
        self._at = following
        self._run(self._open())
        found = self._run(self._laptop.visits.stored(self._page.state.id)).progress.facts
        assert found[: len(shown)] == shown
        assert found == last[: len(found)]
        self._run(self._check_whole())

    @invariant()
    def what_is_shown_is_kept(self) -> None:
        if self._openings:
            self._run(self._page.refresh())
            stored = self._run(self._laptop.visits.stored(self._page.state.id))
            assert stored.progress.facts == self._page.state.facts
            assert stored.progress.state is self._page.state.state

    @invariant()
    def a_done_step_lacked_nothing(self) -> None:
        """When it was done: by now another meter may hang there."""
        visit, progress = self._case.visit, Progress()
        for fact in self._facts:
            if isinstance(fact, f.StepDone):
                step = step_named(visit, progress, fact.step)
                assert step is not None
                assert missing_in(visit, progress, step) == ()
            if isinstance(fact, f.VisitClosed):
                _check_evidence(visit, progress)
            progress = fold(progress, fact)

    @invariant()
    def a_reading_tells_where_it_came_from(self) -> None:
        readings = [x for x in self._facts if isinstance(x, f.ReadingTaken)]
        pictured = {x.sha256 for x in self._facts if isinstance(x, f.EvidenceAdded)}
        hanging = {c.meter.number for c in self._case.visit.connections if c.meter}
        hanging |= {x.number for x in self._facts if isinstance(x, f.MeterPlaced)}
        for reading in readings:
            by_hand = reading.channel is f.Channel.DISPLAY
            assert by_hand or reading.channel in {f.Channel.P0, f.Channel.P1}
            assert (reading.photo in pictured) is by_hand
            assert reading.meter in hanging

    @invariant()
    def a_placed_meter_hangs_at_one_connection(self) -> None:
        placed = [x for x in self._facts if isinstance(x, f.MeterPlaced)]
        assert len({(x.number, x.ean) for x in placed}) == len({x.number for x in placed})

    def teardown(self) -> None:
        if self._openings:
            self._run(self._check_whole())
            self._run(self._shut())
        for task in self._street.running:
            task.cancel()
        self._run(asyncio.gather(*self._street.running, return_exceptions=True))
        self._runner.close()
        shutil.rmtree(self._root)

    @property
    def _facts(self) -> tuple[f.AnyFact, ...]:
        return self._page.state.facts if self._openings else ()

    @property
    def _step(self) -> str:
        return self._page.state.current

    def _run(self, work: Awaitable[T]) -> T:
        async def run() -> T:
            return await work

        return self._runner.run(run())

    def _do(self, intent: Coroutine[Any, Any, bool]) -> None:
        """An intent is done, or the page says why not and nothing is kept."""
        before = self._page.state.facts
        done = self._run(intent)
        self._moves += 1
        assert done == (self._page.state.problem is None)
        assert done or self._page.state.facts == before

    def _do_meter(self, intent: Coroutine[Any, Any, bool]) -> None:
        done = self._run(intent)
        self._moves += 1
        assert done == (self._robot.meter.state.problem is None)

    def _press(self, times: int) -> None:
        for _ in range(times):
            primary = self._page.state.primary
            pressed = primary is not None and self._run(self._robot.do(primary))
            self._run(self._page.refresh())
            if not pressed:
                break
        self._moves += times

    async def _open(self) -> None:
        laptop = await open_laptop(self._at, PracticeSource(), self._street.outside())
        self._openings += 1
        self._laptop: Laptop = laptop
        self._robot = Robot(
            laptop, self._street.at, self._case.visit.id, Habits(self._case.deed)
        )
        self._page = self._robot.page
        await self._robot.open()

    async def _shut(self) -> None:
        self._page.close()
        await self._laptop.close()

    async def _check_whole(self) -> None:
        await whole(self._laptop)
        kept = await self._laptop.db.read(
            lambda c: attachments.of_visit(c, self._case.visit.id)
        )
        named = {x.sha256 for x in self._facts if isinstance(x, f.EvidenceAdded)}
        assert named <= {file.sha256 for file in kept}


def _check_evidence(visit: Visit, progress: Progress) -> None:
    """Of a visit about to be closed: every step is done, and what it asked for is there."""
    for step in steps_of(visit, progress):
        assert step.code in progress.steps_done
        kept = {need.code for need in step.needs if need.need not in _OF_THE_MOMENT}
        assert not kept.intersection(missing_in(visit, progress, step)), step.code
