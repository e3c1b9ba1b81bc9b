"""The rail at the left: the role's pages, an icon and a word each.

In come entries of the page table; out goes the code of the page that was asked for. Rule: one
button is on, that of the page that is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton

from ui.views import icons, theme
from ui.views.curtain import RAIL
from ui.views.language import Words
from ui.views.pages import Entry
from ui.views.widgets import clear, column, dress

_ICON = 22


class RailButton(QToolButton):
    """One page in the rail."""

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.entry = entry
        self.setCheckable(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(QSize(_ICON, _ICON))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.toggled.connect(lambda _on: self._tint())
        dress(self, "rail")
        self._tint()

    def _tint(self) -> None:
        tone = "accent" if self.isChecked() else "muted"
        self.setIcon(icons.icon(self.entry.icon, tone, _ICON))

    def changeEvent(self, event: QEvent) -> None:
        """Tint anew when the theme changed."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._tint()


class Rail(QFrame):
    """The buttons of all pages that the roles have."""

    asked = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._group = QButtonGroup(self)
        self._buttons: dict[str, RailButton] = {}
        self._within: dict[str, str] = {}
        self._column = column(space=theme.SPACE[0])
        self._column.setContentsMargins(2, theme.SPACE[1], 2, theme.SPACE[1])
        self._column.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setLayout(self._column)
        self.setFixedWidth(RAIL)
        dress(self, "rail")

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these pages; those apart stand below."""
        clear(self._column)
        self._within = {entry.code: entry.within for entry in entries}
        self._buttons = {e.code: self._made(e) for e in entries if not e.within}
        for apart in (False, True):
            for button in self._buttons.values():
                if button.entry.apart is apart:
                    self._column.addWidget(button)
            if not apart:
                self._column.addStretch(1)
        self.redraw()

    def show_current(self, code: str) -> None:
        """Mark the page that is shown, or the one that it is within."""
        code = self._within.get(code) or code
        if code in self._buttons:
            self._buttons[code].setChecked(True)

    def redraw(self) -> None:
        """The words of the language now spoken."""
        self.setAccessibleName(self._words("frame.rail"))
        for place, (code, button) in enumerate(self._buttons.items(), 1):
            title = self._words(f"frame.page_{code}")
            short = f"frame.rail_{code}"
            button.setText(self._words(short) if self._words.has(short) else title)
            button.setAccessibleName(title)
            button.setToolTip(f"{title} (Ctrl+{place})")

    def _made(self, entry: Entry) -> RailButton:
        button = RailButton(entry)
        button.clicked.connect(lambda: self.asked.emit(entry.code))
        self._group.addButton(button)
        return button
