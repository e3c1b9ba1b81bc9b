"""One message, layer by layer: facts of each layer, and the octets with those of a layer lit.

In comes a trace row; out come its layers. Rule: every octet is shown; the layer under the
pointer, or chosen by key, lights its own.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from ui.presenters.trace_rows import TraceLayer, TraceRow
from ui.views import theme
from ui.views.language import Words
from ui.views.trace_table import mono
from ui.views.trace_words import breakable, fact_name, fact_value, meaning
from ui.views.widgets import (
    Card,
    Label,
    Muted,
    Scroll,
    Small,
    clear,
    column,
    dress,
    line,
    spacer,
)

_NAME_PX = 116
_KEYS = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}


class HexView(QWidget):
    """Octets in rows that fit; those of one layer on a lit ground."""

    def __init__(self) -> None:
        super().__init__()
        self._octets = b""
        self._lit = (0, 0)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_octets(self, octets: bytes, lit: tuple[int, int]) -> None:
        """Show these, `lit` from the first to before the last."""
        self._octets, self._lit = octets, lit
        self.setAccessibleName(octets.hex(" "))
        self.updateGeometry()
        self.update()

    def _cell(self) -> tuple[float, int]:
        metrics = QFontMetrics(mono())
        return metrics.horizontalAdvance("00") + 7.0, metrics.height() + 6

    def _across(self, width: int) -> int:
        return max(1, int(width / self._cell()[0]))

    def hasHeightForWidth(self) -> bool:
        """The narrower, the higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Room for every octet."""
        rows = -(-len(self._octets) // self._across(width))
        return rows * self._cell()[1]

    def sizeHint(self) -> QSize:
        """As high as it is at this width."""
        return QSize(200, self.heightForWidth(max(200, self.width())))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The octets, lit ones with their ground."""
        del event
        painter, tokens = QPainter(self), theme.current()
        painter.setFont(mono())
        bold = mono()
        bold.setWeight(QFont.Weight.Bold)
        wide, high = self._cell()
        across, (start, stop) = self._across(self.width()), self._lit
        for place, octet in enumerate(self._octets):
            cell = QRectF(place % across * wide, place // across * high, wide, high)
            is_lit = start <= place < stop
            if is_lit:
                painter.fillRect(cell.adjusted(0, 1, 0, -1), QColor(tokens.accent_soft))
            painter.setFont(bold if is_lit else mono())
            painter.setPen(QColor(tokens.accent if is_lit else tokens.muted))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, f"{octet:02X}")
        painter.end()


class LayerBox(QFrame):
    """One layer's facts; `lit` when it is pointed at or chosen."""

    lit = Signal()

    def __init__(self, words: Words, layer: TraceLayer) -> None:
        super().__init__()
        name = words(f"trace.layer_{layer.name}")
        rows = column(Label(name, "heading"), space=theme.SPACE[0])
        for key, value in layer.facts:
            label = Small(fact_name(words, key))
            label.setFixedWidth(_NAME_PX)
            row = line(label, space=theme.SPACE[1])
            shown = breakable(fact_value(words, key, value))
            row.addWidget(Label(shown, wrap=True), 1)
            rows.addLayout(row)
        rows.setContentsMargins(0, theme.SPACE[1], 0, theme.SPACE[1])
        self.setLayout(rows)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        dress(self, "row")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and space light it."""
        if event.key() in _KEYS:
            self.lit.emit()
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press lights it."""
        super().mousePressEvent(event)
        self.lit.emit()


class LayerCard(Card):
    """The card."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._shown: tuple[TraceRow | None, str] | None = None
        self._number = Small("")
        self._empty = Muted("", wrap=True)
        self._scroll = Scroll(space=0)
        self.hex = HexView()
        self._whose = Small("")
        self.boxes: list[LayerBox] = []
        self._boxes = column(space=0)
        self._scroll.body.addLayout(self._boxes)
        self._scroll.body.addSpacing(theme.SPACE[2])
        self._scroll.body.addWidget(self._whose)
        self._scroll.body.addWidget(self.hex)
        self._scroll.body.addStretch(1)
        self.body.addWidget(self._number)
        self._filler = spacer()
        self.body.addWidget(self._empty)
        self.body.addWidget(self._scroll, 1)
        self.body.addWidget(self._filler, 1)

    def show_row(self, row: TraceRow | None) -> None:
        """Show this message; None asks to choose one."""
        if self._shown == (row, self._words.lang):
            return
        self._shown = (row, self._words.lang)
        words = self._words
        self.say(breakable(meaning(words, row)) if row else words("trace.selected"))
        self.heading.setWordWrap(True)
        self._empty.say(words("trace.nothing_selected"))
        self._empty.setVisible(row is None)
        self._filler.setVisible(row is None)
        self._number.setVisible(row is not None)
        self._scroll.setVisible(row is not None)
        clear(self._boxes)
        self.boxes = []
        if row is None:
            return
        size = words("trace.octets", n=len(row.octets))
        told = [words("trace.frame", n=row.number), size]
        opened = row.opened
        if opened:
            told.append(words("trace.opened"))
        if row.masked or (opened and opened.masked):
            told.append(words("trace.masked"))
        self._number.say(" · ".join(told))
        for layer in (*row.layers, *(opened.layers if opened else ())):
            self._add(row, layer)
        self._light(row, row.layers[-1] if row.layers else None)

    def _light(self, row: TraceRow, layer: TraceLayer | None) -> None:
        """The octets in which this layer stands, and where they were."""
        octets = layer.octets if layer else b""
        self.hex.show_octets(octets or row.octets, layer.span if layer else (0, 0))
        self._whose.say(self._words("trace.octets_plain" if octets else "trace.octets_line"))
        self._whose.setVisible(row.opened is not None)

    def _add(self, row: TraceRow, layer: TraceLayer) -> None:
        box = LayerBox(self._words, layer)
        box.lit.connect(lambda: self._light(row, layer))
        box.lit.connect(lambda: self._scroll.ensureWidgetVisible(self.hex))
        self.boxes.append(box)
        self._boxes.addWidget(box)
