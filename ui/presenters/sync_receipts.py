"""What the office holds of each visit, and of the day, by its own word on every piece.

Rows of the page go in, one receipt a visit comes out. Rule: a piece counts as held once the
office said that it has it: an operation by its verdict, a file once it was read back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fieldapp.domain.day_close import is_day
from fieldapp.store.closings import Closing
from ui.presenters.sync_rows import CONFLICT, FileRow, ItemRow


class Standing(StrEnum):
    """How a visit's receipt stands, the most pressing last."""

    WHOLE = "whole"
    PARTIAL = "partial"
    CONFLICT = "conflict"
    ASIDE = "aside"


class DayStanding(StrEnum):
    """How the receipt of the day stands."""

    NONE = "none"
    WAITS = "waits"
    WHOLE = "whole"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class VisitReceipt:
    """What the office holds of one visit.

    Attributes:
        operations, files: held; `operations_made` and `files_made` of so many.
        received_at: the last of it, or None before the first.
        reasons: of what is in conflict or was set aside, each once.
        aside: how many a person has to look at.
    """

    visit: str
    number: str
    operations: int
    operations_made: int
    files: int
    files_made: int
    received_at: datetime | None
    reasons: tuple[str, ...] = ()
    conflicts: int = 0
    aside: int = 0

    @property
    def standing(self) -> Standing:
        """How it stands."""
        if self.aside:
            return Standing.ASIDE
        if self.operations < self.operations_made or self.files < self.files_made:
            return Standing.PARTIAL
        return Standing.CONFLICT if self.conflicts else Standing.WHOLE


def visit_receipts(
    items: Iterable[ItemRow], files: Iterable[FileRow]
) -> tuple[VisitReceipt, ...]:
    """A receipt for every visit of which anything was made, the latest received first."""
    numbers: dict[str, str] = {}
    operations: dict[str, list[ItemRow]] = {}
    pictures: dict[str, list[FileRow]] = {}
    for item in items:
        if not is_day(item.visit):
            numbers[item.visit] = item.number
            operations.setdefault(item.visit, []).append(item)
    for file in files:
        numbers[file.visit] = file.number
        pictures.setdefault(file.visit, []).append(file)
    made = [
        _receipt(visit, number, operations.get(visit, []), pictures.get(visit, []))
        for visit, number in numbers.items()
    ]
    return tuple(sorted(made, key=_latest, reverse=True))


def _latest(receipt: VisitReceipt) -> tuple[bool, float, str]:
    at = receipt.received_at
    return at is not None, at.timestamp() if at else 0.0, receipt.number


def _receipt(
    visit: str, number: str, items: list[ItemRow], files: list[FileRow]
) -> VisitReceipt:
    told = [row for row in items if row.state == CONFLICT or row.refused]
    rows: list[ItemRow | FileRow] = [*items, *files]
    times = [row.received_at for row in rows if row.received_at is not None]
    return VisitReceipt(
        visit=visit,
        number=number,
        operations=sum(row.received_at is not None for row in items),
        operations_made=len(items),
        files=sum(row.received_at is not None for row in files),
        files_made=len(files),
        received_at=max(times, default=None),
        reasons=tuple(dict.fromkeys(row.reason for row in told if row.reason)),
        conflicts=sum(row.state == CONFLICT for row in items),
        aside=sum(row.refused for row in items),
    )


def day_standing(closing: Closing | None) -> DayStanding:
    """How the receipt of a day stands that was closed, or was not."""
    if closing is None:
        return DayStanding.NONE
    if closing.receipt is None:
        return DayStanding.WAITS
    return DayStanding.WHOLE if closing.confirmed else DayStanding.DIFFERS
