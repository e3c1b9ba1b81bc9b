"""The forms of the first start: what a technician, a dispatcher, a workshop types.

In comes the State's fault and problem; out goes "asked" with what is typed. Rule: a passphrase
is never shown, and is asked only where this machine has no keyring.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from ui.messages import Loudness
from ui.presenters.setup import SHORTEST, Fault, Secret, SetupState, Stage
from ui.views.language import Words
from ui.views.rescue_way import rescue_dialog
from ui.views.theme import SPACE
from ui.views.widgets import (
    Banner,
    Card,
    Field,
    Muted,
    PrimaryButton,
    QuietButton,
    SecondaryButton,
    TextField,
    column,
    line,
)

_ADDRESS = {Fault.NO_ADDRESS, Fault.PLAIN_HTTP, Fault.NOT_AN_ADDRESS}
_WORD = {Fault.NO_CODE, Fault.NO_TOKEN}


class Form(QWidget):
    """A form of one stage; subclasses say which fields it has."""

    asked = Signal(object)
    back = Signal()

    stage = Stage.WORKSHOP
    word_key = ""
    icon = "arrow-right"

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._address = Field("", TextField())
        self._word = Field("", TextField())
        self._typed = Field("", _secret_field())
        self._again = Field("", _secret_field())
        self._why = Muted("", wrap=True)
        self._problem = Banner()
        self._do = PrimaryButton("", self.press, icon=self.icon)
        self._back = QuietButton("", self.back.emit, icon="arrow-left")
        self._build()

    @property
    def address(self) -> str:
        """The office's address as typed."""
        return _text(self._address)

    @property
    def word(self) -> str:
        """The code or the token as typed."""
        return _text(self._word)

    def secret(self) -> Secret:
        """The passphrase as typed, twice."""
        return Secret(_text(self._typed), _text(self._again))

    def press(self) -> None:
        """Enter, or the button."""
        if self._do.isEnabled():
            self.asked.emit(self)

    def show_state(self, state: SetupState) -> None:
        """Show what is asked, and what is wrong with what was typed."""
        words = self._words
        self._say_fields(state)
        self._do.say(words(f"setup.do_{self.stage}"))
        self._do.setEnabled(not state.doing)
        self._back.say(words("setup.back"))
        self._back.setEnabled(not state.doing)
        self._say_problem(state)

    def _say_fields(self, state: SetupState) -> None:
        self._say(self._address, "address", state, _ADDRESS)
        edit = self._address.field
        if isinstance(edit, QLineEdit):
            edit.setPlaceholderText(self._words("setup.address_example"))
        if self.word_key:
            self._say(self._word, self.word_key, state, _WORD)
        self._say(self._typed, "passphrase", state, {Fault.SHORT})
        self._say(self._again, "again", state, {Fault.DIFFERS})
        for field in (self._typed, self._again):
            field.setVisible(self._asks_secret(state))
        for field in (self._address, self._word):
            field.setVisible(bool(self.word_key))
        self._why.say(self._reason(state))
        self._why.setVisible(bool(self._why.text()))
        asks = bool(self.word_key) or self._asks_secret(state)
        self._card.setVisible(asks or bool(self._why.text()))

    def _asks_secret(self, state: SetupState) -> bool:
        return state.asks_passphrase

    def _reason(self, state: SetupState) -> str:
        return self._words("setup.passphrase_why") if state.asks_passphrase else ""

    def _say(self, field: Field, key: str, state: SetupState, faults: set[Fault]) -> None:
        wrong = state.fault in faults
        hint = self._words(f"setup.fault_{state.fault}", n=SHORTEST) if wrong else ""
        field.say(self._words(f"setup.{key}"), hint, "blocking" if wrong else "")
        if isinstance(field.field, TextField):
            field.field.wrong(is_wrong=wrong)

    def _say_problem(self, state: SetupState) -> None:
        problem = state.problem
        self._problem.setVisible(problem is not None)
        if problem is not None:
            quiet = (
                problem.loudness is Loudness.QUIET
            )  # what mends itself elsewhere does not here
            do = self._words("setup.try_again") if quiet else problem.do
            self._problem.say(problem.what, do, tone="attention" if quiet else "blocking")
            self._problem.count("")

    def _build(self) -> None:
        self._card = card = Card(margin=SPACE[4])
        card.body.setSpacing(SPACE[3])
        for part in (self._address, self._word, self._why):
            card.body.addWidget(part)
        secrets = line(self._typed, self._again, space=SPACE[3])
        for field in (self._typed, self._again):
            secrets.setAlignment(field, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(secrets)
        self._problem.can_close(can=False)
        self._buttons = buttons = line(self._back)
        buttons.addStretch(1)
        buttons.addWidget(self._do)
        self._whole = whole = column(card, self._problem, buttons, space=SPACE[3])
        whole.addStretch(1)
        self.setLayout(whole)
        self.setFocusProxy(self._address.field)


class TechnicianForm(Form):
    """Address and one-time code."""

    stage = Stage.TECHNICIAN
    word_key = "code"


class DispatcherForm(Form):
    """Address and token; the token is not shown."""

    stage = Stage.DISPATCHER
    word_key = "token"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        if isinstance(self._word.field, QLineEdit):
            self._word.field.setEchoMode(QLineEdit.EchoMode.Password)


class WorkshopForm(Form):
    """Nothing but what it means."""

    def _reason(self, state: SetupState) -> str:
        parts = [self._words("setup.workshop_why"), super()._reason(state)]
        return "\n\n".join(part for part in parts if part)


class UnlockForm(Form):
    """The passphrase of the store that is here."""

    stage = Stage.UNLOCK
    icon = "key"

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self.setFocusProxy(self._typed.field)

    def show_state(self, state: SetupState) -> None:
        """See `Form.show_state`."""
        super().show_state(state)
        self._again.hide()
        self._back.hide()

    def _asks_secret(self, state: SetupState) -> bool:
        del state
        return True


class BrokenForm(Form):
    """No field: the store does not open, and this is why; what can be read can be saved."""

    stage = Stage.BROKEN
    icon = "rotate-ccw"
    saved = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__(words)
        self._told = Muted("", wrap=True)
        self.rescue = SecondaryButton("", self._ask_where, icon="download")
        self._buttons.insertWidget(0, self.rescue)
        self._whole.insertWidget(2, self._told)

    def show_state(self, state: SetupState) -> None:
        """See `Form.show_state`."""
        super().show_state(state)
        self._back.hide()
        self.rescue.say(self._words("rescue.open"))
        self.rescue.setVisible(state.can_rescue)
        self.rescue.setEnabled(not state.doing)
        self._told.say(self._outcome(state))
        self._told.setVisible(bool(self._told.text()))

    def _outcome(self, state: SetupState) -> str:
        done, words = state.rescued, self._words
        if done is None:
            return ""
        counts = {"operations": done.operations, "files": done.files}
        size = words.size(done.octets)
        told = words("rescue.finished_text", file=state.file, size=size, **counts)
        if not done.lost_operations and not done.lost_files:
            return told
        lost = {"operations": done.lost_operations, "files": done.lost_files}
        return f"{told} {words('rescue.lossy_text', **lost)}"

    def _ask_where(self) -> None:
        dialog = rescue_dialog(self, self._words)
        dialog.fileSelected.connect(self.saved.emit)
        dialog.open()

    def _asks_secret(self, state: SetupState) -> bool:
        del state
        return False

    def _reason(self, state: SetupState) -> str:
        del state
        return ""


def form_for(stage: Stage, words: Words) -> Form:
    """The form of a stage."""
    kinds = (TechnicianForm, DispatcherForm, WorkshopForm, UnlockForm, BrokenForm)
    return next(kind(words) for kind in kinds if kind.stage is stage)


def _secret_field() -> TextField:
    made = TextField()
    made.setEchoMode(QLineEdit.EchoMode.Password)
    return made


def _text(field: Field) -> str:
    return field.field.text() if isinstance(field.field, QLineEdit) else ""
