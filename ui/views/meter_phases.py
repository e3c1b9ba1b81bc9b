"""Power and voltage of each phase, one row a phase.

In come the phases of a telegram or a readout; out come bars: power around zero, voltage on a
scale with its allowed band, each row led by the line that draws the phase in a plot. Rule:
what the meter does not send is said in words, never drawn as zero; a value outside its band is
told by colour, mark and tone.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.presenters.live_findings import HIGH_V, LOW_V, voltage_rule
from ui.presenters.live_reading import Phase
from ui.views import theme
from ui.views.language import Words
from ui.views.plot_legend import pen_of

ROW, HEAD = 30, 22
_BAR = 12
_SCALES_KW = (1, 2, 5, 10, 20, 50)
_LEAST_V, _MOST_V = 195.0, 265.0
_SAMPLE = 26
_NAME, _NUMBER, _GAP = 72, 96, 20
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class PhaseBars(QWidget):
    """The rows."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._phases: tuple[Phase, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_phases(())

    def show_phases(self, phases: Sequence[Phase]) -> None:
        """Paint these from now on."""
        self._phases = tuple(phases)
        self.setAccessibleName(" · ".join(self._spoken(n) for n in range(len(phases))))
        self.setFixedHeight(HEAD + ROW * max(1, len(phases)))
        self.update()

    def scale_kw(self) -> int:
        """The power at the end of a bar: round, and at least what is shown."""
        most = max((abs(p.net_kw) for p in self._phases if p.net_kw is not None), default=0)
        return next((kw for kw in _SCALES_KW if kw >= most), _SCALES_KW[-1])

    def _spoken(self, n: int) -> str:
        return f"L{n + 1} {self._power(n)} {self._volts(n)}"

    def _power(self, n: int) -> str:
        power = self._phases[n].net_kw
        return "" if power is None else self._words.number(power, "kW")

    def _volts(self, n: int) -> str:
        volts = self._phases[n].volts
        return "" if volts is None else self._words.number(volts, "V")

    def _columns(self) -> tuple[QRectF, QRectF, QRectF, QRectF]:
        """Power bar, power, voltage bar, voltage; in the first row."""
        bars = (self.width() - _NAME - 2 * _NUMBER - 3 * _GAP) / 2
        x = float(_NAME)
        power = QRectF(x, HEAD, bars, ROW)
        number = QRectF(power.right() + _GAP / 2, HEAD, _NUMBER, ROW)
        volts = QRectF(number.right() + 1.5 * _GAP, HEAD, bars, ROW)
        return power, number, volts, QRectF(volts.right() + _GAP / 2, HEAD, _NUMBER, ROW)

    def _paint_head(self, painter: QPainter) -> None:
        power, _, volts, _ = self._columns()
        kw, words = self.scale_kw(), self._words
        painter.setFont(theme.font(theme.TYPE[0]))
        painter.setPen(QColor(theme.current().muted))
        self._label(painter, power.left(), words.number(-kw), _LEFT)
        self._label(painter, power.center().x(), words("meter.power_head"), None)
        self._label(painter, power.right(), f"{kw} kW", _RIGHT)
        if any(phase.volts is not None for phase in self._phases):
            for limit in (LOW_V, HIGH_V):
                self._label(painter, _volt_x(volts, limit), f"{limit}", None)
            self._label(painter, volts.center().x(), words("meter.voltage_head"), None)

    @staticmethod
    def _label(painter: QPainter, x: float, text: str, align: Qt.AlignmentFlag | None) -> None:
        wide = 160
        left = {_LEFT: x, _RIGHT: x - wide}.get(align, x - wide / 2) if align else x - wide / 2
        flag = align or Qt.AlignmentFlag.AlignCenter
        painter.drawText(QRectF(left, 0, wide, HEAD - 4), flag, text)

    def _paint_row(self, painter: QPainter, n: int) -> None:
        power, number, volts, last = (one.translated(0, n * ROW) for one in self._columns())
        tokens, phase = theme.current(), self._phases[n]
        painter.setFont(theme.font(theme.TYPE[1], QFont.Weight.DemiBold))
        painter.setPen(QColor(tokens.phases[n]))
        painter.drawText(QRectF(_SAMPLE + 8, power.top(), _NAME, ROW), _LEFT, f"L{n + 1}")
        painter.setPen(pen_of(n))
        painter.drawLine(QPointF(0, power.center().y()), QPointF(_SAMPLE, power.center().y()))
        self._paint_power(painter, power, n)
        painter.setPen(QColor(tokens.text))
        painter.drawText(number, _RIGHT, self._power(n))
        if phase.volts is None:
            painter.setFont(theme.font(theme.TYPE[0]))
            painter.setPen(QColor(tokens.muted))
            painter.drawText(volts.united(last), _LEFT, self._without_voltage(phase))
            return
        tone = tokens.attention if voltage_rule(phase.volts) else tokens.done
        _paint_voltage(painter, volts, phase.volts, QColor(tone))
        painter.setPen(QColor(tone if voltage_rule(phase.volts) else tokens.text))
        painter.drawText(last, _RIGHT, self._volts(n))

    def _without_voltage(self, phase: Phase) -> str:
        """What an older meter tells in its place: the current, in whole amperes."""
        if phase.amps is None:
            return self._words("meter.no_voltage")
        current = self._words.number(phase.amps, "A")
        return self._words("p1.no_voltage_current", current=current)

    def _paint_power(self, painter: QPainter, cell: QRectF, n: int) -> None:
        bar, tokens = _bar(cell), theme.current()
        _paint_track(painter, bar)
        power = self._phases[n].net_kw
        if power is not None:
            share = float(power) / self.scale_kw()
            middle = bar.center().x()
            filled = QRectF(middle, bar.top(), share * bar.width() / 2, _BAR).normalized()
            painter.save()
            painter.setClipPath(_rounded(bar))
            painter.fillRect(filled, QColor(tokens.phases[n]))
            painter.restore()
        middle = bar.center().x()
        painter.setPen(QPen(QColor(tokens.muted), 1))
        painter.drawLine(QPointF(middle, bar.top() - 4), QPointF(middle, bar.bottom() + 4))

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(560, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Head and rows."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._phases:
            self._paint_head(painter)
        for n in range(len(self._phases)):
            self._paint_row(painter, n)
        painter.end()


def _bar(cell: QRectF) -> QRectF:
    return QRectF(cell.left(), cell.center().y() - _BAR / 2, cell.width(), _BAR)


def _rounded(bar: QRectF) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(bar, _BAR / 2, _BAR / 2)
    return path


def _paint_track(painter: QPainter, bar: QRectF) -> None:
    tokens = theme.current()
    painter.setPen(QPen(QColor(tokens.line), 1))
    painter.setBrush(QColor(tokens.ground))
    painter.drawPath(_rounded(bar))


def _volt_x(cell: QRectF, volts: Decimal) -> float:
    share = (min(max(float(volts), _LEAST_V), _MOST_V) - _LEAST_V) / (_MOST_V - _LEAST_V)
    return cell.left() + share * cell.width()


def _paint_voltage(painter: QPainter, cell: QRectF, volts: Decimal, colour: QColor) -> None:
    """A scale with the allowed band on it, and a mark where the voltage is."""
    bar, tokens = _bar(cell), theme.current()
    _paint_track(painter, bar)
    band = QRectF(_volt_x(cell, LOW_V), bar.top(), 0, _BAR)
    band.setRight(_volt_x(cell, HIGH_V))
    painter.fillRect(band, QColor(tokens.done_soft))
    painter.setPen(QPen(QColor(tokens.done), 1))
    for x in (band.left(), band.right()):
        painter.drawLine(QPointF(x, bar.top() - 3), QPointF(x, bar.bottom() + 3))
    mark = QRectF(_volt_x(cell, volts) - 4, bar.top() - 5, 8, _BAR + 10)
    painter.setPen(QPen(QColor(tokens.surface), 2))
    painter.setBrush(colour)
    painter.drawRoundedRect(mark, 4, 4)
