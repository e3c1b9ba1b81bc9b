"""What lies over the whole window, until whoever may leave it has left it.

In comes nothing of the window below; out goes `left`. Rule: while it lies there no page, no
search, no shortcut and no status can be reached; what runs below goes on.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget


class Cover(QWidget):
    """A subclass shows something, and asks before it is left."""

    left = Signal()
    """It may be taken away."""

    closes = False
    """Whether the window was to be closed when somebody last wanted out."""

    def redraw(self) -> None:
        """Draw everything anew: the State or the theme changed."""

    def ask(self) -> None:
        """Somebody wants to leave it: ask whether that is the technician."""

    def back(self) -> None:
        """Esc: one screen back within it, and never out of it."""
