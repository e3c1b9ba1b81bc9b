"""What every page of the window is, and what it is given.

In come a `Context` and, from its presenter, States; out go intents, and one line that sums the
page up. Rule: a page draws what the State says and never writes back while it draws; work is
started with `context.spawn`, and another page is reached with `context.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from ui.views.cover import Cover
from ui.views.language import Words

if TYPE_CHECKING:
    from ui.handover import Handover
    from ui.messages import Message
    from ui.presenters.day import DayPresenter
    from ui.presenters.day_close import DayClosePresenter
    from ui.presenters.diagnosis import DiagnosisPresenter
    from ui.presenters.frame import FramePresenter
    from ui.presenters.held import HeldPresenter
    from ui.presenters.live import LivePresenter
    from ui.presenters.metering import MeterPresenter, Sources
    from ui.presenters.optical import OpticalPresenter
    from ui.presenters.planning import PlanningPresenter
    from ui.presenters.recording import RecordingPresenter
    from ui.presenters.rescue import RescuePresenter
    from ui.presenters.sync import SyncPresenter
    from ui.presenters.visit import VisitPresenter
    from ui.tasks import Tasks


class Desk(Protocol):
    """Where pages get their presenters: an open laptop is one."""

    lang: str
    """The language in which errors are put into words."""

    @property
    def tasks(self) -> Tasks:
        """What runs behind the pages, and the worker for what takes long."""
        ...

    def frame_presenter(self) -> FramePresenter:
        """What stands round every page."""
        ...

    async def port_names(self) -> tuple[str, ...]:
        """The machine's serial ports now."""
        ...

    def day_presenter(self, on: date | None = None) -> DayPresenter:
        """The page of a day, today's unless told."""
        ...

    def day_close_presenter(self, on: date | None = None) -> DayClosePresenter:
        """The page of a day's end, today's unless told."""
        ...

    def visit_presenter(self, visit_id: str) -> VisitPresenter:
        """The page of a visit."""
        ...

    def handover(self) -> Handover:
        """Documents for customer and file, and the PIN that guards the customer view."""
        ...

    def meter_presenter(self, visit_id: str, sources: Sources | None = None) -> MeterPresenter:
        """The page of a visit's meters."""
        ...

    def live_presenter(self) -> LivePresenter:
        """The customer port as it goes."""
        ...

    def recording_presenter(self) -> RecordingPresenter:
        """What is written down of the customer port."""
        ...

    def optical_presenter(self) -> OpticalPresenter:
        """Sessions over the optical port."""
        ...

    def diagnosis_presenter(self) -> DiagnosisPresenter:
        """The ports and what is on them."""
        ...

    def planning_presenter(self) -> PlanningPresenter:
        """The dispatcher's board."""
        ...

    def rescue_presenter(self) -> RescuePresenter:
        """The page that writes everything to one file, for a bad day."""
        ...

    def held_presenter(self) -> HeldPresenter:
        """What waits for a connection that costs nothing."""
        ...

    def sync_presenter(self) -> SyncPresenter:
        """The page of what goes to the office and comes from it."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What the window gives to each page.

    Attributes:
        desk: where presenters come from.
        words: of the language now spoken.
        spawn: starts a coroutine that the window owns; its name is for people who trace.
        go: shows another page by its code, about something (a visit's id) or nothing.
        say: puts an error in words into the banner.
    """

    desk: Desk
    words: Words
    spawn: Callable[[Coroutine[Any, Any, object], str], object]
    go: Callable[[str, str], None]
    say: Callable[[Message], None]


class Page(QWidget):
    """One page. A subclass names its `code` and overrides what it needs.

    The window gives it 24 px of ground at both sides and 16 px below; it has no margins itself.
    """

    code = ""
    headline_changed = Signal()

    covers = Signal(Cover)
    """Something is to lie over the whole window until it is left."""

    def __init__(self, context: Context) -> None:
        """Build the widgets, empty; `open` brings the first State."""
        super().__init__()
        self.context = context
        self.words = context.words
        self.setObjectName(f"page-{self.code}")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def headline(self) -> tuple[str, str]:
        """The title, and one line that sums the page up."""
        return self.words(f"frame.page_{self.code}"), ""

    def tools(self) -> QWidget | None:
        """What stands at the right of the title line in place of nothing: buttons, tabs."""
        return None

    def aim(self, about: str) -> None:
        """What the page is to be about (a visit's id, a meter's number); before `open`."""

    def redraw(self) -> None:
        """Draw everything anew from the State: after a change of state, language or theme.

        (`render` is Qt's own name for painting a widget elsewhere.)
        """

    async def open(self) -> None:
        """The page comes into view: open the presenter, or aim it anew."""

    def leave(self) -> None:
        """The page goes out of view: stop what only runs to be looked at."""

    def primary(self) -> QPushButton | None:
        """The button that Enter presses."""
        return None

    def back(self) -> bool:
        """Esc: go back a step within the page; False where there is none."""
        return False

    def right_column(self) -> QWidget | None:
        """What folds away in a narrow window."""
        return None

    def fold(self, *, narrow: bool) -> None:
        """Show the right column where there is room for it."""
        side = self.right_column()
        if side is not None:
            side.setVisible(not narrow)
