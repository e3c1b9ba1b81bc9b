from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Preference
from fieldapp.domain.work_order import Commodity, WorkKind
from fieldapp.work.metering import HandReading
from fieldapp.work.visit import Picture, WayOut
from ui.presenters.metering import Sources
from ui.presenters.optical_deeds import about_coupling
from ui.presenters.visit_page import Action, NeedRow
from ui.wiring import Laptop

if TYPE_CHECKING:
    from tests.ui.conftest import Street


class Robot:
    """Works a visit by doing what the page's primary button says, and nothing else."""

    def __init__(self, laptop: Laptop, street: Street, visit_id: str) -> None:
        self.page = laptop.visit_presenter(visit_id)
        self.meter = laptop.meter_presenter(visit_id, Sources("p1", "p0"))
        self.street = street
        self.done: list[str] = []

    async def open(self) -> None:
        await self.page.open()

    async def press(self) -> bool:
        """Press the button once; False when there is none."""
        primary = self.page.state.primary
        if primary is None:
            return False
        worked = await _HANDS[primary.action](self, primary.about, primary.step)
        problem = self.page.state.problem or self.meter.state.problem
        assert worked, (primary, problem)
        await self.page.refresh()
        self.done.append(primary.action)
        return True

    async def work(self) -> None:
        """Press until there is nothing left to do."""
        while await self.press():
            assert len(self.done) < 100, self.done

    def connection_meter(self, commodity: str) -> str:
        connection = next(
            c for c in self.page.state.connections if c.commodity.value == commodity
        )
        return connection.meter.number if connection.meter else ""

    def _standing_at(self) -> str:
        """The electricity meter on the wall, by what was placed."""
        placed = [s.code for s in self.page.state.steps if s.state == "done"]
        if "mount" in placed and self.page.state.new_meters:
            return self.page.state.new_meters[0].number
        return self.connection_meter("E")

    async def _accept(self, _about: str, _step: str) -> bool:
        return await self.page.accept()

    async def _travel(self, _about: str, _step: str) -> bool:
        return await self.page.travel()

    async def _arrive(self, _about: str, _step: str) -> bool:
        self.street.plug(self._standing_at())
        return await self.page.arrive()

    async def _answer_lmra(self, _about: str, _step: str) -> bool:
        return await self.page.answer_lmra(dict.fromkeys(self.page.state.lmra, "yes"))

    async def _start(self, _about: str, _step: str) -> bool:
        return await self.page.start()

    async def _identify_meter(self, about: str, step: str) -> bool:
        self.street.plug(self._standing_at())
        channel = f.Channel.P0 if step == "set_up" else f.Channel.P1
        if about == "E" and step == "connection_and_meter":
            return await self.meter.identify_by_nameplate(step, self._standing_at())
        return await self.meter.identify(step, channel)

    async def _take_readings(self, about: str, step: str) -> bool:
        self.street.plug(self._standing_at())
        moment, _, commodity = about.partition(".")
        if self.page.state.meter_kind.value == "digital":
            digits = {row.register.obis: "000001" for row in self.page.state.registers}
            hand = HandReading(moment, Commodity(commodity), digits, Picture(b"display"))
            return await self.meter.read_by_hand(step, hand)
        channel = f.Channel.P1 if commodity == "G" else f.Channel.P0
        return await self.meter.read(step, moment, channel)

    async def _retrieve_state(self, about: str, step: str) -> bool:
        return await self.meter.retrieve_state(step, about)

    async def _apply_preference(self, _about: str, step: str) -> bool:
        choice = self.page.state.choice
        if choice is None:
            await self.page.choose(Preference.OFF)
            choice = self.page.state.choice
        assert choice is not None
        return await self.meter.apply_preference(step, choice.preference)

    async def _confirm_item(self, about: str, _step: str) -> bool:
        return await self.page.confirm(about)

    async def _enter_measurement(self, about: str, _step: str) -> bool:
        (need,) = (n for n in self._needs() if n.about == about)
        low, high = need.usual
        value = Decimal("0.1") if low is None or high is None else (low + high) / 2
        return await self.page.measure(about, value, need.unit, "Fluke 1")

    async def _answer_question(self, about: str, _step: str) -> bool:
        (need,) = (n for n in self._needs() if n.about == about)
        return await self.page.answer(about, need.options[0])

    async def _set_clock(self, _about: str, _step: str) -> bool:
        return await self.meter.set_clock(agreed=True)

    async def _clear_alarms(self, _about: str, _step: str) -> bool:
        return await self.meter.look_at_alarms() and await self.meter.clear_alarms()

    async def _couple(self, about: str, _step: str) -> bool:
        question = about_coupling(self.page.state.hanging[Commodity(about)])
        assert question is not None
        return await self.meter.couple(question.device)

    async def _decouple(self, _about: str, _step: str) -> bool:
        assert await self.meter.look_at_channels()
        (taken,) = (c for c in self.meter.state.channels if not c.is_empty)
        return await self.meter.decouple(taken.channel, taken.number)

    async def _check_modem(self, _about: str, step: str) -> bool:
        return await self.meter.retrieve_state(step, "placed")

    async def _hear_telegram(self, _about: str, step: str) -> bool:
        self.street.plug(self._standing_at())
        return await self.meter.hear_telegram(step)

    async def _reset_meter(self, _about: str, _step: str) -> bool:
        return await self.page.waive(WayOut("reset", "absent", "no such script"))

    async def _ask_follow_up(self, about: str, _step: str) -> bool:
        return await self.page.ask_follow_up(WorkKind.FAULT, about)

    def _needs(self) -> tuple[NeedRow, ...]:
        step = self.page.state.step
        return step.needs if step else ()

    async def _take_photo(self, about: str, _step: str) -> bool:
        return await self.page.add_photo(about, Picture(b"\xff\xd8" + about.encode()))

    async def _sign(self, _about: str, _step: str) -> bool:
        return await self.page.sign(Picture(b"ink", "image/png"))

    async def _record_seal(self, about: str, _step: str) -> bool:
        return await self.page.record_seal(about, "S-1", "placed")

    async def _place_meter(self, about: str, _step: str) -> bool:
        index = 0 if about == "E" else len(self.page.state.new_meters) - 1
        return await self.page.place_meter(about, self.page.state.new_meters[index].number)

    async def _remove_meter(self, about: str, _step: str) -> bool:
        return await self.page.remove_meter(about)

    async def _record_choice(self, _about: str, _step: str) -> bool:
        return await self.page.choose(Preference.OFF)

    async def _record_finding(self, _about: str, _step: str) -> bool:
        return await self.page.find("voltage", "ruled_out", "230 V on all phases")

    async def _diagnose(self, _about: str, _step: str) -> bool:
        return await self.page.diagnose()

    async def _record_action(self, _about: str, _step: str) -> bool:
        return await self.page.act("repaired")

    async def _finish_step(self, _about: str, _step: str) -> bool:
        return await self.page.finish_step()

    async def _close(self, _about: str, _step: str) -> bool:
        owed = [p.check for p in self.page.pending() if p.must]
        return await self.page.close_visit(self.page.closing(*owed))


