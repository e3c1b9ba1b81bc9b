"""The customer port: live, all that it tells, the raw telegram, recordings.

In come the States of the live presenter and of the recordings; out come their intents. Rule:
drawn at most ten times a second however fast telegrams come, and once a second for the ages;
only the section in view is made and drawn; while something is recorded, that is said over all
of them.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QPushButton, QStackedLayout, QWidget

from ui.presenters.live import LivePresenter, LiveState
from ui.presenters.live_history import Entry
from ui.presenters.recording import RecordingPresenter
from ui.presenters.recording_state import KeptCard, RecordingState
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_live_board import LiveBoard
from ui.views.meter_live_raw import LiveRaw
from ui.views.meter_note import NoteBar
from ui.views.meter_recording import RecordingView
from ui.views.meter_recording_bar import RecordingBar
from ui.views.meter_registers import RegistersView
from ui.views.meter_sheet import Sheet
from ui.views.meter_start import Start, StartPanel, StartWords
from ui.views.widgets import SecondaryButton, Tabs, column, line

FRAME_MS = 100
TICK_MS = 1000
LIVE, REGISTERS, RAW, RECORDINGS = "live", "registers", "telegram", "recordings"
SECTIONS = (LIVE, REGISTERS, RAW, RECORDINGS)
_START = StartWords(
    "meter.start_live_title", "meter.start_live_text", "meter.start_live", "activity"
)
Section = TypeVar("Section", bound=QWidget)
Spawn = Callable[[Coroutine[Any, Any, object], str], object]


class LiveView(QWidget):
    """The view; `left` asks for the day's page.

    Attributes:
        bar: that a recording runs; the page puts it over everything.
    """

    left = Signal()

    def __init__(
        self,
        presenter: LivePresenter,
        recordings: RecordingPresenter,
        words: Words,
        spawn: Spawn,
    ) -> None:
        super().__init__()
        self._presenter = presenter
        self._recordings = recordings
        self._words = words
        self._spawn = spawn
        self.sections = Tabs([(code, "") for code in SECTIONS])
        self.keep = SecondaryButton("", self._ask_keep, icon="inbox")
        self.record = SecondaryButton("", self._ask_record, icon="circle-dot")
        self.bar = RecordingBar(words, self._end)
        self.note = NoteBar(words, recordings.heed)
        self.start = StartPanel(words, _START)
        self.board = LiveBoard(presenter, words)
        self.sheet = Sheet(words)
        self._asked: Entry | None = None
        self._stack = QStackedLayout()
        self._frame = QTimer(self, interval=FRAME_MS, singleShot=True)
        self._tick = QTimer(self, interval=TICK_MS)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        head = line(self.sections, space=theme.SPACE[1])
        head.addStretch(1)
        head.addWidget(self.keep)
        head.addWidget(self.record)
        for part in (self.start, self.board, self.sheet):
            self._stack.addWidget(part)
        lay = column(head, self.note, space=theme.SPACE[2])
        lay.addLayout(self._stack, 1)
        self.setLayout(lay)

    def _connect(self) -> None:
        self._frame.timeout.connect(self.redraw)
        self._tick.timeout.connect(self.redraw)
        self._presenter.subscribe(lambda _state: self._soon())
        self._recordings.subscribe(lambda _state: self._soon())
        self.sections.chosen.connect(lambda _code: self._leave_sheet())
        self.start.picked.connect(self._presenter.use)
        self.start.begun.connect(self._begin)
        self.start.stopped.connect(self._presenter.stop)
        self.start.left.connect(self.left)
        card = self.board.line_card
        card.begun.connect(self._presenter.start)
        card.stopped.connect(self._presenter.stop)
        card.picked.connect(self._presenter.use)
        self.sheet.left.connect(self._leave_sheet)
        self.sheet.answered.connect(self._answered)

    @cached_property
    def registers(self) -> RegistersView:
        """All data; made when it is first looked at, as the other sections."""
        return self._added(RegistersView(self._words))

    @cached_property
    def raw(self) -> LiveRaw:
        """The raw telegram."""
        return self._added(LiveRaw(self._words))

    @cached_property
    def recordings(self) -> RecordingView:
        """What was written down."""
        view, work = self._added(RecordingView(self._words)), self._recordings
        view.file_wanted.connect(self._choose_file)
        view.opened.connect(work.open_kept)
        view.export_wanted.connect(self._ask_export)
        view.remove_wanted.connect(self._ask_remove)
        view.stopped.connect(work.stop)
        view.opened_view.shut.connect(work.shut)
        view.opened_view.summary_wanted.connect(work.back_to_summary)
        view.opened_view.moment_wanted.connect(work.look_at)
        return view

    def _added(self, section: Section) -> Section:
        self._stack.addWidget(section)
        return section

    def begin_showing(self) -> None:
        """The page came into view: ages grow."""
        self._tick.start()
        self.redraw()

    def end_showing(self) -> None:
        """The page went out of view."""
        self._tick.stop()
        self._frame.stop()

    def show_section(self, code: str) -> None:
        """Show `live`, `registers`, `telegram` or `recordings`."""
        self.sections.choose(code)
        self._leave_sheet()

    def back(self) -> bool:
        """Esc: out of a question, out of a telegram, out of a recording; False at the top."""
        if self._stack.currentWidget() is self.sheet:
            self._leave_sheet()
        elif self.sections.code != RECORDINGS:
            return False
        elif self._recordings.state.telegram:
            self._recordings.back_to_summary()
        elif self._recordings.state.opened is not None:
            self._recordings.shut()
        else:
            return False
        return True

    def primary(self) -> QPushButton | None:
        """The answer to the question that is asked."""
        return self.sheet.yes if self._stack.currentWidget() is self.sheet else None

    def redraw(self) -> None:
        """Draw the section in view as things are."""
        state, kept = self._presenter.state, self._recordings.state
        self._draw_head(state, kept)
        if self._stack.currentWidget() is self.sheet:
            return
        section = self.sections.code
        if section == RECORDINGS:
            self.recordings.show_state(kept)
            self._stack.setCurrentWidget(self.recordings)
        elif state.reading is None:
            self.start.show_start(self._start_of(state))
            self._stack.setCurrentWidget(self.start)
        else:
            self._stack.setCurrentWidget(self._drawn(section, state))

    def _drawn(self, section: str, state: LiveState) -> QWidget:
        if section == REGISTERS and state.reading is not None and state.heard_at is not None:
            self.registers.show_reading(state.reading, state.heard_at)
            return self.registers
        if section == RAW:
            self.raw.show_history(self._presenter.history)
            return self.raw
        self.board.show_state(state)
        return self.board

    def _draw_head(self, state: LiveState, kept: RecordingState) -> None:
        words, allowed = self._words, kept.allowed
        self.sections.say([(code, words(f"p1.section_{code}")) for code in SECTIONS])
        heard = state.reading is not None
        self.keep.say(words("p1.keep"))
        self.keep.setVisible(heard)
        self.keep.setEnabled(allowed.keep)
        self.record.say(words("p1.record"))
        self.record.setVisible(heard and kept.running is None)
        self.record.setEnabled(allowed.record and state.running)
        left_s = kept.running.ends_s - self._presenter.now_s() if kept.running else 0.0
        self.bar.show_state(kept, words.age(timedelta(seconds=left_s)))
        self.note.show_state(kept)

    def _start_of(self, state: LiveState) -> Start:
        now = {"open_port": "meter.opening", "": ""}.get(state.step, "meter.waiting")
        return Start(
            source=state.source,
            ports=state.ports,
            errand=state.errand,
            running=state.running,
            now=self._words(now) if now else "",
            problem=state.problem,
        )

    def _ask_keep(self) -> None:
        """The telegram of this moment, whatever comes while the question stands there."""
        shown = self.sections.code == RAW
        self._asked = self.raw.entry if shown else self._presenter.history.last_sound()
        self.sheet.ask_keep(self._recordings.state.allowed)
        self._stack.setCurrentWidget(self.sheet)

    def _ask_record(self) -> None:
        self.sheet.ask_record(self._recordings.state.allowed)
        self._stack.setCurrentWidget(self.sheet)

    def _ask_export(self, card: KeptCard) -> None:
        self.sheet.ask_export(card)
        self._stack.setCurrentWidget(self.sheet)

    def _ask_remove(self, card: KeptCard) -> None:
        self.sheet.ask_remove(card)
        self._stack.setCurrentWidget(self.sheet)

    def _leave_sheet(self) -> None:
        self._stack.setCurrentIndex(0)
        self.redraw()

    def _answered(self, what: str) -> None:
        card, reading = self.sheet.card, self._presenter.state.reading
        meter = reading.meter if reading is not None else ""
        work, keeps = self._recordings, self.sheet.keeps
        asked = self._asked
        if what == "keep" and asked is not None:
            self._spawn(work.keep_telegram(asked.heard, meter, keeps), "keep a telegram")
        elif what == "record":
            self._spawn(work.record(meter, self.sheet.lasts, keeps), "record")
        elif what == "remove" and card is not None:
            self._spawn(work.remove(card.name), "remove a recording")
        elif what == "export" and card is not None:
            self._choose_target(card)
        self._leave_sheet()

    def _end(self) -> None:
        self._spawn(self._recordings.end(), "end a recording")

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, self._words("p1.open_file"))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self._recordings.open_file(Path(path)))
        dialog.open()

    def _choose_target(self, card: KeptCard) -> None:
        dialog = QFileDialog(self, self._words("p1.export_where"))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("txt")
        numbers = self.sheet.with_numbers
        dialog.fileSelected.connect(
            lambda path: self._recordings.export(card.name, Path(path), with_numbers=numbers)
        )
        dialog.open()

    def _begin(self) -> None:
        self._presenter.use(self.start.ports.source())
        self._presenter.start()

    def _soon(self) -> None:
        """Draw at the next frame; while the page is out of view when it comes back."""
        if self._tick.isActive() and not self._frame.isActive():
            self._frame.start()
