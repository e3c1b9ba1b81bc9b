"""Meters' keys on the laptop: kept as sealed as they came, opened for one contact.

In come the keys of a visit's meters with the visit itself, and those of the van's with the van;
out come the keys of one meter, in memory, for as long as they are needed. Rule: they go when
their visit is withdrawn or delivered, when their meter left the van for no visit that is still
worked on, and when their day is over, by trusted time; where that is unknown none is handed out
(trade.md "Keys and counters", "Time"). Nothing else is touched here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from fieldapp.clock import Clock
from fieldapp.domain.meter_keys import MeterKeys, SealedKeys, binding, unpack
from fieldapp.store import orders, secrets, van
from fieldapp.store.device import device, trusted_time
from fieldapp.store.tables import meter_keys, visits
from fieldapp.unreadable import UNREADABLE

VAN = ""
"""Stands in place of a visit's id where keys came with the van."""


def store(c: Connection, visit_id: str, keys: Iterable[SealedKeys]) -> None:
    """Keep what came with a visit, or the `VAN`, in place of what came with it before."""
    c.execute(delete(meter_keys).where(meter_keys.c.visit == visit_id))
    rows = {one.meter: one.sealed for one in keys}
    for meter, sealed in rows.items():
        row = {"visit": visit_id, "meter": meter, "sealed": sealed}
        c.execute(insert(meter_keys).values(row))


def held(c: Connection) -> tuple[str, ...]:
    """The meters whose keys are here."""
    query = select(meter_keys.c.meter).distinct().order_by(meter_keys.c.meter)
    return tuple(c.execute(query).scalars())


def let_go(c: Connection, now_trusted: datetime | None) -> int:
    """Erase the keys whose time is over; answers of how many meters.

    Args:
        c: a writing connection.
        now_trusted: None: no day is known to be over; the other rules hold all the same.
    """
    over = [one for one in _all(c) if not _is_needed(c, *one, now_trusted)]
    for visit, meter in over:
        these = (meter_keys.c.visit == visit, meter_keys.c.meter == meter)
        c.execute(delete(meter_keys).where(*these))
    return len(over)


def opened(c: Connection, meter: str, clock: Clock) -> MeterKeys | None:
    """The keys of a meter, for the contact that begins now.

    None where there are none, where they were not sealed for this laptop and this meter, and
    where nobody knows what day it is.
    """
    owner, now = device(c), trusted_time(c, clock)
    if owner is None or now is None:
        return None
    query = select(meter_keys.c.visit, meter_keys.c.sealed).where(meter_keys.c.meter == meter)
    bound_to = binding(owner.laptop, meter)
    needed = (row for row in c.execute(query).all() if _is_needed(c, row.visit, meter, now))
    found = (_open(owner.private_key, row.sealed, bound_to) for row in needed)
    return next((keys for keys in found if keys is not None), None)


def _open(private_key: bytes, sealed: bytes, bound_to: bytes) -> MeterKeys | None:
    try:
        return unpack(secrets.open_sealed(private_key, sealed, bound_to))
    except (secrets.Tampered, *UNREADABLE):
        return None


def _all(c: Connection) -> list[tuple[str, str]]:
    return [
        (r.visit, r.meter) for r in c.execute(select(meter_keys.c.visit, meter_keys.c.meter))
    ]


def _is_needed(c: Connection, visit_id: str, meter: str, now_trusted: datetime | None) -> bool:
    if visit_id == VAN:
        return _is_of_van(c, meter, now_trusted)
    return _is_worked_on(c, visit_id, now_trusted)


def _is_of_van(c: Connection, meter: str, now_trusted: datetime | None) -> bool:
    """Whether the meter is in the van of this day, or hangs at a visit that is worked on."""
    loaded = van.loaded_on(c)
    if now_trusted is not None and loaded != orders.local_day(now_trusted):
        return False
    carried = van.carried(c)
    if carried is not None and carried.meter(meter) is not None:
        return True
    visit_id = van.placed_here(c).get(meter)
    return visit_id is not None and _is_worked_on(c, visit_id, now_trusted)


def _is_worked_on(c: Connection, visit_id: str, now_trusted: datetime | None) -> bool:
    """Whether this visit is here, to be worked on, and its day is not over."""
    day = c.execute(select(visits.c.day).where(visits.c.id == visit_id)).scalar_one_or_none()
    stored = orders.visit(c, visit_id)
    if day is None or stored is None or stored.withdrawn:
        return False
    if now_trusted is not None and day < orders.local_day(now_trusted).isoformat():
        return False
    return not stored.progress.state.final or stored.undelivered > 0
