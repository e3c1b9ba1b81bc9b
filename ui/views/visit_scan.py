"""A scanner that types: many keys faster than a hand, ended by Enter.

In come the keys of a field; out comes `scanned` with the code. Rule: a scan never presses a
button: its Enter ends the code and goes no further. In a field for numbers the scan takes the
place of what stood there, and a mark says so until something is typed.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from fieldapp.domain.identifiers import meter_numbers_in
from ui.views.language import Words
from ui.views.widgets import Pill

_GAP_MS = 50
_LEAST = 6
_ENDS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab})
_BESIDE = frozenset({Qt.Key.Key_Shift, Qt.Key.Key_CapsLock, Qt.Key.Key_AltGr})


class Wedge(QObject):
    """Listens to the keys of one field, which owns it."""

    scanned = Signal(str)

    def __init__(self, field: QLineEdit) -> None:
        super().__init__(field)
        self._code = ""
        self._last_ms = 0
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the Enter that ends a scan from whatever it would press."""
        del watched
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() in _BESIDE:
            return False
        fast = 0 < event.timestamp() - self._last_ms <= _GAP_MS
        code, self._last_ms = (self._code if fast else ""), event.timestamp()
        ended = event.key() in _ENDS
        typed = event.text() if event.text().isprintable() else ""
        self._code = "" if ended or not typed else code + typed
        if not ended or len(code) < _LEAST:
            return False
        self.scanned.emit(code)
        return True


class ScanMark(Pill):
    """Puts scans into a field, and shows that what stands there was scanned."""

    def __init__(
        self, words: Words, field: QLineEdit, read: Callable[[str], str] = str.strip
    ) -> None:
        """Stand beside `field`; `read` makes a number of a code."""
        super().__init__(words("visit.scanned"), "done", "check")
        self._field = field
        self._read = read
        self.hide()
        Wedge(field).scanned.connect(self._scanned)
        field.textChanged.connect(lambda _text: self.hide())

    def _scanned(self, code: str) -> None:
        self._field.setText(self._read(code))
        self._field.selectAll()
        self.show()


def meter_number(code: str) -> str:
    """The meter number in a scanned code, or the code as it is where none is in it."""
    return next(iter(meter_numbers_in((code,))), code.strip())
