"""Alarms and errors as lamps: those that are lit large and in words, the others a quiet row.

In come the names that the meter has set; out come lamps. Rule: a lamp never speaks by colour
alone; every name that is set is shown, known or not.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.meter_words import event_name, meaning
from ui.views.widgets import Card, Label, Pill, Small, clear, column, line

_GROUPS = {
    "clock": ("clock_",),
    "battery": ("replace_battery", "battery_"),
    "memory": ("program_memory", "ram_", "nv_memory", "watchdog"),
    "measurement": ("measurement_",),
    "fraud": ("fraud_",),
    "configuration": ("configuration_",),
    "phase": ("phase_", "voltage_", "thd_", "power_up", "last_gasp"),
    "mbus": ("mbus",),
}
_OTHER = "other"
_COLUMNS = 3
_BULB, _LIT_PX = 14, 34


class Bulb(QWidget):
    """One lamp: filled and haloed when lit, an empty ring when not."""

    def __init__(self) -> None:
        super().__init__()
        self._tone = ""
        self.setFixedSize(QSize(_BULB + 6, _BULB + 6))

    def light(self, tone: str) -> None:
        """Light it in this tone; an empty one puts it out."""
        self._tone = tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ring, and the light in it."""
        del event
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(self.width() / 2, self.height() / 2)
        radius = _BULB / 2 - 1
        if self._tone:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.soft(self._tone)))
            painter.drawEllipse(middle, radius + 4, radius + 4)
            painter.setBrush(QColor(tokens.tone(self._tone)))
        else:
            painter.setPen(QPen(QColor(tokens.muted), 1.5))
        painter.drawEllipse(middle, radius, radius)
        painter.end()


class LampCard(Card):
    """The card."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._lit = column(space=theme.SPACE[1])
        self._none = Label("", tone="done")
        self._none_row = QWidget()
        calm = line(IconLabel("circle-check", "done"), space=theme.SPACE[1])
        calm.addWidget(self._none, 1)
        self._none_row.setLayout(calm)
        self._bulbs = {group: (Bulb(), Small("")) for group in (*_GROUPS, _OTHER)}
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.SPACE[3])
        grid.setVerticalSpacing(theme.SPACE[0])
        for place, (bulb, name) in enumerate(self._bulbs.values()):
            cell = line(bulb, space=theme.SPACE[1])
            cell.addWidget(name, 1)
            grid.addLayout(cell, place // _COLUMNS, place % _COLUMNS)
        self.body.addWidget(self._none_row)
        self.body.addLayout(self._lit)
        self.body.addLayout(grid)

    def show_lamps(self, alarms: tuple[str, ...], errors: tuple[str, ...]) -> None:
        """Light those that are set: alarms in attention, errors in blocking."""
        words = self._words
        self.say(words("meter.lamps"))
        self._none.say(words("meter.lamps_none"), "done")
        self._none_row.setVisible(not alarms and not errors)
        clear(self._lit)
        for name in errors:
            self._add(name, "blocking", words("meter.lamp_error"))
        for name in alarms:
            self._add(name, "attention", words("meter.lamp_alarm"))
        tones = {group_of(name): "attention" for name in alarms}
        tones |= {group_of(name): "blocking" for name in errors}
        for group, (bulb, label) in self._bulbs.items():
            bulb.light(tones.get(group, ""))
            label.say(words(f"meter.group_{group}"))
            state = words("meter.lamp_on" if group in tones else "meter.lamp_off")
            bulb.setAccessibleName(f"{label.text()}: {state}")

    def _add(self, name: str, tone: str, kind: str) -> None:
        """A lamp, and below it what it means and what to do."""
        self._lit.addWidget(self._lamp(name, tone, kind))
        if means := meaning(self._words, name):
            told = Small(means, wrap=True)
            told.setIndent(_BULB + 6 + theme.SPACE[2])
            self._lit.addWidget(told)

    def _lamp(self, name: str, tone: str, kind: str) -> QWidget:
        bulb, text = Bulb(), event_name(self._words, name)
        bulb.light(tone)
        row = QWidget()
        layout = line(bulb, space=theme.SPACE[2])
        layout.addWidget(Label(text[:1].upper() + text[1:], "lead", tone=tone, wrap=True), 1)
        layout.addWidget(Pill(kind, tone))
        row.setLayout(layout)
        row.setMinimumHeight(_LIT_PX)
        row.setAccessibleName(f"{kind}: {text}")
        return row


def group_of(name: str) -> str:
    """The lamp that stands for this alarm or error."""
    for group, beginnings in _GROUPS.items():
        if name.startswith(beginnings):
            return group
    return _OTHER
