"""The title line: the page's title, one line that sums it up, its tools, and search.

In come a page's headline and tools; out goes "search". Rule: the sum gives way before the
title does, and the title before the tools.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import Button, ElidedLabel, Small, Title, line

_SEARCH_WIDTH = 260


class SearchButton(Button):
    """Looks like a field, opens the search."""

    role = "search"

    def __init__(self) -> None:
        super().__init__("", icon="search")
        self._key = Small("")
        row = line(self._key)
        row.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.setContentsMargins(0, 0, theme.SPACE[3], 0)
        self.setLayout(row)
        self._key.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_words(self, words: Words, *, small: bool) -> None:
        """As a field, or as a mere icon where a page has tools of its own."""
        self.say("" if small else words("frame.search"), "search")
        self._key.say("" if small else words("frame.search_key"))
        self.setFixedWidth(52 if small else _SEARCH_WIDTH)
        self.setAccessibleName(words("frame.search"))
        self.setToolTip(f"{words('frame.search_long')} ({words('frame.search_key')})")


class TitleLine(QWidget):
    """Stands above every page."""

    search = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._title = Title()
        self._sum = ElidedLabel("", "subtitle")
        self._tools: QWidget | None = None
        self._button = SearchButton()
        self._button.clicked.connect(self.search.emit)
        self._row = line(space=theme.SPACE[3])
        self._row.setContentsMargins(theme.SPACE[4], 20, theme.SPACE[4], theme.SPACE[3])
        self._row.addWidget(self._title)
        self._row.addWidget(self._sum, 1)
        self._row.addWidget(self._button)
        self.setLayout(self._row)

    def show_headline(self, title: str, sum_up: str) -> None:
        """Show a page's headline."""
        self._title.say(title)
        self._sum.say(sum_up)

    def show_tools(self, tools: QWidget | None) -> None:
        """Put a page's tools at the right in place of those of the page before."""
        if self._tools is not None and self._tools is not tools:
            self._row.removeWidget(self._tools)
            self._tools.hide()
        self._tools = tools
        if tools is not None:
            self._row.insertWidget(2, tools)
            tools.show()
        self.redraw()

    def redraw(self) -> None:
        """The words of the language now spoken."""
        self._button.show_words(self._words, small=self._tools is not None)
