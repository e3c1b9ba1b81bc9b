from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import msgspec
import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.operation import SignedOperation
from sync.wire import Outcome

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard


AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
ACCEPTED = f.VisitAccepted(at=AT)
TRAVELLING = f.VisitTravelling(at=AT)
NOTE = f.ComplaintRecorded(at=AT, text="Te laat")
APPLIED = ("applied", "")


def counted(backyard: Backyard) -> int:
    return int(backyard.one("SELECT count(*) FROM operations WHERE counts"))


def altered(signed: SignedOperation, **changed: bytes) -> SignedOperation:
    return msgspec.structs.replace(signed, **changed)


def test_the_only_reasons_to_reject(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    other = backyard.laptop()
    good = laptop.operation(visit, ACCEPTED)
    foreign = other.operation(visit, ACCEPTED)
    sent = (
        altered(good, header=b"{"),
        altered(good, header=b'{"id":"x"}'),
        altered(good, header=b'{"id":"\xff"}'),
        altered(good, signature=bytes(64)),
        altered(good, payload=b"{}"),
        foreign,
        laptop.operation(visit, NOTE, payload=b"no json", sequence=2),
        laptop.operation(visit, NOTE, payload=b'{"fact":{"kind":"\xff"}}', sequence=2),
    )
    answer = backyard.sync(laptop, *sent)
    assert [v.outcome for v in answer.verdicts] == [Outcome.REJECTED] * 8
    assert [v.reason for v in answer.verdicts] == [
        "malformed",
        "malformed",
        "malformed",
        "bad_signature",
        "payload_changed",
        "other_laptop",
        "malformed",
        "malformed",
    ]
    assert [v.id for v in answer.verdicts[:2]] == ["", "x"]


@pytest.mark.parametrize(
    "changed",
    [
        {"sequence": 0},
        {"sequence": 2**31},
        {"incarnation": -1},
        {"definition_version": -1},
        {"visit_version": -1},
        {"id": "a\0b"},
        {"id": "x" * 65},
        {"visit": ""},
        {"kind": "Visit Accepted"},
        {"previous": "0" * 63},
        {"device_time": AT.replace(tzinfo=None)},
        {"device_time": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))},
    ],
)
def test_headers_that_can_not_be_kept(yard: Backyard, changed: dict[str, object]) -> None:
    laptop, (visit,) = yard.laptop(), yard.visits()
    bad = laptop.operation(visit, ACCEPTED, **changed)
    assert yard.push(laptop, bad) == [("rejected", "malformed")]


def test_a_damaged_operation_does_not_block_those_behind_it(backyard: Backyard) -> None:
    laptop, (visit, other) = backyard.laptop(), backyard.visits(number=2)
    one = laptop.operation(visit, ACCEPTED)
    bad = altered(laptop.operation(visit, NOTE), signature=bytes(64))
    worse = altered(laptop.operation(visit, NOTE), payload=b"{}")
    four = laptop.operation(other, ACCEPTED)
    assert backyard.push(laptop, one, bad, worse, four) == [
        APPLIED,
        ("rejected", "bad_signature"),
        ("rejected", "payload_changed"),
        APPLIED,
    ]
    assert backyard.state(other) == "accepted"


@pytest.mark.parametrize("damage", [{"signature": bytes(64)}, {"payload": b"{}"}])
def test_a_good_copy_after_a_damaged_one_is_taken(
    backyard: Backyard, damage: dict[str, bytes]
) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    one, two = laptop.operation(visit, ACCEPTED), laptop.operation(visit, TRAVELLING)
    backyard.push(laptop, altered(one, **damage))
    assert backyard.push(laptop, one, two) == [APPLIED, APPLIED]
    assert backyard.push(laptop, one) == [APPLIED]


@pytest.mark.parametrize("damage", [{"signature": bytes(64)}, {"payload": b"{}"}])
def test_a_good_copy_after_its_seat_was_given(
    backyard: Backyard, damage: dict[str, bytes]
) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    one, two = laptop.operation(visit, ACCEPTED), laptop.operation(visit, NOTE)
    backyard.push(laptop, altered(one, **damage), two)
    assert backyard.push(laptop, one, two) == [APPLIED, APPLIED]
    assert backyard.state(visit) == "accepted"


def test_an_altered_copy_of_a_kept_operation_changes_nothing(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    one = laptop.operation(visit, ACCEPTED)
    backyard.push(laptop, one)
    assert backyard.push(laptop, altered(one, signature=bytes(64)), one) == [
        ("rejected", "bad_signature"),
        APPLIED,
    ]


def test_facts_that_the_rules_stumble_over_block_nothing(
    yard: Backyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop, (visit,) = yard.laptop(), yard.visits()

    def stumble(*_: object) -> None:
        raise ValueError("unforeseen")

    monkeypatch.setattr("sync.server.against.advance", stumble)
    assert yard.push(laptop, laptop.operation(visit, ACCEPTED)) == [
        ("applied_with_conflict", "rules_failed")
    ]


def test_an_error_in_the_middle_leaves_nothing_behind(
    backyard: Backyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    sent = [laptop.operation(visit, x) for x in (ACCEPTED, TRAVELLING)]

    def fail(*_: object) -> None:
        raise KeyError("the process dies here")

    with monkeypatch.context() as patched:
        patched.setattr("sync.server.ledger_rows.add_missing", fail)
        with pytest.raises(KeyError):
            backyard.push(laptop, *sent)
    assert counted(backyard) == 0
    assert backyard.push(laptop, *sent) == [APPLIED, APPLIED]
