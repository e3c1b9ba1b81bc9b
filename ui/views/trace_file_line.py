"""The trace's file: keep what is shown, show what was kept, and what was done with it last.

In comes what is known of the file; out come `kept` and `read` with a path. Rule: a dialog is
opened, never executed; the name it offers says when, and nothing of whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QProgressBar, QWidget

from ui.presenters.trace_file import SUFFIX
from ui.presenters.trace_keeping import TraceNote
from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import QuietButton, Small, column, line

_SHARE = 1000


@dataclass(frozen=True, slots=True)
class FileShown:
    """What the line shows.

    Attributes:
        began: the time of the first message; None where there is none.
        may_keep, may_read: what can be done now.
        busy: `keep` or `read` while that is done; `share` of the file is read.
        note: the file that was written or read last.
    """

    began: datetime | None = None
    may_keep: bool = False
    may_read: bool = False
    busy: str = ""
    share: float = 0.0
    note: TraceNote | None = None


class TraceFileLine(QWidget):
    """Two buttons and a line below the trace."""

    kept = Signal(str)
    read = Signal(str)

    def __init__(self, words: Words, *, reads: bool = True) -> None:
        """`reads`: whether another file can be shown here."""
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
        if not reads:
            self.read_button.hide()
        whole = column(self._said, self.bar, buttons, space=theme.SPACE[0])
        whole.setContentsMargins(theme.SPACE[3], 0, theme.SPACE[1], 0)
        self.setLayout(whole)

    def show_file(self, shown: FileShown) -> None:
        """What can be done now, and what was done last."""
        words = self._words
        self._began = shown.began
        self.keep_button.say(words("trace.file_keep"))
        self.read_button.say(words("trace.file_read"))
        self.keep_button.setEnabled(shown.may_keep)
        self.read_button.setEnabled(shown.may_read)
        self.bar.setVisible(shown.busy == "read")
        self.bar.setValue(int(_SHARE * shown.share))
        self.bar.setAccessibleName(words("trace.file_reading"))
        tone = "attention" if shown.note is not None and shown.note.overdue else "muted"
        said = self._about(shown)
        self._said.say(said, tone)
        self._said.setVisible(bool(said))

    def _about(self, shown: FileShown) -> str:
        if shown.busy in {"read", "keep"}:
            return self._words(f"trace.file_{shown.busy}ing")
        return "" if shown.note is None else note_line(self._words, shown.note)

    def ask_where(self) -> None:
        """Open the dialog for a file to write."""
        dialog = self._dialog("trace.file_keep")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        if self._began is not None:
            dialog.selectFile(f"{self._began:%Y%m%d-%H%M}{SUFFIX}")
        dialog.fileSelected.connect(self.kept)
        dialog.open()

    def ask_which(self) -> None:
        """Open the dialog for a file to read."""
        dialog = self._dialog("trace.file_read")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.read)
        dialog.open()

    def _dialog(self, key: str) -> QFileDialog:
        dialog = QFileDialog(self, self._words(key))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        names = self._words("trace.file_kind")
        dialog.setNameFilter(f"{names} (*{SUFFIX})")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog


def note_line(words: Words, note: TraceNote) -> str:
    """What was done with a file, until when it may stay, and what was left out of it."""
    head = note.head
    until = words.moment(head.until) if head.until else ""
    parts = [words("trace.file_kept" if note.kept else "trace.file_shown", name=note.name)]
    if note.overdue:
        parts.append(words("trace.file_overdue", until=until))
    elif until:
        parts.append(words("trace.file_until", until=until))
    if head.masked:
        parts.append(words("trace.file_masked", n=head.masked))
    return " ".join(parts)
