"""What stands on the board: a visit's block, a technician's head, and the ghost of a drag.

In come values of the State and words for them; out go clicks and drags. Rule: a block is a
button, so that it can be reached by keyboard and read aloud; it is at least 44 px high and wide
enough to be touched, and the bar at its foot is as long as the work takes.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QFrame, QPushButton, QWidget

from fieldapp.domain.day_plan import Verdict
from ui.presenters.planning_state import Block, Lane
from ui.views import icons, planning_words, theme
from ui.views.language import Words
from ui.views.widgets import ElidedLabel, column, spacer

LEAST_PX = 76
"""The width of a block that has neighbours."""

USUAL_PX = 124
"""The width of one that has room."""

_FOOT_PX = 4
_ICON_PX = 14


class Grip(QObject):
    """Watches a widget and tells when it is dragged; clicks pass through."""

    dragged = Signal(str, QPoint)
    dropped = Signal(str, QPoint)
    let_go = Signal()

    def __init__(self, widget: QWidget, visit: str) -> None:
        super().__init__(widget)
        self._visit = visit
        self._from: QPoint | None = None
        self._dragging = False
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Press, move far enough, release: a drag; Esc ends it without a drop."""
        del watched
        if isinstance(event, QKeyEvent):
            return self._key(event)
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        if not self._dragging or event.key() != Qt.Key.Key_Escape:
            return False
        self._from, self._dragging = None, False
        self.let_go.emit()
        return True

    def _mouse(self, event: QMouseEvent) -> bool:
        at = event.globalPosition().toPoint()
        match event.type():
            case QEvent.Type.MouseButtonPress if event.button() == Qt.MouseButton.LeftButton:
                self._from = at
            case QEvent.Type.MouseMove if self._from is not None:
                far = (at - self._from).manhattanLength()
                self._dragging |= far >= QApplication.startDragDistance()
                if self._dragging:
                    self.dragged.emit(self._visit, at)
                return self._dragging
            case QEvent.Type.MouseButtonRelease:
                was, self._from, self._dragging = self._dragging, None, False
                if was:
                    self.dropped.emit(self._visit, at)
                return was
            case _:
                pass
        return False


