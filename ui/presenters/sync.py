"""Synchronisatie: what waits, what was received, what was refused and why; and one button.

Out comes a State from two sources: the store (each item with its state) and the engine (line,
last contact, running). Rule: it tells what the store and the office said, never what is hoped
for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from fieldapp.store import attachments, device, orders, outbox
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction
from sync.client.engine import Engine
from sync.client.report import EngineState, SyncReport
from ui.messages import TREES, Message, explain
from ui.presenters.presenter import Presenter, Refresher, Unsubscribe, attempt
from ui.tasks import Tasks

_TOPICS = frozenset({"visits", "outbox", "files", "device"})


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One operation: which visit's, what, since when, where it stands and why."""

    id: str
    visit: str
    number: str
    kind: str
    made_at: datetime
    size: int
    state: str
    reason: str
    received_at: datetime | None

    @property
    def refused(self) -> bool:
        """Whether a person has to look, and it can be sent again."""
        return self.state in outbox.REFUSED


@dataclass(frozen=True, slots=True)
class FileRow:
    """One photo, signature or capture that the office does not have yet."""

    sha256: str
    visit: str
    number: str
    slot: str
    size: int


@dataclass(frozen=True, slots=True)
class SyncState:
    """What the page and the status bar show.

    Attributes:
        waiting: operations still to go; `refused` are not among them.
        bytes_waiting: octets of the files still to go.
        last_contact: the office's time at the last contact, or None before the first.
        online: None before the first try.
        report: of the last run.
    """

    waiting: int = 0
    refused: int = 0
    files_waiting: int = 0
    bytes_waiting: int = 0
    items: tuple[ItemRow, ...] = ()
    files: tuple[FileRow, ...] = ()
    last_contact: datetime | None = None
    online: bool | None = None
    offline_since: datetime | None = None
    running: bool = False
    report: SyncReport | None = None
    problem: Message | None = None


class SyncPresenter(Presenter[SyncState]):
    """Shows the outbox and runs the engine."""

    def __init__(self, db: Database, engine: Engine, tasks: Tasks, lang: str) -> None:
        """Show `db` and `engine`; `open` loads."""
        super().__init__(SyncState())
        self._db = db
        self._engine = engine
        self._lang = lang
        self._refresher = Refresher(self.refresh, _TOPICS, tasks)
        self._unsubscribe: Unsubscribe | None = None

    async def open(self) -> None:
        """Load, and keep up with store and engine from now on."""
        if self._unsubscribe is None:
            self._unsubscribe = self._engine.subscribe(self._line_changed)
        await self._refresher.open(self._db)

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
        report = await self._engine.sync_once(patience_s=patience_s)
        problem = explain(report.error, self._lang) if report.error else None
        self._show(replace(self.state, report=report, problem=problem))
        await self._load()
        return report

    def stop(self) -> None:
        """End the sync under way; nothing is lost."""
        self._engine.stop()

    async def resend(self, operation_id: str) -> bool:
        """Let a refused item go once more with the next sync."""
        resent = self._db.write(
            lambda c: outbox.resend(c, operation_id), touched=frozenset({"outbox"})
        )
        problem = await attempt(resent, self._lang)
        self._problem(problem)
        return problem is None

    async def _load(self) -> None:
        self._show(await self._db.read(lambda c: load_sync(c, self.state)))

    def _problem(self, problem: Message | None) -> None:
        if problem is not None:
            self._show(replace(self.state, problem=problem))

    def _line_changed(self, line: EngineState) -> None:
        tried = line.online or line.offline_since is not None
        detail = line.detail
        self._show(
            replace(
                self.state,
                online=line.online if tried else None,
                offline_since=line.offline_since,
                running=line.running,
                last_contact=line.last_contact or self.state.last_contact,
                problem=explain(detail, self._lang) if isinstance(detail, TREES) else None,
            )
        )


def load_sync(c: Transaction, before: SyncState) -> SyncState:
    """The State with everything that the store knows; the rest stays as it was."""
    counts = outbox.counts(c)
    contact = device.last_contact(c)
    numbers: dict[str, str] = {}
    return replace(
        before,
        waiting=counts.waiting,
        refused=counts.refused,
        files_waiting=counts.files_waiting,
        bytes_waiting=counts.bytes_waiting,
        items=tuple(_item_row(c, item, numbers) for item in outbox.items(c)),
        files=tuple(
            FileRow(
                file.sha256, file.visit, _number(c, file.visit, numbers), file.slot, file.size
            )
            for file in attachments.waiting(c)
        ),
        last_contact=contact.server_time if contact else before.last_contact,
    )


def _item_row(c: Transaction, item: outbox.OutboxItem, numbers: dict[str, str]) -> ItemRow:
    return ItemRow(
        id=item.id,
        visit=item.visit,
        number=_number(c, item.visit, numbers),
        kind=item.kind,
        made_at=item.made_at,
        size=item.size,
        state=item.state,
        reason=item.reason,
        received_at=item.received_at,
    )


def _number(c: Transaction, visit_id: str, numbers: dict[str, str]) -> str:
    """The number that people say; the id where the visit is gone already."""
    if visit_id not in numbers:
        stored = orders.visit(c, visit_id)
        numbers[visit_id] = stored.visit.number if stored else visit_id
    return numbers[visit_id]
