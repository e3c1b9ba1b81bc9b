"""A technician that presses the page's primary button, whatever it says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Preference
from fieldapp.domain.work_order import Commodity, MeterKind, WorkKind
from fieldapp.work.metering import HandReading
from fieldapp.work.visit import Picture, WayOut
from tests.walls import HOST
from ui.presenters.metering import Sources
from ui.presenters.optical_deeds import about_coupling
from ui.presenters.visit_page import Action, NeedRow, Primary
from ui.wiring import Laptop

At = Callable[[str], Sources]
"""Puts both cables in the meter with this number, and tells which ports they are."""


@dataclass(frozen=True)
class Habits:
    """What this technician does where the button leaves a choice.

    Attributes:
        deed: about a fault.
        answers: to questions; the first option to all others.
        ways: the way out taken of a requirement, by its step and code.
    """

    deed: str = "repaired"
    answers: Mapping[str, str] = field(default_factory=dict)
    ways: Mapping[tuple[str, str], str] = field(default_factory=dict)


class Robot:
    """Works a visit by doing what the page's primary button says, and nothing else."""

    def __init__(
        self, laptop: Laptop, at: At, visit_id: str, habits: Habits | None = None
    ) -> None:
        self.page = laptop.visit_presenter(visit_id)
        self.meter = laptop.meter_presenter(visit_id, Sources())
        self.done: list[str] = []
        self._habits = habits or Habits()
        self._optical = laptop.optical_presenter
        self._at = at

    async def open(self) -> None:
        await self.page.open()

    async def press(self) -> bool:
        """Press the button once; False when there is none."""
        primary = self.page.state.primary
        if primary is None:
            return False
        way = self._way(primary)
        worked = await (self.leave(primary, way) if way else self.do(primary))
        problem = self.page.state.problem or self.meter.state.problem
        assert worked, (primary, problem)
        if primary.action in _AT_METER:
            await self.page.refresh()
        self.done.append(primary.action)
        return True

    async def do(self, primary: Primary) -> bool:
        """What the button says."""
        return await _HANDS[primary.action](self, primary.about, primary.step)

    async def leave(self, primary: Primary, way: str) -> bool:
        """Take a way out of what the button asks for."""
        need = self.page.state.need_of(primary)
        assert need is not None
        return await self.page.waive(WayOut(need.code, way, "so it was"))

    def _way(self, primary: Primary) -> str:
        need = self.page.state.need_of(primary)
        return self._habits.ways.get((primary.step, need.code), "") if need else ""

    async def work(self) -> None:
        """Press until there is nothing left to do."""
        while await self.press():
            assert len(self.done) < 100, self.done

    def plug(self, number: str = "") -> None:
        """Put both cables in the meter with this number, or in the one on the wall."""
        self.meter.use(self._at(number or self._standing_at()))

    def _standing_at(self) -> str:
        """The electricity meter on the wall; of a gas-only visit whichever hangs there."""
        return self.page.state.hanging.get(Commodity.ELECTRICITY, HOST)

    def _kind(self, commodity: str) -> MeterKind:
        """Of the meter that hangs there before the work."""
        meters = (c.meter for c in self.page.state.connections if c.commodity == commodity)
        meter = next(meters, None)
        return meter.kind if meter else self.page.state.meter_kind

    async def _accept(self, _about: str, _step: str) -> bool:
        return await self.page.accept()

    async def _travel(self, _about: str, _step: str) -> bool:
        return await self.page.travel()

    async def _arrive(self, _about: str, _step: str) -> bool:
        self.plug()
        return await self.page.arrive()

    async def _answer_lmra(self, _about: str, _step: str) -> bool:
        return await self.page.answer_lmra(dict.fromkeys(self.page.state.lmra, "yes"))

    async def _start(self, _about: str, _step: str) -> bool:
        return await self.page.start()

    async def _identify_meter(self, about: str, step: str) -> bool:
        self.plug()
        if step == "set_up":
            return await self.meter.identify(step, f.Channel.P0)
        if about == "E" or self._kind(about) is not MeterKind.SMART:
            number = self.page.state.hanging[Commodity(about)]
            return await self.meter.identify_by_nameplate(step, number)
        return await self.meter.identify(step, f.Channel.P1)

    async def _take_readings(self, about: str, step: str) -> bool:
        self.plug()
        moment, _, commodity = about.partition(".")
        rows = [row for row in self.page.state.registers if row.about == about]
        if any(row.kind is not MeterKind.SMART for row in rows):
            return await self._read_display(about, step)
        channel = f.Channel.P1 if commodity == "G" else f.Channel.P0
        done = await self.meter.read(step, moment, channel)
        problem = self.meter.state.problem
        if problem is not None and problem.detail.startswith("GasMeterAbsent"):
            return await self._read_display(about, step)
        return done

    async def _read_display(self, about: str, step: str) -> bool:
        moment, _, commodity = about.partition(".")
        rows = [row for row in self.page.state.registers if row.about == about]
        digits = {row.register.obis: "000001" for row in rows}
        hand = HandReading(moment, Commodity(commodity), digits, Picture(b"display"))
        return await self.meter.read_by_hand(step, hand)

    async def _retrieve_state(self, about: str, step: str) -> bool:
        self.plug()
        return await self.meter.retrieve_state(step, about)

    async def _apply_preference(self, _about: str, step: str) -> bool:
        choice = self.page.state.choice
        if choice is None:
            await self.page.choose(Preference.OFF)
            choice = self.page.state.choice
        assert choice is not None
        self.plug()
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
        said = self._habits.answers.get(about, need.options[0])
        return await self.page.answer(about, said)

    async def _set_clock(self, _about: str, step: str) -> bool:
        self.plug()
        done = await self.meter.set_clock(agreed=True)
        problem = self.meter.state.problem
        if problem is not None and problem.detail.startswith("NearQuarter"):
            return await self.leave(Primary(Action.SET_CLOCK, step=step), "not_confirmed")
        return done

    async def _clear_alarms(self, _about: str, step: str) -> bool:
        self.plug()
        if not await self.meter.look_at_alarms():
            return False
        alarms = self.meter.state.alarms
        if alarms is None or not (alarms.alarms or alarms.errors):
            return await self.meter.retrieve_state(step, "placed")
        return await self.meter.clear_alarms()

    async def _couple(self, about: str, _step: str) -> bool:
        self.plug()
        await self._make_sure_of_host()
        question = about_coupling(self.page.state.hanging[Commodity(about)])
        assert question is not None
        return await self.meter.couple(question.device)

    async def _make_sure_of_host(self) -> None:
        """In a gas-only visit: hold the number that answers to the plate, and say yes."""
        if Commodity.ELECTRICITY in self.page.state.hanging:
            return
        optical = self._optical()
        await optical.open()
        optical.use(self.meter.state.sources.p0)
        optical.read_state()
        await optical.ended()
        if optical.state.host:
            optical.confirm_host()
            await optical.ended()
        assert optical.state.problem is None, optical.state.problem
        optical.close()

    async def _decouple(self, _about: str, step: str) -> bool:
        self.plug()
        if not await self.meter.look_at_channels():
            return False
        taken = [c for c in self.meter.state.channels if not c.is_empty]
        if not taken:
            return await self.leave(Primary(Action.DECOUPLE, "G", step), "not_coupled")
        return await self.meter.decouple(taken[0].channel, taken[0].number)

    async def _check_modem(self, _about: str, step: str) -> bool:
        self.plug()
        return await self.meter.retrieve_state(step, "placed")

    async def _hear_telegram(self, _about: str, step: str) -> bool:
        self.plug()
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
        stock = (m.number for m in self.page.state.new_meters if m.number.startswith(about))
        return await self.page.place_meter(about, next(stock))

    async def _remove_meter(self, about: str, _step: str) -> bool:
        return await self.page.remove_meter(about)

    async def _record_choice(self, _about: str, _step: str) -> bool:
        return await self.page.choose(Preference.OFF)

    async def _record_finding(self, _about: str, _step: str) -> bool:
        return await self.page.find("voltage", "ruled_out", "230 V on all phases")

    async def _diagnose(self, _about: str, _step: str) -> bool:
        return await self.page.diagnose()

    async def _record_action(self, _about: str, _step: str) -> bool:
        return await self.page.act(self._habits.deed)

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

_AT_METER = {
    Action.IDENTIFY_METER,
    Action.TAKE_READINGS,
    Action.RETRIEVE_STATE,
    Action.APPLY_PREFERENCE,
    Action.SET_CLOCK,
    Action.CLEAR_ALARMS,
    Action.COUPLE,
    Action.DECOUPLE,
    Action.CHECK_MODEM,
    Action.HEAR_TELEGRAM,
}
"""What the page hears of later, when the store tells."""
