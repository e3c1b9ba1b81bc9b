"""What site and office made two different things of: found, and kept with both values.

In comes a fact that counts, with how it was judged; out come rows for a person. A conflict is
of one field that both changed to different values since the version that the laptop had, or of
the whole visit with a reason. Rule: the fact is always taken, and until somebody decides the
office's planned value stays in the visit, the technician's in the facts, and both in the row.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, insert, select, update

from fieldapp.domain import asserted
from fieldapp.domain.facts import AnyFact
from fieldapp.domain.work_order import Visit
from sync.server import holders
from sync.server.laptops import Laptop
from sync.server.office import Office
from sync.server.tables_people import conflicts
from sync.server.vault import Unreadable, seal, unseal
from sync.server.versions import values_at

OPEN, SEEN = "open", "seen"
KEPT_FIELD, KEPT_OFFICE, MERGED = "kept_field", "kept_office", "merged"
FIELDS = "fields"
"""Opens the reason of an operation whose fields are in conflict: `fields:meter.E,choice`."""

_LIMIT = 64
_SITE = "site"


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """Both values of a field, and the one that both began with."""

    before: str
    site: str
    office: str


@dataclass(frozen=True, slots=True)
class Told:
    """A fact that counts, and by which operation of whom it came.

    Attributes:
        about: the visit's id, or a day's subject.
        version: of the visit, as the laptop had it.
    """

    laptop: Laptop
    operation: str
    about: str
    version: int = 0


def note_whole(
    office: Office, c: Connection, told: Told, holder: holders.Holder, reason: str
) -> None:
    """Put a conflict of a whole visit or day on the list, once for each laptop and reason.

    What was seen comes back when more is told.
    """
    this = (*_of(told), conflicts.c.field == "", conflicts.c.reason == reason[:_LIMIT])
    again = {"state": OPEN, "operation": told.operation, "settled_at": None, "settled_by": ""}
    if c.execute(update(conflicts).where(*this).values(again)).rowcount:
        return
    row = _row(office, told, holder.id)
    c.execute(insert(conflicts).values(**row, field="", reason=reason[:_LIMIT], sealed=b""))


def note_fields(
    office: Office, c: Connection, told: Told, visit: Visit, fact: AnyFact
) -> tuple[str, ...]:
    """Judge what a fact says of the visit's fields; answers those that are in conflict.

    A later fact of the same laptop about a field takes the place of its earlier one; where it
    agrees with the office by then, nobody has to decide any more.
    """
    if told.version >= visit.version:
        return ()
    known = values_at(office, c, visit, told.version)
    said = asserted.asserted(known, fact) if known is not None else {}
    if known is None or not said:
        return ()
    now = asserted.values(visit)
    found = {}
    for field, value in said.items():
        pair = Values(before=known.get(field, ""), site=value, office=now.get(field, ""))
        if asserted.both_changed(pair.before, pair.site, pair.office):
            found[field] = pair
    for field in said.keys() - found.keys():
        _settle_by_itself(office, c, told, field)
    for field, pair in sorted(found.items()):
        _keep(office, c, told, visit, (field, pair))
    return tuple(sorted(found))


def _keep(
    office: Office, c: Connection, told: Told, visit: Visit, found: tuple[str, Values]
) -> None:
    field, pair = found
    holder = visit.customer.holder
    this = (*_of(told), conflicts.c.field == field)
    known = c.execute(select(conflicts).where(*this).with_for_update()).mappings().one_or_none()
    if known is not None and known["settled_by"] != _SITE and _says(office, c, known, pair):
        return  # the same again; whatever was decided about it holds
    key = holders.key(office, c, visit.region, holder)
    row = _row(office, told, holder) | {"office_version": visit.version}
    if known is not None:
        row["id"] = known["id"]
    row["sealed"] = seal(key, msgspec.json.encode(pair), _about(str(row["id"])))
    if known is None:
        c.execute(insert(conflicts).values(**row, field=field, reason=""))
    else:
        c.execute(update(conflicts).where(*this).values(row))


def _says(office: Office, c: Connection, row: RowMapping, pair: Values) -> bool:
    """Whether the technician said so before; what nobody can read any more is another word."""
    try:
        return values_of(office, c, row).site == pair.site
    except holders.Erased:
        return False


def _settle_by_itself(office: Office, c: Connection, told: Told, field: str) -> None:
    this = (*_of(told), conflicts.c.field == field, conflicts.c.state == OPEN)
    settled = {"state": KEPT_OFFICE, "settled_at": office.clock.now(), "settled_by": _SITE}
    c.execute(update(conflicts).where(*this).values(settled))


def _of(told: Told) -> tuple[ColumnElement[bool], ...]:
    return (
        conflicts.c.region == told.laptop.region,
        conflicts.c.visit == told.about,
        conflicts.c.laptop == told.laptop.id,
    )


def _row(office: Office, told: Told, holder: str) -> dict[str, object]:
    return {
        "region": told.laptop.region,
        "id": office.clock.new_id(),
        "visit": told.about,
        "laptop": told.laptop.id,
        "technician": told.laptop.technician,
        "operation": told.operation,
        "holder": holder,
        "site_version": told.version,
        "office_version": told.version,
        "state": OPEN,
        "found_at": office.clock.now(),
        "settled_at": None,
        "settled_by": "",
    }


def values_of(office: Office, c: Connection, row: RowMapping) -> Values:
    """The values in the row of a field's conflict.

    Raises:
        holders.Erased: nobody can read them any more.
    """
    key = holders.key(office, c, row["region"], row["holder"])
    try:
        plain = unseal(key, row["sealed"], _about(row["id"]))
    except Unreadable as e:
        raise holders.Erased(row["holder"]) from e
    return msgspec.json.decode(plain, type=Values)


def sealed_values(office: Office, c: Connection, row: RowMapping, values: Values) -> bytes:
    """These values, for the row; errors as `values_of`."""
    key = holders.key(office, c, row["region"], row["holder"])
    return seal(key, msgspec.json.encode(values), _about(row["id"]))


def _about(conflict: str) -> str:
    return f"conflict:{conflict}"