_HANDS: dict[Action, Callable[[Robot, str, str], Awaitable[bool]]] = {
    Action.ACCEPT: Robot._accept,
    Action.TRAVEL: Robot._travel,
    Action.ARRIVE: Robot._arrive,
    Action.ANSWER_LMRA: Robot._answer_lmra,
    Action.START: Robot._start,
    Action.IDENTIFY_METER: Robot._identify_meter,
    Action.TAKE_READINGS: Robot._take_readings,
    Action.RETRIEVE_STATE: Robot._retrieve_state,
    Action.APPLY_PREFERENCE: Robot._apply_preference,
    Action.CONFIRM_ITEM: Robot._confirm_item,
    Action.ENTER_MEASUREMENT: Robot._enter_measurement,
    Action.ANSWER_QUESTION: Robot._answer_question,
    Action.SET_CLOCK: Robot._set_clock,
    Action.CLEAR_ALARMS: Robot._clear_alarms,
    Action.COUPLE: Robot._couple,
    Action.DECOUPLE: Robot._decouple,
    Action.CHECK_MODEM: Robot._check_modem,
    Action.HEAR_TELEGRAM: Robot._hear_telegram,
    Action.RESET_METER: Robot._reset_meter,
    Action.ASK_FOLLOW_UP: Robot._ask_follow_up,
    Action.RECORD_FINDINGS: Robot._diagnose,
    Action.TAKE_PHOTO: Robot._take_photo,
    Action.SIGN: Robot._sign,
    Action.RECORD_SEAL: Robot._record_seal,
    Action.PLACE_METER: Robot._place_meter,
    Action.REMOVE_METER: Robot._remove_meter,
    Action.RECORD_CHOICE: Robot._record_choice,
    Action.RECORD_FINDING: Robot._record_finding,
    Action.RECORD_ACTION: Robot._record_action,
    Action.FINISH_STEP: Robot._finish_step,
    Action.CLOSE: Robot._close,
    Action.RESUME: Robot._start,
}
MakeRobot = Callable[[Laptop, str], Awaitable[Robot]]


@pytest.fixture
def robot(street: Street) -> MakeRobot:
    async def make(laptop: Laptop, number: str) -> Robot:
        made = Robot(laptop, street, f"visit-{number}")
        await made.open()
        return made

    return make
