"""Synchronisatie: what waits, what was received, what was refused and why; and one button.

Out comes a State from two sources: the store (each item with its state) and the engine (line,
last contact, running). Rule: it tells what the store and the office said, never what is hoped
for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from fieldapp.clock import Clock
from fieldapp.domain.day_close import day_of
from fieldapp.store import attachments, closings, device, orders, outbox
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction
from fieldapp.work.expected import METER_TIME
from sync.client.engine import Engine
from sync.client.report import EngineState, FileSent, SyncReport
from ui.messages import TREES, Lang, Message, explain
from ui.presenters.presenter import Presenter, Refresher, Unsubscribe, attempt
from ui.presenters.sync_receipts import (
    DayStanding,
    VisitReceipt,
    day_standing,
    visit_receipts,
)
from ui.presenters.sync_rows import (
    Entry,
    FileKey,
    FileRow,
    ItemRow,
    file_row,
    item_row,
    taken_at,
)
from ui.tasks import Tasks

_TOPICS = frozenset({"visits", "outbox", "files", "device"})


@dataclass(frozen=True, slots=True)
class SyncState:
    """What the page and the status bar show.

    Attributes:
        waiting: operations still to go; `refused` are not among them.
        bytes_waiting: octets of the files still to go.
        files: those still to go; `delivered` the others that are still kept here.
        receipts: what the office holds of each visit; `day` of today as it was closed.
        last_contact: the office's time at the last contact, or None before the first.
        online: None before the first try.
        bytes_gone: octets of operations and files that left in this run.
        bytes_in: octets of answers that came in this run, of `bytes_in_total` announced.
        piece: the file under way, as far as the office said.
        held: files that wait for a connection that costs nothing.
        stopped: the last run was ended by a person.
        report: of the last run.
    """

    waiting: int = 0
    refused: int = 0
    files_waiting: int = 0
    bytes_waiting: int = 0
    items: tuple[ItemRow, ...] = ()
    files: tuple[FileRow, ...] = ()
    delivered: tuple[FileRow, ...] = ()
    receipts: tuple[VisitReceipt, ...] = ()
    day: DayStanding = DayStanding.NONE
    last_contact: datetime | None = None
    online: bool | None = None
    offline_since: datetime | None = None
    running: bool = False
    bytes_gone: int = 0
    bytes_in: int = 0
    bytes_in_total: int = 0
    piece: FileSent | None = None
    held: frozenset[FileKey] = frozenset()
    stopped: bool = False
    report: SyncReport | None = None
    problem: Message | None = None

    @property
    def to_send(self) -> tuple[Entry, ...]:
        """What the next run takes along, oldest first, files after the operations."""
        operations = (row.entry for row in self.items if row.state in outbox.TO_SEND)
        return (*operations, *(row.entry for row in self.files))

    @property
    def needs_you(self) -> tuple[Entry, ...]:
        """What a person has to look at, oldest first."""
        return tuple(row.entry for row in self.items if row.refused)

    def received_on(self, on: date) -> tuple[Entry, ...]:
        """What the office received on a local date, latest first."""
        rows: Iterable[ItemRow | FileRow] = (*self.items, *self.delivered)
        entries = [row.entry for row in rows if _received_on(row, on)]
        return tuple(sorted(entries, key=_received_at, reverse=True))

    def receipts_on(self, on: date) -> tuple[VisitReceipt, ...]:
        """Those of visits of which something was received on a local date, latest first."""
        return tuple(one for one in self.receipts if _is_on(one.received_at, on))

    @property
    def bytes_done(self) -> int:
        """Octets that the office has of this run."""
        return self.bytes_gone + (self.under_way.offset if self.under_way else 0)

    @property
    def under_way(self) -> FileSent | None:
        """`piece`, while its file still waits."""
        piece = self.piece
        if piece is None or (piece.visit, piece.sha256) not in {row.key for row in self.files}:
            return None
        return piece

    @property
    def bytes_total(self) -> int:
        """Octets of this run; grows when work goes on meanwhile."""
        held = sum(row.size for row in self.files if row.key in self.held)
        return self.bytes_gone + sum(entry.size for entry in self.to_send) - held


@dataclass(frozen=True, slots=True)
class SyncRoom:
    """What the sync page's presenter works with."""

    db: Database
    engine: Engine
    clock: Clock
    tasks: Tasks


