"""The van that goes out to a laptop, with the keys of its meters.

In come a laptop and the version that it has; out comes its technician's van where that is
another one. Rule: a withdrawn laptop has no van; keys go for what is in the van, and for what
was placed from it at visits that somebody still works on (trade.md "Keys and counters").
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from sync.server import meter_keys, stock
from sync.server.laptops import Laptop
from sync.server.office import Office
from sync.server.tables import visits
from sync.wire import VanLoad


def van_for(office: Office, c: Connection, laptop: Laptop, has: str | None) -> VanLoad | None:
    """What a laptop that has the van of this version is to be told; None: nothing new."""
    if has is None:
        return None
    van = None if laptop.withdrawn else stock.van_of(office, c, laptop)
    if has == ("" if van is None else van.version):
        return None
    if van is None:
        return VanLoad()
    numbers = {one.meter.number for one in van.meters} | _at_work(office, c, laptop)
    return VanLoad(van=van, keys=meter_keys.sealed_of(office, c, laptop, numbers))


def _at_work(office: Office, c: Connection, laptop: Laptop) -> set[str]:
    placed = stock.placed_by(office, c, laptop)
    mine = (
        visits.c.region == laptop.region,
        visits.c.technician == laptop.technician,
        visits.c.id.in_(sorted(set(placed.values()))),
    )
    query = select(visits.c.id).where(*mine, *meter_keys.to_work(office))
    worked_on = set(c.execute(query).scalars())
    return {number for number, visit in placed.items() if visit in worked_on}
