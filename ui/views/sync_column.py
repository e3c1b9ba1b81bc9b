"""One of the three columns of facts: a heading, how many, a list, or calm words in its place.

In come rows that are ready to be read; out comes `chosen` with the row's key. Rule: an empty
column says what will stand there, so that empty never looks like broken.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ui.views import theme
from ui.views.models.rows import RowLine
from ui.views.rows_view import Columns, RowsView
from ui.views.widgets import Card, Heading, IconLabel, Label, Muted, Small, column, line

_PILL_WIDTH = 150
_EDGE = 20
_CALM_ICON = 40
_TWO_LINES = 44
_HEAD = 30


class Calm(QWidget):
    """What stands in an empty column."""

    def __init__(self, icon: str, tone: str) -> None:
        super().__init__()
        self._title = Heading("")
        self._text = Muted("", wrap=True)
        self._text.setMinimumHeight(_TWO_LINES)
        stack = column(space=theme.SPACE[1])
        stack.setContentsMargins(_EDGE, 0, _EDGE, 0)
        stack.addStretch(2)
        stack.addWidget(IconLabel(icon, tone, _CALM_ICON), 0, Qt.AlignmentFlag.AlignHCenter)
        for part in (self._title, self._text):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            stack.addWidget(part)
        stack.addStretch(3)
        self.setLayout(stack)

    def say(self, title: str, text: str) -> None:
        """Show these words."""
        self._title.say(title)
        self._text.say(text)


class Column(Card):
    """Heading, count, and whatever the column holds."""

    def __init__(self, icon: str, tone: str, content: QWidget) -> None:
        super().__init__(margin=0)
        self._name = Heading("")
        self.count = Label("", "title")
        self.note = Small("")
        self.calm = Calm(icon, tone)
        self.content = content
        head = line(self._name)
        head.addStrut(_HEAD)
        head.addStretch(1)
        head.addWidget(self.count)
        top = column(head, self.note, space=0)
        top.setContentsMargins(_EDGE, theme.SPACE[3], _EDGE, theme.SPACE[1])
        self.body.addLayout(top)
        self.body.addWidget(content, 1)
        self.body.addWidget(self.calm, 1)
        self.body.setContentsMargins(2, 0, 2, 2)

    def show_count(self, name: str, count: int, note: str) -> None:
        """Show how many; without any the calm words take the room."""
        self._name.say(name)
        self.count.say(str(count))
        self.count.setVisible(count > 0)
        self.note.say(note)
        self.note.setVisible(bool(note))
        self.content.setVisible(count > 0)
        self.calm.setVisible(count == 0)
        self.content.setAccessibleName(name)


class ListColumn(Column):
    """A column whose content is a long list."""

    chosen = Signal(str)

    def __init__(self, icon: str, tone: str) -> None:
        self.list = RowsView("", Columns(state=_PILL_WIDTH))
        super().__init__(icon, tone, self.list)
        self.list.chosen.connect(self.chosen)

    def show_lines(self, name: str, lines: Sequence[RowLine], note: str = "") -> None:
        """Show these rows."""
        self.list.show_lines(lines)
        self.show_count(name, len(lines), note)