class BlockButton(QPushButton):
    """A visit on the board."""

    def __init__(self, block: Block, words: Words) -> None:
        super().__init__()
        self.block = block
        self.work_px = 0.0
        self._words = words
        self._chosen = False
        self.grip = Grip(self, block.id)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        self.say(block, chosen=False)

    def say(self, block: Block, *, chosen: bool) -> None:
        """Show another state of the same visit."""
        self.block, self._chosen = block, chosen
        name = planning_words.block_name(self._words, block)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.update()

    def sizeHint(self) -> QSize:
        """Enough to be touched."""
        return QSize(LEAST_PX, theme.TARGET)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's
        """The ground in the state's tone, two lines, and the foot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = planning_words.tone(self.block)
        self._ground(painter, tone)
        self._lines(painter, tone)
        painter.end()

    def _ground(self, painter: QPainter, tone: str) -> None:
        now = theme.current()
        ink = QColor(now.tone(tone))
        pen = QPen(ink, now.line_px if now.line_px > 1 else 0)
        if self._chosen or self.hasFocus():
            pen = QPen(QColor(now.accent), 2)
        elif self.block.moved or not self.block.published:
            pen = QPen(ink, 1.5, Qt.PenStyle.DashLine)
        if pen.widthF() == 0:
            pen = QPen(Qt.PenStyle.NoPen)
        soft = now.soft(tone) if tone != "neutral" else now.ground
        painter.setPen(pen)
        painter.setBrush(QColor(now.surface if self.block.moved else soft))
        inset = max(1.0, pen.widthF() / 2)
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        long = max(_FOOT_PX, min(self.work_px, self.width() - 12.0))
        painter.drawRoundedRect(QRectF(6, self.height() - 6, long, 3), 1.5, 1.5)

    def _lines(self, painter: QPainter, tone: str) -> None:
        now, block, words = theme.current(), self.block, self._words
        left = 8.0
        if (icon := _icon(block)) and self.width() > LEAST_PX + 20:
            drawn = icons.pixmap(icon, now.tone(tone), _ICON_PX)
            painter.drawPixmap(int(left), 7, drawn)
            left += _ICON_PX + 4
        wide = self.width() - left - 6
        painter.setPen(QColor(now.text))
        bold = theme.font(theme.TYPE[0], QFont.Weight.DemiBold)
        painter.setFont(bold)
        _draw(painter, bold, QRectF(left, 5, wide, 17), block.place or block.number)
        plain = theme.font(theme.TYPE[0])
        painter.setPen(QColor(now.tone(tone)))
        painter.setFont(plain)
        second = planning_words.second_line(words, block)
        if block.moved and self.width() >= USUAL_PX:
            second = f"{second} · {words('planning.draft')}"
        _draw(painter, plain, QRectF(8, 21, self.width() - 14, 16), second)


def _icon(block: Block) -> str:
    """What stands beside the colour: done, not done, late, or in conflict."""
    if block.conflicts:
        return "circle-alert"
    if not block.movable:
        return "check" if planning_words.tone(block) == "done" else "x"
    return "triangle-alert" if block.late_min else ""


def _draw(painter: QPainter, font: QFont, box: QRectF, text: str) -> None:
    shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(box, int(flags), shown)


class LaneHead(QFrame):
    """A technician: name, what asks for attention, and how far the day is."""

    def __init__(self, lane: Lane, words: Words) -> None:
        super().__init__()
        self._words = words
        self._name = ElidedLabel(lane.name, "strong")
        self._line = ElidedLabel("", "small")
        lines = column(spacer(), self._name, self._line, spacer(), space=2)
        lines.setContentsMargins(theme.SPACE[3], 0, theme.SPACE[1], 0)
        self.setLayout(lines)
        self.say(lane)

    def say(self, lane: Lane) -> None:
        """Show another state of the same technician."""
        state, tone = planning_words.lane_line(self._words, lane)
        progress = planning_words.lane_progress(self._words, lane)
        self._name.say(lane.name)
        self._line.say(f"{state} · {lane.done}/{lane.total}" if lane.total else state, tone)
        named = self._words(
            "planning.lane_name", name=lane.name, progress=progress, state=state
        )
        self.setAccessibleName(named)


class Ghost(QWidget):
    """Where a dragged visit would go, and whether it fits there, in words."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.place = ""
        self.said = ""
        self._tone = "accent"
        self._icon = ""
        self.hide()

    def say(self, place: str, said: str, verdict: Verdict) -> None:
        """Show a place and a verdict."""
        self.place, self.said = place, said
        self._tone = planning_words.FIT_TONES[verdict.fit]
        self._icon = planning_words.FIT_ICONS[verdict.fit]
        self.setAccessibleName(f"{place}: {said}")
        metrics = QFontMetricsF(theme.font(theme.TYPE[0]))
        self.resize(int(max(120, metrics.horizontalAdvance(said) + 44)), theme.TARGET)
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's
        """A block with an edge in the verdict's tone."""
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(now.tone(self._tone)), 2))
        painter.setBrush(QColor(now.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.drawPixmap(10, 14, icons.pixmap(self._icon, now.tone(self._tone), 16))
        bold, plain = (
            theme.font(theme.TYPE[0], QFont.Weight.DemiBold),
            theme.font(theme.TYPE[0]),
        )
        painter.setPen(QColor(now.text))
        painter.setFont(bold)
        _draw(painter, bold, QRectF(34, 5, self.width() - 40, 17), self.place)
        painter.setPen(QColor(now.tone(self._tone)))
        painter.setFont(plain)
        _draw(painter, plain, QRectF(34, 22, self.width() - 40, 16), self.said)
        painter.end()
