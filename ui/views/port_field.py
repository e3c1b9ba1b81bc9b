"""A field to choose a port in: those of the machine, or one that is typed.

In come the machine's ports and the one that is used; out goes the one that was chosen. Rule: a
port that is not plugged in now stays chosen.
"""

from __future__ import annotations

from PySide6.QtCore import Signal

from ui.views.page import Context
from ui.views.widgets import Field, Select


class PortField(Field):
    """One of the two ports."""

    chosen = Signal(str)

    def __init__(self, context: Context, role: str) -> None:
        self._select = Select(role, editable=True)
        super().__init__(role, self._select)
        self._context = context
        self._known: tuple[str, ...] = ()
        self._source = ""
        edit = self._select.lineEdit()
        if edit is not None:
            edit.editingFinished.connect(self._choose)
        self._select.activated.connect(lambda _index: self._choose())

    async def look(self) -> None:
        """Ask the machine which ports there are."""
        self._known = await self._context.desk.port_names()
        self.show_port(self.label.text(), self._source)

    def show_port(self, label: str, source: str) -> None:
        """Show the port that is used; what is being typed stays."""
        self.say(label)
        self._select.setPlaceholderText(self._context.words("frame.settings.port_empty"))
        if self._select.hasFocus() and source == self._source:
            return
        self._source = source
        names = dict.fromkeys((*self._known, *((source,) if source else ())))
        self._select.clear()
        self._select.addItems(list(names))
        self._select.setEditText(source)
        edit = self._select.lineEdit()
        if edit is not None:
            edit.setPlaceholderText(self._context.words("frame.settings.port_empty"))

    def _choose(self) -> None:
        typed = self._select.currentText().strip()
        if typed != self._source:
            self._source = typed
            self.chosen.emit(typed)
