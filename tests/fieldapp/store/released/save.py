"""Saves the store that tests of later schemas open.

`python -m tests.fieldapp.store.released.save`, once, when a schema is released.

A folder a schema, written once with the program that has it and never again: two visits with
facts, a photo that both have, one that a visit has in two slots, one that is at the office, and
from schema 3 on the keys of a meter.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import resources
from fieldapp.clock import SystemClock
from fieldapp.domain import facts as f
from fieldapp.domain.flow import parse_flow, parse_lmra
from fieldapp.domain.meter_keys import SealedKeys
from fieldapp.domain.work_order import Address, Customer, Visit, WorkKind
from fieldapp.store import attachments, audit, counters, drafts, inbox, outbox, schema, secrets
from fieldapp.store.database import Database
from fieldapp.store.device import Device, contact_at, note_contact, store_device
from fieldapp.store.transaction import Transaction

FOLDER = Path(__file__).parent
KEY = bytes(range(32))
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
BOTH, TWICE, SENT, NEW = b"at both visits", b"in two slots", b"at the office", b"still here"
KEYS = (SealedKeys(meter="E0044007382246019", sealed=b"only that laptop can open this"),)
_SEEN = audit.Entry(
    at=AT, purpose="fault", visit="visit-1", action="identify", outcome="done", meter="E1"
)
_CLOCK = SystemClock()


def visit(number: int) -> Visit:
    """A visit of the saved day."""
    return Visit(
        id=f"visit-{number}",
        number=f"V-{number}",
        kind=WorkKind.READING_PREFERENCE,
        region="Westland",
        window_start=AT,
        window_end=AT + timedelta(hours=2),
        customer=Customer(holder=f"h{number}", name="Oefenklant", phone="0174000111"),
        address=Address(
            street="Oefenpad", number=str(number), postcode="2671 AB", place="Naaldwijk"
        ),
        connections=(),
        flow=parse_flow(resources.read_text("flows/reading_preference-1.toml")),
        lmra=parse_lmra(resources.read_text("lmra/lmra-1.toml")),
        version=1,
        route_position=number,
    )


def _work(c: Transaction) -> None:
    private_key = secrets.new_key()
    owner = Device(
        laptop="L1",
        technician="T1",
        technician_name="Oefenmonteur 1",
        region="Westland",
        office="O1",
        server_url="http://127.0.0.1:1",
        incarnation=1,
        system_title=b"FLD\x00\x00\x00\x00\x01",
        private_key=private_key,
    )
    store_device(c, owner)
    note_contact(c, contact_at(_CLOCK, AT))
    inbox.store_page(
        c, [inbox.InboxChange(visit(n).id, 1, visit(n), KEYS[n - 1 :]) for n in (1, 2)], 2
    )
    for number in (1, 2):
        outbox.append(c, visit(number), f.VisitAccepted(at=AT), _CLOCK)
    for number, slot, content in (
        (1, "old_meter", BOTH),
        (2, "old_meter", BOTH),
        (1, "front", TWICE),
        (1, "seal", TWICE),
        (1, "door", SENT),
        (2, "door", NEW),
    ):
        attachments.add(c, content, visit=visit(number).id, slot=slot, media_type="image/jpeg")
    drafts.save(c, "visit-1", {"read/enter:digits": "123"})
    counters.reserve(c, "key", 10)
    audit.append(c, _SEEN)
    _deliver(c)


def _deliver(c: Transaction) -> None:
    for file in attachments.waiting(c):
        if file.size in {len(BOTH), len(SENT)}:
            attachments.note_delivered(c, file.visit, file.sha256, AT)


async def save(folder: Path) -> None:
    """Make the store of this program's schema in `folder`."""
    db = await Database.open(folder / "laptop.db", KEY)
    await db.write(_work, touched=frozenset())
    await db.close()


if __name__ == "__main__":
    asyncio.run(save(FOLDER / f"schema_{schema.SCHEMA:04}"))
