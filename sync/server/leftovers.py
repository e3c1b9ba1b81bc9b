"""What broken uploads left behind, let go some days later.

In comes an open office; out comes how many objects went. An upload is left when nothing was
added to it for `KEPT`; a laptop that comes back after that sends the file from the start. Rule:
only what belongs to no whole file is looked at, and every process may do this at any time.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sync.server.objects import Lying, Objects, StoreBusy
from sync.server.objects_disk import DRAFTS
from sync.server.office import Office
from sync.server.sealed_file import INCOMING, drop

KEPT = timedelta(days=7)
EVERY_S = 6 * 3600.0
"""Between two looks."""

_log = logging.getLogger(__name__)


def let_go(office: Office) -> int:
    """Remove what is old enough; a store that is busy is asked again another time."""
    before = office.clock.now() - KEPT
    try:
        gone = _uploads(office.objects, before) + _drafts(office.objects, before)
    except StoreBusy:
        _log.warning("leftovers stay: the store is busy")
        return 0
    if gone:
        _log.info("leftovers removed", extra={"count": gone})
    return gone


def _uploads(objects: Objects, before: datetime) -> int:
    uploads: dict[str, list[Lying]] = {}
    for piece in objects.lying(INCOMING):
        uploads.setdefault(piece.name.rpartition("/")[0], []).append(piece)
    gone = 0
    for pieces in uploads.values():
        if max(piece.written_at for piece in pieces) < before:
            drop(objects, [piece.name for piece in pieces])
            gone += len(pieces)
    return gone


def _drafts(objects: Objects, before: datetime) -> int:
    old = [draft.name for draft in objects.lying(DRAFTS) if draft.written_at < before]
    drop(objects, old)
    return len(old)
