"""The page before there is anything to show: which port, and one button.

In come the errand of now, the ports and what runs; out come the chosen source, begin and stop.
Rule: one thing to do; without a reason to touch a meter it says why and where to go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from ui.messages import Message
from ui.presenters.bench import ErrandCard, PortCard
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.meter_ports import PortSelect, ProblemNote
from ui.views.widgets import (
    Card,
    Field,
    Label,
    Muted,
    PrimaryButton,
    QuietButton,
    SecondaryButton,
    column,
    line,
)

_WIDE = 620


@dataclass(frozen=True, slots=True)
class StartWords:
    """The words of one start: keys of `meter.toml`."""

    title: str
    text: str
    begin: str
    icon: str
    other: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """What the panel shows; `now` is what is going on, in words, while it runs."""

    source: str
    ports: Sequence[PortCard]
    errand: ErrandCard
    running: bool
    now: str
    problem: Message | None


class StartPanel(QWidget):
    """The panel: `picked`, `begun`, `other_begun`, `stopped`, `left` tell what was pressed."""

    picked = Signal(str)
    begun = Signal()
    other_begun = Signal()
    stopped = Signal()
    left = Signal()

    def __init__(self, words: Words, keys: StartWords) -> None:
        super().__init__()
        self._words = words
        self._keys = keys
        self._icon = IconLabel(keys.icon, "accent", 40)
        self._title = Label("", "title", wrap=True)
        self._text = Muted("", wrap=True)
        self.ports = PortSelect(words)
        self._field = Field("", self.ports)
        self.begin = PrimaryButton("", self.begun.emit, icon="play")
        self._other = QuietButton("", self.other_begun.emit)
        self._stop = SecondaryButton("", self.stopped.emit, icon="square")
        self._leave = PrimaryButton("", self.left.emit, icon="calendar")
        self._now = Label("", wrap=True)
        self._moving = QProgressBar()
        self._moving.setRange(0, 0)
        self._moving.setTextVisible(False)
        self.problem = ProblemNote(words)
        self.ports.picked.connect(self.picked)
        self.ports.editTextChanged.connect(lambda _text: self._enable())
        self.ports.entered.connect(self.begin.click)
        self._lay_out()

    def _lay_out(self) -> None:
        card = Card()
        card.setFixedWidth(_WIDE)
        card.body.setSpacing(theme.SPACE[3])
        head = line(self._icon, space=theme.SPACE[3])
        head.addLayout(column(self._title, self._text, space=theme.SPACE[1]), 1)
        head.setAlignment(self._icon, Qt.AlignmentFlag.AlignTop)
        buttons = line(self.begin, self._leave, self._stop, self._other, space=theme.SPACE[2])
        buttons.addStretch(1)
        card.body.addLayout(head)
        for part in (self._field, self._now, self._moving):
            card.body.addWidget(part)
        card.body.addLayout(buttons)
        self.problem.setFixedWidth(_WIDE)
        middle = column(self.problem, card, space=theme.SPACE[3])
        across = line()
        across.addStretch(1)
        across.addLayout(middle)
        across.addStretch(1)
        lay = column()
        lay.addStretch(1)
        lay.addLayout(across)
        lay.addStretch(2)
        self.setLayout(lay)

    def show_start(self, start: Start) -> None:
        """Draw it anew."""
        words, may = self._words, start.errand.purpose is not None
        prefix = self._keys if may else _NO_ERRAND
        self._title.say(words(prefix.title))
        self._text.say(words(prefix.text))
        self._field.say(words("meter.port"), words("meter.port_hint"))
        self._field.setVisible(may and not start.running)
        self.ports.show_ports(start.ports, start.source)
        self.begin.say(words(self._keys.begin))
        self.begin.setVisible(may and not start.running)
        self._other.say(words(self._keys.other) if self._keys.other else "")
        self._other.setVisible(may and not start.running and bool(self._keys.other))
        self._enable()
        self._leave.say(words("meter.to_today"))
        self._leave.setVisible(not may)
        self._stop.say(words("meter.stop"))
        self._stop.setVisible(start.running)
        self._now.say(start.now)
        self._now.setVisible(start.running and bool(start.now))
        self._moving.setVisible(start.running)
        self._moving.setAccessibleName(start.now)
        self.problem.show_problem(start.problem)

    def _enable(self) -> None:
        for button in (self.begin, self._other):
            button.setEnabled(bool(self.ports.source()))


_NO_ERRAND = StartWords("meter.no_errand_title", "meter.no_errand_text", "", "")
