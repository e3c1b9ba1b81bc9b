"""The machine's ports as cards, and a field to add one.

In come ports and what was found on them; out come the chosen one and a typed one. Rule: cards
keep their place and focus while ports come and go.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QWidget

from ui.presenters.bench import PortCard
from ui.presenters.diagnosis import DiagnosisState, PortFinding
from ui.views import theme
from ui.views.diagnose_words import short
from ui.views.language import Words
from ui.views.widgets import (
    ElidedLabel,
    Muted,
    Pill,
    Scroll,
    SecondaryButton,
    Small,
    TextField,
    column,
    dress,
    line,
)

_ICONS = {"done": "check", "attention": "triangle-alert", "neutral": "", "accent": "loader"}
_KEYS = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}


class PortTile(QFrame):
    """One port; `chosen` when it is clicked or entered."""

    chosen = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._name = ElidedLabel("", "heading")
        self._about = ElidedLabel("", "small")
        self._found = Pill()
        pill = line(self._found)
        pill.addStretch(1)
        inside = column(self._name, self._about, space=2, margin=theme.SPACE[3])
        inside.addSpacing(theme.SPACE[0])
        inside.addLayout(pill)
        self.setLayout(inside)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumHeight(2 * theme.TARGET)
        dress(self, "port")

    def show_port(
        self, port: PortCard, finding: PortFinding | None, busy: str, *, selected: bool
    ) -> None:
        """Show this port; `busy` is what runs on it."""
        words = self._words
        self._name.say(port.short)
        self._about.say(self._about_of(port))
        self._about.setVisible(bool(self._about.text()))
        text, tone = short(words, finding, port.chance)
        if busy:
            text, tone = words(f"diagnose.running_{busy}"), "accent"
        self._found.say(text, tone, _ICONS[tone])
        self.setAccessibleName(f"{port.source}, {self._about.text()}, {text}")
        if self.property("chosen") != selected:
            self.setProperty("chosen", selected)
            dress(self)

    def _about_of(self, port: PortCard) -> str:
        if port.typed:
            return self._words("diagnose.typed")
        number = port.serial_number
        numbered = self._words("diagnose.serial_number", number=number) if number else ""
        return " · ".join(
            p for p in (port.chip or port.maker or port.description, numbered) if p
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and space choose it."""
        if event.key() in _KEYS:
            self.chosen.emit()
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click chooses it."""
        if self.rect().contains(event.position().toPoint()):
            self.chosen.emit()


class PortColumn(QWidget):
    """The cards; `chosen` and `added` tell a source."""

    chosen = Signal(str)
    added = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.tiles: dict[str, PortTile] = {}
        self._scroll = Scroll(space=theme.SPACE[2])
        self._none = Muted("", wrap=True)
        self._cards = column(space=theme.SPACE[2])
        self._scroll.body.addWidget(self._none)
        self._scroll.body.addLayout(self._cards)
        self._scroll.body.addStretch(1)
        self.field = TextField()
        self.add = SecondaryButton("", self._add, icon="plus")
        self.field.returnPressed.connect(self._add)
        whole = column(space=theme.SPACE[2])
        whole.addWidget(self._scroll, 1)
        self._label = Small("")
        whole.addLayout(column(self._label, self.field, self.add, space=theme.SPACE[1]))
        self.setLayout(whole)

    def show_state(self, state: DiagnosisState) -> None:
        """Show the ports there are."""
        words = self._words
        self._none.say(words("diagnose.no_ports"))
        self._none.setVisible(not state.ports)
        self._label.say(words("diagnose.add"))
        self.field.setPlaceholderText(words("diagnose.add_hint"))
        self.field.setAccessibleName(words("diagnose.add"))
        self.add.say(words("diagnose.add_button"))
        self._keep_tiles([port.source for port in state.ports])
        for port in state.ports:
            selected = port.source == state.selected
            busy = state.busy if selected else ""
            finding = state.findings.get(port.source)
            self.tiles[port.source].show_port(port, finding, busy, selected=selected)

    def _keep_tiles(self, sources: list[str]) -> None:
        for source in set(self.tiles) - set(sources):
            tile = self.tiles.pop(source)
            tile.hide()
            tile.deleteLater()
        for place, source in enumerate(sources):
            if source not in self.tiles:
                self.tiles[source] = self._tile(source)
                self._cards.insertWidget(place, self.tiles[source])

    def _tile(self, source: str) -> PortTile:
        tile = PortTile(self._words)
        tile.chosen.connect(lambda: self.chosen.emit(source))
        return tile

    def _add(self) -> None:
        source = self.field.text().strip()
        if source:
            self.field.clear()
            self.added.emit(source)
