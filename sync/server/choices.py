"""What an office chose for itself: one value a name, a default where nothing was chosen.

In comes a choice; out comes what holds now. Rule: a choice that laptops have to know travels in
every answer to a sync, so that it holds there from the next contact on.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select

from sync.server import audit
from sync.server.office import Office
from sync.server.tables_choices import choices

_ORIGINALS = "originals"


class Originals(StrEnum):
    """Over which connections laptops send photos and captures in full."""

    ANY = "any"
    UNMETERED = "unmetered"


def originals(c: Connection) -> Originals:
    """What holds now."""
    query = select(choices.c.value).where(choices.c.name == _ORIGINALS)
    chosen = c.execute(query).scalar_one_or_none()
    return Originals.ANY if chosen is None else Originals(chosen)


def choose_originals(office: Office, chosen: Originals) -> None:
    """Let this hold from now on; the trail notes it."""
    now = office.clock.now()
    row = {"name": _ORIGINALS, "value": chosen.value, "chosen_at": now}
    with office.database.writing() as c:
        c.execute(delete(choices).where(choices.c.name == _ORIGINALS))
        c.execute(insert(choices).values(row))
        audit.append(c, now, "office", audit.Entry("originals_chosen", chosen.value))
