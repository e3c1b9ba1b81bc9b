"""The way out of the customer view: the technician's PIN, or a long press where there is none.

In come digits; out goes `opened`. Rule: how many digits it has is never told, and a wrong one
costs nothing but time.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget
from shiboken6 import isValid

from ui.views import theme
from ui.views.language import Words
from ui.views.visit_keypad import Keypad
from ui.views.widgets import (
    Label,
    NumberField,
    PrimaryButton,
    QuietButton,
    SecondaryButton,
    column,
    line,
)

if TYPE_CHECKING:
    from ui.presenters.pin import PinPresenter

_HOLD_MS = 1500
_FIELD_PX = 320
_MOST_DIGITS = 8
Spawn = Callable[[Coroutine[Any, Any, object], str], object]


class HoldButton(SecondaryButton):
    """A button that is held; `held` when it was for long enough."""

    held = Signal()

    def __init__(self) -> None:
        super().__init__("", icon="unlock")
        self.patience = QTimer(self)
        self.patience.setSingleShot(True)
        self.patience.setInterval(_HOLD_MS)
        self.patience.timeout.connect(self.held.emit)
        self.pressed.connect(self.patience.start)
        self.released.connect(self.patience.stop)


class Door(QWidget):
    """Asks who wants out."""

    opened = Signal()
    shut = Signal()
    """Nobody wants out any more."""

    def __init__(self, words: Words, pin: PinPresenter, spawn: Spawn) -> None:
        super().__init__()
        self._words, self._pin, self._spawn = words, pin, spawn
        self._asking = False
        self._title, self._line = Label("", "title"), Label("", "lead", wrap=True)
        self.field = NumberField("", digits=_MOST_DIGITS)
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setFixedWidth(_FIELD_PX)
        self.field.returnPressed.connect(self._try)
        self._pad = Keypad(words, comma=False)
        self._pad.serve(self.field)
        self.go = PrimaryButton("", self._try)
        self.hold = HoldButton()
        self.hold.held.connect(self.opened.emit)
        self._back = QuietButton("", self.shut.emit, icon="arrow-left")
        self._said = Label("", wrap=True)
        self._build()

    def begin(self) -> None:
        """Somebody wants out: ask anew."""
        self.field.clear()
        self._said.hide()
        self.redraw()
        (self.field if self._pin.state.is_set else self._back).setFocus()

    def redraw(self) -> None:
        """The words of the customer's language, by whether there is a PIN."""
        words, guarded = self._words, self._pin.state.is_set
        self._title.say(words("customer.door_title"))
        self._line.say(words("customer.door_pin" if guarded else "customer.door_hold"))
        self.field.setAccessibleName(words("customer.pin"))
        self.go.say(words("customer.door_go"))
        self.hold.say(words("customer.hold"))
        self._back.say(words("customer.door_back"))
        for part in (self.field, self._pad, self.go):
            part.setVisible(guarded)
        self.hold.setVisible(not guarded)

    def _try(self) -> None:
        if self._asking or not self.field.text():
            return
        self._asking = True
        self._spawn(self._checked(self.field.text()), "check a PIN")

    async def _checked(self, digits: str) -> None:
        try:
            right = await self._pin.check(digits)
        finally:
            self._asking = False
        if not isValid(self):
            return
        self.field.clear()
        if right:
            self.opened.emit()
            return
        wait = self._pin.left_s()
        key = "customer.door_wait" if wait else "customer.door_wrong"
        self._said.say(self._words(key, s=wait), "blocking")
        self._said.show()
        self.field.setFocus()

    def _build(self) -> None:
        ways = line(self.go, self.hold, self._back, space=theme.SPACE[2])
        ways.addStretch(1)
        text = column(self._title, self._line, self.field, self._said, ways)
        text.setSpacing(theme.SPACE[3])
        text.addStretch(1)
        pad = column(self._pad)
        pad.addStretch(1)
        both = line(space=theme.SPACE[5])
        both.addLayout(text, 1)
        both.addLayout(pad)
        both.addStretch(1)
        self.setLayout(both)
