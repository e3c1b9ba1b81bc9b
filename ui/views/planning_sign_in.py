"""Signing in as a dispatcher: an address and a token.

In come what is typed; out goes the wish to sign in. Rule: the token is shown as dots and
not kept here.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from ui.presenters.planning_state import PlanningState
from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import (
    Card,
    Field,
    Label,
    Muted,
    PrimaryButton,
    TextField,
    column,
    line,
    spacer,
)

_WIDTH_PX = 480


class SignIn(QWidget):
    """Give it States with `show_state`."""

    wished = Signal(str, str)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._server = TextField()
        self._token = TextField()
        self._token.setEchoMode(QLineEdit.EchoMode.Password)
        self._fields = (Field("", self._server), Field("", self._token))
        self._title = Label("", "title")
        self._why = Muted("", wrap=True)
        self._error = Label("", tone="blocking", wrap=True)
        self.button = PrimaryButton("", self._wish)
        for field in (self._server, self._token):
            field.returnPressed.connect(self._wish)
        card = Card(margin=theme.SPACE[4])
        card.body.setSpacing(theme.SPACE[3])
        parts = (self._title, self._why, *self._fields, self._error, self.button)
        for part in parts:
            card.body.addWidget(part)
        card.setFixedWidth(_WIDTH_PX)
        middle = line(spacer(across=True), card, spacer(across=True))
        outer = column(spacer(), middle, spacer())
        self.setLayout(outer)

    def show_state(self, state: PlanningState) -> None:
        """Draw another State; what is typed stays."""
        words = self._words
        self._title.say(words("planning.sign_in_title"))
        self._why.say(words("planning.sign_in_why"))
        self._fields[0].say(words("planning.server"))
        self._fields[1].say(words("planning.token"))
        self.button.say(words("planning.signing_in" if state.busy else "planning.sign_in"))
        self.button.setEnabled(not state.busy)
        if state.server and not self._server.text():
            self._server.setText(state.server)
        problem = state.problem
        self._error.say(f"{problem.what} {problem.do}" if problem else "", "blocking")
        self._error.setVisible(problem is not None)

    def forget(self) -> None:
        """Drop the token from the screen."""
        self._token.clear()

    def fill(self, server: str, token: str) -> None:
        """Type both."""
        self._server.setText(server)
        self._token.setText(token)

    def _wish(self) -> None:
        if self.button.isEnabled():
            self.wished.emit(self._server.text(), self._token.text())
