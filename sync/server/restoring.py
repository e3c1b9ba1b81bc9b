"""An office put back from a backup: what it must know before it takes requests again.

In comes an open office whose database and files are copies of an earlier moment; out comes how
many files the database calls complete that are not there. Those are expected again, and from
then on every answer names this restore: a laptop that did not know of it sends all that it
keeps again, and loads everything anew. Rule: nothing is deleted; what laptops still have comes
again.
"""

from __future__ import annotations

from itertools import groupby

from sqlalchemy import func, update

from sync.server import audit, holders, laptops
from sync.server.database import put
from sync.server.files import Upload, content, uploads
from sync.server.office import Office
from sync.server.sealed_file import folder_of, whole_sizes
from sync.server.tables import files
from sync.server.tables_choices import RESTORED, choices

_AT_A_TIME = 500


def note_restored(office: Office) -> int:
    """Take the copies into service; answers how many files are expected again."""
    missing = _missing(office)
    now = office.clock.now()
    with office.database.writing() as c:
        for upload in missing:
            this = (files.c.region == upload.region, files.c.id == upload.id)
            gone = update(files).where(*this).values(complete_at=None)
            if c.execute(gone.returning(files.c.original)).scalar_one() is None:
                laptops.note_file(c, upload.region, upload.laptop, -1)
        life = {"name": RESTORED, "value": office.clock.new_id(), "chosen_at": now}
        put(c, choices, [life])
        audit.append(c, now, "office", audit.Entry("restored", str(len(missing))))
    return len(missing)


def _missing(office: Office) -> list[Upload]:
    """Complete by their row, but not where files lie; each folder there is listed once."""
    found: list[Upload] = []
    by_folder = func.substr(files.c.id, func.length(files.c.id) - 1)
    complete = uploads().where(files.c.complete_at.is_not(None)).order_by(by_folder)
    with office.database.reading() as c:
        rows = c.execution_options(yield_per=_AT_A_TIME).execute(complete)
        told = (Upload(*row) for row in rows)
        for folder, expected in groupby(told, lambda one: folder_of(one.id)):
            there = whole_sizes(office.objects, folder)
            gone = (one for one in expected if there.get(one.id) != one.length)
            found += [one for one in gone if _is_missed(office, one)]
    return found


def _is_missed(office: Office, upload: Upload) -> bool:
    """Whether anybody could read it; what somebody left who was erased is not missed."""
    try:
        content(office, upload)
    except holders.Erased:
        return False
    return True
