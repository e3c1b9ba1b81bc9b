"""Short statements of the technician: something holds, something measures, a seal has a number.

Rule: a value outside what is usual is said and kept as it is.
"""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ui.presenters.visit_page import Primary
from ui.views import theme
from ui.views.visit_editor import Editor
from ui.views.visit_keypad import Keypad
from ui.views.visit_scan import ScanMark
from ui.views.visit_words import capital
from ui.views.visit_work import Work
from ui.views.widgets import Field, Label, Muted, NumberField, Pill, TextField, column, line

_FIELD_PX = 240
_USUAL = {"voltage_l1_n": (Decimal(207), Decimal(253))}
"""Where the definition gives none (version 1): 230 V and ten per cent (EN 50160, 4.2.2)."""


class ConfirmEditor(Editor):
    """One statement that is confirmed."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        key = f"visit.confirm.{primary.about}"
        self.body.addWidget(Label(self.words(key), "lead", wrap=True))
        self.body.addWidget(Muted(self.words(f"{key}_how"), wrap=True))
        self.body.addStretch(1)

    def button(self) -> str:
        """Confirm what stands there."""
        return self.words("visit.button.confirm")

    async def submit(self) -> bool:
        """It holds."""
        return await self.work.visit.confirm(self.primary.about)


class MeasureEditor(Editor):
    """A value and the instrument it was measured with."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._unit = self.asked.unit if self.asked else ""
        self._value = NumberField("", digits=8)
        self._instrument = TextField("")
        for name, field in (("value", self._value), ("instrument", self._instrument)):
            self.bind(name, field).setFixedWidth(_FIELD_PX)
        self._verdict = Pill()
        about = capital(work.words.code("about", primary.about))
        keypad = Keypad(self.words)
        keypad.serve(self._value)
        left = column(
            Field(f"{about} ({self._unit})", self._value),
            self._verdict,
            Field(self.words("visit.instrument"), self._instrument),
            ScanMark(self.words, self._instrument),
            space=theme.SPACE[3],
        )
        left.addStretch(1)
        both = line(space=theme.SPACE[5])
        both.addLayout(left)
        both.addWidget(keypad, 0, Qt.AlignmentFlag.AlignTop)
        both.addStretch(1)
        self.body.addLayout(both)
        self.body.addStretch(1)
        self._value.textChanged.connect(self._judge)
        self._recall()
        self._judge()

    def lacks(self) -> str:
        """The value, then the instrument's number."""
        if self._value.value() is None:
            return self.words("visit.value_needed")
        named = self._instrument.text().strip()
        return "" if named else self.words("visit.instrument_needed")

    def first(self) -> QWidget | None:
        """The field that is open."""
        return self._value if self._value.value() is None else self._instrument

    async def submit(self) -> bool:
        """Keep the value."""
        value = self._value.value()
        if value is None:
            return False
        instrument = self._instrument.text().strip()
        return await self.work.visit.measure(self.primary.about, value, self._unit, instrument)

    def _recall(self) -> None:
        """The instrument of the last measurement in this unit."""
        before = reversed(self.work.page.measurements)
        known = [f.instrument for f in before if f.instrument and f.unit == self._unit]
        if known and not self._instrument.text():
            self._instrument.setText(known[0])

    def _usual(self) -> tuple[Decimal | None, Decimal | None]:
        asked = self.asked.usual if self.asked else (None, None)
        return _USUAL.get(self.primary.about, asked) if asked == (None, None) else asked

    def _judge(self) -> None:
        value, (low, high) = self._value.value(), self._usual()
        self._verdict.setVisible(value is not None and low is not None)
        if value is None or low is None or high is None:
            return
        ends = {"low": self.words.number(low), "high": self.words.number(high, self._unit)}
        if low <= value <= high:
            self._verdict.say(self.words("visit.usual", **ends), "done", "check")
        else:
            said = self.words("visit.unusual", **ends)
            self._verdict.say(said, "attention", "triangle-alert")


class SealEditor(Editor):
    """The number of a seal that was taken off or put on."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._removed = primary.about.startswith("old")
        text = self.words("visit.seal_old" if self._removed else "visit.seal_new")
        self.body.addWidget(Label(text, "lead", wrap=True))
        self._number = TextField("")
        self.bind("number", self._number)
        keypad = Keypad(self.words)
        keypad.serve(self._number)
        both = line(space=theme.SPACE[5])
        mark = ScanMark(self.words, self._number)
        left = column(Field(self.words("visit.seal_number"), self._number), mark)
        left.addStretch(1)
        both.addLayout(left, 1)
        both.addWidget(keypad, 0, Qt.AlignmentFlag.AlignTop)
        both.addStretch(1)
        self.body.addLayout(both)
        self.body.addStretch(1)

    def lacks(self) -> str:
        """The number."""
        return "" if self._number.text().strip() else self.words("visit.seal_needed")

    def first(self) -> QWidget | None:
        """The field."""
        return self._number

    async def submit(self) -> bool:
        """Keep the seal."""
        action = "removed" if self._removed else "placed"
        number = self._number.text().strip()
        return await self.work.visit.record_seal(self.primary.about, number, action)
