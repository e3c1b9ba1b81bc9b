"""The practice technician's hands: whatever the page says is next, they do.

In comes a visit's page and its meters' page; each turn does the page's primary action with what
the script and the visit say, until nothing is left. Rule: only intents of presenters, the same
that the window's buttons call; an intent that fails stops the visit with the page's own words.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Protocol

from fieldapp.domain.facts import Channel
from fieldapp.domain.preference import Preference
from fieldapp.domain.status import NotDoneReason, VisitState
from fieldapp.domain.work_order import Commodity, MeterKind
from fieldapp.work.metering import HandReading
from fieldapp.work.visit import NotDone, Picture, WayOut
from ui.demo.photo import practice_photo
from ui.demo.plan import Script
from ui.presenters.metering import MeterPresenter
from ui.presenters.optical_deeds import about_coupling
from ui.presenters.visit import VisitPresenter
from ui.presenters.visit_page import ACTION_FOR, Action, NeedRow, Primary, RegisterRow

_CHANNELS = {"p0": Channel.P0, "p1": Channel.P1}
_NO_LOSS = Decimal("0.1")
_NOT_HERE = "Niet in de oefenstraat."


class Stuck(Exception):
    """A visit that can't be gone on with: where, and the words on the page."""

    def __init__(self, visit: str, what: str, words: str) -> None:
        super().__init__(f"{visit} {what}: {words}")


class Tell(Protocol):
    """Hears what was done."""

    def __call__(self, **done: str) -> None:
        """One thing done, as names and values."""
        ...


