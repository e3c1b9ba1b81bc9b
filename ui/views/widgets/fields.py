"""Fields to type in: text, and numbers for a gloved finger.

In come a label and what is typed; out come text and exact decimals. Rule: what is typed is told
at every key (`typed`), since nothing here has a save button; a comma and a point are the same.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QStyle,
    QStyleOptionButton,
    QWidget,
)

from ui.views import icons, theme
from ui.views.widgets.layout import column, dress
from ui.views.widgets.text import Small


class TextField(QLineEdit):
    """One line of text."""

    def __init__(self, label: str = "", text: str = "") -> None:
        super().__init__(text)
        self.setAccessibleName(label)

    def wrong(self, *, is_wrong: bool) -> None:
        """Mark it as what keeps the work from going on."""
        dress(self, tone="blocking" if is_wrong else "")


class NumberField(TextField):
    """A number, 24 px, right-aligned; a keypad's keys are enough."""

    typed = Signal()

    def __init__(self, label: str = "", text: str = "", *, digits: int = 12) -> None:
        super().__init__(label, text)
        self.setMaxLength(digits)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)
        dress(self, "number-field")
        self.textEdited.connect(lambda _text: self.typed.emit())

    def value(self) -> Decimal | None:
        """The number; None while it is none."""
        text = "".join(self.text().split()).replace(",", ".")
        try:
            made = Decimal(text)
        except InvalidOperation:
            return None
        return made if made.is_finite() else None


class Check(QCheckBox):
    """A box to tick, with its words."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setAccessibleName(text)

    def hitButton(self, pos: QPoint) -> bool:
        """The whole line can be tapped, as a glove does."""
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The box of the style sheet, and the tick in it."""
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        element = QStyle.SubElement.SE_CheckBoxIndicator
        box = self.style().subElementRect(element, option, self)
        painter = QPainter(self)
        tick = icons.pixmap("check", theme.current().on_accent, box.width() - 8)
        painter.drawPixmap(box.x() + 4, box.y() + 4, tick)
        painter.end()


class Select(QComboBox):
    """One of a list; a list that may be typed over when `editable`."""

    def __init__(self, label: str = "", *, editable: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(label)
        self.setEditable(editable)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The field of the style sheet, and an arrow."""
        super().paintEvent(event)
        size = icons.SIZE
        painter = QPainter(self)
        arrow = icons.pixmap("chevron-down", theme.current().muted, size)
        painter.drawPixmap(self.width() - size - 12, (self.height() - size) // 2, arrow)
        painter.end()


class Field(QWidget):
    """A field below its label, with room for a hint."""

    def __init__(self, label: str, field: QWidget, hint: str = "") -> None:
        super().__init__()
        self.label = Small(label)
        self.hint = Small(hint, wrap=True)
        self.hint.setVisible(bool(hint))
        self.field = field
        self.label.setBuddy(field)
        field.setAccessibleName(label)
        self.setLayout(column(self.label, field, self.hint, space=theme.SPACE[0]))

    def say(self, label: str, hint: str = "", tone: str = "") -> None:
        """Show other words; the hint in a tone."""
        self.label.say(label)
        self.field.setAccessibleName(label)
        self.hint.say(hint, tone)
        self.hint.setVisible(bool(hint))
