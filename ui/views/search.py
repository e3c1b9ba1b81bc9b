"""Search (Ctrl+K): one field that finds visits, meters, pages and things to do.

In come what is typed and the frame's hits; out goes what was chosen. Rule: the list follows
the typing, an older answer never replaces a newer one, and Esc leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QWidget

from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.widgets import (
    ElidedLabel,
    Row,
    Small,
    TextField,
    clear,
    column,
    dress,
)

WIDTH = 640
_SHOWN = 9
_WHOLE = 1000


@dataclass(frozen=True, slots=True)
class Offer:
    """One line of the answer; `choose` does it."""

    icon: str
    title: str
    detail: str
    choose: Callable[[], object]

    def fits(self, text: str) -> bool:
        """Whether what was typed stands in its words."""
        return text.casefold() in f"{self.title} {self.detail}".casefold()


class SearchPanel(QFrame):
    """A panel over the page; `typed` asks for hits, `show_offers` brings them."""

    typed = Signal(str)
    closed = Signal()

    def __init__(self, words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = words
        self._field = TextField()
        self._field.textChanged.connect(self.typed.emit)
        self._field.installEventFilter(self)
        self._list = column(space=0)
        self._hint = Small("", wrap=True)
        self._rows: list[Row] = []
        self._offers: list[Offer] = []
        self._at = 0
        self._around = parent
        parent.installEventFilter(self)
        self._inner = column(
            self._field, self._list, self._hint, space=theme.SPACE[1], margin=12
        )
        self.setLayout(self._inner)
        dress(self, "raised")
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(40)
        shadow.setOffset(0, 8)
        self.setGraphicsEffect(shadow)
        self.hide()

    @property
    def text(self) -> str:
        """What is typed now."""
        return self._field.text()

    def open(self) -> None:
        """Come over the page, empty."""
        self._field.setPlaceholderText(self._words("frame.search_long"))
        self._field.setAccessibleName(self._words("frame.search_long"))
        self._field.clear()
        self.show_offers("", ())
        self.show()
        self.raise_()
        self._field.setFocus()
        self.typed.emit("")

    def close_panel(self) -> None:
        """Go away; the page is as it was."""
        self.hide()
        self.closed.emit()

    def show_offers(self, text: str, offers: Sequence[Offer]) -> None:
        """Show the answer to `text`; ignored when something else is typed by now."""
        if text != self.text:
            return
        self._offers = list(offers[:_SHOWN])
        clear(self._list)
        self._rows = [self._row(offer) for offer in self._offers]
        for row in self._rows:
            self._list.addWidget(row)
            row.show()
        none = self._words("frame.search_none", text=text)
        self._hint.say(none if text else self._words("frame.search_hint"))
        self._hint.setVisible(not self._offers)
        self._mark(0)
        self._place()

    def _row(self, offer: Offer) -> Row:
        row = Row(f"{offer.title}, {offer.detail}", lambda: self._choose(offer))
        row.body.setContentsMargins(theme.SPACE[2], 0, theme.SPACE[2], 0)
        row.body.addWidget(IconLabel(offer.icon))
        title = ElidedLabel(offer.title)
        title.setMaximumWidth(title.sizeHint().width())
        row.body.addWidget(title, _WHOLE)
        detail = ElidedLabel(offer.detail, "muted")
        detail.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.body.addWidget(detail, 1)
        return row

    def _mark(self, at: int) -> None:
        self._at = max(0, min(at, len(self._rows) - 1))
        for place, row in enumerate(self._rows):
            row.setProperty("current", "true" if place == self._at else "false")
            row.setProperty("last", "true")
            dress(row)

    def _choose(self, offer: Offer) -> None:
        self.close_panel()
        offer.choose()

    def _place(self) -> None:
        width = min(WIDTH, self._around.width() - 2 * theme.SPACE[5])
        self._inner.activate()
        self.resize(width, self._inner.sizeHint().height())
        self.move(QPoint((self._around.width() - width) // 2, 72))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows, Enter and Esc in the field belong to the list; the window may change size."""
        if watched is self._around and event.type() is QEvent.Type.Resize and self.isVisible():
            self._place()
        pressed = event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent)
        if pressed and watched is self._field and self._key(event):
            return True
        return super().eventFilter(watched, event)

    def _key(self, event: QEvent) -> bool:
        key = event.key() if isinstance(event, QKeyEvent) else None
        if key == Qt.Key.Key_Escape:
            self.close_panel()
        elif key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self._mark(self._at + (1 if key == Qt.Key.Key_Down else -1))
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            if self._offers:
                self._choose(self._offers[self._at])
        else:
            return False
        return True
