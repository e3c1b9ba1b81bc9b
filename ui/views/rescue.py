"""Noodexport: what goes along and how it is locked, and what came of the file.

In come States of the rescue's presenter; out go a path, a passphrase, the wish to stop, and a
person's word on a new key. Rule: the page says that nothing leaves the laptop by it, and calls
a file complete only when it is.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QProgressBar, QPushButton

from fieldapp.domain.recovery import grouped
from ui.presenters.rescue import RescueState
from ui.views import theme
from ui.views.language import Words
from ui.views.page import Context, Page
from ui.views.rescue_way import rescue_dialog
from ui.views.widgets import (
    Card,
    Check,
    Field,
    Label,
    Muted,
    Pill,
    PrimaryButton,
    Scroll,
    SecondaryButton,
    Small,
    TextField,
    column,
    line,
)

_SHARE = 1000


class AlongCard(Card):
    """What goes along."""

    def __init__(self, words: Words, chosen: Callable[[bool], None]) -> None:
        super().__init__(" ")
        self._words = words
        self._operations, self._files = Label("", "lead"), Label("", "lead")
        self._waiting, self._size = Muted(""), Muted("")
        self._unreadable = Label("", wrap=True)
        self.everything = Check("")
        self.everything.clicked.connect(chosen)
        self._stays = Small("", wrap=True)
        for part in (
            self._operations,
            self._waiting,
            self._files,
            self._size,
            self._unreadable,
            self.everything,
            self._stays,
        ):
            self.body.addWidget(part)
        self.body.addStretch(1)

    def show_state(self, state: RescueState) -> None:
        """Show how much there is."""
        words = self._words
        self.say(words("rescue.along"))
        self._operations.say(words("rescue.operations", count=state.operations))
        self._waiting.say(words("rescue.operations_waiting", count=state.waiting))
        self._files.say(words("rescue.files", count=state.files))
        self._size.say(words("rescue.size", size=words.size(state.octets)))
        for part in (self._operations, self._waiting, self._files, self._size):
            part.setVisible(state.readable)
        self._unreadable.say(words("rescue.unreadable"))
        self._unreadable.setVisible(not state.readable)
        self.everything.setText(words("rescue.everything"))
        self.everything.setAccessibleName(words("rescue.everything"))
        self.everything.setChecked(state.everything)
        self.everything.setEnabled(not state.running)
        self._stays.say(words("rescue.stays"))


class LockCard(Card):
    """How the file is locked; where a person has to compare a key, that too."""

    def __init__(self, words: Words, trusted: Callable[[], None]) -> None:
        super().__init__(" ")
        self._words = words
        self._how = Label("", wrap=True)
        self._key = Muted("")
        self.phrase = TextField("")
        self.phrase.setEchoMode(QLineEdit.EchoMode.Password)
        self._phrase = Field("", self.phrase)
        self._offered, self._compare = Label("", "strong", wrap=True), Label("", wrap=True)
        self.trust = SecondaryButton("", trusted, icon="check")
        for part in (self._how, self._key, self._phrase, self._offered, self._compare):
            self.body.addWidget(part)
        ways = line(self.trust)
        ways.addStretch(1)
        self.body.addLayout(ways)
        self.body.addStretch(1)

    def show_state(self, state: RescueState) -> None:
        """Show what locks it."""
        words = self._words
        self.say(words("rescue.lock"))
        self._how.say(words(f"rescue.lock_{'phrase' if state.needs_passphrase else 'key'}"))
        self._key.say(words("rescue.lock_key_id", number=grouped(state.recovery)))
        self._key.setVisible(not state.needs_passphrase)
        self._phrase.say(words("rescue.phrase"), words("rescue.phrase_hint"))
        self._phrase.setVisible(state.needs_passphrase)
        self._phrase.setEnabled(not state.running)
        self._offered.say(words("rescue.offered"), "attention")
        self._compare.say(words("rescue.offered_text", number=grouped(state.offered)))
        self.trust.say(words("rescue.offered_use"))
        for part in (self._offered, self._compare, self.trust):
            part.setVisible(bool(state.offered))


class FileCard(Card):
    """How far the file is, and what came of it."""

    def __init__(self, words: Words) -> None:
        super().__init__(" ")
        self._words = words
        self._pill = Pill()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.told, self.lost, self._unsigned = (
            Label("", "lead", wrap=True),
            Label("", wrap=True),
            Small("", wrap=True),
        )
        pill = line(self._pill)
        pill.addStretch(1)
        self.body.addLayout(pill)
        for part in (self.bar, self.told, self.lost, self._unsigned):
            self.body.addWidget(part)
        self.body.addStretch(1)

    def show_state(self, state: RescueState) -> None:
        """Show how it stands."""
        words = self._words
        self.say(words("rescue.result"))
        key, tone, icon = _standing(state)
        self._pill.say(words(f"rescue.{key}"), tone, icon)
        self._draw_bar(state)
        self.told.say(_told(words, state))
        done = state.done if state.finished else None
        is_lossy = done is not None and bool(done.lost_operations or done.lost_files)
        if done is not None and is_lossy:
            lost = {"operations": done.lost_operations, "files": done.lost_files}
            self.lost.say(words("rescue.lossy_text", **lost), "blocking")
        self.lost.setVisible(is_lossy)
        self._unsigned.say(words("rescue.unsigned"))
        self._unsigned.setVisible(done is not None and not done.signed)

    def _draw_bar(self, state: RescueState) -> None:
        self.bar.setVisible(state.running)
        done = state.done
        known = done is not None and done.total > 0
        self.bar.setRange(0, _SHARE if known or not theme.current().motion else 0)
        if done is not None and known:
            self.bar.setValue(_SHARE * done.octets // done.total)
        self.bar.setAccessibleName(self._words("rescue.running"))


def _standing(state: RescueState) -> tuple[str, str, str]:
    """Code, tone and icon."""
    if state.running:
        return "running", "accent", "loader"
    if state.problem is not None:
        return "failed", "blocking", "circle-alert"
    if state.stopped:
        return "stopped", "attention", "circle-x"
    if state.done is None:
        return "none", "neutral", "circle-dashed"
    if state.done.lost_operations or state.done.lost_files:
        return "lossy", "attention", "triangle-alert"
    return "finished", "done", "circle-check"


def _told(words: Words, state: RescueState) -> str:
    key, done = _standing(state)[0], state.done
    if state.problem is not None and key == "failed":
        told = state.problem
        return words("rescue.failed_text", what=told.what, means=told.means, do=told.do)
    if done is None or key in {"none", "stopped"}:
        return "" if key == "running" else words(f"rescue.{key}_text")
    size = words.size(done.octets)
    if key == "running":
        if not done.total:
            return words("rescue.running_unknown", done=size)
        return words("rescue.running_text", done=size, total=words.size(done.total))
    counts = {"operations": done.operations, "files": done.files}
    written = "lossy_file_text" if key == "lossy" else "finished_text"
    return words(f"rescue.{written}", file=state.file, size=size, **counts)


class RescuePage(Page):
    """The rescue export."""

    code = "rescue"

    def __init__(self, context: Context) -> None:
        """Empty; `open` loads."""
        super().__init__(context)
        self.presenter = context.desk.rescue_presenter()
        self._unsubscribe: Callable[[], None] | None = None
        self.along = AlongCard(self.words, self._include)
        self.lock = LockCard(self.words, self._trust)
        self.file = FileCard(self.words)
        self.button = PrimaryButton("", self._ask_where, icon="download")
        self.stop = SecondaryButton("", self.presenter.stop, icon="x")
        self.lock.phrase.textEdited.connect(lambda _text: self.redraw())
        columns = line(space=theme.SPACE[3])
        for card in (self.along, self.lock, self.file):
            scroll = Scroll()
            scroll.body.addWidget(card, 1)
            columns.addWidget(scroll, 1)
        foot = line(space=theme.SPACE[2])
        foot.addStretch(1)
        foot.addWidget(self.stop)
        foot.addWidget(self.button)
        whole = column(space=theme.SPACE[3])
        whole.addLayout(columns, 1)
        whole.addLayout(foot)
        self.setLayout(whole)
        self.redraw()

    def headline(self) -> tuple[str, str]:
        """Noodexport, and what it is for."""
        return self.words("rescue.title"), self.words("rescue.summary")

    def primary(self) -> QPushButton | None:
        """What Enter presses."""
        return None if self.button.isHidden() else self.button

    async def open(self) -> None:
        """Load, and keep up while it is looked at."""
        if self._unsubscribe is None:
            self._unsubscribe = self.presenter.subscribe(lambda _state: self.redraw())
        await self.presenter.open()
        self.redraw()

    def leave(self) -> None:
        """Nobody looks; a file that is being written goes on."""
        self.presenter.close()
        self.lock.phrase.clear()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def redraw(self) -> None:
        """Draw the State."""
        state = self.presenter.state
        for card in (self.along, self.lock, self.file):
            card.show_state(state)
        fits = not state.needs_passphrase or self.presenter.fits(self.lock.phrase.text())
        self.button.say(self.words(f"rescue.{'again' if state.finished else 'write'}"))
        self.button.setEnabled(fits)
        self.button.setVisible(not state.running)
        self.stop.say(self.words("rescue.stop"))
        self.stop.setVisible(state.running)
        self.headline_changed.emit()

    def write(self, path: str) -> None:
        """Write the file there."""
        work = self.presenter.export(path, self.lock.phrase.text())
        self.context.spawn(work, "rescue export")

    def _ask_where(self) -> None:
        dialog = rescue_dialog(self, self.words)
        dialog.selectFile(self.presenter.name())
        dialog.fileSelected.connect(self.write)
        dialog.open()

    def _include(self, everything: bool) -> None:  # noqa: FBT001 - a signal's
        self.context.spawn(self.presenter.include(everything=everything), "count")

    def _trust(self) -> None:
        self.context.spawn(self.presenter.trust(), "trust a recovery key")


def make(context: Context) -> Page:
    """The page of the rescue export."""
    return RescuePage(context)
