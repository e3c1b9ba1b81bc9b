"""Meters' keys in the office: kept sealed, handed out one laptop and one meter at a time.

In come keys and the visits that go out to a laptop; out come the keys of those visits' meters,
sealed for it. Rule: only what is still to be worked on, today or later, gets keys, a withdrawn
laptop gets none, and it is written down which laptop has the keys of which meter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, bindparam, insert, select, update

from fieldapp.domain.meter_keys import (
    MeterKeys,
    SealedKeys,
    binding,
    pack,
    unpack,
)
from fieldapp.domain.status import VisitState
from sync.server import audit
from sync.server.database import put
from sync.server.dayfile import LOCAL
from sync.server.laptops import Laptop
from sync.server.office import Office
from sync.server.prepared import Prepared
from sync.server.tables import handed_keys, visits
from sync.server.tables import meter_keys as kept_keys
from sync.server.vault import seal, seal_to, unseal

_FINAL = tuple(state.value for state in VisitState if state.final)
_KEPT = Prepared(
    select(kept_keys.c.meter, kept_keys.c.sealed).where(
        kept_keys.c.meter.in_(bindparam("meters", expanding=True))
    )
)


class Kept(StrEnum):
    """What became of a meter's keys."""

    NEW = "new"
    CHANGED = "changed"
    KNOWN = "known"


def keep(office: Office, c: Connection, keys: MeterKeys) -> Kept:
    """Keep a meter's keys in place of those that it had."""
    name, plain = _name(office, keys.meter), pack(keys)
    this = kept_keys.c.meter == name
    old = c.execute(select(kept_keys.c.sealed).where(this)).scalar_one_or_none()
    if old is not None and _open(office, name, old) == keys:
        return Kept.KNOWN
    row = {"sealed": seal(_key(office), plain, _about(name)), "changed_at": office.clock.now()}
    if old is None:
        c.execute(insert(kept_keys).values(meter=name, **row))
        return Kept.NEW
    c.execute(update(kept_keys).where(this).values(**row))
    return Kept.CHANGED


def to_work(office: Office) -> tuple[ColumnElement[bool], ...]:
    """Conditions on a visit's row: somebody may still need the keys of its meters."""
    today = office.clock.now().astimezone(LOCAL).date()
    return (visits.c.planned_on >= today, visits.c.state.not_in(_FINAL))


def is_to_work(office: Office, planned_on: date, state: str | None) -> bool:
    """As `to_work`, of a row that was read."""
    today = office.clock.now().astimezone(LOCAL).date()
    return planned_on >= today and state not in _FINAL


def sealed(
    office: Office, laptop: Laptop, meters: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[SealedKeys, ...]]:
    """The keys of the meters of these visits, by visit, sealed for the laptop."""
    numbers = {number for held in meters.values() for number in held}
    if not numbers:
        return {}
    with office.database.glancing() as c:
        ready = {one.meter: one for one in sealed_of(office, c, laptop, numbers)}
    return {
        visit: tuple(ready[number] for number in held if number in ready)
        for visit, held in meters.items()
    }


def sealed_of(
    office: Office, c: Connection, laptop: Laptop, numbers: Iterable[str]
) -> tuple[SealedKeys, ...]:
    """The keys of those of these meters that have any, sealed for the laptop."""
    public = laptop.agreement_key
    if public is None or laptop.withdrawn:
        return ()
    held = _of(office, c, numbers)
    return tuple(
        SealedKeys(meter=number, sealed=seal_to(public, pack(keys), binding(laptop.id, number)))
        for number, keys in sorted(held.items())
    )


def has_any(office: Office, c: Connection, numbers: Collection[str]) -> bool:
    """Whether the office has keys of one of these meters."""
    return bool(_of(office, c, numbers))


def note_handed_out(office: Office, c: Connection, laptop: Laptop, meters: set[str]) -> None:
    """Write down, before they go out, of which meters this laptop gets the keys."""
    now = office.clock.now()
    names = sorted(_name(office, number) for number in meters)
    mine = {"region": laptop.region, "laptop": laptop.id, "handed_at": now, "erased_at": None}
    put(c, handed_keys, [{**mine, "meter": name} for name in names])
    entry = audit.Entry("keys_handed_out", " ".join(names), str(len(names)))
    audit.append(c, now, f"laptop:{laptop.id}", entry)


def note_held(office: Office, laptop: Laptop, meters: Iterable[str]) -> None:
    """Write down which keys a laptop has no more, by its own word."""
    there = {_name(office, number) for number in meters}
    handed = select(handed_keys.c.meter).where(
        *_with(laptop), handed_keys.c.erased_at.is_(None)
    )
    with office.database.reading() as c:
        gone = set(c.execute(handed).scalars()) - there
    if not gone:
        return
    these = (*_with(laptop), handed_keys.c.meter.in_(sorted(gone)))
    with office.database.writing() as c:
        c.execute(update(handed_keys).where(*these).values(erased_at=office.clock.now()))


def to_change(office: Office, c: Connection, laptop: Laptop) -> list[str]:
    """The meters whose keys of now are on this laptop, as far as it ever told."""
    on_board = (
        select(kept_keys.c.meter, kept_keys.c.sealed)
        .join(handed_keys, handed_keys.c.meter == kept_keys.c.meter)
        .where(
            *_with(laptop),
            handed_keys.c.erased_at.is_(None),
            handed_keys.c.handed_at >= kept_keys.c.changed_at,
        )
    )
    return sorted(_open(office, *row).meter for row in c.execute(on_board))


def _of(office: Office, c: Connection, numbers: Iterable[str]) -> dict[str, MeterKeys]:
    names = [_name(office, number) for number in numbers]
    found = (_open(office, *row) for row in _KEPT.rows(c, {"meters": names}))
    return {keys.meter: keys for keys in found}


def _with(laptop: Laptop) -> tuple[ColumnElement[bool], ...]:
    return (handed_keys.c.region == laptop.region, handed_keys.c.laptop == laptop.id)


def _key(office: Office) -> bytes:
    return office.vault.derive("meter-keys")


def _name(office: Office, number: str) -> str:
    return office.vault.pseudonym(f"meter\x1f{number}")


def _about(name: str) -> str:
    return f"meter-keys:{name}"


def _open(office: Office, name: str, body: bytes) -> MeterKeys:
    return unpack(unseal(_key(office), body, _about(name)))
