"""Search: what was typed against the visits and meters on this laptop.

In come a text and the store; out come hits, each with the visit to go to. Rule: a hit names
number, kind and address, no customer; who is behind it is shown by the visit's page, which
notes that it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.domain.work_order import Visit, WorkKind
from fieldapp.store import orders
from fieldapp.store.transaction import Transaction

LIMIT = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """A visit, or the meter of one (`meter` is its number then)."""

    visit: str
    number: str
    kind: WorkKind
    address: str
    meter: str = ""


def find(c: Transaction, text: str) -> tuple[Hit, ...]:
    """At most `LIMIT` hits: those that begin with the text first; none for an empty text."""
    wanted = " ".join(text.casefold().split())
    if not wanted:
        return ()
    ranked: list[tuple[int, Hit]] = []
    for stored in orders.held(c):
        ranked += _hits(stored.visit, wanted)
    ranked.sort(key=lambda one: one[0])
    return tuple(hit for _, hit in ranked[:LIMIT])


def _hits(visit: Visit, wanted: str) -> list[tuple[int, Hit]]:
    at = visit.address
    where = f"{at.street} {at.number}, {at.place}"
    who = visit.customer
    eans = [one.ean for one in visit.connections if one.meter is None]
    words = (visit.number, where, at.postcode.replace(" ", ""), who.name, who.phone, *eans)
    found: list[tuple[int, Hit]] = []
    rank = _rank(words, wanted)
    if rank is not None:
        found.append((rank, Hit(visit.id, visit.number, visit.kind, where)))
    meters = [(one.meter.number, one.ean) for one in visit.connections if one.meter]
    meters += [(one.number, "") for one in visit.new_meters]
    for meter, ean in meters:
        rank = _rank((meter, ean), wanted)
        if rank is not None:
            found.append((rank, Hit(visit.id, visit.number, visit.kind, where, meter)))
    return found


def _rank(words: tuple[str, ...], wanted: str) -> int | None:
    """0 where a text begins with what is wanted, 1 where one holds it, None where none does."""
    plain = [word.casefold() for word in words]
    bare = wanted.replace(" ", "")
    if any(word.startswith((wanted, bare)) for word in plain):
        return 0
    return 1 if any(wanted in word or bare in word for word in plain) else None
