"""Bezoek: one visit; its steps at the left, the work in the middle, the facts at the right.

In come States of the visit's and the meters' presenters; out go their intents. Rule: gas smell
or danger is one tap from any screen; whatever was typed is there when somebody comes back.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QStackedLayout, QWidget

from ui.views import theme
from ui.views.customer import CustomerView
from ui.views.page import Context, Page
from ui.views.visit_danger import DANGER
from ui.views.visit_pane import WorkPane
from ui.views.visit_side import SideColumn
from ui.views.visit_steps import LMRA, StepsColumn
from ui.views.visit_words import kind_line, place_line, state_line
from ui.views.visit_work import Work
from ui.views.widgets import (
    Card,
    Choice,
    DangerButton,
    Label,
    QuietButton,
    SecondaryButton,
    column,
    line,
)

_GAP = theme.SPACE[3]
_WIDE = 1500
_STEPS_PX, _SIDE_PX = (232, 288), (244, 320)


def make(context: Context) -> Page:
    """The page."""
    return VisitView(context)


class VisitView(Page):
    """Works the visit it is aimed at; without one, the next of the day."""

    code = "visit"

    def __init__(self, context: Context) -> None:
        """Empty; `open` brings the visit."""
        super().__init__(context)
        self._aimed = ""
        self._narrow = False
        self._wish: bool | None = None
        self._ends: list[Callable[[], None]] = []
        self.work: Work | None = None
        self.pane: WorkPane | None = None
        self.steps: StepsColumn | None = None
        self._side: SideColumn | None = None
        self._column = QWidget()
        self._column.setLayout(column())
        self._whole = QWidget()
        self._nothing = _Nothing(context)
        stack = QStackedLayout()
        stack.addWidget(self._nothing)
        stack.addWidget(self._whole)
        self._stack = stack
        self.setLayout(stack)
        self._tools = _Tools(context)
        self._tools.danger.clicked.connect(lambda: self._open_panel(DANGER))
        self._tools.fold.clicked.connect(self._fold_by_hand)
        self._tools.customer.clicked.connect(self.show_customer)
        self._customer: CustomerView | None = None
        self._pin = context.desk.handover().pin()

    def headline(self) -> tuple[str, str]:
        """Where, what, and since when."""
        if self.work is None or not self.work.page.number:
            return super().headline()
        page, words = self.work.page, self.words
        return place_line(page), f"{kind_line(words, page)} · {state_line(words, page)}"

    def tools(self) -> QWidget | None:
        """Danger, and what folds the right column away."""
        return self._tools

    def right_column(self) -> QWidget | None:
        """Who, where, and what is known."""
        return self._column

    def fold(self, *, narrow: bool) -> None:
        """See `Page.fold`; a person who wants it otherwise is heard until the width changes."""
        if narrow != self._narrow:
            self._narrow, self._wish = narrow, None
        self._show_side()

    def aim(self, about: str) -> None:
        """The visit to work on."""
        self._aimed = about

    def primary(self) -> QPushButton | None:
        """The button at the foot."""
        return self.pane.bar.primary if self.pane is not None else self._nothing.button

    def back(self) -> bool:
        """One screen back, at the end to the day."""
        if self.pane is None or not self.pane.back():
            self.context.go("today", "")
        return True

    async def open(self) -> None:
        """Show the visit that was aimed at; what was in hand before stays as it was typed."""
        if not self._aimed:
            self._aimed = await self._next()
        self._let_go()
        if self.work is not None and self.work.page.id == self._aimed:
            self._follow_ports(self.work)
        elif self._aimed:
            self._take(self._aimed)
        await self._pin.open()
        if self.work is not None:
            await self._look_at(self.work)
        self.redraw()

    def leave(self) -> None:
        """Nobody looks; what runs goes on, and what was typed is kept."""
        self._let_go()

    def redraw(self) -> None:
        """Everything from the State."""
        self._tools.redraw()
        gone = self.work is not None and not self.work.page.number
        self._nothing.redraw(gone=gone)
        work, pane, steps, side = self.work, self.pane, self.steps, self._side
        if gone or work is None or pane is None or steps is None or side is None:
            self._stack.setCurrentWidget(self._nothing)
            return
        self._stack.setCurrentWidget(self._whole)
        pane.redraw()
        steps.show_page(work.page)
        side.show_page(work.page)
        self._show_side()
        self._tools.danger.setEnabled(True)
        if self._customer is not None:
            self._customer.redraw()
        self.headline_changed.emit()

    async def _next(self) -> str:
        day = self.context.desk.day_presenter()
        await day.refresh()
        return day.state.next

    def _take(self, visit_id: str) -> None:
        """Take another visit in hand."""
        visit = self.context.desk.visit_presenter(visit_id)
        meters = self.context.desk.meter_presenter(visit_id)
        self.work = Work(self.context, visit, meters, self._changed)
        self._build(self.work)

    async def _look_at(self, work: Work) -> None:
        """Show a visit to a person, which its presenter notes, and follow it."""
        await work.visit.open()
        if not work.busy:
            work.problem = work.visit.state.problem
        self._ends = [
            work.visit.close,
            work.visit.subscribe(lambda _page: self._changed()),
            work.meters.subscribe(lambda _state: self._contacted()),
        ]

    def _let_go(self) -> None:
        """Follow nothing any more."""
        for end in self._ends:
            end()
        self._ends = []

    def _build(self, work: Work) -> None:
        self.pane = WorkPane(work)
        self.steps = StepsColumn(self.words)
        self.steps.chosen.connect(self._look)
        self._side = SideColumn(self.words)
        old, self._whole = self._whole, QWidget()
        self._column = QWidget()
        self._column.setLayout(column(self._side))
        columns = line(self.steps, space=_GAP)
        columns.addWidget(self.pane, 1)
        columns.addWidget(self._column)
        self._whole.setLayout(columns)
        self._stack.addWidget(self._whole)
        self._stack.removeWidget(old)
        old.deleteLater()
        self.pane.bar.back.connect(self.back)
        self._widths()

    def _changed(self) -> None:
        if self._ends:
            self.redraw()

    def _contacted(self) -> None:
        if self.pane is not None:
            self.pane.follow_contact()

    def _follow_ports(self, work: Work) -> None:
        """The ports may have been chosen anew on another page."""
        fresh = self.context.desk.meter_presenter(work.page.id)
        work.meters.use(fresh.state.sources)

    def _look(self, step: str) -> None:
        if self.work is None or self.pane is None or self.work.busy:
            return
        self._open_panel("")
        if step != LMRA and self.work.page.state == "started":
            self.context.spawn(self.work.visit.select(step), "look at a step")

    def _open_panel(self, panel: str) -> None:
        if self.pane is not None:
            self.pane.open_panel(panel)
            self.redraw()

    def show_customer(self) -> None:
        """Give the screen to the customer, who sees this visit and nothing else."""
        work, pane = self.work, self.pane
        if work is None or pane is None or work.page.report is None:
            return
        self._customer = CustomerView(work, self._pin, pane.finish_plain)
        self._customer.left.connect(self._customer_left)
        self.covers.emit(self._customer)

    def _customer_left(self) -> None:
        self._customer = None
        self.redraw()

    def _fold_by_hand(self) -> None:
        self._wish = self._column.isHidden()
        self._show_side()

    def _show_side(self) -> None:
        """The column is never there while the customer looks on."""
        private = (
            self.pane is not None and self.pane.editor is not None and self.pane.editor.private
        )
        wanted = not self._narrow if self._wish is None else self._wish
        self._column.setVisible(wanted and not private)
        self._tools.fold.setEnabled(not private)
        self._tools.fold.setChecked(wanted and not private)

    def _widths(self) -> None:
        wide = self.width() >= _WIDE
        if self.steps is not None and self._side is not None:
            self.steps.setFixedWidth(_STEPS_PX[wide])
            self._side.setFixedWidth(_SIDE_PX[wide])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The columns at the sides breathe with the window."""
        super().resizeEvent(event)
        self._widths()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, also from an answer; other buttons are pressed by it."""
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        focused: QWidget | None = self.window().focusWidget()
        other = isinstance(focused, QPushButton) and not isinstance(focused, Choice)
        if enter and self.pane is not None and not other:
            self.pane.press()
            return
        super().keyPressEvent(event)


class _Nothing(Card):
    """No visit is in hand."""

    def __init__(self, context: Context) -> None:
        super().__init__(margin=theme.SPACE[5])
        self._words = context.words
        self._text = Label("", "lead", wrap=True)
        self.button = SecondaryButton("", lambda: context.go("today", ""), icon="calendar")
        self.body.addWidget(self._text)
        row = line(self.button)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addStretch(1)

    def redraw(self, *, gone: bool) -> None:
        """Why there is nothing: none was chosen, or the office took it back."""
        self._text.say(self._words("visit.gone" if gone else "visit.nothing"))
        self.button.say(self._words("visit.button.to_today"))


class _Tools(QWidget):
    """What stands beside the title."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._words = context.words
        self.fold = QuietButton("", icon="panel-right")
        self.fold.setCheckable(True)
        self.customer = QuietButton("", icon="eye")
        self.danger = DangerButton("", icon="siren")
        self.setLayout(line(self.customer, self.fold, self.danger))
        self.redraw()

    def redraw(self) -> None:
        """The words of the language now spoken."""
        self.danger.say(self._words("visit.danger_button"))
        self.customer.say(self._words("customer.short"))
        self.customer.setAccessibleName(self._words("customer.show"))
        self.customer.setToolTip(self._words("customer.show"))
        self.fold.setAccessibleName(self._words("visit.fold"))
        self.fold.setToolTip(self._words("visit.fold"))
