"""The practice day's visits without an office, and a laptop that holds them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

import resources
from fieldapp.domain.work_order import Visit
from fieldapp.store import inbox, secrets
from fieldapp.store.device import Device, contact_at, note_contact, store_device
from fieldapp.store.transaction import Transaction
from sync.server.dayfile import DayFile
from sync.server.drafting import Particulars, draft
from ui.wiring import Laptop


def westland(day: date) -> list[Visit]:
    rows = json.loads(resources.read_text("demo/westland.json"))
    checked = DayFile.model_validate({"date": day.isoformat(), **rows})
    return [
        draft(row, day, Particulars(f"visit-{row.number}", "Westland", "h1", 1, place))
        for place, row in enumerate(checked.visits, 1)
    ]


async def enrol(laptop: Laptop, visits: Sequence[Visit]) -> None:
    def change(c: Transaction) -> None:
        owner = Device(
            laptop="L1",
            technician="T1",
            technician_name="Oefenmonteur 1",
            region="Westland",
            office="O1",
            server_url="http://127.0.0.1:1",
            incarnation=1,
            system_title=b"FLD\x00\x00\x00\x00\x01",
            private_key=secrets.new_key(),
            practice=True,
        )
        store_device(c, owner)
        note_contact(c, contact_at(laptop.clock, laptop.clock.now()))
        page = [inbox.InboxChange(visit.id, visit.version, visit) for visit in visits]
        inbox.store_page(c, page, len(page))

    await laptop.db.write(change, touched=frozenset({"device", "visits"}))
