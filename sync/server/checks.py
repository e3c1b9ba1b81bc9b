"""Pending checks: what visits left to be proven, until it is, or its day has passed.

In comes a dispatcher or the head-end's interface; out come the open checks, and what became of
one. Rule: a missed date makes a follow-up by itself, in the transaction that finds it missed;
a check that is settled stays as it was settled (trade.md, Pending checks).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from fieldapp.domain.work_order import WorkKind
from sync.server import audit, follow_ups
from sync.server.doors import User
from sync.server.effects import MISSED, OPEN, PROVEN
from sync.server.follow_ups import Asked
from sync.server.office import Office
from sync.server.planning import note
from sync.server.problems import ProblemError
from sync.server.tables import visits
from sync.server.tables_followed import checks

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_WORK = {"preference": WorkKind.READING_PREFERENCE}
"""What has to be done where a check is missed; else somebody looks for a fault."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list; `number` is the visit's."""

    id: str
    what: str
    visit: str
    number: str
    proven_by: str
    until: date
    state: str
    settled_at: datetime | None
    settled_by: str


def listed(office: Office, user: User, state: str = OPEN) -> list[Check]:
    """The region's checks in this state, the most urgent first; missed ones are found first."""
    find_missed(office, user.region)
    query = (
        select(checks, visits.c.number)
        .join(visits, (visits.c.region == checks.c.region) & (visits.c.id == checks.c.visit))
        .where(checks.c.region == user.region, checks.c.state == state)
        .order_by(checks.c.until, visits.c.number, checks.c.what)
    )
    with office.database.reading() as c:
        found = c.execute(query).mappings().all()
    return [Check(**{name: row[name] for name in Check.__slots__}) for row in found]


def prove(office: Office, user: User, which: str, what: str) -> Check:
    """Say that it was proven, also where its day has passed.

    Raises:
        ProblemError: 404 for another region's or none, 409 where it was proven before.
    """
    with office.database.writing() as c:
        this = (checks.c.region == user.region, checks.c.id == which, checks.c.what == what)
        row = c.execute(select(checks).where(*this).with_for_update()).mappings().one_or_none()
        if row is None:
            raise ProblemError(404, "check-unknown")
        if row["state"] == PROVEN:
            raise ProblemError(409, "check-settled")
        settled = {"state": PROVEN, "settled_at": office.clock.now(), "settled_by": user.name}
        c.execute(update(checks).where(*this).values(settled))
        note(office, c, user, audit.Entry("check_proven", which, what))
    return next(c for c in listed(office, user, PROVEN) if (c.id, c.what) == (which, what))


def find_missed(office: Office, region: str) -> int:
    """Let the checks whose day has passed become follow-ups; answers how many did."""
    now = office.clock.now()
    today = now.astimezone(_AMSTERDAM).date()
    late = (checks.c.region == region, checks.c.state == OPEN, checks.c.until < today)
    with office.database.reading() as c:
        if c.execute(select(checks.c.id).where(*late).limit(1)).first() is None:
            return 0
    with office.database.writing() as c:
        missed = c.execute(select(checks).where(*late).with_for_update()).mappings().all()
        for row in missed:
            work = _WORK.get(row["what"], WorkKind.FAULT)
            name, what = f"{row['id']}:{row['what']}"[:64], row["what"]
            asked = Asked(region, name, row["visit"], work, what)
            follow_ups.ask(c, asked, now)
        settled = {"state": MISSED, "settled_at": now, "settled_by": "date"}
        c.execute(update(checks).where(*late).values(settled))
    return len(missed)
