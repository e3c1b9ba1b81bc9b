"""Which file goes to the office next, and which ones wait for a connection that costs nothing.

In come the office's wish and the time; out come the files in the order they go: signatures,
thumbnails, everything else, small ones first. Where the office wishes so, photos and captures
in full wait on a metered connection. Rule: none of them waits longer than `LONGEST`, and none
that a person lets go all the same.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import IntEnum

from sqlalchemy import Connection, update

from fieldapp.domain.flow import Need
from fieldapp.store import attachments, state, thumbnails
from fieldapp.store.attachments import Attachment
from fieldapp.store.tables import attachments as files

LONGEST = timedelta(days=3)
"""That a file is held back; then it goes over any connection."""

_WISH = "originals_wait"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Rank(IntEnum):
    """What goes before what."""

    SIGNATURE = 0
    THUMBNAIL = 1
    ORIGINAL = 2


def rank(file: Attachment) -> Rank:
    """Where a file stands in the order."""
    if file.original:
        return Rank.THUMBNAIL
    return Rank.SIGNATURE if file.slot == Need.SIGNATURE else Rank.ORIGINAL


def queue(c: Connection) -> tuple[Attachment, ...]:
    """Everything that the office does not have yet, in the order it goes."""
    waiting = (*attachments.waiting(c), *thumbnails.waiting(c))
    return tuple(sorted(waiting, key=lambda f: (rank(f), f.size, f.visit, f.sha256)))


def note_wish(c: Connection, *, wait: bool) -> None:
    """What the office said last of photos and captures on a metered connection."""
    if wait != wish(c):
        state.save(c, _WISH, wait)


def wish(c: Connection) -> bool:
    """Whether they are to wait there."""
    return state.load(c, _WISH, bool) or False


def hold(c: Connection, now: datetime) -> tuple[Attachment, ...]:
    """Hold back on a metered connection what the office wishes; answers the files.

    The first time is noted, so that a file that was held for long is not held any more.
    """
    if not wish(c):
        return ()
    fresh = (files.c.delivered_at.is_(None), files.c.held_since.is_(None))
    c.execute(update(files).where(*fresh).values(held_since=now))
    # a clock that was put back does not make the wait longer
    ahead = (files.c.delivered_at.is_(None), files.c.held_since > now)
    c.execute(update(files).where(*ahead).values(held_since=now))
    return tuple(
        file
        for file in attachments.waiting(c)
        if rank(file) is Rank.ORIGINAL and goes_at(file, now) > now
    )


def goes_at(file: Attachment, now: datetime) -> datetime:
    """From when on a file is not held back any more."""
    return (file.held_since or now) + LONGEST


def let_go(c: Connection) -> None:
    """Hold nothing back any more that waits now; what is made later is held as before."""
    mine = files.c.delivered_at.is_(None)
    c.execute(update(files).where(mine).values(held_since=_LONG_AGO))
