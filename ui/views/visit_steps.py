"""The steps at the left: what is done, what is busy, what waits, and what each still needs.

In comes the page; out goes the step that somebody wants to look at. Rule: a state is told by
icon, colour and word; the current step leads, the others are quiet.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QWidget

from ui.presenters.visit_page import StepRow, StepState, VisitPage
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.visit_words import capital, inside, need_name, step_name
from ui.views.widgets import Label, Scroll, Small, clear, column, dress, line

_LOOKS = {
    StepState.DONE: ("circle-check", "done"),
    StepState.BUSY: ("circle-dot", "accent"),
    StepState.TODO: ("circle", "neutral"),
    StepState.BLOCKED: ("circle-alert", "attention"),
}
LMRA = "lmra"
_NAMED = 2
_AROUND_PX = 2 * theme.TARGET


class StepLine(QWidget):
    """One step; it can be clicked, focused and pressed."""

    pressed = Signal(str)

    def __init__(self, code: str) -> None:
        super().__init__()
        self._code = code
        self._selected = False
        self._icon = IconLabel("circle", "neutral")
        self._name = Label("", wrap=True)
        self._more = Small("", wrap=True)
        self._more.hide()
        texts = column(self._name, self._more, space=0)
        row = line(space=theme.SPACE[2])
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(texts, 1)
        row.setContentsMargins(theme.SPACE[3], theme.SPACE[0], theme.SPACE[1], theme.SPACE[0])
        self.setLayout(row)
        self.setMinimumHeight(theme.TARGET)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_step(self, name: str, state: StepState, more: str, word: str) -> None:
        """Show how the step stands."""
        icon, tone = _LOOKS[state]
        self._icon.set_icon(icon, tone)
        self._name.say(name)
        self._more.say(more, "attention" if state is StepState.BLOCKED else "")
        self._more.setVisible(bool(more))
        self.setAccessibleName(f"{name}, {word}")
        self.setAccessibleDescription(more)

    def select(self, *, selected: bool) -> None:
        """Lead, or be quiet."""
        self._selected = selected
        dress(self._name, "strong" if selected else "text", "accent" if selected else "")
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space looks at it."""
        if event.key() == Qt.Key.Key_Space:
            self.pressed.emit(self._code)
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A tap looks at it."""
        if self.rect().contains(event.position().toPoint()):
            self.pressed.emit(self._code)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground of the current step, and the focus."""
        del event
        tokens = theme.current()
        painter = QPainter(self)
        if self._selected:
            painter.fillRect(self.rect(), QColor(tokens.accent_soft))
            bar = QRectF(0, 0, 4, self.height())
            painter.fillRect(bar, QColor(tokens.accent))
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()


class StepsColumn(QFrame):
    """All steps, the risk analysis first."""

    chosen = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._lines: dict[str, StepLine] = {}
        self._at = ""
        self._far = Small("")
        head = line(self._far)
        head.setContentsMargins(theme.SPACE[3], theme.SPACE[0], theme.SPACE[1], 0)
        self._scroll = Scroll(0)
        self._scroll.setAccessibleName(words("visit.steps"))
        self._scroll.verticalScrollBar().rangeChanged.connect(lambda *_ends: self._bring())
        whole = column(head, self._scroll, space=theme.SPACE[0])
        whole.setContentsMargins(1, theme.SPACE[1], 1, theme.SPACE[1])
        self.setLayout(whole)
        dress(self, "card")

    def show_page(self, page: VisitPage) -> None:
        """Show how each step stands."""
        codes = (LMRA, *(row.code for row in page.steps))
        if tuple(self._lines) != codes:
            self._fill(codes)
        answering = page.lmra_due and not page.state.final
        self._show_lmra(page, answering=answering)
        at = page.current if page.state == "started" else ""
        for row in page.steps:
            self._show_step(page, row, current=row.code == at)
        self._count(page)
        if at != self._at:
            self._at = at
            self._bring()

    def _count(self, page: VisitPage) -> None:
        """The place of the step in turn among all."""
        codes = [row.code for row in page.steps]
        key = "visit.steps_at" if page.turn else "visit.steps_done"
        at = codes.index(page.turn) + 1 if page.turn else 0
        self._far.say(self._words(key, at=at, n=len(codes)))

    def _bring(self) -> None:
        """Show the current step with the one before and the one after it."""
        one = self._lines.get(self._at)
        if one is not None:
            self._scroll.ensureWidgetVisible(one, 0, _AROUND_PX)

    def _fill(self, codes: tuple[str, ...]) -> None:
        clear(self._scroll.body)
        self._lines = {}
        for code in codes:
            made = StepLine(code)
            made.pressed.connect(self.chosen.emit)
            self._lines[code] = made
            self._scroll.body.addWidget(made)
        self._scroll.body.addStretch(1)

    def _show_lmra(self, page: VisitPage, *, answering: bool) -> None:
        at_it = page.state in {"on_site", "paused"}
        state = StepState.TODO if answering else StepState.DONE
        more = ""
        if answering and at_it:
            state = StepState.BUSY if page.lmra_safe else StepState.BLOCKED
            more = "" if page.lmra_safe else self._words("visit.lmra_stopped")
        one = self._lines[LMRA]
        one.show_step(self._words("visit.lmra"), state, more, self._word(state))
        one.select(selected=answering and at_it)

    def _show_step(self, page: VisitPage, row: StepRow, *, current: bool) -> None:
        one = self._lines[row.code]
        name = self._name(row.code)
        one.show_step(name, row.state, self._needs(page, row), self._word(row.state))
        one.select(selected=current)

    def _needs(self, page: VisitPage, row: StepRow) -> str:
        """What a step that is busy still needs; why one is blocked."""
        if row.state is StepState.BLOCKED and page.other_meter:
            return self._words("visit.step_other_meter")
        if row.state is StepState.BLOCKED and row.after:
            return self._words("visit.step_after", step=inside(self._name(row.after)))
        if row.state is not StepState.BUSY:
            return ""
        left = [inside(need_name(self._words, need)) for need in row.needs if need.open]
        if not left:
            return ""
        needs = ", ".join(left[:_NAMED])
        key = "visit.step_needs_more" if len(left) > _NAMED else "visit.step_needs"
        return capital(self._words(key, needs=needs, n=len(left) - _NAMED))

    def _name(self, code: str) -> str:
        return step_name(self._words, code)

    def _word(self, state: StepState) -> str:
        return self._words(f"visit.step_{state}")
