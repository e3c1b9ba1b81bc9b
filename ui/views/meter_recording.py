"""Recordings: what is kept and until when, a file that is opened, and how far that is.

In comes the recordings' State; out come wishes: open, export, remove, stop. Rule: what is kept
says why and until when; reading a long one says how far it is and can be stopped.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QStackedLayout, QWidget

from ui.presenters.recording_state import KeptCard, RecordingState
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_recording_opened import OpenedView
from ui.views.table import Table, TableColumn, TableRow
from ui.views.widgets import (
    Card,
    Label,
    Muted,
    PrimaryButton,
    QuietButton,
    SecondaryButton,
    column,
    line,
)

_COLUMNS = (
    TableColumn(120),
    TableColumn(170),
    TableColumn(quiet=True),
    TableColumn(120, quiet=True),
    TableColumn(190),
    TableColumn(110, number=True),
)
_HEADS = ("kept_kind", "made", "number", "purpose", "until", "size")


class RecordingView(QWidget):
    """The view: the shelf, or what was opened from it."""

    file_wanted = Signal()
    opened = Signal(str)
    export_wanted = Signal(object)
    remove_wanted = Signal(object)
    stopped = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._state = RecordingState()
        self._name = ""
        self.table = Table(_COLUMNS, chooses=True)
        self._title = Label("", "lead")
        self._none = Muted("", wrap=True)
        self.open_file = SecondaryButton("", self.file_wanted.emit, icon="download")
        self.open_kept = PrimaryButton("", self._open, icon="eye")
        self.export = SecondaryButton("", self._export, icon="send")
        self.remove = QuietButton("", self._remove, icon="x")
        self.progress = ProgressRow(words)
        self.opened_view = OpenedView(words)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._shelf())
        self._stack.addWidget(self.opened_view)
        self.progress.stop.clicked.connect(lambda _on: self.stopped.emit())
        self.table.looked_at.connect(self._look)
        self.table.entered_on.connect(self.opened)

    def _shelf(self) -> QWidget:
        card = Card()
        head = line(self._title, space=theme.SPACE[2])
        head.addStretch(1)
        head.addWidget(self.open_file)
        card.body.setSpacing(theme.SPACE[2])
        card.body.addLayout(head)
        card.body.addWidget(self.progress)
        card.body.addWidget(self._none)
        card.body.addWidget(self.table, 1)
        foot = line(self.open_kept, self.export, self.remove, space=theme.SPACE[2])
        foot.addStretch(1)
        card.body.addLayout(foot)
        card.body.addStretch(0)
        return card

    def show_state(self, state: RecordingState) -> None:
        """Draw it."""
        self._state = state
        words = self._words
        self._title.say(words("p1.shelf_title"))
        self.open_file.say(words("p1.open_file"))
        self.open_kept.say(words("p1.open_kept"))
        self.export.say(words("p1.export"))
        self.remove.say(words("p1.remove"))
        heads = [words(f"p1.head_{name}") for name in _HEADS]
        rows = [self._row(card) for card in state.kept]
        self.table.show_table(words("p1.shelf_title"), heads, rows)
        self.table.setVisible(bool(rows))
        self._none.say(words("p1.shelf_none") if not rows else words("p1.shelf_text"))
        self.progress.show_progress(state)
        self._enable()
        if state.opened is not None:
            self.opened_view.show_opened(state.opened, state.telegram)
        self._stack.setCurrentIndex(0 if state.opened is None else 1)

    @property
    def chosen(self) -> KeptCard | None:
        """The recording that is chosen."""
        return next((card for card in self._state.kept if card.name == self._name), None)

    def _row(self, card: KeptCard) -> TableRow:
        words = self._words
        cells = (
            words(f"p1.kept_{card.kind}"),
            words.moment(card.made_at),
            card.meter,
            words.code("purposes", card.purpose),
            words.moment(card.until),
            words.size(card.size),
        )
        return TableRow(cells, key=card.name)

    def _look(self, name: str) -> None:
        self._name = name
        self._enable()

    def _enable(self) -> None:
        card, idle = self.chosen, self._state.progress is None
        running = self._state.running
        finished = card is not None and (running is None or running.name != card.name)
        self.open_file.setEnabled(idle)
        self.open_kept.setEnabled(card is not None and idle)
        self.export.setEnabled(card is not None and card.can_export and idle and finished)
        self.remove.setEnabled(finished and idle)
        for one in (self.open_kept, self.export, self.remove):
            one.setVisible(bool(self._state.kept))

    def _open(self) -> None:
        if self.chosen is not None:
            self.opened.emit(self.chosen.name)

    def _export(self) -> None:
        self.export_wanted.emit(self.chosen)

    def _remove(self) -> None:
        self.remove_wanted.emit(self.chosen)


class ProgressRow(QWidget):
    """How far reading or copying is, and stop."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._told = Label("")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self.stop = SecondaryButton("", icon="square")
        row = line(column(self._told, self._bar, space=theme.SPACE[0]), space=theme.SPACE[3])
        row.setStretch(0, 1)
        row.addWidget(self.stop)
        self.setLayout(row)
        self.hide()

    def show_progress(self, state: RecordingState) -> None:
        """Show it while there is some."""
        progress, words = state.progress, self._words
        self.setVisible(progress is not None)
        if progress is None:
            return
        share = progress.done / progress.size if progress.size else 0.0
        told = words(
            f"p1.progress_{progress.what}",
            done=words.size(progress.done),
            size=words.size(progress.size),
            percent=int(100 * share),
        )
        self._told.say(told)
        self._bar.setValue(int(1000 * share))
        self._bar.setAccessibleName(told)
        self.stop.say(words("meter.stop"))
