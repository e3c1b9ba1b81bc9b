"""What stands beside the day: the route, what is missing, and what the office changed.

In come the day's State and its words; out come the visits that were touched, and `seen`. Rule:
a card that has nothing to say is calm about it or is not there.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.presenters.day import DayState
from ui.presenters.day_changes import ChangeKind
from ui.views import theme
from ui.views import today_words as told
from ui.views.language import Words
from ui.views.route_picture import RoutePicture
from ui.views.widgets import (
    Card,
    Heading,
    IconLabel,
    Label,
    Muted,
    Pill,
    Row,
    SecondaryButton,
    Small,
    clear,
    column,
    inset,
    line,
)

_CHANGES_SHOWN = 4
_KIND_WIDTH = 124
_ROUTE_HEIGHT = 600
_TONES = {
    ChangeKind.ADDED: ("accent", "plus"),
    ChangeKind.WITHDRAWN: ("blocking", "circle-x"),
    ChangeKind.MOVED: ("attention", "clock"),
    ChangeKind.DETAILS: ("accent", "pen-line"),
}


class RouteCard(Card):
    """The route picture in its card."""

    def __init__(self, words: Words) -> None:
        super().__init__(margin=0)
        self._words = words
        self._title = Heading("")
        self._note = Small("")
        head = line(self._title)
        head.addStretch(1)
        head.addWidget(self._note)
        head.setContentsMargins(20, theme.SPACE[3], 20, 0)
        self.picture = RoutePicture()
        self.body.addLayout(head)
        self.body.addWidget(self.picture, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMaximumHeight(_ROUTE_HEIGHT)

    def show_day(self, state: DayState) -> None:
        """Draw the day's stops."""
        words = self._words
        spoken = words("today.route_spoken", count=len(state.visits), done=state.done)
        self._title.say(words("today.route"))
        self._note.say(words("today.scheme"))
        self.picture.show_stops(told.stops(words, state), words("today.depot"), spoken)


class MissingCard(Card):
    """What is missing, one line a visit; a touch opens it."""

    chosen = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__(margin=0)
        self._words = words
        self._shown: tuple[told.Gap, ...] | None = None
        self._calm = Muted("", wrap=True)
        self._rows = column(space=0)
        self.inset_head(20)
        self.body.addLayout(inset(self._calm, 20, 0, 20, 0))
        self.body.addLayout(self._rows)
        self.body.setContentsMargins(0, 0, 0, theme.SPACE[3])

    def show_day(self, state: DayState) -> None:
        """Show the gaps of the day."""
        self.say(self._words("today.missing"))
        gaps = told.gaps(self._words, state)
        self._calm.say(self._words("today.missing_none"))
        self._calm.setVisible(not gaps)
        if gaps == self._shown:
            return
        self._shown = gaps
        clear(self._rows)
        for gap in gaps:
            self._rows.addWidget(self._row(gap))

    def _row(self, gap: told.Gap) -> Row:
        row = Row(f"{gap.what}, {gap.means}", lambda: self.chosen.emit(gap.visit))
        row.setProperty("last", "true")
        text = column(Label(gap.what, wrap=True), Small(gap.means, wrap=True), space=2)
        top = Qt.AlignmentFlag.AlignTop
        row.body.addWidget(IconLabel("triangle-alert", "attention"), 0, top)
        row.body.setSpacing(theme.SPACE[2])
        row.body.addLayout(text, 1)
        return row


class ChangesCard(Card):
    """What the office changed since the day was last seen; there until it is acknowledged."""

    seen = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__(tone="attention")
        self._words = words
        self._shown: tuple[tuple[str, str, str, str], ...] = ()
        self._lines = column(space=theme.SPACE[1])
        self._more = Small("")
        self.button = SecondaryButton("", self.seen.emit, icon="check")
        self._title = Label("", "heading")
        head = line(IconLabel("bell", "attention"), self._title, space=theme.SPACE[2])
        head.addStretch(1)
        head.addWidget(self.button)
        self.body.addLayout(head)
        self.body.addLayout(self._lines)
        self.body.addWidget(self._more)

    def show_day(self, state: DayState) -> None:
        """Show the changes; without any the card is not there."""
        words, changes = self._words, state.changes
        self.setVisible(bool(changes))
        self._title.say(words("today.changed"))
        self.button.say(words("today.acknowledge"))
        lines = tuple(
            (*told.change(words, one), *_TONES[one.kind]) for one in changes[:_CHANGES_SHOWN]
        )
        if lines != self._shown:
            self._shown = lines
            clear(self._lines)
            for told_of in lines:
                self._lines.addWidget(_change(*told_of))
        left = len(changes) - _CHANGES_SHOWN
        self._more.say(words("today.change_more", count=left))
        self._more.setVisible(left > 0)


def _change(name: str, about: str, tone: str, icon: str) -> QWidget:
    kind = QWidget()
    kind.setFixedWidth(_KIND_WIDTH)
    aside = line(Pill(name, tone, icon), space=0)
    aside.addStretch(1)
    kind.setLayout(aside)
    row = line(kind, space=theme.SPACE[2])
    row.addWidget(Label(about, wrap=True), 1)
    holder = QWidget()
    holder.setLayout(row)
    holder.setAccessibleName(f"{name}: {about}")
    return holder
