"""What a sync did, as it happens and at its end; the screen and the command line read this.

Frozen values only. Rule: a number here is counted from what the office confirmed or from what
the store holds, never from what was tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from fieldapp.errors import StoreError
from sync.errors import ClockWrong, SyncError
from sync.wire import Outcome


@dataclass(frozen=True, slots=True)
class OperationSent:
    """The office's word on one operation (`wire.Outcome`); `reason` for all but applied."""

    id: str
    sequence: int
    visit: str
    kind: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class VisitReceived:
    """A change that is stored now: `change` is visit or withdrawn."""

    visit: str
    number: str
    version: int
    change: str


@dataclass(frozen=True, slots=True)
class FileSent:
    """So many octets of a file are at the office; `delivered` once it has read them back.

    A `thumbnail` counts nowhere; it only shows that the line is good.
    """

    sha256: str
    visit: str
    slot: str
    size: int
    offset: int
    delivered: bool
    thumbnail: bool = False


@dataclass(frozen=True, slots=True)
class FileRefused:
    """A file that did not get there in this run, and why; it waits for the next one."""

    sha256: str
    visit: str
    slot: str
    error: SyncError | StoreError


Event = OperationSent | VisitReceived | FileSent | FileRefused
Listener = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class SyncReport:
    """The end of a sync.

    Attributes:
        sent: operations that the office took in this run, each counted once.
        received: changes that were stored.
        waiting: operations that are still to go, held ones included.
        refused: operations that a person has to look at.
        files_sent: files that the office has read back in this run.
        files_waiting: files that are still to go.
        verdicts: the last word on each operation that was sent, in the order of the words.
        files_refused: files that were left for the next run.
        error: what ended it early; None after a whole sync.
        stopped: that was a person, and `error` says nothing of the line.
    """

    sent: int = 0
    received: int = 0
    waiting: int = 0
    refused: int = 0
    files_sent: int = 0
    files_waiting: int = 0
    verdicts: tuple[OperationSent, ...] = ()
    files_refused: tuple[FileRefused, ...] = ()
    error: SyncError | StoreError | None = None
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """What comes in a run, in octets of answers as they travel; what goes, the store knows.

    Attributes:
        received: so many.
        to_receive: those, and what the answer under way has announced.
    """

    received: int = 0
    to_receive: int = 0


@dataclass(frozen=True, slots=True)
class EngineState:
    """What the screen says about the line to the office.

    Attributes:
        online: the last attempt that nobody stopped reached the office.
        offline_since: device time of the first attempt that failed since then, or None.
        last_contact: the office's time at the last contact, or None before the first.
        running: a sync is under way.
        waiting: operations still to go.
        files_waiting: files still to go, held ones included.
        files_held: the files (visit, SHA-256) that wait for an unmetered connection.
        held_until: device time at which the first of them goes all the same, or None.
        refused: operations that a person has to look at.
        detail: why the last attempt did not come to its end, or None; a stop is no reason.
        progress: of the run under way, else of the last one; `files_refused` as well.
        piece: the file under way, as far as the office said.
        report: of the last run.
        clock: this laptop's clock was far from the office's at the last contact.
    """

    online: bool = False
    offline_since: datetime | None = None
    last_contact: datetime | None = None
    running: bool = False
    waiting: int = 0
    files_waiting: int = 0
    files_held: frozenset[tuple[str, str]] = frozenset()
    held_until: datetime | None = None
    refused: int = 0
    detail: SyncError | StoreError | None = None
    progress: Progress = Progress()
    piece: FileSent | None = None
    files_refused: tuple[FileRefused, ...] = ()
    report: SyncReport | None = None
    clock: ClockWrong | None = None


@dataclass(slots=True)
class Tally:
    """Counts the events of one sync and hands them on; says when one was something new."""

    listeners: Iterable[Listener] = ()
    on_progress: Callable[[], None] | None = None
    received: int = 0
    files_sent: int = 0
    verdicts: dict[str, OperationSent] = field(default_factory=dict)
    files_refused: dict[tuple[str, str], FileRefused] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        """Count an event and tell the listeners."""
        if self._count(event) and self.on_progress is not None:
            self.on_progress()
        for listener in self.listeners:
            listener(event)

    def _count(self, event: Event) -> bool:
        """Count it; answers whether it is news."""
        match event:
            case OperationSent():
                before = self.verdicts.pop(event.id, None)
                self.verdicts[event.id] = event
                return before != event
            case VisitReceived():
                self.received += 1
            case FileSent():
                self.files_sent += event.delivered and not event.thumbnail
            case FileRefused():
                self.files_refused[event.sha256, event.visit] = event
                return False
        return True

    @property
    def sent(self) -> int:
        """Operations that the office has now and that were sent in this run."""
        return sum(Outcome(verdict.outcome).received for verdict in self.verdicts.values())
