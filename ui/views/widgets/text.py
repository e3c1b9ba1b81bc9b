"""Words on the page: titles, headings, quiet words, big numbers.

In comes text; out come labels whose size and colour follow from their role. Rule: text is plain
text, never markup, whatever it holds.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy

from ui.views import theme
from ui.views.widgets.layout import column, dress, line


class Label(QLabel):
    """Plain text with a role and a tone."""

    role = ""

    def __init__(
        self, text: str = "", role: str = "", *, tone: str = "", wrap: bool = False
    ) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        dress(self, role or self.role, tone)

    def say(self, text: str, tone: str = "") -> None:
        """Show other words, in another tone."""
        self.setText(text)
        if self.property("tone") != tone:
            dress(self, tone=tone)


class Title(Label):
    """The title of the page, 24 px."""

    role = "title"


class Heading(Label):
    """The head of a card."""

    role = "heading"


class Muted(Label):
    """Quiet words of text size."""

    role = "muted"


class Small(Label):
    """Quiet words of 13 px."""

    role = "small"


class ElidedLabel(Label):
    """One line that ends in dots where the room ends; the whole stands in the tooltip."""

    def __init__(self, text: str = "", role: str = "", *, tone: str = "") -> None:
        super().__init__(text, role, tone=tone)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(theme.TARGET)

    def shown(self) -> str:
        """The text as it fits now."""
        return self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width()
        )

    def sizeHint(self) -> QSize:
        """As wide as the text would like."""
        wide = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(wide + 2, super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        del event
        shown = self.shown()
        self.setToolTip(self.text() if shown != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), int(self.alignment()), shown)
        painter.end()


class BigNumber(QFrame):
    """A number to be read from two metres, with its unit and what it is.

    Args:
        value: as people read it, from `Words.number` without the unit.
    """

    def __init__(self, value: str = "", unit: str = "", label: str = "") -> None:
        super().__init__()
        self._label = Small(label)
        self._value = Label(value, "big-number")
        self._unit = Muted(unit)
        base = Qt.AlignmentFlag.AlignBaseline
        numbers = line(space=theme.SPACE[0])
        numbers.addWidget(self._value, 0, base)
        numbers.addWidget(self._unit, 0, base)
        numbers.addStretch(1)
        self.setLayout(column(self._label, numbers, space=0))
        self.show_number(value, unit, label)

    def show_number(self, value: str, unit: str, label: str) -> None:
        """Show another one."""
        self._label.say(label)
        self._label.setVisible(bool(label))
        self._value.say(value)
        self._unit.say(unit)
        self.setAccessibleName(f"{label} {value} {unit}".strip())
