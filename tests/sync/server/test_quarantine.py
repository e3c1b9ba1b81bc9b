"""Operations that were set aside: looked at, taken exactly once, or dropped and kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.operation import SignedOperation, decode_header, sha256_hex
from fieldapp.domain.status import NotDoneReason
from sync.server import deciding, follow_ups, laptops, planning, quarantine
from sync.server.doors import Role, User
from sync.server.erasure import erase_holder_of
from sync.server.exchange import sync
from sync.server.figures import Figures
from sync.server.problems import ProblemError
from sync.server.verification import verify
from sync.wire import SyncRequest, Verdict

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, Running, Signer

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
ACCEPTED, TRAVELLING = f.VisitAccepted(at=AT), f.VisitTravelling(at=AT)
ARRIVED = f.VisitArrived(at=AT)
GONE = f.VisitNotDone(at=AT, reason=NotDoneReason.NO_ACCESS)
APPLIED = ("applied", "")


@pytest.fixture
def laptop(backyard: Backyard) -> Signer:
    return backyard.laptop()


def name(operation: SignedOperation) -> str:
    return sha256_hex(operation.header)


def ids(*operations: SignedOperation) -> tuple[str, ...]:
    return tuple(decode_header(one.header).id for one in operations)


def withdraw(backyard: Backyard, laptop: Signer) -> None:
    with backyard.office.database.writing() as c:
        assert laptops.withdraw(backyard.office, c, laptop.laptop)


def listed(backyard: Backyard, state: str = "open") -> list[tuple[str, str]]:
    found = quarantine.listed(backyard.office, backyard.dispatcher, state)
    return [(one.kind, one.reason) for one in found]


def take(backyard: Backyard, operation: SignedOperation) -> tuple[str, str]:
    shown = quarantine.take(backyard.office, backyard.dispatcher, name(operation))
    return shown.line.outcome, shown.line.state


def hears(backyard: Backyard, laptop: Signer, *operations: SignedOperation) -> list[Any]:
    """What a laptop is told that asks for these."""
    request = SyncRequest(set_aside=ids(*operations))
    told: tuple[Verdict, ...] = sync(backyard.office, backyard.known(laptop), request).settled
    return [(one.outcome.value, one.reason) for one in told]


def test_what_a_withdrawn_laptop_brought_is_taken_in_its_order(
    backyard: Backyard, laptop: Signer
) -> None:
    (visit,) = backyard.visits()
    backyard.push(laptop, laptop.operation(visit, ACCEPTED))
    withdraw(backyard, laptop)
    late = [laptop.operation(visit, fact) for fact in (TRAVELLING, ARRIVED, GONE)]
    backyard.push(laptop, *late)
    assert [reason for _, reason in listed(backyard)] == ["laptop_withdrawn"] * 3
    assert hears(backyard, laptop, *late) == []
    assert [take(backyard, one) for one in late] == [("applied", "taken")] * 3
    assert backyard.state(visit) == "not_done"
    assert take(backyard, late[2]) == ("applied", "taken")
    assert len(follow_ups.listed(backyard.office, backyard.dispatcher)) == 1
    assert backyard.push(laptop, *late) == [APPLIED] * 3
    assert hears(backyard, laptop, *late) == [APPLIED] * 3
    assert listed(backyard) == []
    assert not verify(backyard.office).broken


def test_one_that_is_taken_late_is_judged_in_its_place(
    backyard: Backyard, laptop: Signer
) -> None:
    """The day's end came first; what was before it is no conflict, and the end holds."""
    (visit,) = backyard.visits()
    withdraw(backyard, laptop)
    facts = (ACCEPTED, TRAVELLING, ARRIVED, GONE)
    told = [laptop.operation(visit, fact) for fact in facts]
    backyard.push(laptop, *told)
    for one in (told[0], told[1], told[3]):
        take(backyard, one)
    assert backyard.state(visit) == "not_done"
    assert take(backyard, told[2]) == ("applied", "taken")
    assert backyard.state(visit) == "not_done"


