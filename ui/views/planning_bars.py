"""The planner's bars: the buttons beside the title, and which day is shown.

In come States; out go the page's intents. Rule: what can't be done now is there and can't be
pressed.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from ui.presenters.planning import PlanningPresenter
from ui.presenters.planning_state import PlanningState
from ui.views import theme
from ui.views.language import Words
from ui.views.planning_scale import HEAD_PX
from ui.views.widgets import Label, PrimaryButton, QuietButton, SecondaryButton, line


class Acts(Protocol):
    """The page that these bars belong to."""

    words: Words
    presenter: PlanningPresenter

    def ask_publish(self) -> None:
        """Show what would change."""
        ...

    def go_by_days(self, days: int) -> None:
        """Show an earlier or later day."""
        ...

    def sign_out(self) -> None:
        """Leave the office."""
        ...


class Tools(QWidget):
    """The buttons beside the title."""

    def __init__(self, page: Acts) -> None:
        super().__init__()
        self._words = page.words
        self._undo = SecondaryButton("", page.presenter.undo, icon="undo-2")
        self._redo = SecondaryButton("", page.presenter.redo, icon="redo-2")
        self._suggest = SecondaryButton("", page.presenter.suggest, icon="lightbulb")
        self.publish = PrimaryButton("", page.ask_publish)
        self._out = QuietButton("", page.sign_out)
        parts = (self._out, self._undo, self._redo, self._suggest, self.publish)
        self.setLayout(line(*parts, space=theme.SPACE[1]))
        for button in (self._undo, self._redo):
            button.setFixedWidth(theme.TARGET + theme.SPACE[1])

    def show_state(self, state: PlanningState) -> None:
        """Draw another State."""
        words = self._words
        self.setVisible(state.signed_in)
        for button, key in ((self._undo, "undo"), (self._redo, "redo")):
            button.setAccessibleName(words(f"planning.{key}"))
            button.setToolTip(words(f"planning.{key}"))
        self._undo.setEnabled(state.can_undo)
        self._redo.setEnabled(state.can_redo)
        self._suggest.say(words("planning.suggest"))
        self._suggest.setEnabled(bool(state.pool and state.lanes))
        key = "planning.publish_count" if state.changes else "planning.publish"
        self.publish.say(words(key, count=state.changes))
        asking = state.preview is not None
        self.publish.setEnabled(bool(state.changes) and not state.busy and not asking)
        self._out.say(words("planning.sign_out"))


class DayBar(QWidget):
    """Which day, and the days beside it; stands above the technicians' column."""

    def __init__(self, page: Acts) -> None:
        super().__init__()
        self._words = page.words
        self._before = QuietButton("", lambda: page.go_by_days(-1), icon="chevron-left")
        self._after = QuietButton("", lambda: page.go_by_days(1), icon="chevron-right")
        self._on = Label("", "strong")
        self._on.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = line(self._before, space=0)
        row.addWidget(self._on, 1)
        row.addWidget(self._after)
        row.setContentsMargins(theme.SPACE[0], 0, theme.SPACE[0], 0)
        self.setLayout(row)
        self.setFixedSize(HEAD_PX, theme.TARGET + theme.SPACE[1])
        for button in (self._before, self._after):
            button.setFixedWidth(theme.TARGET)

    def show_state(self, state: PlanningState) -> None:
        """Draw another State."""
        self._on.say(self._words.day(state.on))
        for button, key in ((self._before, "previous_day"), (self._after, "next_day")):
            button.setAccessibleName(self._words(f"planning.{key}"))
            button.setToolTip(self._words(f"planning.{key}"))


class Rule(QLabel):
    """A line across."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "rule")
        self.setFixedHeight(theme.SPACE[0] // 4)
