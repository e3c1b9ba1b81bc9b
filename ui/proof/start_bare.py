"""A bare window, as small as PySide6 makes one: what `bench start` compares with.

Tells `frame` when its first picture was painted, and ends.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

from ui.proof.paints import PaintApp

_SIZE = (1366, 768)


def _meaning(painted: QObject) -> str:
    return "frame" if isinstance(painted, QMainWindow) else ""


def main() -> int:
    """Show one label and end."""
    app = PaintApp(sys.argv[:1], _meaning, ("frame",), QApplication.quit)
    window = QMainWindow()
    window.setCentralWidget(QLabel("…"))
    window.resize(*_SIZE)
    window.show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
