"""Visits as rows: kept sealed under their holder's key, revised version by version.

In come drafts and changes of the planning; out come rows that travel, with the news for the
technicians they concern. Rule: every change of a published visit raises its version and is
announced in the same transaction, so what a laptop holds can always be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, insert, select, update

from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import EarlierFact, Visit
from sync.server import holders, versions, visit_body
from sync.server.changes import News, SealedVisit, open_bundle
from sync.server.office import Office
from sync.server.tables import visits
from sync.server.told import readable
from sync.wire import ChangeKind


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit's row: the sealed bundle and what planning needs in the clear."""

    region: str
    id: str
    holder: str
    version: int
    sealed: bytes
    number: str
    kind: str
    planned_on: date
    window_start: datetime
    window_end: datetime
    technician: str | None
    route_position: int
    state: VisitState
    published: bool
    cancelled: bool
    source_hash: str

    @property
    def bundle(self) -> SealedVisit:
        """The sealed part."""
        return SealedVisit(self.region, self.id, self.holder, self.version, self.sealed)

    @property
    def travels(self) -> bool:
        """Whether it is on its technician's laptop, or on the way there."""
        return self.published and not self.cancelled and self.technician is not None


_COLUMNS = tuple(visits.c[name] for name in VisitRow.__slots__)


def rows(c: Connection, region: str, *which: ColumnElement[bool]) -> list[VisitRow]:
    """The region's visits that meet the conditions, held for writing, in ascending id."""
    return [
        _row(found) for found in c.execute(_those(region, which).with_for_update()).mappings()
    ]


def seen(c: Connection, region: str, *which: ColumnElement[bool]) -> list[VisitRow]:
    """As `rows`, only looked at."""
    return [_row(found) for found in c.execute(_those(region, which)).mappings()]


def _those(region: str, which: tuple[ColumnElement[bool], ...]) -> Select[Any]:
    return select(*_COLUMNS).where(visits.c.region == region, *which).order_by(visits.c.id)


def _row(found: Mapping[Any, Any]) -> VisitRow:
    values = {name: found[name] for name in VisitRow.__slots__}
    return VisitRow(**{**values, "state": VisitState(values["state"])})


def add(office: Office, c: Connection, visit: Visit, plan: Mapping[str, object]) -> None:
    """Keep a new visit, unpublished; `plan` holds planned_on, technician and source_hash."""
    secret = holders.new_key(office, c, visit.region, visit.customer.holder)
    c.execute(
        insert(visits).values(
            region=visit.region,
            id=visit.id,
            number=visit.number,
            kind=visit.kind.value,
            window_start=visit.window_start,
            window_end=visit.window_end,
            holder=visit.customer.holder,
            version=visit.version,
            route_position=visit.route_position,
            state=VisitState.PLANNED.value,
            published=False,
            cancelled=False,
            sealed=visit_body.close(secret, visit),
            **plan,
        )
    )


def reseal(
    office: Office, c: Connection, row: VisitRow, visit: Visit, clear: Mapping[str, object]
) -> None:
    """Write a visit anew under its holder's key; `clear` are columns that change with it."""
    if row.published:
        versions.keep(office, c, row.bundle, visit)
    secret = holders.new_key(office, c, row.region, visit.customer.holder)
    values = {
        "holder": visit.customer.holder,
        "kind": visit.kind.value,
        "window_start": visit.window_start,
        "window_end": visit.window_end,
        "version": visit.version,
        "route_position": visit.route_position,
        "sealed": visit_body.close(secret, visit),
    }
    this = (visits.c.region == row.region, visits.c.id == row.id)
    c.execute(update(visits).where(*this).values({**values, **clear}))


def revise(office: Office, c: Connection, row: VisitRow, **changed: object) -> list[News]:
    """Change planning columns (technician, route_position, cancelled, ...) of a visit.

    Returns:
        What the technicians concerned must hear: the one who has it now, and the one who had.

    Raises:
        holders.Erased: nobody can read the visit any more; imported anew it begins anew.
    """
    visit = open_bundle(office, c, row.bundle)
    position = changed.get("route_position", row.route_position)
    version = row.version + 1 if row.published else row.version
    technician = changed.get("technician", row.technician)
    revised = msgspec.structs.replace(visit, version=version, route_position=position)
    reseal(office, c, row, carry(office, c, row, revised, technician), changed)
    return news(row, version, technician, cancelled=changed.get("cancelled", row.cancelled))


def carry(
    office: Office, c: Connection, row: VisitRow, revised: Visit, technician: object
) -> Visit:
    """The revised visit, with what was done at it before whoever has it now.

    Where a holder was erased it begins without what was done for that one.
    """
    if technician != row.technician:
        return msgspec.structs.replace(revised, earlier=_told(office, c, row))
    try:
        before = open_bundle(office, c, row.bundle).earlier
    except holders.Erased:
        before = ()
    return msgspec.structs.replace(revised, earlier=before)


def _told(office: Office, c: Connection, row: VisitRow) -> tuple[EarlierFact, ...]:
    """What was done at the visit so far, for whoever goes on with it."""
    return tuple(
        EarlierFact(operation, msgspec.json.decode(msgspec.json.encode(fact)))
        for operation, fact in readable(office, c, (row.region, row.id))
    )


def forget(office: Office, c: Connection, row: VisitRow) -> list[News]:
    """Write a visit anew without what was told under a key that is gone; the news of it."""
    try:
        visit = open_bundle(office, c, row.bundle)
    except holders.Erased:
        return []
    left = {operation for operation, _ in readable(office, c, (row.region, row.id))}
    earlier = tuple(one for one in visit.earlier if one.operation in left)
    if earlier == visit.earlier:
        return []
    version = row.version + 1 if row.published else row.version
    anew = msgspec.structs.replace(visit, version=version, earlier=earlier)
    reseal(office, c, row, anew, {})
    return news(row, version, row.technician, cancelled=row.cancelled)


def news(
    before: VisitRow, version: int, technician: object, *, cancelled: object = False
) -> list[News]:
    """Who must hear of a published visit that was changed from `before`."""
    told: list[News] = []
    if not before.published:
        return told
    stays = isinstance(technician, str) and not cancelled
    if before.travels and not (stays and technician == before.technician):
        told.append(News(str(before.technician), ChangeKind.WITHDRAWN, before.id, version))
    if stays:
        told.append(News(str(technician), ChangeKind.VISIT, before.id, version))
    return told
