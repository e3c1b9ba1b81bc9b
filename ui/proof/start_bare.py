"""A bare window, as small as PySide6 makes one: what `bench start` compares with.

Tells `frame` when its first picture was painted, and ends.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

from ui.proof.telling import tell

_SIZE = (1366, 768)


class BareWindow(QMainWindow):
    """One label."""

    def __init__(self) -> None:
        super().__init__()
        self._told = False
        self.setCentralWidget(QLabel("…"))
        self.resize(*_SIZE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The first one is told once Qt is through with it."""
        super().paintEvent(event)
        if not self._told:
            self._told = True
            QTimer.singleShot(0, self._tell)

    def _tell(self) -> None:
        tell("frame")
        QApplication.quit()


def main() -> int:
    """Show it and end."""
    app = QApplication(sys.argv[:1])
    window = BareWindow()
    window.show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
