"""The window itself: drawn before anything is loaded, and there until everything has ended.

In comes what is to stand in it; out goes "closing". Rule: it needs no store, no presenter and
no page, and the cross only asks: whoever opened the window closes it when all is put away.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QMainWindow, QWidget

from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import Muted, Title, column, dress, line, spacer

SMALLEST = (900, 600)
RAIL, STATUS = 76, 48
"""The rail's width and the status bar's height, px."""

_FIRST_SIZE = (1366, 768)


class Curtain(QMainWindow):
    """The one top-level window of the program."""

    closing = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._closed = False
        self.may_close: Callable[[], bool] = lambda: True
        self._was = Qt.WindowState.WindowNoState
        self.setMinimumSize(*SMALLEST)
        self.setWindowTitle(words("frame.program"))
        self._content = _opening(words)
        self.setCentralWidget(self._content)
        self._content.setFocus()

    def show_content(self, content: QWidget) -> None:
        """Put `content` in place of what stands in the window now."""
        content.setWindowFlags(Qt.WindowType.Widget)
        self._content = content
        self.setCentralWidget(content)
        content.show()

    def fill_screen(self, fill: bool) -> None:  # noqa: FBT001 - a signal's
        """Fill the whole screen, or be again as it was before that."""
        if fill:
            self._was = self.windowState()
            self.showFullScreen()
        else:
            self.setWindowState(self._was)

    def put_back(self, at: tuple[int, ...], *, maximised: bool) -> None:
        """Show the window where it was, if that is still on a screen.

        Args:
            at: left, top, width, height in px; empty for the first time.
            maximised: whether it filled the screen.
        """
        wanted = QRect(*at) if len(at) == 4 else QRect()
        screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
        if any(screen.intersects(wanted) for screen in screens):
            self.setGeometry(wanted)
        else:
            self.resize(*_FIRST_SIZE)
        small = bool(screens) and screens[0].width() <= _FIRST_SIZE[0]
        if maximised or (small and not at):
            self.showMaximized()
        else:
            self.show()
        self.activateWindow()

    def place(self) -> tuple[int, ...]:
        """Left, top, width and height while it does not fill the screen, px."""
        at = self.normalGeometry()
        return (at.x(), at.y(), at.width(), at.height())

    def close_for_good(self) -> None:
        """Everything has ended; the window goes."""
        self._closed = True
        self.close()
        self.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The cross: ask, and show that it was heard; what stands here may want a PIN first."""
        if self._closed:
            event.accept()
            return
        event.ignore()
        if not self.may_close():
            return
        self.setWindowTitle(self._words("frame.closing"))
        self._content.setEnabled(False)
        self.closing.emit()


def _opening(words: Words) -> QWidget:
    """The frame, still empty."""
    rail, status, made = QFrame(), QFrame(), QWidget()
    rail.setFixedWidth(RAIL)
    status.setFixedHeight(STATUS)
    dress(rail, "rail")
    dress(status, "status")
    dress(made, "ground")
    head = line(Title(words("frame.program")), Muted(words("frame.starting")), space=16)
    head.addStretch(1)
    head.setContentsMargins(theme.SPACE[4], 24, theme.SPACE[4], 0)
    main = column(space=0)
    main.addLayout(head)
    main.addWidget(spacer(), 1)
    main.addWidget(status)
    made.setLayout(line(rail, main, space=0))
    return made
