"""Keeping a trace in a file and reading one again, as the Diagnose page asks for it.

In come a path and rows, or a path; out come what the file says of itself, and its rows. Rule: a
trace may hold a customer's readings: it is kept for a purpose that allows it, until a set time,
and the audit trail hears of it; what was ciphered on the line stays so in the file; reading a
file touches no meter and asks for neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fieldapp.domain.privacy import MeterAction
from fieldapp.store.durable import discard_part
from fieldapp.work.errand import Errands
from ui.presenters.bench import Bench
from ui.presenters.trace_file import KEEP, TraceHead, TracePiece, read, write
from ui.presenters.trace_rows import TraceRow, as_heard

FILE_ROWS = 20_000
"""Rows of a file that are shown at once; older ones are counted."""


@dataclass(frozen=True, slots=True)
class TraceNote:
    """The file that was written or read last.

    Attributes:
        kept: written just now; else read.
        overdue: it should have been removed by now.
    """

    name: str
    head: TraceHead
    kept: bool = False
    overdue: bool = False


class TraceKeeping:
    """Writes and reads files for one page."""

    def __init__(self, errands: Errands, bench: Bench) -> None:
        self._errands = errands
        self._clock = bench.clock
        self._tasks = bench.tasks

    async def keep(self, path: str, rows: tuple[TraceRow, ...]) -> TraceNote:
        """Write rows to a file; cancelled, it leaves none.

        Raises:
            WorkshopNotGranted, PurposeRefused: no reason for it; nothing is written.
            FileTrouble: the system refuses.
        """
        errand = await self._errands.current()
        async with self._errands.contact(errand, MeterAction.EXPORT_TRACE):
            rows = as_heard(rows)
            head = TraceHead(
                began=rows[0].at,
                purpose=str(errand.purpose or ""),
                until=self._clock.now() + KEEP,
                masked=sum(row.masked for row in rows),
            )
            try:
                await self._tasks.worker.run(write, path, head, rows)
            finally:
                discard_part(Path(path))
        return TraceNote(Path(path).name, head, kept=True)

    async def read(self, path: str, take: Callable[[TracePiece], None]) -> TraceNote:
        """Read a file; `take` gets its rows as they come.

        Raises:
            FileTrouble: the system refuses.
            DamagedTrace: it is no trace, or not from some line on.
        """
        head = await self._tasks.worker.follow(take, read, path)
        overdue = head.until is not None and head.until < self._clock.now()
        return TraceNote(Path(path).name, head, overdue=overdue)
