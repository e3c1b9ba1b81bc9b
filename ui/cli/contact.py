"""What happens before a meter command opens a port: who may, and where it is noted.

In come the command's purpose, visit and source; out comes the number of the meter that must
answer, or None. On an enrolled laptop a contact belongs to a visit, and `workshop` is for the
office to grant; on one that is not, it is workshop unless another reason is named. Rule: a
refusal is an error, and no port is opened before the note is on the disk.
"""

from __future__ import annotations

import asyncio
import getpass
import re
from dataclasses import dataclass
from pathlib import Path

from fieldapp.clock import SystemClock
from fieldapp.domain.privacy import MeterAction, Purpose, check_purpose, purpose_of
from fieldapp.domain.progress import meter_now
from fieldapp.domain.work_order import Commodity
from fieldapp.errors import PurposeRefused
from fieldapp.store import audit, device
from fieldapp.store.orders import StoredVisit
from fieldapp.store.transaction import Transaction
from fieldapp.work import loose_trail
from fieldapp.work.refusals import NoSuchVisit, WorkshopNotGranted
from fieldapp.work.visit import find_visit
from ui.cli.notices import leave
from ui.wiring import Laptop, is_laptop, key_source_of, open_laptop

_BEGUN = "begun"
_PURPOSE = re.compile(r"[a-z][a-z_-]{0,39}")
"""A word, so that no name or address gets into a plain file."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A contact as the command line asks for it; `visit` is an id or a number."""

    action: MeterAction
    purpose: str | None
    visit: str | None
    source: str


def note_contact(folder: Path, wanted: Wanted) -> str | None:
    """Note the contact in the trail of `folder`; answers the number of the visit's meter.

    Raises:
        NoSuchVisit: no such visit on this laptop.
        PurposeRefused: the purpose does not fit the visit or the action, or is no word.
        WorkshopNotGranted: an enrolled laptop, and no visit.
        StoreError: it can't be noted.
    """
    if is_laptop(folder):
        return asyncio.run(_on_laptop(folder, wanted))
    _note_loosely(folder, wanted)
    return None


async def _on_laptop(folder: Path, wanted: Wanted) -> str | None:
    laptop = await open_laptop(folder, key_source_of(folder))
    try:
        if await laptop.db.read(device.device) is None:
            _note_loosely(folder, wanted)
            return None
        return await _note(laptop, wanted)
    finally:
        await laptop.close()


async def _note(laptop: Laptop, wanted: Wanted) -> str | None:
    def change(c: Transaction) -> str | None:
        if wanted.visit is None:
            raise WorkshopNotGranted(Purpose.WORKSHOP, wanted.action)
        stored = find_visit(c, wanted.visit)
        purpose = _fitting(stored, wanted)
        meter = _meter_of(stored)
        entry = audit.Entry(
            at=laptop.clock.now(),
            purpose=purpose,
            visit=stored.visit.id,
            action=wanted.action,
            outcome=_BEGUN,
            meter=meter or "",
        )
        audit.append(c, entry)
        return meter

    return await laptop.db.write(change, touched=frozenset({"audit"}))


def _fitting(stored: StoredVisit, wanted: Wanted) -> Purpose:
    """The visit's purpose, which is also the one for which none was named."""
    purpose = purpose_of(stored.visit.kind)
    if wanted.purpose not in {None, Purpose.WORKSHOP, purpose}:
        raise PurposeRefused(str(wanted.purpose), wanted.action)
    check_purpose(purpose, wanted.action)
    return purpose


def _meter_of(stored: StoredVisit) -> str | None:
    now = meter_now(stored.visit, stored.progress, Commodity.ELECTRICITY)
    return now.number if now is not None else None


def _note_loosely(folder: Path, wanted: Wanted) -> None:
    if wanted.visit is not None:
        raise NoSuchVisit(wanted.visit)
    purpose = wanted.purpose or Purpose.WORKSHOP
    if not _PURPOSE.fullmatch(purpose):
        raise PurposeRefused(purpose, wanted.action)
    contact = loose_trail.LooseContact(
        at=SystemClock().now(),
        account=getpass.getuser(),
        purpose=purpose,
        action=wanted.action,
        source=wanted.source,
    )
    path = loose_trail.note(folder, contact)
    leave(f"This laptop is not enrolled: the contact is noted in plain text in {path}.")
