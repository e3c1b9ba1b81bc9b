"""What is handed over to a customer, joined: documents, and the PIN that guards their view.

In comes an open laptop's store and clock; out come presenters. Rule: part of the composition
root, apart because the day's list needs nothing of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.clock import Clock
from fieldapp.store.database import Database
from fieldapp.work.documents import DocumentWork
from ui.messages import Lang
from ui.presenters.documents import DocumentsPresenter
from ui.presenters.pin import PinPresenter


@dataclass(frozen=True, slots=True)
class Handover:
    """Makes the presenters; `lang` is that of errors."""

    db: Database
    clock: Clock
    lang: Lang

    def documents(self, visit_id: str) -> DocumentsPresenter:
        """The documents of a visit."""
        return DocumentsPresenter(DocumentWork(self.db, self.clock), visit_id, self.lang)

    def pin(self) -> PinPresenter:
        """The PIN that leaves the customer view."""
        return PinPresenter(self.db, self.clock, self.lang)
