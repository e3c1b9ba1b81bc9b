"""What was typed in a visit and not yet recorded; it outlives a page, a pause and a kill.

In come texts by field; out come the same, at once from memory and after a restart from the
store. Rule: typing never waits for the disk; one writer at a time, and the last text wins.
"""

from __future__ import annotations

from collections.abc import Mapping

from fieldapp.store import drafts as kept
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction
from ui.messages import Lang, Message
from ui.presenters.presenter import attempt
from ui.tasks import Tasks

TOPIC = "drafts"
"""What the store publishes when a draft was kept: nothing that a page shows."""


class Drafts:
    """The texts of one visit; a field is named `<step>/<need>/<field>`."""

    def __init__(self, db: Database, tasks: Tasks, visit_id: str, lang: Lang) -> None:
        self._db = db
        self._tasks = tasks
        self._visit = visit_id
        self._lang = lang
        self._texts: dict[str, str] = {}
        self._writing = False
        self._dirty = False
        self.problem: Message | None = None

    async def open(self) -> None:
        """Load what was typed before; what was typed meanwhile stays."""
        stored: list[dict[str, str]] = []

        async def load() -> None:
            stored.append(await self._db.read(lambda c: kept.load(c, self._visit)))

        self.problem = await attempt(load(), self._lang)
        for texts in stored:
            self._texts = texts | self._texts

    def text(self, field: str) -> str:
        """What stands in the field, or nothing."""
        return self._texts.get(field, "")

    def keep(self, field: str, text: str) -> None:
        """Keep what stands in the field now."""
        if self.text(field) == text:
            return
        self._texts.pop(field, None)
        if text:
            self._texts[field] = text
        self._save()

    def forget(self, prefix: str = "") -> None:
        """Let go of the fields under a prefix, because what they said was recorded."""
        mine = [field for field in self._texts if field.startswith(prefix)]
        for field in mine:
            del self._texts[field]
        if mine:
            self._save()

    def _save(self) -> None:
        self._dirty = True
        if self._writing:
            return
        self._writing = self._tasks.spawn(self._write(), "keep drafts") is not None

    async def _write(self) -> None:
        try:
            while self._dirty:
                self._dirty = False
                self.problem = await attempt(self._stored(dict(self._texts)), self._lang)
        finally:
            self._writing = False

    async def _stored(self, texts: Mapping[str, str]) -> None:
        def change(c: Transaction) -> None:
            kept.save(c, self._visit, texts)

        await self._db.write(change, touched=frozenset({TOPIC}))
