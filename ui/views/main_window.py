"""The window: rail, title line, banner slot, pages, status bar, search, shortcuts.

In come the frame's State and the page table; out go intents, to the frame's presenter and to
the pages. Rule: a page is made when it is first asked for; while a page opens, the window goes
on; whoever owns the laptop lets go of this before closing it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QPushButton,
    QStackedLayout,
    QStackedWidget,
    QWidget,
)

from ui.presenters.frame import FramePresenter, FrameState
from ui.views import theme
from ui.views.banner import BannerSlot
from ui.views.cover import Cover
from ui.views.language import Words
from ui.views.page import Context, Desk, Page
from ui.views.pages import Entry, entries_for, entry_of, make
from ui.views.practice import PracticeBand
from ui.views.rail import Rail
from ui.views.reading_order import next_to
from ui.views.searching import Around, Searching
from ui.views.status_bar import StatusBar
from ui.views.title_line import TitleLine
from ui.views.widgets import column, dress, inset, line

NARROW = 1100
"""Below this width, px, a page's right column folds away."""

_NUMBERED = 8
_BACK = Qt.FocusReason.BacktabFocusReason
Spawn = Callable[[Coroutine[Any, Any, object], str], object]


class MainWindow(QWidget):
    """What stands in the window once a laptop is open."""

    synchronise = Signal()

    covered = Signal(bool)
    """Something lies over the whole window, or does so no more."""

    def __init__(self, desk: Desk, frame: FramePresenter, words: Words, spawn: Spawn) -> None:
        """Build the frame; `start` brings the first page."""
        super().__init__()
        self.frame = frame
        self.words = words
        self.context = Context(desk, words, spawn, self.go, frame.say)
        self._pages: dict[str, Page] = {}
        self._entries: tuple[Entry, ...] = ()
        self._code = ""
        self._rail = Rail(words)
        self._band = PracticeBand()
        self._title = TitleLine(words)
        self._banner = BannerSlot(words)
        self._stack = QStackedWidget()
        self._status = StatusBar(words)
        self._cover: Cover | None = None
        self._frame_stack = QStackedLayout()
        self._shortcuts: list[QShortcut] = []
        self._build()
        self._searching = self._made_searching()
        self._connect()
        self._unsubscribe = frame.subscribe(lambda _state: self._show_frame())
        words.changed.append(self._language_changed)
        theme.changed.append(self._theme_changed)

    @property
    def page(self) -> Page | None:
        """The page that is shown."""
        return self._pages.get(self._code)

    @property
    def cover(self) -> Cover | None:
        """What lies over the window now."""
        return self._cover

    @property
    def codes(self) -> tuple[str, ...]:
        """The pages that this window has, in the order of the rail."""
        return tuple(entry.code for entry in self._entries)

    async def start(self, code: str = "") -> None:
        """Load the frame and show a page: `code` where it is there, else the first."""
        await self.frame.open()
        self._show_frame()
        wanted = code if code in self.codes else next(iter(self.codes), "")
        if wanted:
            await self.show_page(wanted)

    def go(self, code: str, about: str = "") -> None:
        """Show a page about something, as soon as it is ready."""
        self.context.spawn(self.show_page(code, about), f"page {code}")

    async def show_page(self, code: str, about: str = "") -> None:
        """Show a page about something; one that the role does not have stays away."""
        if code not in self.codes or self._cover is not None:
            return
        page = self._page_of(code)
        if self.page is not None and self.page is not page:
            self.page.leave()
        self._code = code
        self._banner.show_matters(self.frame.state.matters, code)
        if about:
            page.aim(about)
        self._stack.setCurrentWidget(page)
        self._rail.show_current(code)
        self._title.show_tools(page.tools())
        self._show_headline()
        self._fold()
        page.setFocus()
        await page.open()
        page.redraw()
        self._show_headline()
        await self.frame.set(page=code)

    def open_search(self) -> None:
        """Ctrl+K."""
        self._searching.open()

    def lay_over(self, cover: Cover) -> None:
        """Put something over the whole window until it is left; nothing else is reached."""
        self._cover = cover
        cover.left.connect(self._uncover)
        self._searching.panel.hide()
        self._frame_stack.addWidget(cover)
        self._frame_stack.setCurrentWidget(cover)
        self._cover_changed()
        cover.setFocus()

    def may_close(self) -> bool:
        """Whether the window may be closed now; who lays something over it is asked first."""
        if self._cover is None:
            return True
        self._cover.ask()
        self._cover.closes = True
        return False

    def _uncover(self) -> None:
        cover, self._cover = self._cover, None
        if cover is None:
            return
        self._frame_stack.setCurrentIndex(0)
        self._frame_stack.removeWidget(cover)
        cover.deleteLater()
        self._cover_changed()
        self._focus_page()
        if cover.closes:
            self.window().close()

    def _cover_changed(self) -> None:
        covered = self._cover is not None
        for shortcut in self._shortcuts:
            shortcut.setEnabled(not covered)
        self._show_band(self.frame.state)
        self.covered.emit(covered)

    def _made_searching(self) -> Searching:
        spawn, sync = self.context.spawn, self.synchronise.emit
        around = Around(self, self.frame, self.words, lambda: self.codes, self.go, spawn, sync)
        made = Searching(around)
        made.panel.closed.connect(self._focus_page)
        return made

    def _focus_page(self) -> None:
        if self.page is not None:
            self.page.setFocus()

    def _page_of(self, code: str) -> Page:
        if code not in self._pages:
            page = make(entry_of(code), self.context)
            page.headline_changed.connect(self._show_headline)
            page.covers.connect(self.lay_over)
            self._pages[code] = page
            self._stack.addWidget(page)
        return self._pages[code]

    def _build(self) -> None:
        ground = inset(self._stack, theme.SPACE[4], 0, theme.SPACE[4], theme.SPACE[3])
        main = column(self._title, self._banner, ground, self._status, space=0)
        main.setStretchFactor(ground, 1)
        below = QWidget()
        below.setLayout(line(self._rail, main, space=0))
        self._frame_stack.addWidget(below)
        whole = column(self._band, space=0)
        whole.addLayout(self._frame_stack, 1)
        self.setLayout(whole)
        dress(self, "ground")

    def _connect(self) -> None:
        self._rail.asked.connect(self.go)
        self._status.asked.connect(self._explain)
        self._banner.asked.connect(self.go)
        self._banner.seen.connect(self.frame.dismiss)
        self._title.search.connect(self.open_search)
        keys = {"Ctrl+K": self.open_search}
        keys |= {f"Ctrl+{n}": self._nth(n - 1) for n in range(1, _NUMBERED + 1)}
        self._shortcuts = [QShortcut(QKeySequence(k), self, does) for k, does in keys.items()]

    def _nth(self, place: int) -> Callable[[], None]:
        def show() -> None:
            if place < len(self.codes):
                self.go(self.codes[place])

        return show

    def _explain(self, code: str, about: str) -> None:
        """A part of the status bar; what the role has no page for, the settings explain."""
        there = code in self.codes
        self.go(code if there else "settings", about if there else "")

    def _show_frame(self) -> None:
        state = self.frame.state
        entries = entries_for(frozenset(str(role) for role in state.roles))
        if entries != self._entries:
            self._entries = entries
            self._rail.show_entries(entries)
            self._rail.show_current(self._code)
        self._show_band(state)
        self._banner.show_matters(state.matters, self._code)
        self._status.show_state(state, self.frame.now())

    def _show_band(self, state: FrameState) -> None:
        self._band.setVisible(state.practice)
        told = bool(state.cables) and self._cover is None
        key = "frame.practice_cables" if told else "frame.practice"
        self._band.say(self.words(key, visit=state.cables))

    def _show_headline(self) -> None:
        if self.page is not None:
            self._title.show_headline(*self.page.headline())

    def _language_changed(self) -> None:
        """Everything is said anew, an error that stands there too; no page loses its state."""
        self.context.desk.lang = self.words.lang
        self.context.spawn(self.frame.set(language=self.words.lang), "keep language")
        self._rail.redraw()
        self._redraw()

    def _theme_changed(self) -> None:
        self.context.spawn(self.frame.set(theme=theme.chosen()), "keep theme")
        self._redraw()

    def _redraw(self) -> None:
        for page in self._pages.values():
            page.redraw()
        self._title.redraw()
        self._show_headline()
        self._show_frame()
        if self._cover is not None:
            self._cover.redraw()

    def _fold(self) -> None:
        if self.page is not None:
            self.page.fold(narrow=self.width() < NARROW)

    def closed_for_good(self) -> None:
        """The window goes: nothing here listens any more."""
        self._unsubscribe()
        self.frame.close()
        self.words.changed.remove(self._language_changed)
        theme.changed.remove(self._theme_changed)
        for page in self._pages.values():
            page.leave()

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: FBT001, N802 - Qt's
        """Tab walks as the window is read."""
        wanted = next_to(self, QApplication.focusWidget(), forward=forward)
        if wanted is None:
            return super().focusNextPrevChild(forward)
        reason = Qt.FocusReason.TabFocusReason if forward else _BACK
        wanted.setFocus(reason)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter is the primary button, Esc goes back."""
        if self._cover is not None:
            self._key_in_cover(self._cover, event)
            return
        page = self.page
        if page is not None and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            focused = QApplication.focusWidget()
            button = focused if isinstance(focused, QPushButton) else page.primary()
            if button is not None and button.isEnabled():
                button.click()
                return
        if page is not None and event.key() == Qt.Key.Key_Escape and page.back():
            return
        super().keyPressEvent(event)

    def _key_in_cover(self, cover: Cover, event: QKeyEvent) -> None:
        """Enter presses what has the focus, Esc goes back within it; no key reaches a page."""
        focused = QApplication.focusWidget()
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if event.key() == Qt.Key.Key_Escape:
            cover.back()
        elif enter and isinstance(focused, QPushButton):
            focused.click()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold or unfold the right column."""
        super().resizeEvent(event)
        self._fold()
