"""What goes to the office, one row each: operations and files, and where each one stands.

Items of the outbox and of the attachments go in, frozen rows come out. Rule: a row tells what
the store holds; the visit is named by its number only, since this page is nobody's business
but the laptop's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fieldapp.domain.operation import decode_payload
from fieldapp.store import outbox
from fieldapp.store.attachments import Attachment
from fieldapp.store.outbox import OutboxItem
from ui.messages import Message

CONFLICT = "applied_with_conflict"
DELIVERED = "applied"

FileKey = tuple[str, str]
"""What tells a file from every other: its visit, and its SHA-256."""


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

    @property
    def entry(self) -> Entry:
        """The row in the page's lists."""
        return Entry(
            id=self.id,
            visit=self.visit,
            number=self.number,
            what=self.kind,
            is_file=False,
            size=self.size,
            at=self.made_at,
            state=self.state,
            reason=self.reason,
            received_at=self.received_at,
        )


@dataclass(frozen=True, slots=True)
class FileRow:
    """One photo, signature or capture.

    Attributes:
        made_at: when it was taken, where a fact of the visit says so.
        received_at: when the office had read it back, or None.
        refusal: why it did not go in the last run.
    """

    sha256: str
    visit: str
    number: str
    slot: str
    size: int
    made_at: datetime | None = None
    received_at: datetime | None = None
    refusal: Message | None = None

    @property
    def key(self) -> FileKey:
        """Which file."""
        return self.visit, self.sha256

    @property
    def entry(self) -> Entry:
        """The row in the page's lists."""
        return Entry(
            id=f"{self.sha256}.{self.visit}",
            visit=self.visit,
            number=self.number,
            what=self.slot,
            is_file=True,
            size=self.size,
            at=self.made_at,
            state=DELIVERED if self.received_at else outbox.WAITING,
            reason=self.refusal.what if self.refusal else "",
            received_at=self.received_at,
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation or a file in one of the page's three lists.

    Attributes:
        id: the operation's, or made of the file's hash and visit.
        what: an operation's kind or a file's slot.
        size: octets.
        at: when it was made, or None where nobody says.
        state: as `outbox.OutboxItem`.
        reason: the office's code, or words where a file did not go.
    """

    id: str
    visit: str
    number: str
    what: str
    is_file: bool
    size: int
    at: datetime | None
    state: str
    reason: str
    received_at: datetime | None

    @property
    def can_resend(self) -> bool:
        """Whether a person may let it go once more."""
        return not self.is_file and self.state in outbox.REFUSED


def item_row(item: OutboxItem, number: str) -> ItemRow:
    """An operation of the visit with this number."""
    return ItemRow(
        id=item.id,
        visit=item.visit,
        number=number,
        kind=item.kind,
        made_at=item.made_at,
        size=item.size,
        state=item.state,
        reason=item.reason,
        received_at=item.received_at,
    )


def file_row(file: Attachment, number: str, taken: dict[FileKey, datetime]) -> FileRow:
    """A file of the visit with this number; `taken` says when."""
    return FileRow(
        sha256=file.sha256,
        visit=file.visit,
        number=number,
        slot=file.slot,
        size=file.size,
        made_at=taken.get((file.visit, file.sha256)),
        received_at=file.delivered_at,
    )


def taken_at(items: tuple[OutboxItem, ...], visits: frozenset[str]) -> dict[FileKey, datetime]:
    """When the files of these visits were taken, as their facts tell."""
    found: dict[FileKey, datetime] = {}
    for item in items:
        if item.visit not in visits:
            continue
        fact = decode_payload(item.operation.payload).fact
        sha256 = getattr(fact, "sha256", "") or getattr(fact, "photo", "")
        if isinstance(sha256, str) and sha256:
            found.setdefault((item.visit, sha256), fact.at)
    return found
