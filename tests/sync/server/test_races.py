from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import pytest

from sync.server import audit, files, holders, laptops, planning
from sync.server.audit import Entry
from sync.server.exchange import sync
from sync.server.files import Announcement
from sync.server.intake import Complaint, take
from sync.server.problems import ProblemError
from sync.wire import (
    ChallengeAnswer,
    EnrolRequest,
    SyncRequest,
    TokenAnswer,
    TokenRequest,
)

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard

T = TypeVar("T")
MANY = 6


def at_once(task: Callable[[], T]) -> list[T]:
    """What the same task answers when it is done by many at the same time."""
    gate = threading.Barrier(MANY)

    def run() -> T:
        gate.wait()
        return task()

    with ThreadPoolExecutor(MANY) as pool:
        return [one.result() for one in [pool.submit(run) for _ in range(MANY)]]


def test_a_trail_that_many_begin(backyard: Backyard) -> None:
    office = backyard.office

    def write() -> None:
        with office.database.writing() as c:
            audit.append(c, office.clock.now(), "user:Anna", Entry("looked"))

    at_once(write)
    query = "SELECT number FROM audit_heads WHERE chain = 'user:Anna'"
    assert backyard.one(query) == MANY
    with office.database.reading() as c:
        assert audit.verify(c) == ()


def test_a_holder_whom_many_meet(backyard: Backyard) -> None:
    office = backyard.office

    def meet() -> bytes:
        with office.database.writing() as c:
            return holders.new_key(office, c, "R", "somebody")

    assert len(set(at_once(meet))) == 1


def test_a_form_that_is_sent_many_times(backyard: Backyard) -> None:
    address = {"street": "K", "number": "1", "postcode": "2671AB", "place": "N"}
    form = Complaint.model_validate(
        {"name": "K", "phone": "0174 000001", "address": address, "text": "x", "ean": "1" * 18}
    )
    assert len(set(at_once(lambda: take(backyard.office, form)))) == MANY
    assert backyard.one("SELECT count(DISTINCT holder) FROM intake") == 1


def test_a_code_that_many_try(backyard: Backyard) -> None:
    code = backyard.code("T1")
    numbers = iter(range(MANY))

    def enrol() -> str:
        key = next(numbers).to_bytes(32, "little")
        try:
            return laptops.enrol(
                backyard.office, EnrolRequest(code=code, public_key=key)
            ).laptop
        except ProblemError as e:
            return e.name

    answers = at_once(enrol)
    assert answers.count("enrolment-code-unknown") == MANY - 1
    assert backyard.one("SELECT count(*) FROM laptops") == 1


def test_a_challenge_that_is_answered_many_times(backyard: Backyard) -> None:
    office, laptop = backyard.office, backyard.laptop()
    asked = laptops.give_token(office, TokenRequest(laptop=laptop.laptop))
    assert isinstance(asked, ChallengeAnswer)
    signed = TokenRequest(
        laptop=laptop.laptop,
        challenge=asked.challenge,
        signature=laptop.key.sign(b"fieldapp-token:" + asked.challenge.encode()),
    )

    def answer() -> bool:
        try:
            return isinstance(laptops.give_token(office, signed), TokenAnswer)
        except ProblemError:
            return False

    assert sum(at_once(answer)) == 1


def test_a_file_that_is_announced_many_times(backyard: Backyard) -> None:
    laptop = backyard.known(backyard.laptop())
    said = Announcement("a" * 64, "nowhere", "photo", "image/jpeg", 7)
    found = at_once(lambda: files.announce(backyard.office, laptop, said))
    assert len({upload.id for upload in found}) == 1


def test_a_visit_that_many_move(backyard: Backyard) -> None:
    backyard.technician("T2")
    one, two, (visit,) = backyard.laptop("T1"), backyard.laptop("T2"), backyard.visits("T1")
    names = iter(["T2", "T1"] * MANY)
    at_once(
        lambda: (
            planning.reassign(backyard.office, backyard.dispatcher, visit, next(names)).version
        )
    )
    held = [backyard.held_by(one), backyard.held_by(two)]
    assert sorted(held, key=len) == [{}, {visit: MANY + 1}]


def test_a_laptop_withdrawn_after_its_token_was_looked_at(backyard: Backyard) -> None:
    laptop, _ = backyard.laptop(), backyard.visits()
    looked_at = backyard.known(laptop)
    with backyard.office.database.writing() as c:
        laptops.withdraw(backyard.office, c, laptop.laptop)
    answer = sync(backyard.office, looked_at, SyncRequest())
    assert answer.changes == ()


@pytest.mark.parametrize("times", [1, 2])
def test_laptops_start_anew_one_after_another(backyard: Backyard, times: int) -> None:
    laptop = backyard.known(backyard.laptop())
    for _ in range(times):
        at_once(lambda: laptops.new_incarnation(backyard.office, laptop))
    query = "SELECT count(DISTINCT system_title) FROM incarnations"
    assert backyard.one(query) == MANY * times + 1
