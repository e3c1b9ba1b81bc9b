"""A visit's files at the office: listed as recorded and as they are here, looked at, noted."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from sync.server import files, holders, visit_files
from sync.server.doors import Role, User
from sync.server.files import Announcement
from sync.server.problems import ProblemError

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, Running, Signer

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
PHOTO, SMALL, INK, PAPER = b"\xff\xd8photo", b"\xff\xd8small", b"ink" * 99, b"%PDF"
JPEG, PNG = "image/jpeg", "image/png"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def told(slot: str, content: bytes, kind: str = JPEG) -> f.EvidenceAdded:
    return f.EvidenceAdded(
        at=AT, slot=slot, sha256=sha(content), size=len(content), media_type=kind
    )


def announced(  # noqa: PLR0913  what a laptop says of a file
    backyard: Backyard,
    laptop: Signer,
    visit: str,
    content: bytes,
    *,
    kind: str = JPEG,
    whole: bool = True,
    original: str | None = None,
) -> str:
    """A file as a laptop brings it; its id."""
    office, known = backyard.office, backyard.known(laptop)
    said = Announcement(sha(content), visit, "old_meter", kind, len(content), original)
    upload = files.announce(office, known, said)
    stored = files.content(office, upload)
    assert stored.add(0, content if whole else content[:2])
    if whole:
        assert files.settle(office, upload, stored)
    return upload.id


@pytest.fixture
def laptop(backyard: Backyard) -> Signer:
    return backyard.laptop()


@pytest.fixture
def visit(backyard: Backyard, laptop: Signer) -> str:
    """A visit with two photos and a signature recorded; of no file is anything here."""
    (made,) = backyard.visits()
    facts = (
        f.VisitAccepted(at=AT),
        told("old_meter", PHOTO),
        told("signature", INK, PNG),
        told("report", PAPER, "application/pdf"),
    )
    backyard.sync(laptop, *(laptop.operation(made, fact) for fact in facts))
    return made


def lines(backyard: Backyard, visit: str) -> list[tuple[str, bool, bool, bool, bool]]:
    return [
        (
            one.slot,
            one.recorded_at is not None,
            one.announced,
            one.complete_at is not None,
            bool(one.look),
        )
        for one in visit_files.listed(backyard.office, backyard.dispatcher, visit)
    ]


def test_what_was_recorded_is_listed_before_it_comes_and_as_it_comes(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    assert lines(backyard, "V-1001") == [
        (slot, True, False, False, False) for slot in ("old_meter", "signature", "report")
    ]
    announced(backyard, laptop, visit, PHOTO, whole=False)
    small = announced(backyard, laptop, visit, SMALL, original=sha(PHOTO))
    announced(backyard, laptop, visit, INK, kind=PNG)
    announced(backyard, laptop, visit, PAPER, kind="application/pdf")
    assert lines(backyard, visit) == [
        ("old_meter", True, True, False, True),
        ("signature", True, True, True, True),
        ("report", True, True, True, False),
    ]
    (photo, *_) = visit_files.listed(backyard.office, backyard.dispatcher, visit)
    assert photo.look == small
    announced(backyard, laptop, visit, b"stray")
    assert lines(backyard, visit)[-1] == ("old_meter", False, True, True, True)


def test_each_look_is_in_the_trail_and_nothing_else_is_shown(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    office, user = backyard.office, backyard.dispatcher
    photo = announced(backyard, laptop, visit, PHOTO)
    part = announced(backyard, laptop, visit, INK, kind=PNG, whole=False)
    paper = announced(backyard, laptop, visit, PAPER, kind="application/pdf")
    assert visit_files.picture(office, user, visit, photo) == (JPEG, PHOTO)
    stranger = User("Sanne", Role.DISPATCHER, "Elders")
    for who, which, problem in (
        (user, part, "file-not-whole"),
        (user, paper, "file-not-a-picture"),
        (user, "no-such", "file-unknown"),
        (stranger, photo, "visit-unknown"),
    ):
        with pytest.raises(ProblemError, match=problem):
            visit_files.picture(office, who, visit, which)
    assert backyard.one("SELECT count(*) FROM audit WHERE action = 'file_viewed'") == 1
    with office.database.writing() as c:
        holder = str(backyard.one("SELECT holder FROM visits"))
        assert holders.erase(office, c, user.region, holder)
    with pytest.raises(holders.Erased):
        visit_files.picture(office, user, visit, photo)


def test_over_http_by_role(running: Running, premises: Backyard) -> None:
    laptop = running.enrol(premises.code("T1"))
    (visit,) = premises.visits()
    premises.sync(laptop, laptop.operation(visit, told("old_meter", PHOTO)))
    announced(premises, laptop, visit, PHOTO)
    path = f"/v1/planning/visits/{visit}/files"
    with running.client(premises.token()) as http:
        (line,) = http.get(path).json()
        shown = http.get(f"{path}/{line['look']}")
    assert (shown.content, shown.headers["content-type"]) == (PHOTO, JPEG)
    assert shown.headers["cache-control"] == "no-store"
    for role in (Role.DESK, Role.AUDITOR, Role.ADMINISTRATOR):
        who = premises.token(User(role.value, role, premises.dispatcher.region))
        with running.client(who) as http:
            assert http.get(path).status_code == 403
            assert http.get(f"{path}/{line['look']}").status_code == 403
    looks = "SELECT count(*) FROM audit WHERE action IN ('visit_files_viewed', 'file_viewed')"
    assert premises.one(looks) == 2
