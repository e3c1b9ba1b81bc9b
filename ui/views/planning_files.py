"""A visit's files at the office: a list of where each stands, and the one looked at.

In come States of the files' presenter; out go `chosen`, `again` and `closed`. Rule: a picture
is shown only while it is looked at; what is not in yet is said, never hidden.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from fieldapp.errors import WorkerGone
from ui.presenters.planning_files import FileRow, Standing, VisitFilesState
from ui.views import sync_words, theme
from ui.views.language import Words
from ui.views.models.rows import RowLine
from ui.views.page import Context
from ui.views.sync_column import ListColumn
from ui.views.visit_pictures import Pixels, small
from ui.views.widgets import (
    Banner,
    Card,
    Heading,
    Muted,
    QuietButton,
    SecondaryButton,
    Small,
    column,
    line,
)

_FINEST = QSize(900, 900)
_LEAST_PX = 200
_TONES = {
    Standing.HERE: ("done", "check"),
    Standing.COMING: ("neutral", "send"),
    Standing.AWAITED: ("attention", "clock"),
}


class FilesPanel(QWidget):
    """Give it States with `show_state`."""

    chosen = Signal(str)
    again = Signal()
    closed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._words = context.words
        self.banner = Banner()
        self.banner.can_close(can=False)
        self.list = ListColumn("camera", "neutral")
        self.side = _Side(context)
        self.ask = SecondaryButton("", self.again.emit, icon="refresh-cw")
        self.close_it = QuietButton("", self.closed.emit, icon="x")
        self.list.chosen.connect(self.chosen)
        head = line(self.ask, space=theme.SPACE[1])
        head.addStretch(1)
        head.addWidget(self.close_it)
        self.side.body.insertLayout(0, head)
        both = line(self.list, self.side, space=theme.SPACE[3])
        both.setStretch(0, 3)
        both.setStretch(1, 2)
        whole = column(self.banner, space=theme.SPACE[2])
        whole.addLayout(both, 1)
        self.setLayout(whole)

    def show_state(self, state: VisitFilesState) -> None:
        """Draw another State."""
        words = self._words
        self.ask.say(words("evidence.again"))
        self.ask.setEnabled(not state.busy)
        self.close_it.setAccessibleName(words("evidence.close"))
        self.close_it.setToolTip(words("evidence.close"))
        self.banner.count("")
        if state.problem is None:
            self.banner.hide()
        else:
            self.banner.say(state.problem.what, state.problem.do)
        lines = [_row(words, one) for one in state.files or ()]
        title = words("evidence.title", number=state.number)
        self.list.show_lines(title, lines, summary(words, state))
        empty = "none"
        if state.files is None:
            empty = "loading" if state.problem is None else "unknown"
        self.list.calm.say(words(f"evidence.{empty}"), words(f"evidence.{empty}_text"))
        self.side.show_state(state)


class _Side(Card):
    """The one that is looked at."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._words = context.words
        self._spawn = context.spawn
        self._worker = context.desk.tasks.worker
        self._shown: bytes | None = None
        self._pixels: QPixmap | None = None
        self._name, self._line = Heading(""), Small("", wrap=True)
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        grows = QSizePolicy.Policy.Ignored
        self.picture.setSizePolicy(grows, grows)
        self.picture.setMinimumHeight(_LEAST_PX)
        self.said = Muted("", wrap=True)
        for part in (self._name, self._line, self.said):
            self.body.addWidget(part)
        self.body.addWidget(self.picture, 1)
        self.body.addStretch(0)

    def show_state(self, state: VisitFilesState) -> None:
        """Show the chosen one, or how to choose."""
        words, file = self._words, state.file
        self._name.setVisible(file is not None)
        self._line.setVisible(file is not None)
        if file is not None:
            name = sync_words.file_name(words, file.slot)
            self._name.say(name)
            self._line.say(times(words, file))
            said = words("evidence.alone", name=name, number=state.number)
            self.picture.setAccessibleName(said)
        self.said.say(remark(words, state))
        if state.picture != self._shown:
            self._shown, self._pixels = state.picture, None
            self.picture.clear()
            if state.picture is not None:
                self._spawn(self._open(state.picture), "picture")
        self.said.setVisible(bool(self.said.text()))

    async def _open(self, content: bytes) -> None:
        """Draw a picture that came from outside in the process beside this one."""
        width, height = _FINEST.width(), _FINEST.height()
        try:
            found: Pixels | None = await self._worker.run(small, content, width, height)
        except WorkerGone:
            found = None
        if content is not self._shown:
            return
        if found is None:
            self.said.say(self._words("evidence.broken"))
            self.said.show()
            return
        self._pixels = QPixmap.fromImage(found.image())
        self._fit()

    def _fit(self) -> None:
        if self._pixels is None:
            return
        keep = Qt.AspectRatioMode.KeepAspectRatio
        smooth = Qt.TransformationMode.SmoothTransformation
        room = self.picture.size().boundedTo(self._pixels.size())
        self.picture.setPixmap(self._pixels.scaled(room, keep, smooth))

    def resizeEvent(self, event: object) -> None:
        """Use the room that there is."""
        super().resizeEvent(event)  # type: ignore[arg-type]  # Qt's own event
        self._fit()


def summary(words: Words, state: VisitFilesState) -> str:
    """How many are in."""
    if not state.files:
        return ""
    count, here = len(state.files), state.here
    if here < count:
        return words("evidence.some_here", here=here, count=count)
    return words("evidence.one_here") if count == 1 else words("evidence.all_here", count=count)


def remark(words: Words, state: VisitFilesState) -> str:
    """What there is to say of the one that is looked at; empty beside a whole picture."""
    file = state.file
    if file is None:
        return words("evidence.choose") if state.files else ""
    if file.look and state.picture is None:
        return words("evidence.asking") if state.busy else ""
    here = file.standing is Standing.HERE
    if file.look:
        return "" if here else words("evidence.small_only")
    return words("evidence.no_picture" if here else "evidence.waits")


def times(words: Words, file: FileRow) -> str:
    """When it was recorded, and since when it is here."""
    said = _recorded(words, file)
    if file.complete_at is None:
        return said
    arrived = words("evidence.arrived", moment=words.moment(file.complete_at))
    return sync_words.DOT.join((said, arrived))


def _recorded(words: Words, file: FileRow) -> str:
    if file.recorded_at is None:
        return words("evidence.not_recorded")
    return words("evidence.recorded", moment=words.moment(file.recorded_at))


def _row(words: Words, file: FileRow) -> RowLine:
    tone, icon = _TONES[file.standing]
    kind = file.media_type.partition("/")[2]
    return RowLine(
        key=file.sha256,
        title=sync_words.file_name(words, file.slot),
        subtitle=sync_words.DOT.join((kind, words.size(file.size), _recorded(words, file))),
        state=words(f"evidence.state_{file.standing}"),
        tone=tone,
        icon=icon,
    )
