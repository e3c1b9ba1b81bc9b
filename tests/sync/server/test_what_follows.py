"""What a visit leaves to be proven or done: listed, settled, and never listed twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Choice, Preference, Requester
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.work_order import MeterKind, WorkKind
from sync.server import checks, follow_ups, overview, planning
from sync.server.doors import Role, User
from sync.server.problems import ProblemError

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, HandClock, Running, Signer

AT = datetime(2026, 3, 2, 6, tzinfo=UTC)
DAY, NEXT = date(2026, 3, 2), date(2026, 3, 9)
CHECKS = (
    f.PendingCheck(what="preference", by="head_end", until=date(2026, 3, 16)),
    f.PendingCheck(what="gas_value", by="head_end", until=date(2026, 3, 5)),
)
CLOSED = f.VisitClosed(at=AT, pending=CHECKS)
ARRIVED = (f.VisitAccepted(at=AT), f.VisitTravelling(at=AT), f.VisitArrived(at=AT))
EAN = "871687000000200010"


@pytest.fixture
def laptop(backyard: Backyard) -> Signer:
    return backyard.laptop()


@pytest.fixture
def visit(backyard: Backyard) -> str:
    (made,) = backyard.visits()
    return made


def tell(backyard: Backyard, laptop: Signer, visit: str, *facts: f.AnyFact) -> None:
    backyard.push(laptop, *(laptop.operation(visit, fact) for fact in facts))


def test_pending_checks_are_listed_until_they_are_proven(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    office, user = backyard.office, backyard.dispatcher
    closing = laptop.operation(visit, CLOSED)
    backyard.push(laptop, closing)
    backyard.push(laptop, closing)
    found = checks.listed(office, user)
    assert [(c.what, c.until, c.visit) for c in found] == [
        ("gas_value", date(2026, 3, 5), visit),
        ("preference", date(2026, 3, 16), visit),
    ]
    proven = checks.prove(office, user, found[0].id, "gas_value")
    assert (proven.state, proven.settled_by) == ("proven", "Dirk")
    (left,) = checks.listed(office, user)
    assert (left.what, left.proven_by, left.settled_at) == ("preference", "head_end", None)
    with pytest.raises(ProblemError, match="check-settled"):
        checks.prove(office, user, found[0].id, "gas_value")
    with pytest.raises(ProblemError, match="check-unknown"):
        checks.prove(office, user, "no-such", "gas_value")
    stranger = User("Sanne", Role.DISPATCHER, "Elders")
    with pytest.raises(ProblemError, match="check-unknown"):
        checks.prove(office, stranger, found[1].id, "preference")
    assert checks.listed(office, stranger) == []


def test_a_missed_date_makes_a_follow_up_once(
    backyard: Backyard, laptop: Signer, visit: str, clock: HandClock
) -> None:
    office, user = backyard.office, backyard.dispatcher
    tell(backyard, laptop, visit, CLOSED)
    clock.pass_time(timedelta(days=4).total_seconds())
    assert [c.what for c in checks.listed(office, user)] == ["preference"]
    clock.pass_time(timedelta(days=11).total_seconds())
    assert checks.listed(office, user) == []
    assert checks.find_missed(office, user.region) == 0
    assert [c.what for c in checks.listed(office, user, "missed")] == [
        "gas_value",
        "preference",
    ]
    followed = follow_ups.listed(office, user)
    assert [(one.work, one.reason) for one in followed] == [
        ("fault", "gas_value"),
        ("reading_preference", "preference"),
    ]
    late = checks.listed(office, user, "missed")[0]
    assert checks.prove(office, user, late.id, late.what).state == "proven"


def test_work_that_was_not_done_follows(backyard: Backyard, laptop: Signer, visit: str) -> None:
    office, user = backyard.office, backyard.dispatcher
    gone = f.VisitNotDone(at=AT, reason=NotDoneReason.NO_ACCESS)
    leak = f.FollowUpAsked(
        at=AT, work=WorkKind.FAULT, reason="gas_leak_inside", note="Jan weet"
    )
    danger = f.DangerReported(at=AT, danger="gas_smell")
    tell(backyard, laptop, visit, *ARRIVED, leak, gone, danger)
    found = follow_ups.listed(office, user)
    assert sorted((one.work, one.reason) for one in found) == [
        ("fault", "danger"),
        ("fault", "gas_leak_inside"),
        ("reading_preference", "no_access"),
    ]
    assert "Jan" not in str(found)
    dropped = follow_ups.drop(office, user, found[0].id)
    assert dropped.state == "dropped"
    assert len(follow_ups.listed(office, user)) == 2


def test_a_visit_that_needs_none_leaves_none(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    gone = f.VisitNotDone(at=AT, reason=NotDoneReason.NO_ACCESS, follow_up=False)
    tell(backyard, laptop, visit, *ARRIVED, gone)
    assert follow_ups.listed(backyard.office, backyard.dispatcher) == []


def test_a_follow_up_becomes_a_visit_with_the_meters_that_hang_there_now(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    office, user = backyard.office, backyard.dispatcher
    choice = Choice(
        preference=Preference.ON, by=Requester.HOLDER, verified="at_door", made_at=AT
    )
    facts = (
        *ARRIVED,
        f.MeterRemoved(at=AT, ean=EAN, number="E0044007382246019"),
        f.MeterPlaced(at=AT, ean=EAN, number="E9", meter_kind=MeterKind.SMART),
        f.ChoiceRecorded(at=AT, choice=choice),
        f.VisitNotDone(at=AT, reason=NotDoneReason.OTHER),
    )
    tell(backyard, laptop, visit, *facts)
    (asked,) = follow_ups.listed(office, user)
    planned = follow_ups.plan(office, user, asked.id, NEXT)
    assert planned.planned_as is not None
    made = overview.whole(office, user, planned.planned_as)
    before = overview.whole(office, user, visit)
    assert made.number == f"{before.number}.2"
    assert (made.kind, made.version, made.last_visit) == (before.kind, 1, DAY)
    assert made.window_start.date() == NEXT
    (supply,) = made.connections
    assert supply.meter is not None
    assert supply.meter.number == "E9"
    assert made.choices[-1] == choice
    with pytest.raises(ProblemError, match="follow-up-settled"):
        follow_ups.plan(office, user, asked.id, NEXT)
    with pytest.raises(ProblemError, match="follow-up-unknown"):
        follow_ups.drop(office, user, "no-such")
    assert planning.plan_day(office, user, NEXT).routes == {"T1": [made.number]}


def test_a_removed_meter_hangs_there_no_more(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    removed = f.MeterRemoved(at=AT, ean=EAN, number="E0044007382246019")
    asked = f.FollowUpAsked(at=AT, work=WorkKind.PLACEMENT, reason="new_meter")
    tell(backyard, laptop, visit, *ARRIVED, removed, asked)
    office, user = backyard.office, backyard.dispatcher
    (one,) = follow_ups.listed(office, user)
    planned = follow_ups.plan(office, user, one.id, NEXT)
    assert planned.planned_as is not None
    (supply,) = overview.whole(office, user, planned.planned_as).connections
    assert supply.meter is None


def test_who_refuses_both_meters_is_reported_once_both_were_offered(
    backyard: Backyard, laptop: Signer
) -> None:
    before = {"offered": "smart", "on": "2025-05-06"}
    backyard.day(backyard.row("V-9", kind="placement", technician="T1", refusals=[before]))
    planning.publish_day(backyard.office, backyard.dispatcher, DAY)
    visit = backyard.id_of("V-9")
    smart = f.RefusalRecorded(
        at=AT, offered=MeterKind.SMART, accepted_instead=MeterKind.DIGITAL
    )
    digital = f.RefusalRecorded(at=AT, offered=MeterKind.DIGITAL)
    tell(backyard, laptop, visit, *ARRIVED, smart)
    assert follow_ups.listed(backyard.office, backyard.dispatcher) == []
    tell(backyard, laptop, visit, digital)
    (asked,) = follow_ups.listed(backyard.office, backyard.dispatcher)
    assert (asked.work, asked.reason) == ("placement", "report_to_rdi")


def test_over_http(running: Running, premises: Backyard) -> None:
    laptop, (visit,) = premises.laptop(), premises.visits()
    far = tuple(
        f.PendingCheck(what=what, by="head_end", until=date(2096, 3, day))
        for day, what in enumerate(("gas_value", "preference"), 1)
    )
    ended = f.VisitNotDone(at=AT, reason=NotDoneReason.OTHER)
    tell(premises, laptop, visit, f.VisitClosed(at=AT, pending=far), ended)
    with running.client(premises.token()) as http:
        _ask_over(http)


def _ask_over(http: httpx.Client) -> None:
    def ask(method: str, path: str, **body: str) -> tuple[int, object]:
        answer = http.request(method, f"/v1/planning/{path}", json=body)
        return answer.status_code, answer.json()

    _, open_checks = ask("GET", "checks")
    assert isinstance(open_checks, list)
    assert [c["what"] for c in open_checks] == ["gas_value", "preference"]
    status, _ = ask("POST", f"checks/{open_checks[0]['id']}/gas_value/proven")
    assert status == 200
    _, followed = ask("GET", "follow-ups")
    assert isinstance(followed, list)
    which = followed[0]["id"]
    status, planned = ask("POST", f"follow-ups/{which}/plan", date=str(NEXT))
    assert isinstance(planned, dict)
    assert (status, planned["state"]) == (200, "planned")
    assert ask("POST", f"follow-ups/{which}/drop")[0] == 409
