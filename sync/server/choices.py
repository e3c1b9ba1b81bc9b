"""What an office chose for itself: one value a name, a default where nothing was chosen.

In comes a choice; out comes what holds now. Rule: a choice that laptops have to know travels in
every answer to a sync, so that it holds there from the next contact on. Nobody is rung for: a
laptop that listens asks every five minutes all the same, and not all of them at once.
"""

from __future__ import annotations

from enum import StrEnum

from sync.server import audit
from sync.server.database import put
from sync.server.office import Office
from sync.server.tables_choices import ORIGINALS, choices


class Originals(StrEnum):
    """Over which connections laptops send photos and captures in full."""

    ANY = "any"
    UNMETERED = "unmetered"


def choose_originals(office: Office, chosen: Originals) -> None:
    """Let this hold from now on; the trail notes it."""
    now = office.clock.now()
    row = {"name": ORIGINALS, "value": chosen.value, "chosen_at": now}
    with office.database.writing() as c:
        put(c, choices, [row])
        audit.append(c, now, "office", audit.Entry("originals_chosen", chosen.value))
