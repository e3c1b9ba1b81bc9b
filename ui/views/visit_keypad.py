"""A keypad on the glass, for gloves: ten digits, a comma and a way back.

In come the fields it serves; its keys go into the one that had the focus last. Rule: the keypad
never takes the focus, so that a hardware keyboard and a scanner go on working beside it.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSizePolicy, QWidget

from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import Button

_KEYS = ("7", "8", "9", "4", "5", "6", "1", "2", "3", ",", "0")
_ACROSS = 3
_KEY_PX = 64


class _Key(Button):
    """As high as a primary button."""

    role = "key"


class Keypad(QWidget):
    """Twelve keys in three columns; eleven where a comma makes no sense."""

    def __init__(self, words: Words, *, comma: bool = True) -> None:
        super().__init__()
        self._field: QLineEdit | None = None
        grid = QGridLayout()
        grid.setSpacing(theme.SPACE[1])
        grid.setContentsMargins(0, 0, 0, 0)
        for place, key in enumerate(_KEYS):
            if comma or key.isdigit():
                grid.addWidget(self._key(key), place // _ACROSS, place % _ACROSS)
        back = self._made("", "delete")
        back.setAccessibleName(words("visit.key_back"))
        back.setToolTip(words("visit.key_back"))
        back.setAutoRepeat(True)
        back.clicked.connect(self._back)
        grid.addWidget(back, 3, 2)
        self.setLayout(grid)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def serve(self, *fields: QLineEdit) -> None:
        """Type into these; the first one until another has the focus."""
        for field in fields:
            field.installEventFilter(self)
        self._field = self._field or next(iter(fields), None)

    def _key(self, key: str) -> Button:
        made = self._made(key)
        made.clicked.connect(lambda: self._type(key))
        return made

    def _made(self, text: str, icon: str = "") -> Button:
        made = _Key(text, icon=icon)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setFixedWidth(_KEY_PX)
        return made

    def _type(self, key: str) -> None:
        if self._field is not None:
            self._field.insert(key)
            self._field.setFocus()

    def _back(self) -> None:
        if self._field is not None:
            self._field.backspace()
            self._field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice which field has the focus."""
        if event.type() is QEvent.Type.FocusIn and isinstance(watched, QLineEdit):
            self._field = watched
        return False