class Hands:
    """Works one visit."""

    def __init__(
        self,
        page: VisitPresenter,
        meters: MeterPresenter,
        script: Script,
        plug: Callable[[str], None],
        tell: Tell,
    ) -> None:
        self._page = page
        self._meters = meters
        self._script = script
        self._plug = plug
        self._tell = tell

    async def work(self) -> None:
        """Go on until the visit is done, or not done as the script says.

        Raises:
            Stuck: an intent failed.
        """
        while (primary := self._page.state.primary) is not None:
            if self._page.state.state is VisitState.ON_SITE and self._ends_at_the_door:
                await self._end_at_the_door()
                return
            await self._must(self._do(primary), primary)

    @property
    def _ends_at_the_door(self) -> bool:
        return self._script.nobody_home or bool(self._script.refuses)

    async def _must(self, intent: Awaitable[bool], primary: Primary) -> None:
        if not await intent:
            problem = self._meters.state.problem or self._page.state.problem
            words = f"{problem.what} {problem.do}" if problem else "no reason given"
            raise Stuck(self._page.state.number, primary.action, words)
        await self._page.refresh()
        self._tell(step=primary.step, action=primary.action, about=primary.about)

    async def _end_at_the_door(self) -> None:
        """Nobody home, or the customer refuses: noted, with the photo that the reason asks."""
        ending = NotDone(NotDoneReason.NOBODY_HOME, photo=self._picture("front_door"))
        if self._script.refuses:
            refused = self._page.record_refusal(MeterKind(self._script.refuses))
            await self._must(refused, Primary(Action.CLOSE, "refusal"))
            ending = NotDone(NotDoneReason.REFUSED, text="Klant weigert; uitleg gegeven.")
        await self._must(self._page.not_done(ending), Primary(Action.CLOSE, ending.reason))

    async def _do(self, primary: Primary) -> bool:
        page = self._page
        plain: dict[Action, Callable[[], Awaitable[bool]]] = {
            Action.ACCEPT: page.accept,
            Action.TRAVEL: page.travel,
            Action.ARRIVE: page.arrive,
            Action.START: page.start,
            Action.RESUME: page.start,
            Action.FINISH_STEP: page.finish_step,
            Action.CLOSE: self._close,
            Action.ANSWER_LMRA: self._answer_lmra,
            Action.SIGN: self._sign,
            Action.RECORD_CHOICE: self._choose,
            Action.RECORD_FINDING: self._find,
            Action.RECORD_FINDINGS: page.diagnose,
            Action.RECORD_ACTION: self._act,
        }
        if primary.action in plain:
            return await plain[primary.action]()
        about: dict[Action, Callable[[Primary], Awaitable[bool]]] = {
            Action.CONFIRM_ITEM: self._confirm,
            Action.ENTER_MEASUREMENT: self._measure,
            Action.TAKE_PHOTO: self._photograph,
            Action.RECORD_SEAL: self._seal,
            Action.PLACE_METER: self._place,
            Action.REMOVE_METER: self._remove,
            Action.IDENTIFY_METER: self._identify,
            Action.TAKE_READINGS: self._read,
            Action.APPLY_PREFERENCE: self._apply,
            Action.RETRIEVE_STATE: self._retrieve,
            Action.ANSWER_QUESTION: self._answer,
            Action.SET_CLOCK: self._set_clock,
            Action.CLEAR_ALARMS: self._clear_alarms,
            Action.COUPLE: self._couple,
            Action.CHECK_MODEM: self._check_modem,
            Action.HEAR_TELEGRAM: self._hear,
            Action.RESET_METER: self._leave,
            Action.DECOUPLE: self._leave,
        }
        return await about[primary.action](primary)

    async def _answer_lmra(self) -> bool:
        return await self._page.answer_lmra(dict.fromkeys(self._page.state.lmra, "yes"))

    async def _sign(self) -> bool:
        return await self._page.sign(self._picture("signature"))

    async def _choose(self) -> bool:
        return await self._page.choose(self._chosen())

    async def _find(self) -> bool:
        return await self._page.diagnose()

    async def _act(self) -> bool:
        deed = self._script.action
        return deed is not None and await self._page.act(deed.action, deed.note)

    async def _close(self) -> bool:
        owed = [pending.check for pending in self._page.pending() if pending.must]
        return await self._page.close_visit(self._page.closing(*owed))

    async def _confirm(self, primary: Primary) -> bool:
        return await self._page.confirm(primary.about)

    async def _measure(self, primary: Primary) -> bool:
        need = self._need(primary)
        low, high = need.usual
        value = _NO_LOSS if low is None or high is None else (low + high) / 2
        return await self._page.measure(primary.about, value, need.unit, "INSTR-0001")

    async def _answer(self, primary: Primary) -> bool:
        return await self._page.answer(primary.about, self._need(primary).options[0])

    async def _set_clock(self, _primary: Primary) -> bool:
        return await self._meters.set_clock()

    async def _clear_alarms(self, primary: Primary) -> bool:
        """Clear what is shown; after a kill it may be gone, which the state then tells."""
        if not await self._meters.look_at_alarms():
            return False
        shown = self._meters.state.alarms
        if shown is not None and shown.is_clear:
            return await self._meters.retrieve_state(primary.step, "placed")
        return await self._meters.clear_alarms()

    async def _couple(self, primary: Primary) -> bool:
        question = about_coupling(self._hanging(Commodity(primary.about)))
        return question is not None and await self._meters.couple(question.device)

    async def _hear(self, primary: Primary) -> bool:
        self._plug(self._hanging(Commodity.ELECTRICITY))
        return await self._meters.hear_telegram(primary.step)

    async def _check_modem(self, primary: Primary) -> bool:
        return await self._meters.retrieve_state(primary.step, "placed")

    async def _leave(self, primary: Primary) -> bool:
        """What this street can't do is left by the first way out, in words."""
        way = WayOut(self._need(primary).code, self._need(primary).ways_out[0], _NOT_HERE)
        return await self._page.waive(way)

    def _need(self, primary: Primary) -> NeedRow:
        steps = (s for s in self._page.state.steps if s.code == primary.step)
        needs = (n for s in steps for n in s.needs if n.about == primary.about)
        return next(n for n in needs if ACTION_FOR[n.need] is primary.action)

    async def _photograph(self, primary: Primary) -> bool:
        return await self._page.add_photo(primary.about, self._picture(primary.about))

    async def _seal(self, primary: Primary) -> bool:
        action = "removed" if primary.about.startswith("old") else "placed"
        number = f"Z{self._page.state.number[2:]}"
        return await self._page.record_seal(primary.about, number, action)

    async def _place(self, primary: Primary) -> bool:
        new = next(m for m in self._page.state.new_meters if m.number[0] == primary.about)
        despite = self._script.despite
        return await self._page.place_meter(primary.about, new.number, despite=despite)

    async def _remove(self, primary: Primary) -> bool:
        return await self._page.remove_meter(primary.about)

    async def _apply(self, primary: Primary) -> bool:
        self._plug(self._hanging(Commodity.ELECTRICITY))
        return await self._meters.apply_preference(primary.step, self._chosen())

    async def _retrieve(self, primary: Primary) -> bool:
        self._plug(self._hanging(Commodity.ELECTRICITY))
        return await self._meters.retrieve_state(primary.step, primary.about)

    async def _identify(self, primary: Primary) -> bool:
        number = self._hanging(Commodity(primary.about))
        placed = any(meter.number == number for meter in self._page.state.new_meters)
        channel = Channel.P0 if placed else _CHANNELS.get(self._script.identify)
        if channel is None:
            return await self._meters.identify_by_nameplate(primary.step, number)
        self._plug(number)
        return await self._meters.identify(primary.step, channel)

    async def _read(self, primary: Primary) -> bool:
        moment, _, commodity = primary.about.partition(".")
        rows = [row for row in self._page.state.registers if row.about == primary.about]
        shown = self._script.digits.get(rows[0].meter)
        if shown is not None:
            hand = self._by_hand(moment, commodity, rows, shown)
            return await self._meters.read_by_hand(primary.step, hand)
        self._plug(self._hanging(Commodity.ELECTRICITY))
        channel = _CHANNELS[self._script.readings]
        return await self._meters.read(primary.step, moment, channel)

    def _by_hand(
        self, moment: str, commodity: str, rows: list[RegisterRow], shown: dict[str, str]
    ) -> HandReading:
        digits = {row.register.obis: shown[row.register.obis] for row in rows}
        photo = self._picture(f"{moment}_{commodity}")
        return HandReading(moment, Commodity(commodity), digits, photo)

    def _hanging(self, commodity: Commodity) -> str:
        """The number of the meter on the wall, as anybody who stands there can see."""
        return self._page.state.hanging[commodity]

    def _chosen(self) -> Preference:
        choice = self._page.state.choice
        return choice.preference if choice is not None else Preference.ON

    def _picture(self, slot: str) -> Picture:
        return Picture(practice_photo(f"{self._page.state.number} {slot}"), "image/png")
