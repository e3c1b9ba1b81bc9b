"""What has not arrived yet: per laptop, from what it said and from what the office has."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.day_close import DayClosed, subject
from fieldapp.domain.status import NotDoneReason
from sync.server import awaited, laptops
from sync.server.doors import Role, User
from sync.server.exchange import sync
from sync.server.tables import files
from sync.wire import SyncRequest

if TYPE_CHECKING:
    from fieldapp.domain.operation import SignedOperation
    from tests.sync.server.doubles import Backyard, HandClock, Running, Signer

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
ON_SITE = (f.VisitAccepted(at=AT), f.VisitTravelling(at=AT), f.VisitArrived(at=AT))
LATER = AT + timedelta(hours=1)
GONE = f.VisitNotDone(at=AT, reason=NotDoneReason.NO_ACCESS)


@pytest.fixture
def laptop(backyard: Backyard) -> Signer:
    return backyard.laptop()


def says(backyard: Backyard, laptop: Signer, *sent: SignedOperation, **said: Any) -> None:
    told = {"incarnation": laptop.incarnation, "last_sequence": laptop.sequence, "waiting": 0}
    request = SyncRequest(operations=sent, **{**told, **said})
    sync(backyard.office, backyard.known(laptop), request)


def line(backyard: Backyard, silent_h: int = 4) -> awaited.Awaited:
    (one,) = awaited.listed(backyard.office, backyard.dispatcher, silent_h)
    return one


def file_of(backyard: Backyard, laptop: Signer, visit: str, content: bytes) -> f.EvidenceAdded:
    """A file that the office knows of and does not have yet."""
    sha256 = hashlib.sha256(content).hexdigest()
    with backyard.office.database.writing() as c:
        holder = c.exec_driver_sql("SELECT holder FROM visits").scalar()
        row: dict[str, object] = {
            "region": "Westland",
            "id": sha256,
            "laptop": laptop.laptop,
            "visit": visit,
        }
        row |= {"holder": holder, "slot": "about", "media_type": "image/jpeg"}
        times = {"started_at": AT, "complete_at": None}
        c.execute(files.insert().values(**row, sha256=sha256, length=len(content), **times))
    return f.EvidenceAdded(
        at=AT, slot="about", sha256=sha256, size=len(content), media_type="image/jpeg"
    )


def arrive(backyard: Backyard) -> None:
    with backyard.office.database.writing() as c:
        c.execute(files.update().values(complete_at=LATER))


@pytest.mark.usefixtures("laptop")
def test_a_laptop_that_has_nothing_to_tell(backyard: Backyard) -> None:
    one = line(backyard)
    assert (one.technician, one.name, one.last_contact) == ("T1", "Technician T1", None)
    assert (one.waiting, one.missing, one.something) == (None, 0, False)


def test_what_it_says_is_kept_and_renewed(
    backyard: Backyard, laptop: Signer, clock: HandClock
) -> None:
    says(backyard, laptop, waiting=3, files_waiting=2, oldest_waiting=AT)
    first = line(backyard)
    assert (first.waiting, first.files_waiting, first.oldest_waiting) == (3, 2, AT)
    assert first.something
    clock.pass_time(60)
    says(backyard, laptop, waiting=3, files_waiting=2, oldest_waiting=AT)
    assert line(backyard).told_at == first.told_at
    assert line(backyard).last_contact != first.last_contact
    says(backyard, laptop, waiting=0, files_waiting=0)
    assert (line(backyard).waiting, line(backyard).oldest_waiting) == (0, None)
    says(backyard, laptop, waiting=None)
    assert line(backyard).waiting == 0
    says(backyard, laptop, waiting=-1, oldest_waiting=datetime.max.replace(tzinfo=UTC))
    assert (line(backyard).waiting, line(backyard).oldest_waiting) == (0, None)


def test_operations_that_are_known_to_be_missing(backyard: Backyard, laptop: Signer) -> None:
    (visit,) = backyard.visits()
    told = [laptop.operation(visit, fact) for fact in (*ON_SITE, GONE)]
    says(backyard, laptop, told[0], last_sequence=2)
    assert (line(backyard).missing, line(backyard).held) == (1, 0)
    says(backyard, laptop, told[3], last_sequence=2)
    assert (line(backyard).missing, line(backyard).held) == (2, 1)
    says(backyard, laptop, *told[1:3])
    assert (line(backyard).missing, line(backyard).held) == (0, 0)
    anew = laptops.new_incarnation(backyard.office, backyard.known(laptop)).incarnation
    assert line(backyard).missing == 0
    laptop.start_anew(anew)
    says(backyard, laptop, last_sequence=5)
    assert line(backyard).missing == 5


def test_files_that_are_not_whole_and_visits_without_them(
    backyard: Backyard, laptop: Signer
) -> None:
    (visit,) = backyard.visits()
    photo = file_of(backyard, laptop, visit, b"photo")
    twice = msgspec.structs.replace(photo, slot="old_meter")
    told = [laptop.operation(visit, fact) for fact in (*ON_SITE, photo, twice, GONE)]
    says(backyard, laptop, *told, files_waiting=1, oldest_waiting=AT)
    one = line(backyard)
    assert one.oldest_waiting == AT
    assert (one.files_waiting, one.files_partial, one.without_files) == (1, 1, ("V-1001",))
    arrive(backyard)
    one = line(backyard)
    assert (one.files_waiting, one.files_partial, one.without_files) == (0, 0, ())
    assert (one.oldest_waiting, one.something) == (None, False)


def test_a_laptop_that_is_silent_on_its_day(
    backyard: Backyard, laptop: Signer, clock: HandClock
) -> None:
    (visit,) = backyard.visits()
    says(backyard, laptop)
    assert (line(backyard).visits_today, line(backyard).open_today) == (1, 1)
    assert not line(backyard).silent
    clock.pass_time(timedelta(hours=5).total_seconds())
    assert line(backyard).silent
    assert not line(backyard, silent_h=6).silent
    says(backyard, laptop, *(laptop.operation(visit, fact) for fact in (*ON_SITE, GONE)))
    clock.pass_time(timedelta(hours=5).total_seconds())
    assert (line(backyard).open_today, line(backyard).silent) == (0, False)


def test_a_closed_day_that_is_not_held_as_it_was(backyard: Backyard, laptop: Signer) -> None:
    day = AT.date()

    def close(operations: int) -> SignedOperation:
        closed = DayClosed(at=AT, day=day, operations=operations)
        return laptop.operation(subject(day), closed, visit_version=0)

    says(backyard, laptop, close(7))
    assert line(backyard).days_differ == (day,)
    says(backyard, laptop, close(1))
    assert line(backyard).days_differ == ()


def test_what_a_person_has_to_look_at(backyard: Backyard, laptop: Signer) -> None:
    (visit,) = backyard.visits()
    broken = laptop.operation(visit, f.VisitClosed(at=AT))
    says(backyard, laptop, broken, laptop.operation("nowhere", GONE))
    one = line(backyard)
    assert (one.conflicts, one.set_aside, one.something) == (1, 1, True)
    with backyard.office.database.writing() as c:
        laptops.withdraw(backyard.office, c, laptop.laptop)
    assert line(backyard).withdrawn
    stranger = User("Sanne", Role.DISPATCHER, "Elders")
    assert awaited.listed(backyard.office, stranger) == []


def test_those_that_are_waited_for_come_first(backyard: Backyard, laptop: Signer) -> None:
    backyard.technician("T2")
    second = backyard.laptop("T2")
    says(backyard, second, waiting=1)
    found = awaited.listed(backyard.office, backyard.dispatcher)
    assert [one.technician for one in found] == ["T2", "T1"]
    with backyard.office.database.writing() as c:
        laptops.withdraw(backyard.office, c, laptop.laptop)
    found = awaited.listed(backyard.office, backyard.dispatcher)
    assert [one.technician for one in found] == ["T2"]


def test_over_http(running: Running, premises: Backyard) -> None:
    laptop = running.enrol(premises.code("T1"))
    says(premises, laptop, waiting=2)
    with running.client(premises.token()) as http:
        (one,) = http.get("/v1/laptops").json()
        assert (one["waiting"], one["silent"]) == (2, False)
        assert http.get("/v1/laptops?silent_h=0").status_code == 422
