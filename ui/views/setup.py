"""The first start: one question a screen, before there is a laptop.

In comes the setup's State; out go choices and what is typed. Rule: what is typed stays when
something goes wrong, and what is wrong stands below the field that it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QWidget

from ui.presenters.setup import SetupPresenter, SetupState, Stage
from ui.views import theme
from ui.views.language import Words
from ui.views.setup_form import BrokenForm, Form, form_for
from ui.views.theme import SPACE
from ui.views.widgets import (
    Card,
    IconLabel,
    Label,
    Muted,
    QuietButton,
    Row,
    Scroll,
    column,
    dress,
    line,
    spacer,
)

_WIDTH = 620
_CHOICES = {
    Stage.TECHNICIAN: "hard-hat",
    Stage.DISPATCHER: "columns-3",
    Stage.WORKSHOP: "activity",
}
_FORMS = (*_CHOICES, Stage.UNLOCK, Stage.BROKEN)
Spawn = Callable[[Coroutine[Any, Any, object], str], object]


class SetupWindow(QWidget):
    """Shown until a laptop is open; `done` is told then."""

    done = Signal()

    def __init__(self, presenter: SetupPresenter, words: Words, spawn: Spawn) -> None:
        super().__init__()
        self._presenter = presenter
        self._words = words
        self._spawn = spawn
        self._title = Label("", "hero", wrap=True)
        self._more = Muted("", wrap=True)
        self._language = QuietButton("", self._switch, icon="languages")
        self._welcome = _Welcome(words, presenter.choose)
        self._forms = {stage: form_for(stage, words) for stage in _FORMS}
        self._stack = QStackedWidget()
        self._progress = QProgressBar()
        self._doing = Muted()
        self._build()
        self._unsubscribe = presenter.subscribe(self._render)
        words.changed.append(self.redraw)
        self.redraw()
        self._welcome.setFocus()

    def redraw(self) -> None:
        """Everything in the language now spoken."""
        self._language.say(self._words("setup.language"))
        self._welcome.redraw()
        self._render(self._presenter.state)

    def _build(self) -> None:
        brand = line(
            IconLabel("zap", "accent", 24), Label(self._words("frame.program"), "lead")
        )
        brand.addStretch(1)
        brand.addWidget(self._language)
        self._stack.addWidget(self._welcome)
        for form in self._forms.values():
            self._stack.addWidget(form)
            form.asked.connect(self._ask)
            form.back.connect(lambda: self._presenter.choose(Stage.WELCOME))
            if isinstance(form, BrokenForm):
                form.saved.connect(lambda to: self._spawn(self._presenter.rescue(to), "rescue"))
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        head = column(self._title, self._more, space=SPACE[1])
        run = column(self._doing, self._progress, space=SPACE[0])
        middle = column(head, self._stack, run, space=SPACE[4])
        middle.setStretchFactor(self._stack, 1)
        narrow = Scroll()
        narrow.body.addLayout(middle)
        narrow.setFixedWidth(_WIDTH + 2 * SPACE[2])
        centred = line(spacer(across=True), narrow, spacer(across=True))
        self.setLayout(column(brand, centred, space=SPACE[4], margin=SPACE[4]))
        dress(self, "ground")

    def _render(self, state: SetupState) -> None:
        if state.stage is Stage.READY:
            self.done.emit()
            return
        welcome = state.stage is Stage.WELCOME
        key = "welcome" if welcome else f"{state.stage}_title"
        more = f"{'welcome' if welcome else state.stage}_more"
        self._title.say(self._words(f"setup.{key}"))
        self._more.say(self._words(f"setup.{more}"))
        doing = self._words(f"setup.doing_{state.doing}") if state.doing else ""
        self._doing.say(doing)
        self._progress.setVisible(bool(state.doing))
        for stage, form in self._forms.items():
            form.show_state(state if stage is state.stage else SetupState(stage))
        shown: QWidget = self._welcome if welcome else self._forms[state.stage]
        if self._stack.currentWidget() is not shown:
            self._stack.setCurrentWidget(shown)
            shown.setFocus()

    def _ask(self, form: Form) -> None:
        """Do what the form is for."""
        self._spawn(self._answered(form), "setup")

    async def _answered(self, form: Form) -> None:
        presenter, secret = self._presenter, form.secret()
        if form.stage is Stage.TECHNICIAN:
            await presenter.enrol(form.address, form.word, secret)
        elif form.stage is Stage.DISPATCHER:
            await presenter.plan(form.address, form.word, secret)
        elif form.stage is Stage.WORKSHOP:
            await presenter.workshop(secret)
        elif form.stage is Stage.UNLOCK:
            await presenter.unlock(secret.typed)
        else:
            await presenter.retry()

    def _switch(self) -> None:
        self._words.switch("en" if self._words.lang == "nl" else "nl")

    def closed_for_good(self) -> None:
        """The window goes on without this; nothing here listens any more."""
        self._unsubscribe()
        self._words.changed.remove(self.redraw)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back, Enter is the primary button."""
        state = self._presenter.state
        if event.key() == Qt.Key.Key_Escape and state.stage in _CHOICES:
            self._presenter.choose(Stage.WELCOME)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            if state.stage in self._forms:
                self._forms[state.stage].press()
        else:
            super().keyPressEvent(event)


class _Welcome(QWidget):
    """The three uses of a laptop."""

    def __init__(self, words: Words, choose: Callable[[Stage], None]) -> None:
        super().__init__()
        self._words = words
        self._labels: dict[Stage, tuple[Row, Label, Muted]] = {}
        cards = column(space=SPACE[2])
        for stage, icon in _CHOICES.items():
            cards.addWidget(self._card(stage, icon, choose))
        cards.addStretch(1)
        self.setLayout(cards)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def redraw(self) -> None:
        """The words of the language now spoken."""
        for stage, (row, title, more) in self._labels.items():
            title.say(self._words(f"setup.{stage}"))
            more.say(self._words(f"setup.{stage}_more"))
            row.setAccessibleName(title.text())

    def _card(self, stage: Stage, icon: str, choose: Callable[[Stage], None]) -> Card:
        row = Row(stage, lambda: choose(stage))
        row.setProperty("last", "true")
        title, more = Label("", "lead"), Muted("", wrap=True)
        row.body.addWidget(IconLabel(icon, "accent", 28))
        words = column(spacer(), title, more, spacer(), space=SPACE[0])
        row.body.addLayout(words, 1)
        row.body.addWidget(IconLabel("chevron-right", "muted"))
        row.setMinimumHeight(2 * theme.TARGET)
        self._labels[stage] = (row, title, more)
        card = Card(margin=2)
        card.body.addWidget(row)
        return card
