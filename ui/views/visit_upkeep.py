"""The meter's own state, put right during the work: its clock, its alarms, its modem.

In comes what the meter told last; out go contacts that set, clear or read again. Rule: what a
write leaves in the meter is said beforehand and agreed to apart from the button.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from PySide6.QtWidgets import QWidget

from fieldapp.domain.flow import Need
from fieldapp.domain.requirements import CLOCK_LIMIT_S
from ui.presenters.visit_page import Primary
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.meter_words import event_name, meaning, off_text, optional
from ui.views.visit_editor import Editor
from ui.views.visit_notice import Notice
from ui.views.visit_work import Work
from ui.views.widgets import Check, Label, Muted, Small, clear, column, line

_MARKS = "MarksIntervals"


class OpticalEditor(Editor):
    """Whatever goes over the optical port; `agree` is ticked apart from the button."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self.agree = Check()
        self.agree.toggled.connect(lambda _on: self.typed.emit())

    def lacks(self) -> str:
        """A port to go over."""
        return "" if self.work.meters.state.sources.p0 else self.words("visit.no_p0")

    async def read_state(self) -> bool:
        """Read the whole state again, as this step reads it."""
        step = self.work.page.step
        needs = step.needs if step is not None else ()
        moments = (need.about for need in needs if need.need is Need.STATE)
        moment = next(moments, "after")
        return await self.work.meters.retrieve_state(self.primary.step, moment)


class ClockEditor(OpticalEditor):
    """How far the clock is off, what setting it leaves, and the order to set it."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._off = Label("", "lead", wrap=True)
        self._quiet = Muted(self.words("visit.clock_within"), wrap=True)
        self._marks = Notice()
        what, means = self.words("visit.clock_marks"), self.words("visit.clock_marks_means")
        self._marks.say(what, means)
        self.agree.setText(self.words("visit.clock_agree"))
        self.agree.setAccessibleName(self.words("visit.clock_agree"))
        for part in (self._off, self._quiet, self._marks, self.agree):
            self.body.addWidget(part)
        self.body.addStretch(1)

    def lacks(self) -> str:
        """A port, and where intervals will be marked that this was agreed to."""
        lacks = super().lacks()
        if lacks or not self._will_mark() or self.agree.isChecked():
            return lacks
        return self.words("visit.clock_agree_needed")

    def first(self) -> QWidget | None:
        """What is to be agreed to."""
        return self.agree if self._will_mark() else None

    async def submit(self) -> bool:
        """Set it, and read it back."""
        return await self.work.meters.set_clock(agreed=self.agree.isChecked())

    def redraw(self) -> None:
        """What is known of the clock by now."""
        clock = self.work.page.told.get("clock")
        known = isinstance(clock, dict)
        off = off_text(self.words, _deviation(clock)) if known else ""
        told = self.words("visit.clock_runs", off=off)
        self._off.say(told if known else self.words("visit.clock_unread"))
        marks = self._will_mark()
        self._quiet.setVisible(known and not marks)
        self._marks.setVisible(marks)
        self.agree.setVisible(marks)

    def _will_mark(self) -> bool:
        """By what the meter told, or because it was just refused for that reason."""
        problem = self.work.problem
        if problem is not None and problem.detail.startswith(_MARKS):
            return True
        clock = self.work.page.told.get("clock")
        if not isinstance(clock, dict):
            return False
        off = _deviation(clock)
        return off is None or abs(off) > CLOCK_LIMIT_S


class AlarmsEditor(OpticalEditor):
    """What is set, with what it means; then the order to clear just that."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._what = Label("", "lead", wrap=True)
        self._list = column(space=theme.SPACE[2])
        self._more = Muted(self.words("visit.alarms_means"), wrap=True)
        self.agree.setText(self.words("visit.alarms_agree"))
        self.agree.setAccessibleName(self.words("visit.alarms_agree"))
        self.body.addWidget(self._what)
        self.body.addLayout(self._list)
        self.body.addWidget(self._more)
        self.body.addWidget(self.agree)
        self.body.addStretch(1)
        self._drawn: tuple[str, ...] | None = None

    def button(self) -> str:
        """Read, clear, or read the state in which nothing is set any more."""
        if self._shown() is None:
            return self.words("visit.button.read_alarms")
        key = "clear_alarms" if self._shown() else "read_again"
        return self.words(f"visit.button.{key}")

    def lacks(self) -> str:
        """A port, and a look at what will be cleared."""
        lacks = super().lacks()
        if lacks or not self._shown() or self.agree.isChecked():
            return lacks
        return self.words("visit.alarms_agree_needed")

    def first(self) -> QWidget | None:
        """What is to be looked at."""
        return self.agree if self._shown() else None

    async def submit(self) -> bool:
        """One step on: look, clear, or read the state."""
        shown = self._shown()
        if shown is None:
            return await self.work.meters.look_at_alarms()
        return await (self.work.meters.clear_alarms() if shown else self.read_state())

    def redraw(self) -> None:
        """What was shown last."""
        shown = self._shown()
        self._more.setVisible(bool(shown))
        self.agree.setVisible(bool(shown))
        if shown == self._drawn:
            self._say(shown)
            return
        self._drawn = shown
        self.agree.setChecked(False)
        clear(self._list)
        for name in shown or ():
            self._list.addWidget(_Alarm(self.words, name))
        self._say(shown)

    def _say(self, shown: tuple[str, ...] | None) -> None:
        key = "alarms_unread" if shown is None else "alarms_set" if shown else "alarms_gone"
        self._what.say(self.words(f"visit.{key}"))

    def _shown(self) -> tuple[str, ...] | None:
        """Names of what was set when it was last read; None before that."""
        state = self.work.meters.state.alarms
        return None if state is None else (*state.errors, *state.alarms)


