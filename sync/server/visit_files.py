"""The files of a visit, for whoever decides about it: which there are, whether all are in.

In come a user and a visit; out come lines and, of a picture that is here, its octets. Each look
is in the audit trail. Rule: what the site recorded is listed also where nothing of it came,
what came is listed also where no record of it counts, and none is shown that is not whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from fieldapp.domain.facts import EvidenceAdded
from sync.server import audit, holders
from sync.server.doors import User
from sync.server.objects import NoSuchObject, StoreBusy
from sync.server.office import Office
from sync.server.planning import note
from sync.server.problems import ProblemError
from sync.server.sealed_file import SealedFile
from sync.server.tables import files, visits
from sync.server.told import told_of
from sync.server.vault import Unreadable

PICTURES = ("image/jpeg", "image/png")
LARGEST_SHOWN = 12 * 1024 * 1024
"""Octets of a picture that is shown; photos are made smaller than that before they are kept."""


@dataclass(frozen=True, slots=True)
class VisitFile:
    """One file of a visit.

    Attributes:
        sha256: of its content.
        size: octets of the whole file.
        recorded_at: when the site recorded it, by its clock; None where no such record counts.
        announced: something of it was announced here, and may still come.
        complete_at: since when it is here whole; None: not yet.
        look: by which a picture of it can be looked at: itself, or its thumbnail; or empty.
    """

    sha256: str
    slot: str
    media_type: str
    size: int
    recorded_at: datetime | None
    announced: bool
    complete_at: datetime | None
    look: str


@dataclass(frozen=True, slots=True)
class _Here:
    """What is known here of a file: announced, and perhaps whole."""

    id: str
    holder: str
    sha256: str
    slot: str
    media_type: str
    length: int
    original: str | None
    complete_at: datetime | None

    @property
    def why_not(self) -> ProblemError | None:
        """Why it is not shown; None where it is."""
        if self.complete_at is None:
            return ProblemError(409, "file-not-whole")
        if self.media_type not in PICTURES:
            return ProblemError(415, "file-not-a-picture")
        return ProblemError(413, "too-large") if self.length > LARGEST_SHOWN else None


def listed(office: Office, user: User, visit: str) -> list[VisitFile]:
    """A visit's files, by id or number of the visit, as they were recorded; thumbnails apart.

    Raises:
        ProblemError: 404 for another region's or no visit.
        holders.Erased: nobody can read any more what was recorded.
    """
    with office.database.writing() as c:
        found = _visit(c, user, visit)
        told = told_of(office, c, user.region, found)
        here = _here(c, user, found)
        note(office, c, user, audit.Entry("visit_files_viewed", found))
    return _lines([one for _, one in told if isinstance(one, EvidenceAdded)], here)


def picture(office: Office, user: User, visit: str, which: str) -> tuple[str, bytes]:
    """A picture's media type and octets, by the `look` of its line; the look is in the trail.

    Raises:
        ProblemError: 404 where there is none of this region and visit, 409 where it is not
            here whole, 413 and 415 for what is not shown.
        holders.Erased: nobody can read it any more.
        StoreBusy: the store can't give it just now.
    """
    with office.database.writing() as c:
        here = _here(c, user, _visit(c, user, visit), files.c.id == which)
        why_not = here[0].why_not if here else ProblemError(404, "file-unknown")
        if why_not is not None:
            raise why_not
        key = holders.key(office, c, user.region, here[0].holder)
        note(office, c, user, audit.Entry("file_viewed", which))
    try:
        content = b"".join(SealedFile(office.objects, key, which).read())
    except (NoSuchObject, Unreadable) as e:
        raise StoreBusy("a file that counts can't be read") from e
    return here[0].media_type, content


def _visit(c: Connection, user: User, visit: str) -> str:
    named = (visits.c.id == visit) | (visits.c.number == visit)
    query = select(visits.c.id).where(visits.c.region == user.region, named)
    found: str | None = c.execute(query).scalar_one_or_none()
    if found is None:
        raise ProblemError(404, "visit-unknown")
    return found


def _here(c: Connection, user: User, visit: str, *which: ColumnElement[bool]) -> list[_Here]:
    """The files of a visit, those that were announced first before the others."""
    columns = [files.c[name] for name in _Here.__slots__]
    mine = (files.c.region == user.region, files.c.visit == visit, *which)
    query = select(*columns).where(*mine).order_by(files.c.started_at, files.c.id)
    return [_Here(*row) for row in c.execute(query)]


def _lines(recorded: list[EvidenceAdded], here: list[_Here]) -> list[VisitFile]:
    """A line for each content, in the order of the records; then what has no record."""
    small = {one.original: one.id for one in here if one.original and not one.why_not}
    # of two laptops' copies the one that is whole
    ordered = sorted(here, key=lambda one: one.complete_at is not None)
    files_here = {one.sha256: one for one in ordered if one.original is None}
    lines = {
        sha256: VisitFile(
            sha256=sha256,
            slot=one.slot,
            media_type=one.media_type,
            size=one.length,
            recorded_at=None,
            announced=True,
            complete_at=one.complete_at,
            look=small.get(sha256, "") if one.why_not else one.id,
        )
        for sha256, one in files_here.items()
    }
    made = {one.sha256: _recorded(one, lines.get(one.sha256), small) for one in recorded}
    return [*made.values(), *(line for sha256, line in lines.items() if sha256 not in made)]


def _recorded(fact: EvidenceAdded, line: VisitFile | None, small: dict[str, str]) -> VisitFile:
    """The line of what the site recorded, in its words."""
    return VisitFile(
        sha256=fact.sha256,
        slot=fact.slot,
        media_type=fact.media_type,
        size=fact.size,
        recorded_at=fact.at,
        announced=line is not None,
        complete_at=line.complete_at if line else None,
        look=line.look if line else small.get(fact.sha256, ""),
    )
