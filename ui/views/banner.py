"""The banner slot above every page: one matter at a time, the rest counted.

In come the frame's matters; out go "look" with a page and "seen". Rule: the most pressing one
is shown, and none is lost by showing another.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.presenters.frame import Matter
from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import Banner, column


class BannerSlot(QWidget):
    """Shows the first matter."""

    asked = Signal(str, str)
    seen = Signal(object)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._matter: Matter | None = None
        self._banner = Banner()
        self._banner.pressed.connect(self._look)
        self._banner.dismissed.connect(lambda: self.seen.emit(self._matter))
        row = column(self._banner)
        row.setContentsMargins(theme.SPACE[4], 0, theme.SPACE[4], theme.SPACE[3])
        self.setLayout(row)
        self.hide()

    def show_matters(self, matters: tuple[Matter, ...], here: str) -> None:
        """Show the first of these, and how many more there are; `here` is the page below."""
        self.setVisible(bool(matters))
        self._matter = matters[0] if matters else None
        if self._matter is None:
            return
        what, do = self._spoken(self._matter)
        elsewhere = self._matter.about or self._matter.page not in {"", here}
        action = self._words("frame.matter_look") if elsewhere else ""
        self._banner.say(what, do, tone=self._matter.tone, action=action)
        self._banner.tell(self._words("frame.matter_details"), self._detail(self._matter))
        more = len(matters) - 1
        key = "frame.matter_more_one" if more == 1 else "frame.matter_more"
        self._banner.count(self._words(key, n=more) if more else "")
        self._banner.name_close(self._words("frame.matter_close"))

    def _spoken(self, matter: Matter) -> tuple[str, str]:
        if matter.message is not None:
            return matter.message.what, f"{matter.message.means} {matter.message.do}"
        one = f"frame.matter_{matter.code}_one"
        key = (
            one if matter.count == 1 and self._words.has(one) else f"frame.matter_{matter.code}"
        )
        what = self._words(key, n=matter.count, subject=matter.subject)
        return what, self._words(f"frame.matter_{matter.code}_do")

    def _detail(self, matter: Matter) -> str:
        if matter.message is not None:
            return matter.message.detail
        return matter.subject if matter.code == "crash" else ""

    def _look(self) -> None:
        if self._matter is not None:
            self.asked.emit(self._matter.page, self._matter.about)
