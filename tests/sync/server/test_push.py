from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from fieldapp.domain import facts as f
from fieldapp.domain.operation import decode_header, sha256_hex
from sync.server import holders, laptops, planning, quarantine
from sync.server.erasure import erase_holder_of
from sync.server.tables import operations
from sync.server.vault import unseal
from sync.wire import Outcome

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, HandClock


AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
ACCEPTED = f.VisitAccepted(at=AT)
TRAVELLING = f.VisitTravelling(at=AT)
ARRIVED = f.VisitArrived(at=AT)
NOTE = f.ComplaintRecorded(at=AT, text="Te laat")
APPLIED = ("applied", "")
HELD = ("held", "predecessor_missing")
FORK = ("quarantined", "fork")


def counted(backyard: Backyard) -> int:
    return int(backyard.one("SELECT count(*) FROM operations WHERE counts"))


def test_facts_in_order_are_applied_and_move_the_visit(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    sent = [laptop.operation(visit, fact) for fact in (ACCEPTED, TRAVELLING, ARRIVED)]
    answer = backyard.sync(laptop, *sent)
    assert [v.outcome for v in answer.verdicts] == [Outcome.APPLIED] * 3
    assert [v.id for v in answer.verdicts] == [decode_header(s.header).id for s in sent]
    assert answer.known_sequence == 3
    assert backyard.state(visit) == "on_site"


def test_a_repeat_gets_the_same_word_and_has_no_effect(
    backyard: Backyard, clock: HandClock
) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    sent = [laptop.operation(visit, fact) for fact in (ACCEPTED, TRAVELLING)]
    first = backyard.sync(laptop, *sent)
    clock.pass_time(60)
    again = backyard.sync(laptop, *sent, sent[0])
    assert again.verdicts == (*first.verdicts, first.verdicts[0])
    assert counted(backyard) == 2


def test_the_same_operation_twice_in_one_request(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    one = laptop.operation(visit, ACCEPTED)
    assert backyard.push(laptop, one, one) == [APPLIED, APPLIED]
    assert counted(backyard) == 1


def test_a_race_of_repeats_applies_once(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    sent = [laptop.operation(visit, fact) for fact in (ACCEPTED, TRAVELLING, ARRIVED)]
    results: list[list[tuple[str, str]]] = []
    gate = threading.Barrier(6)

    def push() -> None:
        gate.wait()
        results.append(backyard.push(laptop, *sent))

    threads = [threading.Thread(target=push) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [[APPLIED] * 3] * 6
    assert counted(backyard) == 3


def test_held_until_the_gap_is_filled(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    one, two, three = (laptop.operation(visit, x) for x in (ACCEPTED, TRAVELLING, ARRIVED))
    answer = backyard.sync(laptop, three, two)
    assert [v.outcome for v in answer.verdicts] == [Outcome.HELD, Outcome.HELD]
    assert answer.known_sequence == 0
    assert backyard.state(visit) == "planned"
    assert backyard.push(laptop, one) == [APPLIED]
    assert backyard.push(laptop, three, two) == [APPLIED, APPLIED]
    assert backyard.state(visit) == "on_site"
    assert counted(backyard) == 3


def test_a_gap_filled_within_the_request_is_no_gap(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    one, two, three = (laptop.operation(visit, x) for x in (ACCEPTED, TRAVELLING, ARRIVED))
    assert backyard.push(laptop, three, one, two) == [APPLIED] * 3


def test_a_fork_is_kept_for_a_person_and_blocks_nothing(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    one = laptop.operation(visit, ACCEPTED)
    twin = laptop.operation(visit, NOTE, sequence=1, previous="0" * 64)
    laptop.sequence, laptop.previous = 1, sha256_hex(one.header)
    two = laptop.operation(visit, TRAVELLING)
    stray = laptop.operation(visit, NOTE, previous="f" * 64)
    assert backyard.push(laptop, one, twin, two, stray) == [APPLIED, FORK, APPLIED, FORK]
    assert backyard.push(laptop, twin) == [FORK]


def test_a_held_fork_is_found_when_the_gap_is_filled(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    one = laptop.operation(visit, ACCEPTED)
    stray = laptop.operation(visit, NOTE, previous="a" * 64)
    assert backyard.push(laptop, stray) == [HELD]
    assert backyard.push(laptop, one, stray) == [APPLIED, FORK]


def test_broken_rules_are_conflicts_with_their_reason(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    sent = [
        laptop.operation(visit, ARRIVED),
        laptop.operation(visit, f.VisitStarted(at=AT)),
        laptop.operation(visit, f.VisitClosed(at=AT)),
        laptop.operation(visit, f.StepDone(at=AT, step="nonsense")),
    ]
    assert backyard.push(laptop, *sent) == [
        ("applied_with_conflict", "illegal_transition:planned>on_site"),
        ("applied_with_conflict", "missing_evidence:lmra"),
        (
            "applied_with_conflict",
            "missing_evidence:step:connection_and_meter,step:choice,"
            "step:write_preference,step:confirm",
        ),
        ("applied_with_conflict", "illegal_transition:done>step_done"),
    ]
    assert backyard.state(visit) == "done"


def test_a_broken_rule_without_a_class_of_its_own(
    backyard: Backyard, beginning: list[f.AnyFact]
) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    sent = [laptop.operation(visit, fact) for fact in beginning]
    sent.append(laptop.operation(visit, f.StepDone(at=AT, step="nonsense")))
    verdicts = backyard.push(laptop, *sent)
    assert verdicts == [APPLIED] * 5 + [("applied_with_conflict", "rule:no_such_step")]


def test_unknown_kinds_are_kept_as_they_came(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    new = b'{"salt":"AAAAAAAAAAAAAAAAAAAAAA==","fact":{"kind":"dog_seen","at":"x","size":3}}'
    sent = [
        laptop.operation(visit, ACCEPTED, payload=new, kind="dog_seen"),
        laptop.operation(visit, ACCEPTED, kind="visit_closed"),
        laptop.operation(visit, ACCEPTED),
    ]
    assert backyard.push(laptop, *sent) == [
        ("quarantined", "unknown_fact"),
        ("quarantined", "kind_differs"),
        APPLIED,
    ]
    office, t = backyard.office, operations
    with office.database.reading() as c:
        row = c.execute(select(t).where(t.c.kind == "dog_seen")).one()
        key = holders.key(office, c, row.region, row.holder)
    assert unseal(key, row.sealed, f"operation:{row.header_sha256}") == new


def test_unknown_visits_and_those_of_others_wait_for_a_person(backyard: Backyard) -> None:
    backyard.technician("T2")
    laptop, (others,) = backyard.laptop(), backyard.visits("T2")
    sent = [laptop.operation(others, ACCEPTED), laptop.operation("nowhere", ACCEPTED)]
    assert backyard.push(laptop, *sent) == [
        ("quarantined", "never_assigned"),
        ("quarantined", "unknown_visit"),
    ]
    assert backyard.state(others) == "planned"


def test_facts_of_a_reassigned_or_cancelled_visit_are_taken(backyard: Backyard) -> None:
    backyard.technician("T2")
    laptop, (moved, gone) = backyard.laptop(), backyard.visits(number=2)
    planning.reassign(backyard.office, backyard.dispatcher, moved, "T2")
    planning.cancel(backyard.office, backyard.dispatcher, gone)
    sent = [laptop.operation(moved, ACCEPTED), laptop.operation(gone, ACCEPTED)]
    assert backyard.push(laptop, *sent) == [
        ("applied_with_conflict", "reassigned"),
        ("applied_with_conflict", "cancelled"),
    ]
    assert backyard.state(moved) == "planned"
    assert counted(backyard) == 2


def test_a_withdrawn_laptop_delivers_and_gets_nothing(backyard: Backyard) -> None:
    laptop, (visit, _other) = backyard.laptop(), backyard.visits(number=2)
    before = laptop.operation(visit, ACCEPTED)
    assert len(backyard.sync(laptop, before).changes) == 2
    with backyard.office.database.writing() as c:
        assert laptops.withdraw(backyard.office, c, laptop.laptop)
        assert laptops.withdraw(backyard.office, c, laptop.laptop)
        assert not laptops.withdraw(backyard.office, c, "nobody")
    backyard.visits(number=1)
    after = laptop.operation(visit, TRAVELLING)
    answer = backyard.sync(laptop, before, after)
    assert [(v.outcome.value, v.reason) for v in answer.verdicts] == [
        APPLIED,
        ("quarantined", "laptop_withdrawn"),
    ]
    assert [c.visit for c in answer.changes] == [None, None]
    assert not answer.has_more
    assert backyard.held_by(laptop) == {}
    assert backyard.state(visit) == "accepted"


def test_a_second_laptop_of_the_technician_starts_from_the_plan(backyard: Backyard) -> None:
    first, (visit,) = backyard.laptop(), backyard.visits()
    second = backyard.laptop()
    assert backyard.push(first, first.operation(visit, ACCEPTED)) == [APPLIED]
    late = first.operation(visit, TRAVELLING)
    sent = [second.operation(visit, x) for x in (ACCEPTED, f.VisitRefused(at=AT, reason="x"))]
    assert backyard.push(second, sent[0]) == [APPLIED]
    refusal = backyard.push(second, sent[1])
    assert refusal == [("applied_with_conflict", "illegal_transition:accepted>refused")]
    assert backyard.push(first, late) == [("applied_with_conflict", "finished_elsewhere")]
    assert backyard.state(visit) == "refused"


def test_a_restored_laptop_sends_again_under_a_new_incarnation(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    old = laptop.operation(visit, ACCEPTED)
    backyard.push(laptop, old)
    known = backyard.known(laptop)
    answer = laptops.new_incarnation(backyard.office, known)
    assert answer.incarnation == 2
    laptop.start_anew(2)
    name = decode_header(old.header).id
    again = laptop.operation(visit, ACCEPTED, payload=old.payload, id=name)
    other = laptop.operation(visit, NOTE, id=name)
    assert backyard.push(laptop, again, other) == [APPLIED, ("quarantined", "id_reused")]
    assert counted(backyard) == 1
    laptop.start_anew(3)
    assert backyard.push(laptop, laptop.operation(visit, NOTE)) == [
        ("quarantined", "unknown_incarnation")
    ]


def test_the_holder_may_be_gone_when_facts_arrive(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    one, two = laptop.operation(visit, ACCEPTED), laptop.operation(visit, TRAVELLING)
    assert backyard.push(laptop, two) == [HELD]
    assert erase_holder_of(backyard.office, "Westland", visit)
    assert backyard.push(laptop, one, two) == [
        ("quarantined", "unknown_visit"),
        ("quarantined", "erased"),
    ]


def test_the_holder_may_be_back_when_facts_arrive(backyard: Backyard) -> None:
    """As somebody new: their key opens nothing of before, and no operation trips over it."""
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    one, two = laptop.operation(visit, ACCEPTED), laptop.operation(visit, TRAVELLING)
    assert backyard.push(laptop, two) == [HELD]
    assert erase_holder_of(backyard.office, "Westland", visit)
    backyard.day(backyard.row(customer=backyard.row("V-1001")["customer"]))
    assert backyard.push(laptop, one, two) == [
        ("quarantined", "unknown_visit"),
        ("quarantined", "erased"),
    ]
    aside = quarantine.listed(backyard.office, backyard.dispatcher)
    for line in aside:
        shown = quarantine.look(backyard.office, backyard.dispatcher, line.id)
        assert (shown.fact is None) == (line.reason == "erased")
