"""What a laptop says of itself with a sync: kept, so that the office knows what is to come.

In comes a request; a row is written only where it says something else than before, so that a
laptop that has nothing to tell costs no write. Rule: nothing here decides anything; who has an
older program says nothing, and nothing is guessed for it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from sync.server.database import put
from sync.server.laptops import Laptop
from sync.server.office import Office
from sync.server.tables_people import Report, laptop_reports
from sync.wire import SyncRequest

_MOST = 2**31 - 1
_LAST_YEAR = 9999


def note(office: Office, laptop: Laptop, request: SyncRequest, before: Report) -> None:
    """Keep what this laptop says of what waits on it, unless it said so `before`."""
    if request.waiting is not None and before != tuple(_said(request).values()):
        with office.database.glancing() as c:
            keep(office, c, laptop, request)


def keep(office: Office, c: Connection, laptop: Laptop, request: SyncRequest) -> None:
    """Keep it, in a transaction of something else: with operations something is always new."""
    if request.waiting is not None:
        this = {"region": laptop.region, "laptop": laptop.id}
        put(c, laptop_reports, [{**this, **_said(request), "told_at": office.clock.now()}])


def _said(request: SyncRequest) -> dict[str, object]:
    """The counts, within what a row can hold, in the order of `REPORTED`."""
    oldest = request.oldest_waiting
    return {
        "incarnation": _within(request.incarnation),
        "last_sequence": _within(request.last_sequence),
        "waiting": _within(request.waiting or 0),
        "files_waiting": None
        if request.files_waiting is None
        else _within(request.files_waiting),
        "oldest_waiting": oldest if oldest is not None and _can_be_kept(oldest) else None,
    }


def _can_be_kept(moment: datetime) -> bool:
    """Aware, and far enough from the ends of time to be turned to UTC."""
    return moment.tzinfo is not None and 1 < moment.year < _LAST_YEAR


def _within(number: int) -> int:
    return min(max(0, number), _MOST)
