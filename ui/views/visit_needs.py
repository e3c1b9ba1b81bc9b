"""How far a step is, as short bars and words: `2 van 5: nieuwe meter`.

In come the needs of a step and the one in turn; nothing goes out. Rule: bars never speak alone,
the words beside them say the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.presenters.visit_page import NeedRow
from ui.views import theme
from ui.views.language import Words
from ui.views.visit_words import inside, need_name
from ui.views.widgets import Label, line

_BAR_PX = (28, 6)
_GAP_PX = 4


class _Bars(QWidget):
    """One bar a need: full, in turn, open."""

    def __init__(self) -> None:
        super().__init__()
        self.tones: list[str] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as all bars."""
        wide, high = _BAR_PX
        return QSize(len(self.tones) * (wide + _GAP_PX), high)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bars in the colours of the theme now on."""
        del event
        tokens = theme.current()
        wide, high = _BAR_PX
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, tone in enumerate(self.tones):
            bar = QRectF(place * (wide + _GAP_PX), 0, wide, high)
            colour = QColor(tokens.muted if tone == "open" else tokens.tone(tone))
            painter.setPen(colour)
            painter.setBrush(QColor(tokens.surface) if tone == "open" else colour)
            painter.drawRoundedRect(bar.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
        painter.end()


class NeedsLine(QWidget):
    """Shown where a step asks several things."""

    def __init__(self) -> None:
        super().__init__()
        self._bars = _Bars()
        self._text = Label("", "small")
        row = line(self._bars, self._text, space=theme.SPACE[1])
        row.addStretch(1)
        self.setLayout(row)
        self.hide()

    def show_needs(self, words: Words, needs: Sequence[NeedRow], now: NeedRow | None) -> None:
        """Show these, with the one in turn; a single one needs no line."""
        self.setVisible(len(needs) > 1)
        self._bars.tones = [_tone(need, now) for need in needs]
        self._bars.updateGeometry()
        self._bars.update()
        done = sum(not need.open for need in needs)
        if now is None:
            text = words("visit.needs_all", n=len(needs))
        else:
            name = inside(need_name(words, now))
            text = words("visit.needs_at", at=done + 1, n=len(needs), need=name)
        self._text.say(text)
        self.setAccessibleName(text)


def _tone(need: NeedRow, now: NeedRow | None) -> str:
    if not need.open:
        return "done"
    return "accent" if now is not None and need.code == now.code else "open"
