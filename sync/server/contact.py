"""When a laptop was heard, and which changes went out to it.

In come a laptop and the numbers of the changes that it is told; written down is that they go
out. Rule: contact and the trail's entry are in one transaction, written before anything goes
out; on PostgreSQL they are one statement, as long as nobody else wrote in the laptop's trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    Connection,
    Update,
    bindparam,
    case,
    exists,
    select,
    update,
)

from sync.server import audit
from sync.server.laptops import Laptop
from sync.server.office import Office
from sync.server.prepared import Prepared
from sync.server.tables import laptops


@dataclass(frozen=True, slots=True)
class Handed:
    """Visits that go out: the numbers of the first and the last change with them.

    Attributes:
        seen: the end of the laptop's trail as it was a moment ago; None: it had none.
    """

    laptop: Laptop
    at: datetime
    first: int
    last: int
    seen: audit.Head | None

    @property
    def chain(self) -> str:
        """Whose trail tells of it."""
        return f"laptop:{self.laptop.id}"

    @property
    def entry(self) -> audit.Entry:
        """What is written in the trail."""
        return audit.Entry("visits_handed_out", f"{self.first}-{self.last}")


def note_contact(c: Connection, laptop: Laptop, at: datetime, number: int = 0) -> None:
    """Remember that this laptop was heard, and how far it was told its technician's changes.

    How far it was told never goes back.
    """
    _HEARD.changed(c, _told(laptop, at, number))


def note_handed_out(c: Connection, handed: Handed) -> None:
    """Remember it, and which visits went out, in a transaction of the caller's."""
    note_contact(c, handed.laptop, handed.at, handed.last)
    audit.append(c, handed.at, handed.chain, handed.entry, handed.seen)


def handed_out_at_once(office: Office, handed: Handed) -> bool:
    """As `note_handed_out`, once there and back; False: that has to be done instead."""
    if handed.seen is None or not office.database.is_postgres:
        return False
    row = audit.row_after(handed.seen, handed.chain, handed.at, handed.entry)
    told = _told(handed.laptop, handed.at, handed.last)
    with office.database.glancing() as c:
        return _AT_ONCE.changed(c, {**told, **row}) == 1


def _told(laptop: Laptop, at: datetime, number: int) -> dict[str, object]:
    return {
        "of_region": laptop.region,
        "of_laptop": laptop.id,
        "heard_at": at,
        "told": number,
    }


def _heard() -> Update:
    mine = (laptops.c.region == bindparam("of_region"), laptops.c.id == bindparam("of_laptop"))
    told: BindParameter[int] = bindparam("told")
    before = laptops.c.handed_out
    further = case((before < told, told), else_=before)
    return (
        update(laptops)
        .where(*mine)
        .values(last_contact=bindparam("heard_at"), handed_out=further)
    )


def _at_once() -> Prepared:
    # the laptop's row before the trail's end, as everywhere: nobody waits for each other
    it = _heard().returning(laptops.c.id).cte("heard")
    return Prepared(audit.adding(exists(select(it.c.id))))


_HEARD = Prepared(_heard())
_AT_ONCE = _at_once()
