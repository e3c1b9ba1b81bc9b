"""What a visit's fields held in earlier versions, so that a conflict is judged field by field.

In comes a visit that is about to be changed; out come the values of the version that a laptop
had. Rule: a row is written in the transaction of the change, only where a field changed that a
fact can speak of, and sealed under the key of who was the holder then.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select

from fieldapp.domain import asserted
from fieldapp.domain.work_order import Visit
from sync.server import holders
from sync.server.changes import SealedVisit, open_bundle
from sync.server.database import add_if_absent
from sync.server.office import Office
from sync.server.tables_people import visit_values
from sync.server.vault import Unreadable, seal, unseal


def keep(office: Office, c: Connection, before: SealedVisit, after: Visit) -> None:
    """Remember the fields of a published visit that `after` is about to replace."""
    try:
        held = asserted.values(open_bundle(office, c, before))
        key = holders.key(office, c, before.region, before.holder)
    except holders.Erased:
        return
    if held == asserted.values(after):
        return
    row = {
        "region": before.region,
        "visit": before.id,
        "version": before.version,
        "holder": before.holder,
        "sealed": seal(key, msgspec.json.encode(held), _about(before.id, before.version)),
    }
    add_if_absent(c, visit_values, row)


def values_at(
    office: Office, c: Connection, visit: Visit, version: int
) -> dict[str, str] | None:
    """What the fields of a visit held in `version`; None where nobody can read it any more.

    Args:
        office: the open office.
        c: an open transaction.
        visit: as it is now.
        version: as a laptop names it; one that is not over yet holds what the visit holds.
    """
    this = (
        visit_values.c.region == visit.region,
        visit_values.c.visit == visit.id,
        visit_values.c.version >= version,
    )
    query = select(visit_values).where(*this).order_by(visit_values.c.version).limit(1)
    row = c.execute(query).one_or_none() if version < visit.version else None
    if row is None:
        return asserted.values(visit)
    try:
        key = holders.key(office, c, visit.region, row.holder)
        plain = unseal(key, row.sealed, _about(visit.id, row.version))
    except (holders.Erased, Unreadable):
        return None
    return msgspec.json.decode(plain, type=dict[str, str])


def _about(visit: str, version: int) -> str:
    return f"values:{visit}:{version}"
