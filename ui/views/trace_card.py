"""A trace whole: its messages as they come, one of them layer by layer, and its file.

In come the rows of a trace and what is known of its file; out come `kept` and `read` with a
path. Rule: it follows the newest until a person looks at an older one; a row that is gone is
no longer looked at. The page says where the layers stand.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal

from ui.presenters.trace_rows import TraceRow
from ui.views import theme
from ui.views.language import Words
from ui.views.trace_file_line import FileShown, TraceFileLine
from ui.views.trace_layers import LayerCard
from ui.views.trace_table import TraceTable
from ui.views.widgets import Card, Label, Muted, QuietButton, Small, inset, line, spacer


@dataclass(frozen=True, slots=True)
class TraceShown:
    """What the card shows.

    Attributes:
        remarks: what the page says behind the counts.
        empty: what it says while there are no rows.
    """

    rows: tuple[TraceRow, ...]
    dropped: int
    file: FileShown
    remarks: tuple[str, ...] = ()
    empty: str = ""


class TraceCard(Card):
    """The card; `layers` shows the row that is looked at, wherever the page puts it."""

    kept = Signal(str)
    read = Signal(str)

    def __init__(self, words: Words, *, reads: bool = True) -> None:
        """`reads`: whether traces of other files are shown here too."""
        super().__init__(margin=0)
        self._words = words
        self.table = TraceTable(words)
        self.layers = LayerCard(words)
        self.file = TraceFileLine(words, reads=reads)
        self._heading = Label("", "heading")
        self._counts = Small("")
        self._follow = QuietButton("", self.follow_newest)
        self._empty = Muted("", wrap=True)
        self._filler = spacer()
        self._has_rows = False
        self._looked_at: TraceRow | None = None
        self._lay_out()
        self.table.looked_at.connect(self._look_at)
        self.file.kept.connect(self.kept)
        self.file.read.connect(self.read)

    def _lay_out(self) -> None:
        head = line(self._heading, self._counts, space=theme.SPACE[2])
        head.addStretch(1)
        head.addWidget(self._follow)
        policy = self._follow.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._follow.setSizePolicy(policy)
        head.setContentsMargins(theme.SPACE[3], 0, theme.SPACE[1], 0)
        self.body.setContentsMargins(2, theme.SPACE[1], 2, 2)
        self.body.addLayout(head)
        self.body.addLayout(inset(self._empty, theme.SPACE[3], 0, theme.SPACE[3], 0))
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self._filler, 1)
        self.body.addWidget(self.file)

    def show_trace(self, shown: TraceShown) -> None:
        """Draw it anew."""
        words, rows = self._words, shown.rows
        self._heading.say(words("trace.title"))
        broken = sum(not row.holds for row in rows)
        parts = [words("trace.count", n=len(rows) + shown.dropped)] if rows else []
        if broken:
            parts.append(words("trace.broken", n=broken))
        if shown.dropped:
            parts.append(words("trace.dropped", n=shown.dropped))
        self._counts.say(" · ".join((*parts, *shown.remarks)))
        self.table.show_rows(rows)
        self._follow.say(words("trace.follow"))
        self._empty.say(shown.empty)
        self._has_rows = bool(rows)
        self.table.setVisible(self._has_rows)
        for part in (self._empty, self._filler):
            part.setVisible(not self._has_rows)
        self.file.show_file(shown.file)
        self._let_go(rows)
        self._show_row()

    def follow_newest(self) -> None:
        """Look at no message, and follow what comes."""
        self._looked_at = None
        self.table.follow()
        self._show_row()

    def _look_at(self, row: TraceRow) -> None:
        self._looked_at = row
        self._show_row()

    def _show_row(self) -> None:
        self._follow.setVisible(self._has_rows and not self.table.follows)
        self.layers.show_row(self._looked_at)

    def _let_go(self, rows: tuple[TraceRow, ...]) -> None:
        """A row of a trace that is gone, or that was dropped, is no longer looked at."""
        row = self._looked_at
        if row is None or row in rows[-1:]:
            return
        if not rows or row.number < rows[0].number or row.at < rows[0].at:
            self._looked_at = None