class ModemEditor(OpticalEditor):
    """Whether the modem has a network, by the last state that was read."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._state, self._more = Label("", "lead", wrap=True), Muted("", wrap=True)
        self._waits = Notice()
        for part in (self._state, self._more, self._waits):
            self.body.addWidget(part)
        self.body.addStretch(1)

    async def submit(self) -> bool:
        """Read it again, with the whole state."""
        return await self.read_state()

    def redraw(self) -> None:
        """What the modem told last."""
        words, modem = self.words, self.work.page.told.get("modem")
        known = isinstance(modem, dict)
        key = "modem_none" if self.work.page.told else "modem_unread"
        lines = (
            modem_lines(words, modem) if isinstance(modem, dict) else [words(f"visit.{key}")]
        )
        self._state.say(lines[0])
        self._more.say(" · ".join(lines[1:]))
        self._more.setVisible(len(lines) > 1)
        if known:
            self._waits.say(words("visit.modem_waits"), tone="accent")


class _Alarm(QWidget):
    """One alarm or error, and what it means."""

    def __init__(self, words: Words, name: str) -> None:
        super().__init__()
        told = column(Label(event_name(words, name), "strong", wrap=True), space=0)
        means = meaning(words, name)
        if means:
            told.addWidget(Small(means, wrap=True))
        row = line(IconLabel("triangle-alert", "attention"), space=theme.SPACE[2])
        row.addLayout(told, 1)
        self.setLayout(row)


def modem_lines(words: Words, modem: dict[str, object]) -> list[str]:
    """Registration, signal and network of a modem, as far as it tells them."""
    status = str(modem.get("registration") or "unknown")
    told = optional(words, f"meter.registration_{status}", status)
    lines = [f"{words('visit.modem_state').capitalize()}: {told}"]
    signal, operator = modem.get("signal_dbm"), str(modem.get("operator") or "")
    if isinstance(signal, int):
        lines.append(f"{words('visit.modem_signal')} {words.number(signal, 'dBm')}")
    if operator:
        name = optional(words, f"meter.network_{operator}", operator)
        lines.append(f"{words('visit.modem_operator')} {name}")
    return lines


def quiet(told: Mapping[str, Any]) -> bool:
    """Whether a state has nothing to look over: no alarm, no error, the clock right."""
    off = _deviation(told.get("clock"))
    right = off is not None and abs(off) < CLOCK_LIMIT_S
    return right and not told.get("alarms") and not told.get("errors")


def _deviation(clock: object) -> Decimal | None:
    """How far a clock is off, s; None where it told no time."""
    off = clock.get("deviation_s") if isinstance(clock, dict) else None
    return None if off is None else Decimal(str(off))