def test_what_was_told_twice_is_taken_once(backyard: Backyard, laptop: Signer) -> None:
    """A fork whose fact came again, signed anew, under the same id."""
    (visit,) = backyard.visits()
    backyard.push(laptop, laptop.operation(visit, ACCEPTED))
    other = laptop.operation(visit, TRAVELLING, previous="0" * 64)
    assert backyard.push(laptop, other) == [("quarantined", "fork")]
    laptop.start_anew(
        laptops.new_incarnation(backyard.office, backyard.known(laptop)).incarnation
    )
    (same,) = ids(other)
    again = laptop.operation(visit, TRAVELLING, id=same, payload=other.payload)
    assert backyard.push(laptop, again) == [APPLIED]
    assert hears(backyard, laptop, other) == [APPLIED]
    assert take(backyard, other) == ("applied", "taken")
    assert backyard.one("SELECT count(*) FROM operations WHERE counts") == 2
    assert not verify(backyard.office).broken


def test_facts_of_a_visit_that_was_never_given(backyard: Backyard, laptop: Signer) -> None:
    backyard.technician("T2")
    (visit,) = backyard.visits("T2")
    told = laptop.operation(visit, ACCEPTED)
    assert backyard.push(laptop, told) == [("quarantined", "never_assigned")]
    assert take(backyard, told) == ("applied_with_conflict", "taken")
    assert backyard.state(visit) == "planned"
    (conflict,) = deciding.listed(backyard.office, backyard.dispatcher)
    assert (conflict.reason, conflict.technician) == ("reassigned", "T1")
    assert hears(backyard, laptop, told) == [("applied_with_conflict", "reassigned")]


def test_what_can_not_be_taken_yet_stays(backyard: Backyard, laptop: Signer) -> None:
    office, user = backyard.office, backyard.dispatcher
    (visit,) = backyard.visits()
    nowhere = laptop.operation("no-such-visit", ACCEPTED)
    future = laptop.operation(
        visit, ACCEPTED, payload=b'{"salt":"AAAA","fact":{"kind":"moon_landed","at":"x"}}'
    )
    backyard.push(laptop, nowhere, future)
    assert [reason for _, reason in listed(backyard)] == ["unknown_visit", "unknown_fact"]
    for operation, why in ((nowhere, "unknown_visit"), (future, "unknown_fact")):
        with pytest.raises(ProblemError, match="quarantine-not-ready") as refused:
            quarantine.take(office, user, name(operation))
        assert refused.value.detail == why
    shown = quarantine.look(office, user, name(future))
    assert shown.fact == {"kind": "moon_landed", "at": "x"}
    assert shown.line.number == "V-1001"
    assert len(listed(backyard)) == 2


def test_one_that_is_dropped_is_kept_with_the_reason(
    backyard: Backyard, laptop: Signer
) -> None:
    office, user = backyard.office, backyard.dispatcher
    (visit,) = backyard.visits()
    withdraw(backyard, laptop)
    told = laptop.operation(visit, ACCEPTED)
    backyard.push(laptop, told)
    dropped = quarantine.drop(office, user, name(told), "Laptop was gestolen")
    assert (dropped.line.state, dropped.line.reason) == ("dropped", "laptop_withdrawn")
    assert dropped.words == "Laptop was gestolen"
    assert dropped.fact is not None
    assert "gestolen" not in str(bytes(backyard.one("SELECT sealed FROM set_aside")))
    assert listed(backyard) == []
    assert listed(backyard, "dropped") == [("visit_accepted", "laptop_withdrawn")]
    assert hears(backyard, laptop, told) == [("quarantined", "dropped")]
    assert backyard.push(laptop, told) == [("quarantined", "dropped")]
    assert take(backyard, told) == ("applied", "taken")
    with pytest.raises(ProblemError, match="quarantine-taken"):
        quarantine.drop(office, user, name(told), "toch niet")
    assert listed(backyard, "taken") == [("visit_accepted", "laptop_withdrawn")]


def test_one_that_somebody_else_decided_on_meanwhile(
    backyard: Backyard, laptop: Signer
) -> None:
    office, user = backyard.office, backyard.dispatcher
    (visit,) = backyard.visits()
    withdraw(backyard, laptop)
    told = laptop.operation(visit, ACCEPTED)
    backyard.push(laptop, told)
    quarantine.drop(office, user, name(told), "dubbel", "open")
    with pytest.raises(ProblemError, match="quarantine-changed"):
        quarantine.take(office, user, name(told), "open")
    with pytest.raises(ProblemError, match="quarantine-changed"):
        quarantine.drop(office, user, name(told), "vergissing", "open")
    assert quarantine.look(office, user, name(told)).words == "dubbel"
    for _ in ("once", "and after its answer was cut off"):
        shown = quarantine.take(office, user, name(told), "dropped")
        assert shown.line.state == "taken"


