"""The inbox of conflicts: listed, looked at, and decided by a person.

In come a user and what to keep; out come lines, both values, and a new version of the visit
where its value changes, which travels to the laptop that still has it. Rule: nothing is final:
deciding again takes the earlier decision back; the same decision again changes nothing, and
whoever says what the decision was made on decides only while that is still so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, select, update

from fieldapp.domain import asserted
from fieldapp.domain.work_order import Visit
from sync.server import audit
from sync.server.changes import announce, open_bundle
from sync.server.conflicts import (
    KEPT_FIELD,
    KEPT_OFFICE,
    MERGED,
    OPEN,
    SEEN,
    Values,
    sealed_values,
    values_of,
)
from sync.server.doors import User
from sync.server.office import Office
from sync.server.planning import note
from sync.server.problems import ProblemError
from sync.server.tables import visits
from sync.server.tables_people import conflicts
from sync.server.visits import VisitRow, news, reseal, rows, seen

MOST = 500
"""Lines in one answer, the oldest first."""


class Keep(StrEnum):
    """What a person can decide; `seen` is for what concerns a whole visit."""

    FIELD = "field"
    OFFICE = "office"
    MERGE = "merge"
    SEEN = "seen"


_STATES = {
    Keep.FIELD: KEPT_FIELD,
    Keep.OFFICE: KEPT_OFFICE,
    Keep.MERGE: MERGED,
    Keep.SEEN: SEEN,
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """One line of the inbox, without any customer's data.

    Attributes:
        number: the visit's; a day's subject where the conflict is of a day.
        technician, laptop: whose fact it was.
        field: empty for a conflict of the whole visit, which has a `reason` then.
        site_version, office_version: of the visit, as the laptop had it and as it was here.
    """

    id: str
    visit: str
    number: str
    technician: str
    laptop: str
    operation: str
    field: str
    reason: str
    site_version: int
    office_version: int
    state: str
    found_at: datetime
    settled_at: datetime | None
    settled_by: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What somebody looked at: the line's `state` and `operation`, and `now`."""

    state: str
    operation: str
    now: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A decision.

    Attributes:
        value: what has to hold, with `merge`.
        basis: on what it was made; None: on whatever stands there by now.
    """

    keep: Keep
    value: str = ""
    basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A conflict with its values; None where it is of a whole visit.

    Attributes:
        before: what both began with.
        site, office: what the technician and the office made of it.
        now: what the visit holds.
    """

    line: Conflict
    before: str | None = None
    site: str | None = None
    office: str | None = None
    now: str | None = None


def listed(office: Office, user: User, state: str = OPEN) -> list[Conflict]:
    """The region's conflicts in this state, the oldest first."""
    with office.database.reading() as c:
        return _lines(c, user, conflicts.c.state == state)


def look(office: Office, user: User, which: str) -> Opened:
    """One conflict with both values; the look is in the audit trail.

    Raises:
        ProblemError: 404 for another region's or none.
        holders.Erased: nobody can read the values any more.
    """
    with office.database.writing() as c:
        row = _row(c, user, which)
        found = _opened(office, c, user, row)
        if row["field"]:
            note(office, c, user, audit.Entry("conflict_viewed", which))
    return found


def decide(office: Office, user: User, which: str, chosen: Chosen) -> Opened:
    """Keep the technician's value, the office's, or another one; or say that it was seen.

    Raises:
        ProblemError: 404 for another region's or none, 422 where that can't be kept here, 409
            where it is not as it was looked at; nothing is changed then.
        holders.Erased: nobody can read the values any more.
    """
    state = _STATES[chosen.keep]
    with office.database.writing() as c:
        # the visit first, as whoever takes facts in does
        rows(c, user.region, visits.c.id == _row(c, user, which)["visit"])
        row = _row(c, user, which, held=True)
        if (chosen.keep is Keep.SEEN) == bool(row["field"]):
            raise ProblemError(422, "conflict-other-kind")
        found = Basis(row["state"], row["operation"])
        changed = False
        if row["field"]:
            found, changed = _apply(office, c, user, row, chosen)
        if changed or row["state"] != state:
            if chosen.basis not in {None, found}:
                raise ProblemError(409, "conflict-changed")
            now = office.clock.now()
            settled = {"state": state, "settled_at": now, "settled_by": user.name}
            c.execute(update(conflicts).where(*_this(user, which)).values(settled))
            note(office, c, user, audit.Entry("conflict_decided", which, state))
        return _opened(office, c, user, _row(c, user, which))


