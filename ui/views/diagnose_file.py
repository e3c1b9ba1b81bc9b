"""The trace's file: keep what is shown, show what was kept, and what was done with it last.

In come the States of the diagnosis presenter; out come `kept` and `read` with a path. Rule: a
dialog is opened, never executed; the name it offers says when, and nothing of whom.
"""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QProgressBar, QWidget

from ui.presenters.diagnosis import DiagnosisState
from ui.presenters.trace_file import SUFFIX
from ui.presenters.trace_keeping import TraceNote
from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import QuietButton, Small, column, line

_SHARE = 1000


class TraceFileLine(QWidget):
    """Two buttons and a line below the trace."""

    kept = Signal(str)
    read = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._began: datetime | None = None
        self.keep_button = QuietButton("", self.ask_where)
        self.read_button = QuietButton("", self.ask_which)
        self._said = Small("", wrap=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, _SHARE)
        self.bar.setTextVisible(False)
        buttons = line(space=theme.SPACE[1])
        buttons.addStretch(1)
        buttons.addWidget(self.read_button)
        buttons.addWidget(self.keep_button)
        whole = column(self._said, self.bar, buttons, space=theme.SPACE[0])
        whole.setContentsMargins(theme.SPACE[3], 0, theme.SPACE[1], 0)
        self.setLayout(whole)

    def show_state(self, state: DiagnosisState) -> None:
        """What can be done now, and what was done last."""
        words, idle = self._words, not state.busy
        self._began = state.rows[0].at if state.rows else None
        self.keep_button.say(words("diagnose.file_keep"))
        self.read_button.say(words("diagnose.file_read"))
        self.keep_button.setEnabled(
            idle and bool(state.rows) and state.errand.purpose is not None
        )
        self.read_button.setEnabled(idle)
        self.bar.setVisible(state.busy == "read")
        self.bar.setValue(int(_SHARE * state.share))
        self.bar.setAccessibleName(words("diagnose.file_reading"))
        tone = "attention" if state.file is not None and state.file.overdue else "muted"
        said = self._about(state)
        self._said.say(said, tone)
        self._said.setVisible(bool(said))

    def _about(self, state: DiagnosisState) -> str:
        if state.busy in {"read", "keep"}:
            return self._words(f"diagnose.file_{state.busy}ing")
        return "" if state.file is None else note_line(self._words, state.file)

    def ask_where(self) -> None:
        """Open the dialog for a file to write."""
        dialog = self._dialog("diagnose.file_keep")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        if self._began is not None:
            dialog.selectFile(f"{self._began:%Y%m%d-%H%M}{SUFFIX}")
        dialog.fileSelected.connect(self.kept)
        dialog.open()

    def ask_which(self) -> None:
        """Open the dialog for a file to read."""
        dialog = self._dialog("diagnose.file_read")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.read)
        dialog.open()

    def _dialog(self, key: str) -> QFileDialog:
        dialog = QFileDialog(self, self._words(key))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        names = self._words("diagnose.file_kind")
        dialog.setNameFilter(f"{names} (*{SUFFIX})")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog


def note_line(words: Words, note: TraceNote) -> str:
    """What was done with a file, until when it may stay, and what was left out of it."""
    head = note.head
    until = words.moment(head.until) if head.until else ""
    parts = [
        words("diagnose.file_kept" if note.kept else "diagnose.file_shown", name=note.name)
    ]
    if note.overdue:
        parts.append(words("diagnose.file_overdue", until=until))
    elif until:
        parts.append(words("diagnose.file_until", until=until))
    if head.masked:
        parts.append(words("diagnose.file_masked", n=head.masked))
    return " ".join(parts)
