"""Who the meter is: a drawing of its kind, its number, firmware and clock.

In comes an optical reading; out come a picture and rows. Rule: the drawing shows what is known
(phases, ports, lamps lit), nothing that was not read.
"""

from __future__ import annotations

from decimal import ROUND_UP, Decimal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.presenters.bench import ErrandCard
from ui.presenters.optical_reading import ClockLine, OpticalReading
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_facts import FactLine, FactList
from ui.views.meter_words import optional, version_text
from ui.views.widgets import Card, Label, Pill, column, line

_SIZE = QSize(88, 118)
_EQUAL_S = Decimal(2)


class MeterPicture(QWidget):
    """A meter: display, lamp, both ports, and a terminal for each phase."""

    def __init__(self) -> None:
        super().__init__()
        self._phases = 1
        self._is_lit = False
        self.setFixedSize(_SIZE)

    def show_meter(self, phases: int, name: str, *, is_lit: bool) -> None:
        """Draw this many phases; `is_lit`: an alarm or error is set."""
        self._phases, self._is_lit = max(1, phases), is_lit
        self.setAccessibleName(name)
        self.update()

    def _paint_body(self, painter: QPainter) -> None:
        tokens = theme.current()
        painter.setPen(QPen(QColor(tokens.muted), 2))
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(QRectF(3, 3, 82, 92), 8, 8)
        painter.setBrush(QColor(tokens.accent_soft))
        painter.setPen(QPen(QColor(tokens.accent), 1.5))
        painter.drawRoundedRect(QRectF(13, 14, 62, 26), 3, 3)
        painter.setPen(QPen(QColor(tokens.accent), 2))
        for n in range(5):
            x = 22.0 + 11 * n
            painter.drawLine(QPointF(x, 22), QPointF(x, 33))

    def _paint_ports(self, painter: QPainter) -> None:
        tokens = theme.current()
        painter.setPen(QPen(QColor(tokens.muted), 2))
        painter.setBrush(QColor(tokens.surface))
        painter.drawEllipse(QPointF(30, 66), 13, 13)
        painter.drawEllipse(QPointF(30, 66), 4, 4)
        painter.drawRoundedRect(QRectF(54, 58, 18, 15), 2, 2)
        lamp = tokens.attention if self._is_lit else tokens.done
        painter.setPen(QPen(QColor(lamp), 1))
        painter.setBrush(QColor(lamp))
        painter.drawEllipse(QPointF(63, 49), 3.5, 3.5)

    def _paint_terminals(self, painter: QPainter) -> None:
        tokens = theme.current()
        painter.setPen(QPen(QColor(tokens.muted), 2))
        painter.setBrush(QColor(tokens.surface))
        painter.drawRoundedRect(QRectF(9, 95, 70, 20), 3, 3)
        gap = 70 / (self._phases + 1)
        for n in range(self._phases):
            painter.setPen(QPen(QColor(tokens.phases[n]), 1))
            painter.setBrush(QColor(tokens.phases[n]))
            painter.drawEllipse(QPointF(9 + gap * (n + 1), 105), 5, 5)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Body, ports, terminals."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_body(painter)
        self._paint_ports(painter)
        self._paint_terminals(painter)
        painter.end()


class IdentityCard(Card):
    """The card."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._picture = MeterPicture()
        self._number = Label("", "lead")
        self._matches = Pill()
        self._facts = FactList(space=theme.SPACE[0])
        matches = line(self._matches)
        matches.addStretch(1)
        names = column(self._number, matches, self._facts, space=theme.SPACE[1])
        names.addStretch(1)
        head = line(space=theme.SPACE[3])
        head.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(names, 1)
        self.body.addLayout(head)

    def show_reading(self, reading: OpticalReading, errand: ErrandCard) -> None:
        """Show this meter; in a visit that it is the visit's."""
        words, phases = self._words, len(reading.phases)
        name = words("meter.picture", phases=phases)
        lit = bool(reading.alarms or reading.errors)
        self._picture.show_meter(phases, name, is_lit=lit)
        self._number.say(reading.meter or words("meter.unknown_meter"))
        self._matches.setVisible(bool(errand.visit))
        self._matches.say(words("meter.identity_matches"), "done", "check")
        self._facts.show_lines(identity_lines(words, reading))


def identity_lines(words: Words, reading: OpticalReading) -> list[FactLine]:
    """Numbers, firmware and clock, those that the meter gave."""
    named = [
        (words("meter.serial"), reading.serial_number),
        (words("meter.hardware"), reading.hardware_id),
        *(
            (optional(words, f"meter.firmware_{part}", part), version)
            for part, version in reading.firmware
        ),
        (words("meter.p1_version"), version_text(reading.p1_version)),
    ]
    lines = [FactLine(name, value) for name, value in named if value]
    lines.append(_requirements(words, reading.version))
    return [*lines, clock_line(words, reading.clock)]


def _requirements(words: Words, version: str) -> FactLine:
    """The version of the Dutch requirements; a meter that fits none is never written."""
    name = words("meter.requirements")
    if not version:
        return FactLine(name, words("meter.requirements_none"), "", "attention")
    return FactLine(name, words(f"meter.version_{version}"))


def clock_line(words: Words, clock: ClockLine) -> FactLine:
    """How far the clock is off, and how sure that is."""
    name, off = words("meter.clock"), clock.deviation_s
    if off is None:
        return FactLine(name, words("meter.clock_none"), "", "attention")
    uncertainty = words.number(clock.uncertainty_s.quantize(Decimal(1), ROUND_UP), "s")
    if abs(off) <= max(_EQUAL_S, clock.uncertainty_s):
        return FactLine(name, words("meter.clock_equal", uncertainty=uncertainty))
    side = "ahead" if off > 0 else "behind"
    deviation = words.number(abs(off).quantize(Decimal(1)), "s")
    text = words(f"meter.clock_{side}", deviation=deviation, uncertainty=uncertainty)
    return FactLine(name, text, "", "attention")