class SyncPresenter(Presenter[SyncState]):
    """Shows the outbox and the engine's runs, whoever began them."""

    def __init__(self, room: SyncRoom, lang: Lang) -> None:
        """Show what is in `room`; `open` loads."""
        super().__init__(SyncState())
        self._room = room
        self._lang = lang
        self._refresher = Refresher(self.refresh, _TOPICS, room.tasks)
        self._unsubscribe: Unsubscribe | None = None

    def now(self) -> datetime:
        """The device's time, local at the meters, for what is told as an age."""
        return self._room.clock.now().astimezone(METER_TIME)

    async def open(self) -> None:
        """Load, and keep up with store and engine from now on."""
        if self._unsubscribe is None:
            self._unsubscribe = self._room.engine.subscribe(self._line_changed)
            self._line_changed(self._room.engine.state)
        await self._refresher.open(self._room.db)

    def close(self) -> None:
        """Stop keeping up."""
        self._refresher.close()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    async def refresh(self) -> None:
        """Ask the store again."""
        self._problem(await attempt(self._load(), self._lang))

    async def sync(self, patience_s: float = 0.0) -> SyncReport:
        """One whole sync; the State says how it goes and how it ended."""
        report = await self._room.engine.sync_once(patience_s=patience_s)
        await self.refresh()
        return report

    def stop(self) -> None:
        """End the sync under way; nothing is lost."""
        self._room.engine.stop()

    async def resend(self, *operation_ids: str) -> bool:
        """Let refused items go once more with the next sync, all or none."""

        def change(c: Transaction) -> None:
            for operation_id in operation_ids:
                outbox.resend(c, operation_id)

        resent = self._room.db.write(change, touched=frozenset({"outbox"}))
        problem = await attempt(resent, self._lang)
        self._problem(problem)
        return problem is None

    async def _load(self) -> None:
        today = self.now().date()
        fresh = await self._room.db.read(lambda c: load_sync(c, today))
        before = self.state  # as it is now: the line may have changed during the read
        left = {entry.id for entry in fresh.to_send}
        gone = sum(entry.size for entry in before.to_send if entry.id not in left)
        self._show(
            replace(
                before,
                waiting=fresh.waiting,
                refused=fresh.refused,
                files_waiting=fresh.files_waiting,
                bytes_waiting=fresh.bytes_waiting,
                items=fresh.items,
                files=self._refused(fresh.files, self._room.engine.state),
                delivered=fresh.delivered,
                receipts=fresh.receipts,
                day=fresh.day,
                last_contact=fresh.last_contact or before.last_contact,
                bytes_gone=before.bytes_gone + gone if before.running else 0,
            )
        )

    def _problem(self, problem: Message | None) -> None:
        if problem is not None:
            self._show(replace(self.state, problem=problem))

    def _line_changed(self, line: EngineState) -> None:
        begins = line.running and not self.state.running
        stopped = line.report is not None and line.report.stopped and not line.running
        tried = line.online or line.offline_since is not None
        detail = None if stopped else line.detail
        self._show(
            replace(
                self.state,
                online=line.online if tried else None,
                offline_since=line.offline_since,
                running=line.running,
                held=line.files_held,
                files=self._refused(self.state.files, line),
                bytes_gone=0 if begins else self.state.bytes_gone,
                piece=line.piece,
                bytes_in=line.progress.received if line.running else 0,
                bytes_in_total=line.progress.to_receive if line.running else 0,
                stopped=stopped,
                report=line.report,
                last_contact=line.last_contact or self.state.last_contact,
                problem=explain(detail, self._lang) if isinstance(detail, TREES) else None,
            )
        )

    def _refused(self, files: tuple[FileRow, ...], line: EngineState) -> tuple[FileRow, ...]:
        """The rows, each with the reason why it did not go in the last run."""
        told = {(one.visit, one.sha256): one.error for one in line.files_refused}
        return tuple(
            replace(
                row, refusal=explain(told[row.key], self._lang) if row.key in told else None
            )
            for row in files
        )


def load_sync(c: Transaction, today: date) -> SyncState:
    """A State with everything that the store knows, and nothing of the line."""
    counts = outbox.counts(c)
    contact = device.last_contact(c)
    items = outbox.items(c)
    waiting = attachments.waiting(c)
    visits = frozenset(item.visit for item in items)
    kept = [file for visit in sorted(visits) for file in attachments.of_visit(c, visit)]
    taken = taken_at(items, frozenset(file.visit for file in (*waiting, *kept)))
    numbers = _Numbers(c)
    rows = tuple(item_row(item, numbers.of(item.visit)) for item in items)
    files = tuple(file_row(file, numbers.of(file.visit), taken) for file in waiting)
    delivered = tuple(
        file_row(file, numbers.of(file.visit), taken) for file in kept if file.delivered_at
    )
    return SyncState(
        waiting=counts.waiting,
        refused=counts.refused,
        files_waiting=counts.files_waiting,
        bytes_waiting=counts.bytes_waiting,
        items=rows,
        files=files,
        delivered=delivered,
        receipts=visit_receipts(rows, (*files, *delivered)),
        day=day_standing(closings.closing(c, today)),
        last_contact=contact.server_time if contact else None,
    )


class _Numbers:
    """The number that people say of a visit; its id where it is gone, the date of a day."""

    def __init__(self, c: Transaction) -> None:
        self._c = c
        self._known: dict[str, str] = {}

    def of(self, visit_id: str) -> str:
        if visit_id not in self._known:
            stored = orders.visit(self._c, visit_id)
            self._known[visit_id] = stored.visit.number if stored else day_of(visit_id)
        return self._known[visit_id]


def _received_on(row: ItemRow | FileRow, on: date) -> bool:
    refused = isinstance(row, ItemRow) and row.refused
    return not refused and _is_on(row.received_at, on)


def _is_on(at: datetime | None, on: date) -> bool:
    return at is not None and at.astimezone(METER_TIME).date() == on


def _received_at(entry: Entry) -> datetime:
    assert entry.received_at is not None
    return entry.received_at
