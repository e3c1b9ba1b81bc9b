"""What the office has: a receipt for each visit, or piece by piece, and the day's receipt.

In comes the sync's State; out goes `chosen` with the key of a row. Rule: the words say what the
office said; a visit is whole only when every operation and every file of it is there.
"""

from __future__ import annotations

from datetime import datetime

from ui.presenters.sync import SyncState
from ui.presenters.sync_receipts import DayStanding, Standing, VisitReceipt
from ui.views import sync_words as told
from ui.views import theme
from ui.views.language import Words
from ui.views.models.rows import RowLine
from ui.views.sync_column import ListColumn
from ui.views.widgets import Tabs, line

VISITS, PIECES = "visits", "pieces"
_EDGE = 20
_TONES = {
    Standing.WHOLE: ("done", "circle-check"),
    Standing.PARTIAL: ("neutral", "clock"),
    Standing.CONFLICT: ("attention", "triangle-alert"),
    Standing.ASIDE: ("attention", "eye"),
}


class Received(ListColumn):
    """The column; give it States with `show_state`."""

    def __init__(self, words: Words) -> None:
        super().__init__("inbox", "neutral")
        self._words = words
        self._state = SyncState()
        self._now: datetime | None = None
        self.tabs = Tabs([(VISITS, ""), (PIECES, "")])
        self.tabs.chosen.connect(lambda _code: self._draw())
        row = line(self.tabs)
        row.addStretch(1)
        row.setContentsMargins(_EDGE - theme.SPACE[1], 0, _EDGE, theme.SPACE[0])
        self.body.insertLayout(1, row)

    def show_state(self, state: SyncState, now: datetime) -> None:
        """Show what was received on the day of `now`."""
        self._state, self._now = state, now
        self._draw()

    def _draw(self) -> None:
        if self._now is None:
            return
        words, now = self._words, self._now
        pieces = self._state.received_on(now.date())
        self.tabs.say([(code, words(f"receipt.{code}")) for code in (VISITS, PIECES)])
        if self.tabs.code == VISITS:
            lines = [visit_line(words, one) for one in self._state.receipts_on(now.date())]
        else:
            lines = [told.line(words, entry, now) for entry in pieces]
        self.tabs.setVisible(bool(lines or pieces))
        note = told.DOT.join(
            filter(None, (told.receipt(words, pieces), day_receipt(words, self._state.day)))
        )
        self.show_lines(words("sync.received"), lines, note)


def visit_line(words: Words, receipt: VisitReceipt) -> RowLine:
    """A visit's receipt as a row."""
    tone, icon = _TONES[receipt.standing]
    said = [words.time(receipt.received_at)] if receipt.received_at is not None else []
    said.append(words("receipt.held", count=receipt.operations, of=receipt.operations_made))
    if receipt.files_made:
        said.append(words("receipt.files", count=receipt.files, of=receipt.files_made))
    why = [told.reason_of(words, reason) for reason in receipt.reasons[:1]]
    return RowLine(
        key=f"{receipt.number} {receipt.visit}",
        title=receipt.number,
        subtitle=told.DOT.join((*why, *said)),
        state=words(f"receipt.state_{receipt.standing}"),
        tone=tone,
        icon=icon,
    )


def day_receipt(words: Words, day: DayStanding) -> str:
    """The day's receipt in a few words; empty where the day was not closed."""
    return "" if day is DayStanding.NONE else words(f"receipt.day_{day}")
