"""Erasing a connection holder: the key goes, and with it everything sealed under it.

In comes a visit of that holder; out comes the pseudonym whose key was forgotten. Rule: no
sealed row, header or audit entry is touched, so every chain still verifies; visits that can't
be read any more leave the laptops.
"""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from sync.server import audit, holders
from sync.server.changes import News, announce
from sync.server.office import Office
from sync.server.tables import operations, visits
from sync.server.visits import VisitRow, forget, rows
from sync.wire import ChangeKind


def erase_holder_of(office: Office, region: str, visit: str) -> str | None:
    """Forget the key of a visit's holder; None where there is no such visit or key."""
    named = (visits.c.id == visit) | (visits.c.number == visit)
    with office.database.writing() as c:
        found = rows(c, region, named)
        if not found or not _erase(office, c, region, found[0].holder):
            return None
    return found[0].holder


def holders_before(office: Office, region: str, visit: str) -> list[str]:
    """Under whose keys something of a visit lies besides its holder's, as pseudonyms.

    A customer whose name or reference was put right meanwhile is here under the old one. What
    laptops sealed under their own keys is nobody's.
    """
    its = (visits.c.region == region, (visits.c.id == visit) | (visits.c.number == visit))
    told = select(operations.c.holder, operations.c.laptop, visits.c.holder.label("now"))
    of = (operations.c.region == visits.c.region) & (operations.c.visit == visits.c.id)
    with office.database.reading() as c:
        rows = c.execute(told.join(visits, of).where(*its).distinct()).all()
        own = {holders.pseudonym(office, region, "laptop", row.laptop) for row in rows}
        found = {row.holder for row in rows if row.holder != row.now} - own
        return sorted(holders.keys(office, c, region, found))


def erase_holder(office: Office, region: str, holder: str) -> bool:
    """Forget a holder's key, also one that a backup brought back; False: there is none."""
    with office.database.writing() as c:
        return _erase(office, c, region, holder)


def _erase(office: Office, c: Connection, region: str, holder: str) -> bool:
    if not holders.erase(office, c, region, holder):
        return False
    _withdraw(office, c, region, rows(c, region, visits.c.holder == holder))
    _forget(office, c, region, holder)
    entry = audit.Entry("holder_erased", holder)
    audit.append(c, office.clock.now(), "office", entry)
    return True


def _withdraw(office: Office, c: Connection, region: str, unreadable: list[VisitRow]) -> None:
    told = [
        News(row.technician, ChangeKind.WITHDRAWN, row.id, row.version)
        for row in unreadable
        if row.travels and row.technician is not None
    ]
    gone = visits.c.id.in_([row.id for row in unreadable])
    c.execute(update(visits).where(visits.c.region == region, gone).values(cancelled=True))
    announce(office, c, region, told)


def _forget(office: Office, c: Connection, region: str, holder: str) -> None:
    """Take what was told under this holder's key out of visits that have another one now."""
    told = select(operations.c.visit).where(
        operations.c.region == region, operations.c.holder == holder
    )
    others = rows(c, region, visits.c.holder != holder, visits.c.id.in_(told))
    announce(office, c, region, [one for row in others for one in forget(office, c, row)])
