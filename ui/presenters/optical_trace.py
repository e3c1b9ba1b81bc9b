"""The frames of an optical session, with their meaning, and the file that they may be kept in.

In come the records of the session as they pass, what its ciphered messages say, and a path; out
comes a State with rows. Rule: bounded, in memory, without secrets; a new session begins anew,
and what is forgotten of the session is forgotten here too; keeping goes by the rules of any
trace, and what was opened is only shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fieldapp.work.errand import Errands
from hardware.drivers.optical_plain import PlainApdu
from hardware.trace import Record
from ui.messages import Message
from ui.presenters.bench import Bench, Ending, OneContact
from ui.presenters.presenter import Presenter
from ui.presenters.trace_keeping import TraceKeeping, TraceNote
from ui.presenters.trace_rows import TraceLog, TraceRow


@dataclass(frozen=True, slots=True)
class SessionTraceState:
    """What is shown.

    Attributes:
        rows: oldest first; `dropped` older ones are gone.
        keeping: they are being written to a file.
        file: the one that they were kept in.
    """

    rows: tuple[TraceRow, ...] = ()
    dropped: int = 0
    keeping: bool = False
    file: TraceNote | None = None
    problem: Message | None = None


class SessionTrace(Presenter[SessionTraceState]):
    """Hears one session at a time."""

    def __init__(self, errands: Errands, bench: Bench) -> None:
        """Nothing was heard yet."""
        super().__init__(SessionTraceState())
        self._log = TraceLog(bench.clock.now)
        self._files = TraceKeeping(errands, bench)
        self._work = OneContact(bench.tasks, bench.lang)
        self._hears = False

    def begin(self) -> None:
        """A session begins: what the one before said goes."""
        self.forget()
        self._hears = True

    def forget(self) -> None:
        """Let all of it go; a session that still runs is heard no more."""
        self._hears = False
        self._work.stop()
        self._log.begin()
        self._show(SessionTraceState())

    def heard(self, record: Record) -> None:
        """Take what went over the line."""
        if self._hears:
            self._log.take(record)
            self._show_rows()

    def opened(self, told: PlainApdu) -> None:
        """Take what a ciphered message of the session says."""
        if self._hears:
            self._log.open(told)
            self._show_rows()

    def settle(self) -> None:
        """The session has ended: what is unfinished becomes a row."""
        self._log.settle()
        self._show_rows()

    def keep(self, path: str) -> None:
        """Write the rows to a file, for the purpose of now."""
        if self.state.rows and self._work.start(self._keep(path), self._kept):
            self._show(replace(self.state, keeping=True, file=None, problem=None))

    async def kept(self) -> None:
        """Wait until nothing is being written."""
        await self._work.wait()

    async def _keep(self, path: str) -> None:
        note = await self._files.keep(path, self.state.rows)
        self._show(replace(self.state, file=note))

    def _kept(self, ending: Ending) -> None:
        self._show(replace(self.state, keeping=False, problem=ending.problem))

    def _show_rows(self) -> None:
        self._show(replace(self.state, rows=self._log.rows, dropped=self._log.dropped))
