"""What search offers: the frame's hits, the pages, and things to do.

In comes what is typed; out come offers in that order. Rule: the answer to an older text is
thrown away when a newer one was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ui.presenters.frame_search import Hit
from ui.views import theme
from ui.views.pages import entry_of
from ui.views.search import Offer, SearchPanel

if TYPE_CHECKING:
    from ui.views.main_window import MainWindow

_THEME_ICONS = {"light": "sun", "dark": "moon", "outdoor": "sun-medium"}


class Searching:
    """Joins the panel to the window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._words = window.words
        self.panel = SearchPanel(window.words, window)
        self.panel.typed.connect(self._typed)
        self.panel.closed.connect(self._closed)

    def open(self) -> None:
        """Open the panel."""
        self.panel.open()

    async def answer(self, text: str) -> None:
        """Bring the offers for `text`."""
        hits = await self._window.frame.find(text) if text.strip() else ()
        offers = [self._of_hit(hit) for hit in hits]
        offers += [o for o in (*self._pages(), *self._actions()) if o.fits(text.strip())]
        self.panel.show_offers(text, offers)

    def _typed(self, text: str) -> None:
        self._window.context.spawn(self.answer(text), "search")

    def _closed(self) -> None:
        if self._window.page is not None:
            self._window.page.setFocus()

    def _of_hit(self, hit: Hit) -> Offer:
        window = self._window
        if hit.meter:
            detail = self._words("frame.hit_meter", number=hit.number)
            return Offer("gauge", hit.meter, detail, lambda: window.go("meter", hit.visit))
        kind = self._words.code("kinds", hit.kind)
        detail = self._words("frame.hit_visit", number=hit.number, kind=kind)
        return Offer("map-pin", hit.address, detail, lambda: window.go("visit", hit.visit))

    def _pages(self) -> Iterable[Offer]:
        for code in self._window.codes:
            title, kind = self._words(f"frame.page_{code}"), self._words("frame.hit_page")
            yield Offer(entry_of(code).icon, title, kind, self._shown(code))

    def _shown(self, code: str) -> Callable[[], None]:
        return lambda: self._window.go(code)

    def _actions(self) -> Iterable[Offer]:
        kind = self._words("frame.hit_action")
        if self._window.frame.state.technician:
            sync = self._words("frame.action_sync")
            yield Offer("refresh-cw", sync, kind, self._window.synchronise.emit)
        for name, icon in _THEME_ICONS.items():
            yield Offer(icon, self._words(f"frame.action_theme_{name}"), kind, self._set(name))
        other = "en" if self._words.lang == "nl" else "nl"
        speak = self._words("frame.action_language")
        yield Offer("languages", speak, kind, lambda: self._words.switch(other))

    def _set(self, name: str) -> Callable[[], None]:
        return lambda: theme.wear(name)