def _apply(
    office: Office, c: Connection, user: User, row: RowMapping, chosen: Chosen
) -> tuple[Basis, bool]:
    """Make the visit hold what was decided; answers what was found, and whether it changed."""
    field, kept = row["field"], values_of(office, c, row)
    held = _visit(c, user, row["visit"])
    visit = open_bundle(office, c, held.bundle)
    now = asserted.values(visit).get(field)
    if now is None:
        raise ProblemError(422, "conflict-field-gone")
    if row["state"] == OPEN and now != kept.office:  # it was changed again meanwhile
        kept = msgspec.structs.replace(kept, office=now)
        sealed = sealed_values(office, c, row, kept)
        this = _this(user, row["id"])
        c.execute(update(conflicts).where(*this).values(sealed=sealed))
    found = Basis(row["state"], row["operation"], now)
    aim = _aim(kept, chosen)
    if aim == now:
        return found, False
    if chosen.keep is Keep.MERGE and not aim and field.startswith(f"{asserted.METER}."):
        # a meter without a number is no meter, and its registers would go with it
        raise ProblemError(422, "conflict-value")
    try:
        revised = asserted.with_value(visit, field, aim, office.clock.now())
    except ValueError as e:
        raise ProblemError(422, "conflict-value") from e
    _revise(office, c, held, revised)
    return found, True


def _aim(kept: Values, chosen: Chosen) -> str:
    values = {Keep.FIELD: kept.site, Keep.OFFICE: kept.office}
    return values.get(chosen.keep, chosen.value)


def _revise(office: Office, c: Connection, row: VisitRow, visit: Visit) -> None:
    """A new version of the visit, announced to whoever has it."""
    version = row.version + 1 if row.published else row.version
    revised = msgspec.structs.replace(visit, version=version)
    reseal(office, c, row, revised, {})
    told = news(row, version, row.technician, cancelled=row.cancelled)
    announce(office, c, row.region, told)


def _visit(c: Connection, user: User, visit: str) -> VisitRow:
    found = rows(c, user.region, visits.c.id == visit)
    if not found:
        raise ProblemError(422, "conflict-field-gone")
    return found[0]


def _this(user: User, which: str) -> tuple[ColumnElement[bool], ...]:
    return (conflicts.c.region == user.region, conflicts.c.id == which)


def _row(c: Connection, user: User, which: str, *, held: bool = False) -> RowMapping:
    query = select(conflicts).where(*_this(user, which))
    row = c.execute(query.with_for_update() if held else query).mappings().one_or_none()
    if row is None:
        raise ProblemError(404, "conflict-unknown")
    return row


def _lines(c: Connection, user: User, *which: ColumnElement[bool]) -> list[Conflict]:
    its_visit = (visits.c.region == conflicts.c.region) & (visits.c.id == conflicts.c.visit)
    query = (
        select(conflicts, visits.c.number)
        .join(visits, its_visit, isouter=True)
        .where(conflicts.c.region == user.region, *which)
        .order_by(conflicts.c.found_at, conflicts.c.id)
        .limit(MOST)
    )
    names = [name for name in Conflict.__slots__ if name != "number"]
    return [
        Conflict(number=row["number"] or row["visit"], **{name: row[name] for name in names})
        for row in c.execute(query).mappings()
    ]


def _opened(office: Office, c: Connection, user: User, row: RowMapping) -> Opened:
    (line,) = _lines(c, user, conflicts.c.id == row["id"])
    if not row["field"]:
        return Opened(line)
    kept = values_of(office, c, row)
    (held,) = seen(c, user.region, visits.c.id == row["visit"])
    now = asserted.values(open_bundle(office, c, held.bundle)).get(row["field"], "")
    shown = now if row["state"] == OPEN else kept.office
    return Opened(line, kept.before, kept.site, shown, now)
