"""Buttons: one primary on a page, the others quieter.

In come words and an icon's name; out come buttons of at least 44 px that say what they will do.
Rule: a button's accessible name is its words; an icon takes the colour of the words beside it,
also after the theme changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QSizePolicy, QWidget

from ui.views import icons, theme
from ui.views.widgets.layout import dress, line

_INK = {"primary": "on_accent", "quiet": "accent", "danger": "blocking"}


class Button(QPushButton):
    """A button of a role; `on_click` is called without arguments."""

    role = "secondary"

    def __init__(
        self, text: str = "", on_click: Callable[[], object] | None = None, *, icon: str = ""
    ) -> None:
        super().__init__()
        self._icon = icon
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        dress(self, self.role)
        self.say(text)
        self._tint()
        if on_click is not None:
            self.clicked.connect(lambda _checked: on_click())

    def say(self, text: str, icon: str | None = None) -> None:
        """Show other words, and another icon if one is named."""
        self.setText(text.replace("&", "&&"))
        self.setAccessibleName(text)
        self._icon = self._icon if icon is None else icon
        self._tint()

    def _tint(self) -> None:
        if not self._icon:
            return
        ink = _INK.get(self.role, "accent" if self.isChecked() else "text")
        gap = theme.SPACE[0] if self.text() else 0
        ink = ink if self.isEnabled() else "muted"
        self.setIcon(icons.icon(self._icon, ink, gap=gap))
        self.setIconSize(QSize(icons.SIZE + gap, icons.SIZE))

    def changeEvent(self, event: QEvent) -> None:
        """Tint anew when theme or state changed."""
        super().changeEvent(event)
        if event.type() in {QEvent.Type.StyleChange, QEvent.Type.EnabledChange}:
            self._tint()


class PrimaryButton(Button):
    """The one thing to do next, 56 px."""

    role = "primary"


class SecondaryButton(Button):
    """Something else that can be done."""


class QuietButton(Button):
    """A button that looks like a link."""

    role = "quiet"


class DangerButton(Button):
    """What can't be undone."""

    role = "danger"


class EntryButton(Button):
    """One of a list of ways on, each with its icon; as high as a primary one."""

    role = "entry"


class Choice(Button):
    """One of several answers; stays pressed. Another icon shows that it is the chosen one.

    Args:
        text: the words.
        icon: of its own; a ring without.
        chosen: the icon while it is chosen; a tick for a ring.
    """

    role = "choice"
    rings = True

    def __init__(self, text: str, *, icon: str = "", chosen: str = "") -> None:
        ring, tick = ("circle", "circle-check") if self.rings and not icon else (icon, icon)
        self._faces = (ring, chosen or tick)
        super().__init__(text, icon=icon)
        self.setCheckable(True)
        self._tint()
        self.toggled.connect(lambda _on: self._tint())

    def _tint(self) -> None:
        self._icon = self._faces[self.isChecked()]
        super()._tint()


class _Tab(Choice):
    role = "tab"
    rings = False


class Tabs(QWidget):
    """A row of tabs, one of which is chosen; `chosen` tells its code when a person chooses."""

    chosen = Signal(str)

    def __init__(self, tabs: Sequence[tuple[str, str]] = ()) -> None:
        """Tabs as (code, words)."""
        super().__init__()
        self._line = line(space=theme.SPACE[0])
        self.setLayout(self._line)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._tabs: dict[str, _Tab] = {}
        self.say(tabs)

    @property
    def code(self) -> str:
        """The chosen tab's code; empty when there is none."""
        return next((code for code, tab in self._tabs.items() if tab.isChecked()), "")

    def say(self, tabs: Sequence[tuple[str, str]]) -> None:
        """Show these words; codes that are there keep their tab."""
        for code, words in tabs:
            if code not in self._tabs:
                self._add(code)
            self._tabs[code].say(words)

    def choose(self, code: str) -> None:
        """Show `code` as chosen, without telling."""
        self._tabs[code].setChecked(True)

    def _add(self, code: str) -> None:
        tab = _Tab("")
        tab.setChecked(not self._tabs)
        tab.clicked.connect(lambda: self.chosen.emit(code))
        self._tabs[code] = tab
        self._group.addButton(tab)
        self._line.addWidget(tab)
