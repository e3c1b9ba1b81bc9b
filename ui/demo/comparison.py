"""What the laptop made beside what the office holds, row by row.

In come the laptop's folder and the running office; out comes a `Comparison` read from both.
Rule: equal ids are not enough; the header of every operation and the content of every file are
compared by their hash.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldapp.domain.facts import ReadingTaken
from fieldapp.domain.operation import decode_header, decode_payload
from fieldapp.store import attachments, orders, outbox
from fieldapp.store.keys import PracticeSource
from fieldapp.store.transaction import Transaction
from ui.demo.processes import Office
from ui.wiring import open_laptop


@dataclass(frozen=True, slots=True)
class Made:
    """What the laptop made: operation ids, readings, files (visit, hash), its visits' words."""

    operations: tuple[str, ...]
    readings: int
    files: frozenset[tuple[str, str]]
    visits: int
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The end of the day.

    Attributes:
        visits: rows of the office: number, kind, state, steps, readings, operations.
        lost: operations that the laptop made and the office lacks.
        duplicated: operations that the office holds more than once, or that nobody made.
        files_lost: photos and signatures that the office lacks.
        in_clear: how many files of the laptop's folder hold a customer's words readably.
    """

    visits: tuple[dict[str, Any], ...]
    made: Made
    stored: dict[str, Any]
    operations_in_office: int
    lost: int
    duplicated: int
    files_lost: int
    in_clear: int

    @property
    def exact(self) -> bool:
        """Whether the office holds exactly what was done, and nothing lies about readably."""
        broken = (self.lost, self.duplicated, self.files_lost, self.in_clear)
        finished = all(row["state"] in {"done", "not_done"} for row in self.visits)
        readings = sum(row["readings"] for row in self.visits)
        return (
            not any(broken)
            and finished
            and len(self.visits) == self.made.visits
            and readings == self.made.readings
        )

    def summary(self) -> dict[str, Any]:
        """The last line of `fieldapp demo --json`."""
        return {
            "kind": "summary",
            "visits": len(self.visits),
            "readings": sum(row["readings"] for row in self.visits),
            "readings_made": self.made.readings,
            "operations_made": len(self.made.operations),
            "operations_in_office": self.operations_in_office,
            "lost": self.lost,
            "duplicated": self.duplicated,
            "files": self.stored["files"],
            "files_lost": self.files_lost,
            "in_clear": self.in_clear,
            "exact": self.exact,
        }


async def compare(folder: Path, office: Office) -> Comparison:
    """Read both ends."""
    made = await _made(folder)
    held = await office.admin("operations", "--json")
    visits = await office.admin("visits", "--json")
    [stored] = await office.admin("status", "--json")
    counted = Counter(row["id"] for row in held)
    ids = set(made.operations)
    extra = sum(times - (1 if one in ids else 0) for one, times in counted.items())
    return Comparison(
        visits=tuple(visits),
        made=made,
        stored=stored,
        operations_in_office=len(held),
        lost=len(ids - set(counted)),
        duplicated=extra,
        files_lost=max(0, len(made.files) - stored["files"]),
        in_clear=_readable(folder, made.words),
    )


async def _made(folder: Path) -> Made:
    laptop = await open_laptop(folder, PracticeSource())
    try:
        return await laptop.db.read(_everything)
    finally:
        await laptop.close()


def _everything(c: Transaction) -> Made:
    items = outbox.items(c)
    facts = [decode_payload(item.operation.payload).fact for item in items]
    visits = {decode_header(item.operation.header).visit for item in items}
    kept = [file for visit in visits for file in attachments.of_visit(c, visit)]
    stored = [found for visit in visits if (found := orders.visit(c, visit)) is not None]
    words = {
        word
        for one in stored
        for word in (
            one.visit.customer.name,
            one.visit.address.street,
            one.visit.address.postcode,
            *(connection.ean for connection in one.visit.connections),
            *(
                connection.meter.number
                for connection in one.visit.connections
                if connection.meter
            ),
        )
    }
    return Made(
        operations=tuple(item.id for item in items),
        readings=sum(isinstance(fact, ReadingTaken) for fact in facts),
        files=frozenset((file.visit, file.sha256) for file in kept),
        visits=len(stored),
        words=frozenset(words),
    )


def _readable(folder: Path, words: frozenset[str]) -> int:
    """How many files in `folder` hold one of `words` as UTF-8 or UTF-16, or in their name."""
    patterns = [word.encode(code) for word in words for code in ("utf-8", "utf-16-le")]
    return sum(
        any(pattern in content for pattern in patterns for content in _contents(path))
        for path in folder.rglob("*")
        if path.is_file()
    )


def _contents(path: Path) -> tuple[bytes, bytes]:
    return path.read_bytes(), path.name.encode("utf-8")
