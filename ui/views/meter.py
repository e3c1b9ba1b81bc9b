"""Meter: what the meter at hand says, over the customer port or the optical one.

In come the States of two presenters; out come their intents. Rule: the page is about the visit
under way, or about whatever lies on the bench of a workshop; out of view it lets go of the
port, because the visit's own page may want it; what is not looked at is not made yet.
"""

from __future__ import annotations

from functools import cached_property

from PySide6.QtWidgets import QPushButton, QStackedLayout, QWidget

from ui.views import theme
from ui.views.meter_live import LiveView
from ui.views.meter_optical import OpticalView
from ui.views.meter_words import errand_line
from ui.views.page import Context, Page
from ui.views.widgets import Tabs, column

P1, OPTICAL = "p1", "optical"


class MeterPage(Page):
    """The page."""

    code = "meter"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.live = context.desk.live_presenter()
        self.optical = context.desk.optical_presenter()
        self.recordings = context.desk.recording_presenter()
        self.live_view = LiveView(self.live, self.recordings, self.words, context.spawn)
        self._was_listening = False
        self._tabs = Tabs([(P1, ""), (OPTICAL, "")])
        self._tabs.chosen.connect(self.show_tab)
        self._stack = QStackedLayout()
        lay = column(self.live_view.bar, space=theme.SPACE[2])
        lay.addLayout(self._stack, 1)
        self.setLayout(lay)
        self._stack.addWidget(self.live_view)
        self.live_view.left.connect(self._leave_for_today)
        self._told = self.headline()
        self.live.subscribe(lambda _state: self._tell())
        self.optical.subscribe(lambda _state: self._tell())

    @cached_property
    def optical_view(self) -> OpticalView:
        """The optical port; made when it is first needed."""
        made = OpticalView(self.optical, self.words)
        made.left.connect(self._leave_for_today)
        self._stack.addWidget(made)
        return made

    def headline(self) -> tuple[str, str]:
        """The meter's number, the version of its telegrams, and where."""
        heard, read = self.live.state.reading, self.optical.state.reading
        meters = [one.meter for one in (heard, read) if one is not None]
        version = heard.version if heard else ""
        found = next(iter(meters), "")
        line = errand_line(self.words, self.live.state.errand, found, version)
        return self.words("meter.title"), line

    def tools(self) -> QWidget | None:
        """The two tabs."""
        return self._tabs

    def aim(self, about: str) -> None:
        """The tab of a port, where one is named."""
        if about in {P1, OPTICAL}:
            self.show_tab(about)

    def show_tab(self, code: str) -> None:
        """Show `p1` or `optical`."""
        self._tabs.choose(code)
        self._stack.setCurrentWidget(self._view())
        self._view().redraw()

    def _view(self) -> LiveView | OpticalView:
        """What the chosen tab shows."""
        return self.optical_view if self._tabs.code == OPTICAL else self.live_view

    def redraw(self) -> None:
        """Draw what is in view anew."""
        self._tabs.say([(P1, self.words("meter.tab_p1"))])
        self._tabs.say([(OPTICAL, self.words("meter.tab_optical"))])
        self._view().redraw()

    async def open(self) -> None:
        """Look which visit is under way and which ports there are; listen again if we did."""
        await self.live.open()
        await self.optical.open()
        await self.recordings.open()
        self.redraw()
        self.live_view.begin_showing()
        if self._was_listening:
            await self.live.ended()
            self.live.start()

    def leave(self) -> None:
        """Let go of the ports; what was heard stays."""
        self._was_listening = self.live.state.running
        self.live_view.end_showing()
        self.live.close()
        self.optical.close()
        self.recordings.close()

    def back(self) -> bool:
        """Esc: a step back within the customer port."""
        return self._tabs.code == P1 and self.live_view.back()

    def primary(self) -> QPushButton | None:
        """The answer to a question of the customer port."""
        return self.live_view.primary() if self._tabs.code == P1 else None

    def busy(self) -> bool:
        """Whether something is recorded, which another language must not cut short."""
        return self.recordings.state.running is not None

    def _leave_for_today(self) -> None:
        self.context.go("today", "")

    def _tell(self) -> None:
        told = self.headline()
        if told != self._told:
            self._told = told
            self.headline_changed.emit()


def make(context: Context) -> MeterPage:
    """The page, for the table of pages."""
    return MeterPage(context)