def test_another_region_and_an_erased_holder(backyard: Backyard, laptop: Signer) -> None:
    office, user = backyard.office, backyard.dispatcher
    (visit,) = backyard.visits()
    withdraw(backyard, laptop)
    told = laptop.operation(visit, ACCEPTED)
    backyard.push(laptop, told)
    stranger = User("Sanne", Role.DISPATCHER, "Elders")
    assert quarantine.listed(office, stranger) == []
    with pytest.raises(ProblemError, match="quarantine-unknown"):
        quarantine.look(office, stranger, name(told))
    assert erase_holder_of(office, user.region, "V-1001")
    assert quarantine.look(office, user, name(told)).fact is None
    with pytest.raises(ProblemError, match="quarantine-not-ready"):
        quarantine.take(office, user, name(told))
    assert quarantine.drop(office, user, name(told), "gewist").words == ""
    assert not verify(office).broken


def test_a_plan_that_was_changed_meanwhile(backyard: Backyard, laptop: Signer) -> None:
    (visit,) = backyard.visits()
    withdraw(backyard, laptop)
    told = laptop.operation(visit, ACCEPTED)
    backyard.push(laptop, told)
    planning.cancel(backyard.office, backyard.dispatcher, "V-1001")
    assert take(backyard, told) == ("applied_with_conflict", "taken")


def test_over_http_by_role(running: Running, premises: Backyard) -> None:
    (visit,) = premises.visits()
    laptop = running.enrol(premises.code("T1"))
    withdraw(premises, laptop)
    told = [laptop.operation(visit, fact) for fact in (ACCEPTED, TRAVELLING)]
    premises.push(laptop, *told)
    first, second = (f"/v1/quarantine/{name(one)}" for one in told)
    region = premises.dispatcher.region
    with running.client(premises.token(User("Ada", Role.ADMINISTRATOR, region))) as http:
        assert len(http.get("/v1/quarantine").json()) == 2
        assert http.get(first).json()["fact"]["kind"] == "visit_accepted"
        assert http.post(f"{first}/take").json()["line"]["outcome"] == "applied"
        assert http.post(f"{second}/drop", json={"reason": ""}).status_code == 422
        dropped = http.post(f"{second}/drop", json={"reason": "dubbel"})
        assert dropped.json()["words"] == "dubbel"
        assert http.post(f"{first}/drop", json={"reason": "x"}).status_code == 409
    with running.client(premises.token(User("Dora", Role.DESK, region))) as http:
        assert http.get("/v1/quarantine").status_code == 403


def test_four_people_take_the_same_at_once(backyard: Backyard, laptop: Signer) -> None:
    office, user = backyard.office, backyard.dispatcher
    (visit,) = backyard.visits()
    backyard.push(
        laptop, *(laptop.operation(visit, one) for one in (ACCEPTED, TRAVELLING, ARRIVED))
    )
    withdraw(backyard, laptop)
    told = laptop.operation(visit, GONE)
    backyard.push(laptop, told)
    with ThreadPoolExecutor(4) as pool:
        taken = [pool.submit(quarantine.take, office, user, name(told)) for _ in range(4)]
    assert {one.result().line.outcome for one in taken} == {"applied"}
    assert len(follow_ups.listed(office, user)) == 1
    assert backyard.one("SELECT count(*) FROM set_aside") == 1


def test_what_is_open_is_told_in_figures(backyard: Backyard, laptop: Signer) -> None:
    (visit,) = backyard.visits()
    first, missing, held = (
        laptop.operation(visit, one) for one in (ACCEPTED, TRAVELLING, GONE)
    )
    backyard.push(laptop, first, held)
    withdraw(backyard, laptop)
    late = [laptop.operation(visit, ARRIVED) for _ in range(2)]
    backyard.push(laptop, missing, *late)
    backyard.push(laptop, laptop.operation(visit, GONE, sequence=99))
    quarantine.drop(backyard.office, backyard.dispatcher, name(late[0]), "by mistake")
    figures = Figures(backyard.office)
    figures.refresh()
    told = {
        sample.labels["outcome"]: sample.value
        for metric in figures.collect()
        if metric.name == "fieldapp_operations_open"
        for sample in metric.samples
    }
    assert told == {"held": 1, "quarantined": 3}
