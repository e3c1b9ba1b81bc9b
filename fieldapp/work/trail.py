"""The trail of meter contacts: who touched which meter, why, and how it ended.

In come the reason of a contact before any octet goes out, and its end afterwards; both are
entries of the laptop's audit trail, where the meter's number is a pseudonym. Rule: a contact
that can't be noted does not happen.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fieldapp.clock import Clock
from fieldapp.domain.privacy import MeterAction, Purpose, check_purpose
from fieldapp.store import audit
from fieldapp.store.database import Database

BEGUN = "begun"
DONE = "done"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a meter is contacted; `visit` and `meter` are empty in the workshop."""

    purpose: Purpose
    action: MeterAction
    visit: str = ""
    meter: str = ""


class Trail:
    """Writes the contacts of one laptop into its audit trail."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Write into the trail of `db`."""
        self._db = db
        self._clock = clock

    @asynccontextmanager
    async def contact(self, reason: Reason) -> AsyncIterator[None]:
        """Note the contact, run it, and note how it ended: `done` or the failure's name.

        Raises:
            PurposeRefused: the purpose does not allow the action; that is noted too.
            StoreError: the trail can't be written; the meter was not contacted.
        """
        await self.note(reason, BEGUN)
        try:
            check_purpose(reason.purpose, reason.action)
            yield
        except BaseException as e:
            await self.note(reason, type(e).__name__)
            raise
        await self.note(reason, DONE)

    async def note(self, reason: Reason, outcome: str) -> None:
        """Add one entry."""
        entry = audit.Entry(
            at=self._clock.now(),
            purpose=reason.purpose,
            visit=reason.visit,
            action=reason.action,
            outcome=outcome,
            meter=reason.meter,
        )
        await self._db.write(lambda c: audit.append(c, entry), touched=frozenset({"audit"}))
