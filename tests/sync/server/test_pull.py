from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import pytest
from sqlalchemy import select, update

from fieldapp.domain.facts import ComplaintRecorded
from sync.server import erasure, holders, planning, visit_body
from sync.server.changes import News, announce
from sync.server.exchange import sync
from sync.server.problems import ProblemError
from sync.server.tables import visits
from sync.server.vault import seal
from sync.wire import (
    MAX_OPERATIONS,
    PAGE,
    PROTOCOL,
    ChangeKind,
    SyncRequest,
    digest,
    page_checksum,
)

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, Signer

REGION = "Westland"


def test_a_published_visit_goes_out_whole(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    answer = backyard.sync(laptop)
    (change,) = answer.changes
    assert (change.number, change.kind, change.version) == (1, ChangeKind.VISIT, 1)
    assert change.visit is not None
    assert change.visit.id == visit == change.visit_id
    assert change.visit.customer.name == "Oefenklant Eén"
    assert change.visit.window_start.isoformat() == "2026-03-02T07:00:00+00:00"
    assert answer.cursor == 1
    assert not answer.has_more
    assert answer.checksum == page_checksum(answer.changes)
    assert answer.digest == digest({visit: 1})
    assert backyard.sync(laptop, cursor=1).changes == ()


def test_pages_are_small_and_numbers_have_no_gap(backyard: Backyard) -> None:
    laptop, ids = backyard.laptop(), backyard.visits(number=PAGE + 3)
    first = backyard.sync(laptop)
    assert (len(first.changes), first.has_more, first.cursor) == (PAGE, True, PAGE)
    second = backyard.sync(laptop, cursor=first.cursor)
    assert (len(second.changes), second.has_more) == (3, False)
    numbers = [change.number for change in first.changes + second.changes]
    assert numbers == list(range(1, PAGE + 4))
    assert backyard.held_by(laptop) == dict.fromkeys(ids, 1)
    assert second.digest == digest(backyard.held_by(laptop))


def test_a_visit_that_was_sealed_before_visits_were_packed(backyard: Backyard) -> None:
    office, laptop, (visit,) = backyard.office, backyard.laptop(), backyard.visits()
    this = (visits.c.region == REGION, visits.c.id == visit)
    with office.database.writing() as c:
        holder, sealed = c.execute(select(visits.c.holder, visits.c.sealed).where(*this)).one()
        key = holders.key(office, c, REGION, holder)
        plain = visit_body.encoded(key, visit, sealed)
        assert len(sealed) < len(plain) * 0.6
        older = seal(key, plain, f"visit:{visit}")
        c.execute(update(visits).where(*this).values(sealed=older))
    (change,) = backyard.sync(laptop).changes
    assert change.visit == visit_body.opened(key, visit, sealed)
    planning.reassign(office, backyard.dispatcher, visit, None)
    assert backyard.held_by(laptop) == {}


def test_the_digest_follows_what_changes_for_a_laptop_that_has_all(backyard: Backyard) -> None:
    laptop, (one, two) = backyard.laptop(), backyard.visits(number=2)
    cursor = backyard.sync(laptop).cursor
    assert backyard.sync(laptop, cursor=cursor).digest == digest({one: 1, two: 1})
    planning.cancel(backyard.office, backyard.dispatcher, one)
    answer = backyard.sync(laptop, cursor=cursor)
    assert answer.digest == digest({two: 1})
    assert [change.kind for change in answer.changes] == [ChangeKind.WITHDRAWN]
    assert backyard.sync(laptop, cursor=answer.cursor).digest == digest({two: 1})


def test_what_is_not_published_stays_here(backyard: Backyard) -> None:
    laptop = backyard.laptop()
    backyard.day(backyard.row(technician="T1"))
    answer = backyard.sync(laptop)
    assert answer.changes == ()
    assert answer.digest == digest({})


def test_a_reassigned_visit_leaves_one_laptop_and_comes_to_the_other(
    backyard: Backyard,
) -> None:
    backyard.technician("T2")
    one, two = backyard.laptop("T1"), backyard.laptop("T2")
    (visit,) = backyard.visits("T1")
    assert backyard.held_by(one) == {visit: 1}
    planning.reassign(backyard.office, backyard.dispatcher, visit, "T2")
    gone = backyard.sync(one, cursor=1).changes
    assert [(c.kind, c.visit) for c in gone] == [(ChangeKind.WITHDRAWN, None)]
    assert backyard.held_by(one) == {}
    assert backyard.held_by(two) == {visit: 2}
    planning.reassign(backyard.office, backyard.dispatcher, visit, None)
    assert backyard.held_by(two) == {}
    planning.reassign(backyard.office, backyard.dispatcher, visit, "T1")
    assert backyard.held_by(one) == {visit: 4}
    assert backyard.sync(one, cursor=99).cursor == backyard.last_change("T1")


def test_an_older_row_never_brings_back_what_was_taken_away(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    planning.cancel(backyard.office, backyard.dispatcher, visit)
    answer = backyard.sync(laptop)
    assert [(c.number, c.visit) for c in answer.changes] == [(1, None), (2, None)]
    assert answer.digest == digest({})


def test_other_regions_and_technicians_are_out_of_sight(backyard: Backyard) -> None:
    backyard.technician("T2")
    backyard.technician("X1", region="Elders")
    backyard.visits("T2")
    for laptop in (backyard.laptop("T1"), backyard.laptop("X1")):
        assert backyard.sync(laptop).changes == ()


def test_an_erased_holder_leaves_the_laptops(backyard: Backyard) -> None:
    laptop, (visit, kept) = backyard.laptop(), backyard.visits(number=2)
    assert backyard.held_by(laptop) == {visit: 1, kept: 1}
    assert erasure.erase_holder_of(backyard.office, REGION, visit)
    assert erasure.erase_holder_of(backyard.office, REGION, visit) is None
    assert erasure.erase_holder_of(backyard.office, REGION, "V-0") is None
    answer = backyard.sync(laptop, cursor=2)
    assert [(c.visit_id, c.kind) for c in answer.changes] == [(visit, ChangeKind.WITHDRAWN)]
    assert backyard.held_by(laptop) == {kept: 1}
    assert answer.digest == digest({kept: 1})


@pytest.mark.parametrize("cursor", [-5, 10**30])
def test_cursors_from_elsewhere_do_no_harm(backyard: Backyard, cursor: int) -> None:
    laptop = backyard.laptop()
    backyard.visits()
    answer = backyard.sync(laptop, cursor=cursor)
    assert answer.cursor == 1
    assert not answer.has_more


def test_a_request_from_another_age_is_refused_whole(yard: Backyard) -> None:
    laptop = yard.laptop()
    for protocol, problem in ((PROTOCOL + 1, "unknown"), (-2, "too-old")):
        request = SyncRequest(protocol=protocol)
        with pytest.raises(ProblemError, match=f"protocol-{problem}"):
            sync(yard.office, yard.known(laptop), request)


def test_too_many_operations_are_refused_whole(yard: Backyard) -> None:
    laptop, (visit,) = yard.laptop(), yard.visits()
    note = ComplaintRecorded(at=yard.office.clock.now(), text="x")
    many = tuple(laptop.operation(visit, note) for _ in range(MAX_OPERATIONS + 1))
    with pytest.raises(ProblemError, match="too-many-operations"):
        yard.sync(laptop, *many)
    assert yard.one("SELECT count(*) FROM operations") == 0
    assert len(yard.push(laptop, *many[:-1])) == MAX_OPERATIONS


def test_known_sequence_only_of_real_incarnations(yard: Backyard) -> None:
    laptop = yard.laptop()
    for incarnation in (0, -1, 10**30):
        request = SyncRequest(incarnation=incarnation)
        assert sync(yard.office, yard.known(laptop), request).known_sequence == 0


def together(*tasks: Callable[[], None]) -> None:
    """Run the tasks at the same time; the first error of any is raised."""
    gate = threading.Barrier(len(tasks))

    def run(task: Callable[[], None]) -> None:
        gate.wait()
        task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        for done in [pool.submit(run, task) for task in tasks]:
            done.result()


def test_eight_writers_leave_no_gap_and_no_twin(backyard: Backyard) -> None:
    backyard.technician("T2")
    (visit,) = backyard.visits("T1")
    rounds = 12

    def write(first: str, second: str) -> None:
        for _ in range(rounds):
            news = [News(name, ChangeKind.VISIT, visit, 1) for name in (first, second)]
            with backyard.office.database.writing() as c:
                announce(backyard.office, c, REGION, news)

    pairs = [("T1", "T2"), ("T2", "T1")] * 4
    together(*(partial(write, *pair) for pair in pairs))
    laptop: Signer = backyard.laptop("T1")
    numbers, cursor, more = [], 0, True
    while more:
        answer = backyard.sync(laptop, cursor=cursor)
        numbers += [change.number for change in answer.changes]
        cursor, more = answer.cursor, answer.has_more
    assert numbers == list(range(1, 8 * rounds + 2))
    assert backyard.last_change("T2") == 8 * rounds


def test_a_reader_never_sees_a_later_change_before_an_earlier_one(backyard: Backyard) -> None:
    (visit,) = backyard.visits("T1")
    laptop = backyard.laptop()
    seen: list[int] = []

    def write() -> None:
        for _ in range(15):
            with backyard.office.database.writing() as c:
                announce(backyard.office, c, REGION, [News("T1", ChangeKind.VISIT, visit, 1)])

    def read() -> None:
        cursor = 0
        while cursor < 31:
            answer = backyard.sync(laptop, cursor=cursor)
            seen.extend(change.number for change in answer.changes)
            assert answer.digest == digest({visit: 1})
            cursor = answer.cursor

    together(write, write, read)
    assert seen == list(range(1, 32))


def test_bundles_are_sealed_in_the_database(backyard: Backyard) -> None:
    (visit,) = backyard.visits()
    sealed = backyard.one("SELECT sealed FROM visits WHERE id = :v", v=visit)
    assert b"Oefenklant" not in bytes(sealed)
    laptop = backyard.laptop()
    backyard.push(
        laptop,
        laptop.operation(
            visit, ComplaintRecorded(at=backyard.office.clock.now(), text="geheim")
        ),
    )
    kept = bytes(backyard.one("SELECT sealed FROM operations"))
    assert b"geheim" not in kept
    assert msgspec.json.decode(bytes(backyard.one("SELECT header FROM operations")))
