"""Work that has to follow a visit: asked from the site or by a missed check, then planned.

In come reasons; out come rows for the dispatcher, and once one is planned a new visit in the
pool of its day, at the same connections with the meters that hang there now. Rule: what was
asked stays listed until somebody plans it or says that it is not needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, RowMapping, insert, select, update

from fieldapp.domain import facts as f
from fieldapp.domain.progress import Progress, meter_now, replay
from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import Connection as Supply
from fieldapp.domain.work_order import Visit, WorkKind
from sync.server import audit
from sync.server.changes import open_bundle
from sync.server.dayfile import newest_flow, newest_lmra
from sync.server.doors import User
from sync.server.office import Office
from sync.server.planning import note
from sync.server.problems import ProblemError
from sync.server.tables import visits
from sync.server.tables_followed import follow_ups
from sync.server.told import told_of
from sync.server.visits import VisitRow, add, rows

OPEN, PLANNED, DROPPED = "open", "planned", "dropped"
_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_WINDOW = (time(8), time(16))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, and by which operation or check."""

    region: str
    id: str
    visit: str
    work: WorkKind
    reason: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One line of the dispatcher's list; `number` is the visit's that it follows."""

    id: str
    visit: str
    number: str
    work: str
    reason: str
    state: str
    asked_at: datetime
    planned_as: str | None


def ask(c: Connection, asked: Asked, now: datetime) -> None:
    """Put work on the list."""
    c.execute(
        insert(follow_ups).values(
            region=asked.region,
            id=asked.id,
            visit=asked.visit,
            work=asked.work.value,
            reason=asked.reason,
            state=OPEN,
            asked_at=now,
        )
    )


def listed(office: Office, user: User, state: str = OPEN) -> list[FollowUp]:
    """The region's follow-ups in this state, the oldest first."""
    query = (
        select(follow_ups, visits.c.number)
        .join(
            visits,
            (visits.c.region == follow_ups.c.region) & (visits.c.id == follow_ups.c.visit),
        )
        .where(follow_ups.c.region == user.region, follow_ups.c.state == state)
        .order_by(follow_ups.c.asked_at, follow_ups.c.id)
    )
    names = FollowUp.__slots__
    with office.database.reading() as c:
        found = c.execute(query).mappings().all()
    return [FollowUp(**{name: row[name] for name in names}) for row in found]


def drop(office: Office, user: User, which: str) -> FollowUp:
    """Say that it is not needed; errors as `plan`."""
    with office.database.writing() as c:
        asked = _open(c, user, which)
        _settle(office, c, asked, DROPPED)
        note(office, c, user, audit.Entry("follow_up_dropped", which))
    return next(one for one in listed(office, user, DROPPED) if one.id == which)


def plan(office: Office, user: User, which: str, day: date) -> FollowUp:
    """Make a visit of it, in the pool of that day.

    Raises:
        ProblemError: 404 for another region's or none, 409 where it is settled already.
        holders.Erased: nobody can read the visit that it follows any more.
    """
    with office.database.writing() as c:
        asked = _open(c, user, which)
        [row] = rows(c, user.region, visits.c.id == asked["visit"])
        made = _visit(office, c, row, WorkKind(asked["work"]), day)
        add(office, c, made, {"planned_on": day, "technician": None, "source_hash": ""})
        _settle(office, c, asked, PLANNED, made.id)
        note(office, c, user, audit.Entry("follow_up_planned", which, made.id))
    return next(one for one in listed(office, user, PLANNED) if one.id == which)


def _open(c: Connection, user: User, which: str) -> RowMapping:
    mine = (follow_ups.c.region == user.region, follow_ups.c.id == which)
    row = c.execute(select(follow_ups).where(*mine).with_for_update()).mappings().one_or_none()
    if row is None:
        raise ProblemError(404, "follow-up-unknown")
    if row["state"] != OPEN:
        raise ProblemError(409, "follow-up-settled")
    return row


def _settle(
    office: Office, c: Connection, asked: RowMapping, state: str, visit: str | None = None
) -> None:
    this = (follow_ups.c.region == asked["region"], follow_ups.c.id == asked["id"])
    values = {"state": state, "settled_at": office.clock.now(), "planned_as": visit}
    c.execute(update(follow_ups).where(*this).values(values))


def _visit(office: Office, c: Connection, row: VisitRow, work: WorkKind, day: date) -> Visit:
    """A new visit at the same place: newest definitions, today's meters, known choices."""
    before = open_bundle(office, c, row.bundle)
    progress = replay(fact for _, fact in told_of(office, c, row.region, row.id))
    start, end = (datetime.combine(day, at, _AMSTERDAM) for at in _WINDOW)
    chosen = tuple(fact.choice for fact in progress.of(f.ChoiceRecorded))
    ended = row.state in {VisitState.DONE, VisitState.NOT_DONE}
    return msgspec.structs.replace(
        before,
        id=office.clock.new_id(),
        number=_number(c, row),
        kind=work,
        flow=newest_flow(work),
        lmra=newest_lmra(),
        window_start=start,
        window_end=end,
        version=1,
        route_position=0,
        connections=tuple(_supply(before, progress, s) for s in before.connections),
        new_meters=before.new_meters if work is WorkKind.PLACEMENT else (),
        choices=(*before.choices, *chosen),
        last_visit=row.planned_on if ended else before.last_visit,
    )


def _supply(visit: Visit, progress: Progress, supply: Supply) -> Supply:
    hangs = meter_now(visit, progress, supply.commodity)
    removed = {fact.number for fact in progress.of(f.MeterRemoved)}
    if hangs is not None and hangs.number in removed:
        hangs = None
    return msgspec.structs.replace(supply, meter=hangs)


def _number(c: Connection, row: VisitRow) -> str:
    """The visit's number with a counter behind it: `V-1006.2`."""
    stem = row.number.partition(".")[0]
    mine = (visits.c.region == row.region, visits.c.number.startswith(f"{stem}."))
    taken = len(c.execute(select(visits.c.id).where(*mine)).all())
    return f"{stem}.{taken + 2}"
