"""Choosing a port, and what went wrong on it: parts that the meter's views share.

In come the ports there are and a `Message`; out come the source that a person chose, and the
words. Rule: what is being typed is never overwritten by ports that come or go.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QApplication

from ui.messages import Message
from ui.presenters.bench import PortCard
from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import Card, Label, Muted, QuietButton, Select, Small, column, line


class PortSelect(Select):
    """The machine's ports in a list that may be typed over.

    `picked` tells the chosen source; `entered` that Enter was pressed in the field.
    """

    picked = Signal(str)
    entered = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__(words("meter.port"), editable=True)
        self._words = words
        self._shown: tuple[str, ...] = ()
        self.setInsertPolicy(Select.InsertPolicy.NoInsert)
        self.activated.connect(lambda place: self.picked.emit(str(self.itemData(place))))
        edit = self.lineEdit()
        if edit is not None:
            edit.editingFinished.connect(self._typed)
            edit.returnPressed.connect(self.entered)

    def show_ports(self, ports: Sequence[PortCard], source: str) -> None:
        """Offer these; `source` is the chosen one, listed or not."""
        self.setAccessibleName(self._words("meter.port"))
        names = tuple(port_name(port) for port in ports)
        if names != self._shown:
            self._shown = names
            typing = self.currentText() if self._is_typing() else None
            with QSignalBlocker(self):
                self.clear()
                for port in ports:
                    self.addItem(port_name(port), port.source)
            self.setEditText(source if typing is None else typing)
        place = self.findData(source)
        if self._is_typing():
            return
        self.setCurrentIndex(place)
        if place < 0:
            self.setEditText(source)

    def source(self) -> str:
        """What is chosen or typed."""
        place = self.findText(self.currentText())
        return str(self.itemData(place)) if place >= 0 else self.currentText().strip()

    def _is_typing(self) -> bool:
        edit = self.lineEdit()
        return edit is not None and edit.hasFocus() and edit.isModified()

    def _typed(self) -> None:
        edit = self.lineEdit()
        if edit is not None and edit.isModified():
            edit.setModified(False)
            self.picked.emit(self.source())


def port_name(port: PortCard) -> str:
    """`ttyUSB0 · FTDI`."""
    told = port.maker or port.description
    return f"{port.source} · {told}" if told and told not in port.source else port.source


class ProblemNote(Card):
    """What happened, what it means, what to do; the technical part behind a button."""

    def __init__(self, words: Words) -> None:
        super().__init__(tone="attention")
        self._words = words
        self._detail_text = ""
        self._what = Label("", "strong", wrap=True)
        self._means = Muted("", wrap=True)
        self._do = Label("", tone="accent", wrap=True)
        self._detail = Small("", wrap=True)
        self._detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._more = QuietButton("", self._toggle)
        self._copy = QuietButton("", self._copied, icon="copy")
        texts = column(self._what, self._means, self._do, space=theme.SPACE[0])
        self.body.addLayout(texts)
        buttons = line(self._more, self._copy)
        buttons.addStretch(1)
        self.body.addWidget(self._detail)
        self.body.addLayout(buttons)
        self.show_problem(None)

    def show_problem(self, problem: Message | None) -> None:
        """Show this one; None hides the note."""
        self.setVisible(problem is not None)
        if problem is None:
            return
        if problem.detail != self._detail_text:
            self._detail.hide()
        self._detail_text = problem.detail
        self._what.say(problem.what)
        self._means.say(problem.means)
        self._do.say(problem.do, "accent")
        self._detail.say(problem.detail)
        self._more.say(self._words("meter.details"))
        self._copy.say(self._words("meter.copy"))
        self._copy.setVisible(self._detail.isVisible())
        self.setAccessibleName(f"{problem.what} {problem.means} {problem.do}")

    def _toggle(self) -> None:
        self._detail.setVisible(not self._detail.isVisible())
        self._copy.setVisible(self._detail.isVisible())

    def _copied(self) -> None:
        QApplication.clipboard().setText(self._detail_text)
