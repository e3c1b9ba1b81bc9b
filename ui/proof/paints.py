"""An application that tells when something was painted: after Qt is through with that picture.

In comes a function that names what a painted widget means; out come lines, each once. Rule: a
name is told when the event that made the whole window paint (expose, update) was delivered, so
the picture is handed over to the screen by then.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from ui.proof.telling import tell


class PaintApp(QApplication):
    """Watches until every name in `wanted` was told; then it calls `done`."""

    def __init__(
        self,
        words: list[str],
        meaning: Callable[[QObject], str],
        wanted: tuple[str, ...],
        done: Callable[[], object],
    ) -> None:
        super().__init__(words)
        self._meaning = meaning
        self._wanted = list(wanted)
        self._done = done
        self._painted: list[str] = []
        self._deep = 0
        self._above = 0

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        """Deliver an event; look at paints."""
        if not self._wanted:
            return super().notify(receiver, event)
        self._deep += 1
        if event.type() is QEvent.Type.Paint:
            name = self._meaning(receiver)
            if name in self._wanted and name not in self._painted:
                self._painted.append(name)
                self._above = self._deep - 1
        try:
            return super().notify(receiver, event)
        finally:
            self._deep -= 1
            if self._painted and self._deep <= self._above:
                self._tell()

    def _tell(self) -> None:
        painted, self._painted = self._painted, []
        for name in painted:
            self._wanted.remove(name)
            tell(name)
        if painted and not self._wanted:
            self._done()
