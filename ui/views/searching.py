"""What search offers: the frame's hits, the pages, and things to do.

In comes what is typed; out come offers in that order. Rule: the answer to an older text is
thrown away when a newer one was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QWidget

from ui.presenters.frame import FramePresenter
from ui.presenters.frame_search import Hit
from ui.views import theme
from ui.views.language import Words
from ui.views.pages import entry_of
from ui.views.search import Offer, SearchPanel

_THEME_ICONS = {"light": "sun", "dark": "moon", "outdoor": "sun-medium"}


@dataclass(frozen=True, slots=True)
class Around:
    """What search needs of the window.

    Attributes:
        codes: the pages there are now.
        go: shows a page about something.
        spawn: starts a coroutine.
        sync: starts a sync.
    """

    window: QWidget
    frame: FramePresenter
    words: Words
    codes: Callable[[], tuple[str, ...]]
    go: Callable[[str, str], None]
    spawn: Callable[[Coroutine[Any, Any, object], str], object]
    sync: Callable[[], None]


class Searching:
    """Joins the panel to the window."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._words = around.words
        self.panel = SearchPanel(around.words, around.window)
        self.panel.typed.connect(self._typed)

    def open(self) -> None:
        """Open the panel."""
        self.panel.open()

    async def answer(self, text: str) -> None:
        """Bring the offers for `text`."""
        hits = await self._around.frame.find(text) if text.strip() else ()
        offers = [self._of_hit(hit) for hit in hits]
        offers += [o for o in (*self._pages(), *self._actions()) if o.fits(text.strip())]
        self.panel.show_offers(text, offers)

    def _typed(self, text: str) -> None:
        self._around.spawn(self.answer(text), "search")

    def _of_hit(self, hit: Hit) -> Offer:
        go = self._around.go
        if hit.meter:
            detail = self._words("frame.hit_meter", number=hit.number)
            return Offer("gauge", hit.meter, detail, lambda: go("meter", hit.visit))
        kind = self._words.code("kinds", hit.kind)
        detail = self._words("frame.hit_visit", number=hit.number, kind=kind)
        return Offer("map-pin", hit.address, detail, lambda: go("visit", hit.visit))

    def _pages(self) -> Iterable[Offer]:
        for code in self._around.codes():
            title, kind = self._words(f"frame.page_{code}"), self._words("frame.hit_page")
            yield Offer(entry_of(code).icon, title, kind, self._shown(code))

    def _shown(self, code: str) -> Callable[[], None]:
        return lambda: self._around.go(code, "")

    def _actions(self) -> Iterable[Offer]:
        kind = self._words("frame.hit_action")
        if self._around.frame.state.technician:
            sync = self._words("frame.action_sync")
            yield Offer("refresh-cw", sync, kind, self._around.sync)
        for name, icon in _THEME_ICONS.items():
            yield Offer(icon, self._words(f"frame.action_theme_{name}"), kind, self._set(name))
        other = "en" if self._words.lang == "nl" else "nl"
        speak = self._words("frame.action_language")
        yield Offer("languages", speak, kind, lambda: self._words.switch(other))

    def _set(self, name: str) -> Callable[[], None]:
        return lambda: theme.wear(name)
