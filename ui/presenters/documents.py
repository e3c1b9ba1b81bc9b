"""The two documents of a visit, as they are asked for on a screen.

In come wishes; out come values to be drawn, and in the State what went wrong. Rule: what leaves
the laptop is noted first; where that fails nothing leaves.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from fieldapp.domain import facts as f
from fieldapp.domain.file_report import FileReport
from fieldapp.work.documents import CUSTOMER, FILE, CustomerPaper, DocumentWork
from ui.messages import Lang, Message
from ui.presenters.presenter import Presenter, attempt

__all__ = ["CUSTOMER", "FILE", "CustomerPaper", "DocumentsPresenter"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DocumentsState:
    """What went wrong last."""

    problem: Message | None = None


class DocumentsPresenter(Presenter[DocumentsState]):
    """Gives the documents of one visit."""

    def __init__(self, room: DocumentWork, visit_id: str, lang: Lang) -> None:
        """Of `visit_id`; `lang` is that of errors, not of documents."""
        super().__init__(DocumentsState())
        self._room = room
        self._id = visit_id
        self._lang = lang

    async def customer(self, *closing: f.AnyFact) -> CustomerPaper | None:
        """What the customer is told; `closing` are facts that are about to be kept."""
        return await self._asked(self._room.customer(self._id, *closing))

    async def file(self) -> FileReport | None:
        """Everything of the visit."""
        return await self._asked(self._room.file(self._id))

    async def leaves(self, document: str) -> bool:
        """Note that `customer` or `file` leaves the laptop; False: it must not."""
        await self._asked(self._room.note_export(self._id, document))
        return self.state.problem is None

    async def _asked(self, work: Awaitable[T]) -> T | None:
        found: list[T] = []

        async def ask() -> None:
            found.append(await work)

        self._show(DocumentsState(await attempt(ask(), self._lang)))
        return found[0] if found else None
