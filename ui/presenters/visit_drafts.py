"""What was typed or chosen in a visit and not yet recorded; it outlives a page and a kill.

In come texts and photos by field; out come the same, texts at once from memory, and after a
restart from the store. Rule: typing never waits for the disk; one writer at a time, and the
last text wins. A photo is not held in memory.
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
        self._let_go: list[str] = []
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

    def texts(self, prefix: str) -> tuple[str, ...]:
        """What stands in the fields under a prefix."""
        mine = (field for field in self._texts if field.startswith(prefix))
        return tuple(self._texts[field] for field in mine)

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
        self._let_go.append(prefix)
        self._save()

    async def photo(self, field: str) -> bytes:
        """The photo that was chosen in the field; nothing where there is none."""
        found: list[bytes] = []

        async def load() -> None:
            found.append(await self._db.read(lambda c: kept.load_photo(c, self._visit, field)))

        self.problem = await attempt(load(), self._lang)
        return found[0] if found else b""

    async def keep_photo(self, field: str, content: bytes) -> Message | None:
        """Keep the photo of the field; answers why it could not be, in words."""

        def change(c: Transaction) -> None:
            kept.save_photo(c, self._visit, field, content)

        self.problem = await attempt(
            self._db.write(change, touched=frozenset({TOPIC})), self._lang
        )
        return self.problem

    def _save(self) -> None:
        self._dirty = True
        if self._writing:
            return
        self._writing = self._tasks.spawn(self._write(), "keep drafts") is not None

    async def _write(self) -> None:
        try:
            while self._dirty:
                self._dirty = False
                gone, self._let_go = tuple(self._let_go), []
                self.problem = await attempt(self._stored(dict(self._texts), gone), self._lang)
        finally:
            self._writing = False

    async def _stored(self, texts: Mapping[str, str], gone: tuple[str, ...]) -> None:
        def change(c: Transaction) -> None:
            kept.save(c, self._visit, texts)
            for prefix in gone:
                kept.remove_photos(c, self._visit, prefix)

        await self._db.write(change, touched=frozenset({TOPIC}))
