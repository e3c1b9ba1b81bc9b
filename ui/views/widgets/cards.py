"""Cards, pills, rows, banner: what holds the words of a page together.

In come parts; out come frames drawn by their tone. Rule: a tone never speaks alone, its icon
and its word stand beside it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.widgets.buttons import QuietButton
from ui.views.widgets.layout import clear, column, dress, line
from ui.views.widgets.text import Heading, Label, Small
from ui.views.widgets.touch import Finger

TONE_ICONS = {
    "accent": "info",
    "done": "circle-check",
    "attention": "triangle-alert",
    "blocking": "circle-alert",
}
_SMALL_ICON = 14


class _Edged(QFrame):
    """A frame whose tone shows as a bar at its left, within the round corners."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """The frame of the style sheet, and the bar over it."""
        super().paintEvent(event)
        tone = str(self.property("tone") or "")
        if not tone:
            return
        corners = QPainterPath()
        corners.addRoundedRect(QRectF(self.rect()), theme.CORNER, theme.CORNER)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipPath(corners)
        bar = QRectF(0, 0, theme.SPACE[0], self.height())
        painter.fillRect(bar, QColor(theme.current().tone(tone)))
        painter.end()


class Card(_Edged):
    """A surface with a line round it; `body` is the column to put things in."""

    def __init__(self, heading: str = "", *, tone: str = "", margin: int = 20) -> None:
        super().__init__()
        self.heading = Heading(heading)
        self._head = QWidget()
        self._head.setLayout(column(self.heading))
        self.body = column(space=theme.SPACE[1])
        self.setLayout(column(self._head, self.body, space=theme.SPACE[2], margin=margin))
        dress(self, "card", tone)
        self.say(heading)

    def say(self, heading: str) -> None:
        """Show another heading."""
        self.heading.say(heading)
        self._head.setVisible(bool(heading))

    def inset_head(self, margin: int) -> None:
        """Hold the heading off the edge where the body goes up to it."""
        self._head.setContentsMargins(margin, theme.SPACE[3], margin, 0)


class Pill(QFrame):
    """A state in one or two words: tone, icon and word."""

    def __init__(self, text: str = "", tone: str = "neutral", icon: str = "") -> None:
        super().__init__()
        self._icon = IconLabel("", tone, _SMALL_ICON)
        self._text = Label(text)
        row = line(self._icon, self._text, space=theme.SPACE[0])
        row.setContentsMargins(10, 0, 10, 0)
        self.setLayout(row)
        self.setFixedHeight(26)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.say(text, tone, icon)

    def say(self, text: str, tone: str = "neutral", icon: str = "") -> None:
        """Show another state."""
        self._icon.set_icon(icon, tone)
        self._text.say(text)
        self.setAccessibleName(text)
        dress(self, "pill", tone)


class Row(QFrame):
    """One line of a list; with `on_click` it can be clicked, focused and pressed by Enter."""

    def __init__(self, name: str, on_click: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.body = line(space=theme.SPACE[3])
        self.body.setContentsMargins(20, theme.SPACE[1], 20, theme.SPACE[1])
        self.setLayout(self.body)
        self.setMinimumHeight(52)
        self.setAccessibleName(name)
        self._on_click = on_click
        self.setProperty("clickable", "true" if on_click else "false")
        if on_click is not None:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        dress(self, "row")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and space are a click."""
        keys = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}
        if self._on_click is not None and event.key() in keys:
            self._on_click()
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click that ends where it began."""
        inside = self.rect().contains(event.position().toPoint())
        if self._on_click is not None and inside:
            self._on_click()


class RowList(Card):
    """Rows below each other in one card, a line between them."""

    def __init__(self, heading: str = "") -> None:
        super().__init__(heading, margin=0)
        self.inset_head(20)
        self.body.setSpacing(0)
        self._rows: list[QWidget] = []

    def show_rows(self, rows: list[Row]) -> None:
        """Show these in place of those that were there."""
        clear(self.body)
        self._rows = list(rows)
        for place, row in enumerate(rows, 1):
            row.setProperty("last", "true" if place == len(rows) else "false")
            dress(row)
            self.body.addWidget(row)


class Banner(_Edged):
    """What needs a person: one line, what to do, and one way on; the rest counted."""

    dismissed = Signal()
    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._icon = IconLabel("", "accent")
        self._what = Label("", "strong", wrap=True)
        self._more = Small("", wrap=True)
        self._count = Small("")
        self._action = QuietButton("", self.pressed.emit)
        self._detail = Small("", wrap=True)
        self._detail.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._details = QuietButton("", self._unfold)
        self._close = QuietButton("", self.dismissed.emit, icon="x")
        row = line(self._icon, space=theme.SPACE[2])
        row.addLayout(column(self._what, self._more, self._detail, space=2), 1)
        for part in (self._count, self._details, self._action, self._close):
            row.addWidget(part)
        row.setContentsMargins(theme.SPACE[3], theme.SPACE[1], theme.SPACE[1], theme.SPACE[1])
        self.setLayout(row)
        self.hide()

    def say(
        self, what: str, more: str = "", *, tone: str = "attention", action: str = ""
    ) -> None:
        """Show one matter; `action` is what the button at its end does."""
        self._icon.set_icon(TONE_ICONS.get(tone, "info"), tone)
        self._what.say(what)
        self._more.say(more)
        self._more.setVisible(bool(more))
        self._action.say(action)
        self._action.setVisible(bool(action))
        self.setAccessibleName(f"{what} {more}".strip())
        self.tell("", "")
        dress(self, "banner", tone)
        self.show()

    def tell(self, words: str, detail: str) -> None:
        """Offer the technical part, which can be copied, behind a button of these words."""
        self._details.say(words)
        self._details.setVisible(bool(detail))
        self._detail.say(detail)
        self._detail.hide()

    def _unfold(self) -> None:
        self._detail.setVisible(not self._detail.isVisible())

    def count(self, text: str) -> None:
        """How many more there are, in words."""
        self._count.say(text)
        self._count.setVisible(bool(text))

    def can_close(self, *, can: bool) -> None:
        """Whether it has a cross at its end."""
        self._close.setVisible(can)

    def name_close(self, words: str) -> None:
        """What the cross at the end is called."""
        self._close.setAccessibleName(words)
        self._close.setToolTip(words)


class Scroll(QScrollArea):
    """A column that scrolls downwards only; `body` is the column to put things in."""

    def __init__(self, space: int = theme.SPACE[3]) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inner = QWidget()
        self.body = column(space=space)
        self._inner.setLayout(self.body)
        self.setWidget(self._inner)
        Finger(self)

    def viewportEvent(self, event: QEvent) -> bool:
        """Never wider than what is shown."""
        if event.type() is QEvent.Type.Resize:
            self._inner.setMaximumWidth(self.viewport().width())
        return super().viewportEvent(event)
