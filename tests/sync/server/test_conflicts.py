"""Conflicts: judged field by field, both values kept, decided by a person, decided again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from fieldapp.domain import asserted
from fieldapp.domain import facts as f
from fieldapp.domain.preference import Choice, Preference, Requester
from sync.server import conflicts as kept
from sync.server import deciding, holders, overview, planning
from sync.server.deciding import Chosen, Keep
from sync.server.doors import Role, User
from sync.server.problems import ProblemError
from sync.server.told import told_of
from sync.server.versions import values_at

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, Running, Signer

AT = datetime(2026, 3, 2, 6, tzinfo=UTC)
METER, OTHER, THIRD = "E0044007382246019", "E0044007382240000", "E0044007382249999"
NUMBER = "V-1001"
FIELDS = ("applied_with_conflict", "fields:meter.E")
APPLIED = ("applied", "")


@pytest.fixture
def laptop(backyard: Backyard) -> Signer:
    return backyard.laptop()


@pytest.fixture
def visit(backyard: Backyard, laptop: Signer, beginning: list[f.AnyFact]) -> str:
    """A visit under way, which the laptop has in its first version."""
    (made,) = backyard.visits()
    backyard.sync(laptop, *(laptop.operation(made, fact) for fact in beginning))
    return made


def found(number: str, expected: str = METER) -> f.OtherMeterFound:
    return f.OtherMeterFound(at=AT, expected=expected, found=number, reason="plate")


def note(text: str) -> f.VisitCorrected:
    return f.VisitCorrected(at=AT, field="access_note", old="", new=text, reason="x", by="T1")


def bring(backyard: Backyard, **changed: Any) -> None:
    """The office's source has another row of the visit now."""
    backyard.day(backyard.row(NUMBER, technician="T1", **changed))


def with_meter(backyard: Backyard, number: str) -> list[dict[str, Any]]:
    (connection,) = backyard.row("x")["connections"]
    return [{**connection, "meter": {**connection["meter"], "number": number}}]


def values(backyard: Backyard, visit: str) -> dict[str, str]:
    return asserted.values(overview.whole(backyard.office, backyard.dispatcher, visit))


def inbox(backyard: Backyard, state: str = "open") -> list[tuple[str, str]]:
    listed = deciding.listed(backyard.office, backyard.dispatcher, state)
    return [(one.field, one.reason) for one in listed]


def only(backyard: Backyard, state: str = "open") -> deciding.Conflict:
    (one,) = deciding.listed(backyard.office, backyard.dispatcher, state)
    return one


def test_a_field_that_both_changed_is_kept_twice_and_the_fact_is_taken(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    bring(backyard, connections=with_meter(backyard, THIRD))
    told = laptop.operation(visit, found(OTHER))
    assert backyard.push(laptop, told) == [FIELDS]
    assert backyard.push(laptop, told) == [FIELDS]
    line = only(backyard)
    assert (line.field, line.number, line.technician) == ("meter.E", NUMBER, "T1")
    assert (line.site_version, line.office_version) == (1, 2)
    opened = deciding.look(backyard.office, backyard.dispatcher, line.id)
    assert (opened.before, opened.site, opened.office) == (METER, OTHER, THIRD)
    assert opened.now == THIRD
    assert values(backyard, visit)["meter.E"] == THIRD
    assert OTHER.encode() not in bytes(backyard.one("SELECT sealed FROM conflicts"))


def test_another_field_and_the_same_value_are_no_conflict(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    """fsrs4anki-helper 648: the one who writes last must not win the other's field too."""
    bring(backyard, connections=with_meter(backyard, OTHER), complaint="Piept")
    facts = (found(OTHER), note("Achterom"))
    told = [laptop.operation(visit, fact) for fact in facts]
    assert backyard.push(laptop, *told) == [APPLIED] * 2
    assert inbox(backyard) == []
    held = values(backyard, visit)
    assert (held["meter.E"], held["complaint"]) == (OTHER, "Piept")
    office = backyard.office
    with office.database.reading() as c:
        kept_facts = [fact for _, fact in told_of(office, c, "Westland", visit)]
    assert kept_facts[-1] == note("Achterom")


def test_a_field_is_judged_by_the_version_that_the_laptop_had(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    bring(backyard, connections=with_meter(backyard, THIRD))
    bring(backyard, connections=with_meter(backyard, THIRD), access_note="Bel aan")
    newer = laptop.operation(visit, found(OTHER, expected=THIRD), visit_version=2)
    assert backyard.push(laptop, newer) == [APPLIED]
    older = laptop.operation(visit, note("Achterom"), visit_version=2)
    assert backyard.push(laptop, older) == [("applied_with_conflict", "fields:access_note")]
    of_the_future = laptop.operation(visit, note("Voorom"), visit_version=9)
    assert backyard.push(laptop, of_the_future) == [APPLIED]


def test_planning_alone_changes_no_field(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    planning.plan_day(backyard.office, backyard.dispatcher, AT.date())
    bring(backyard, connections=with_meter(backyard, THIRD))
    assert backyard.one("SELECT count(*) FROM visit_values") == 1
    assert backyard.push(laptop, laptop.operation(visit, found(OTHER))) == [FIELDS]


@pytest.mark.parametrize(
    "decision",
    [
        (Keep.FIELD, "", OTHER, "kept_field"),
        (Keep.OFFICE, "", THIRD, "kept_office"),
        (Keep.MERGE, "E1", "E1", "merged"),
    ],
    ids=str,
)
def test_a_decision_travels_to_the_laptop_and_is_undone_by_another(
    backyard: Backyard, laptop: Signer, visit: str, decision: tuple[Keep, str, str, str]
) -> None:
    keep, value, holds, state = decision
    office, user = backyard.office, backyard.dispatcher
    bring(backyard, connections=with_meter(backyard, THIRD))
    backyard.push(laptop, laptop.operation(visit, found(OTHER)))
    line = only(backyard)
    before = backyard.held_by(laptop)[visit]
    decided = deciding.decide(office, user, line.id, Chosen(keep, value))
    assert (decided.line.state, decided.line.settled_by) == (state, "Dirk")
    assert (decided.now, decided.office) == (holds, THIRD)
    assert values(backyard, visit)["meter.E"] == holds
    raised = holds != THIRD
    assert backyard.held_by(laptop)[visit] == before + raised
    again = deciding.decide(office, user, line.id, Chosen(keep, value))
    assert again == decided
    assert backyard.held_by(laptop)[visit] == before + raised
    undone = deciding.decide(office, user, line.id, Chosen(Keep.OFFICE))
    assert (undone.line.state, undone.now) == ("kept_office", THIRD)
    assert inbox(backyard) == []


def test_a_fact_that_comes_again_leaves_the_decision_alone(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    office, user = backyard.office, backyard.dispatcher
    bring(backyard, connections=with_meter(backyard, THIRD))
    backyard.push(laptop, laptop.operation(visit, found(OTHER)))
    deciding.decide(office, user, only(backyard).id, Chosen(Keep.MERGE, "E1"))
    assert backyard.push(laptop, laptop.operation(visit, found(OTHER))) == [FIELDS]
    assert inbox(backyard) == []
    assert backyard.push(laptop, laptop.operation(visit, found("E5"))) == [FIELDS]
    assert deciding.look(office, user, only(backyard).id).site == "E5"


def test_a_technician_who_agrees_by_then_settles_it(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    bring(backyard, access_note="Bel aan")
    backyard.push(laptop, laptop.operation(visit, note("Achterom")))
    assert inbox(backyard) == [("access_note", "")]
    backyard.push(laptop, laptop.operation(visit, note("Bel aan")))
    assert only(backyard, "kept_office").settled_by == "site"
    backyard.push(laptop, laptop.operation(visit, note("Achterom")))
    assert inbox(backyard) == [("access_note", "")]


def test_the_choice_about_remote_reading(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    """The file's choice is off; the office hears on, the technician hears off again later."""
    row = {"preference": "on", "made_at": AT.isoformat(), "verified": "contact_code"}
    (was,) = backyard.row("x")["choices"]
    bring(backyard, choices=[was, row])
    choice = Choice(
        preference=Preference.OFF, by=Requester.HOLDER, verified="at_door", made_at=AT
    )
    told = laptop.operation(visit, f.ChoiceRecorded(at=AT, choice=choice))
    assert backyard.push(laptop, told) == [APPLIED]  # off is what both began with


def test_a_whole_visit_is_on_the_list_once_and_can_be_seen(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    office, user = backyard.office, backyard.dispatcher
    planning.cancel(office, user, NUMBER)
    told = [laptop.operation(visit, f.VisitPaused(at=AT)) for _ in range(2)]
    assert backyard.push(laptop, *told) == [("applied_with_conflict", "cancelled")] * 2
    assert inbox(backyard) == [("", "cancelled")]
    line = only(backyard)
    opened = deciding.look(office, user, line.id)
    assert (opened.site, opened.office, opened.now) == (None, None, None)
    with pytest.raises(ProblemError, match="conflict-other-kind"):
        deciding.decide(office, user, line.id, Chosen(Keep.OFFICE))
    assert deciding.decide(office, user, line.id, Chosen(Keep.SEEN)).line.state == "seen"
    assert inbox(backyard) == []
    backyard.push(laptop, laptop.operation(visit, f.VisitStarted(at=AT)))
    assert inbox(backyard) == [("", "cancelled")]


def test_a_decision_about_a_cancelled_visit_goes_to_nobody(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    office, user = backyard.office, backyard.dispatcher
    bring(backyard, access_note="Bel aan")
    planning.cancel(office, user, NUMBER)
    backyard.push(laptop, laptop.operation(visit, note("Achterom")))
    assert inbox(backyard) == [("access_note", ""), ("", "cancelled")]
    line = deciding.listed(office, user)[0]
    heard = backyard.last_change()
    assert deciding.decide(office, user, line.id, Chosen(Keep.FIELD)).now == "Achterom"
    assert backyard.last_change() == heard


def test_what_can_not_be_decided(backyard: Backyard, laptop: Signer, visit: str) -> None:
    office, user = backyard.office, backyard.dispatcher
    bring(backyard, connections=with_meter(backyard, THIRD))
    backyard.push(laptop, laptop.operation(visit, found(OTHER)))
    line = only(backyard)
    stranger = User("Sanne", Role.DISPATCHER, "Elders")
    assert deciding.listed(office, stranger) == []
    for who, which, keep, problem in (
        (stranger, line.id, Keep.FIELD, "conflict-unknown"),
        (user, "no-such", Keep.FIELD, "conflict-unknown"),
        (user, line.id, Keep.SEEN, "conflict-other-kind"),
    ):
        with pytest.raises(ProblemError, match=problem):
            deciding.decide(office, who, which, Chosen(keep))
    with office.database.writing() as c:
        holder = backyard_holder(backyard)
        assert holders.erase(office, c, user.region, holder)
    with pytest.raises(holders.Erased):
        deciding.look(office, user, line.id)
    assert [one.state for one in deciding.listed(office, user)] == [kept.OPEN]


def test_a_row_that_nobody_can_read_stops_nothing(
    backyard: Backyard, laptop: Signer, visit: str
) -> None:
    """The connection has another holder by then, and the first one's key was erased."""
    bring(backyard, access_note="Bel aan")
    backyard.push(laptop, laptop.operation(visit, note("Achterom")))
    first, row = backyard_holder(backyard), backyard.row(NUMBER)
    moved_in = {**row["customer"], "name": "Oefenklant Twee", "reference": "K-2"}
    bring(backyard, access_note="Bel aan", customer=moved_in)
    with backyard.office.database.writing() as c:
        assert holders.erase(backyard.office, c, "Westland", first)
    told = laptop.operation(visit, note("Achterom"), visit_version=2)
    assert backyard.push(laptop, told) == [APPLIED]
    bring(backyard, access_note="Klop", customer=moved_in)
    told = laptop.operation(visit, note("Achterom"), visit_version=3)
    assert backyard.push(laptop, told) == [("applied_with_conflict", "fields:access_note")]
    opened = deciding.look(backyard.office, backyard.dispatcher, only(backyard).id)
    assert (opened.before, opened.site, opened.office) == ("Bel aan", "Achterom", "Klop")


def backyard_holder(backyard: Backyard) -> str:
    return str(backyard.one("SELECT holder FROM visits"))


def test_over_http_by_role(running: Running, premises: Backyard) -> None:
    (visit,) = premises.visits()
    laptop = running.enrol(premises.code("T1"))
    premises.sync(laptop)
    bring(premises, access_note="Bel aan")
    premises.push(laptop, laptop.operation(visit, note("Achterom")))
    with running.client(premises.token()) as http:
        (line,) = http.get("/v1/conflicts").json()
        assert "Achterom" not in str(line)
        path = f"/v1/conflicts/{line['id']}"
        shown = http.get(path).json()
        assert (shown["site"], shown["office"]) == ("Achterom", "Bel aan")
        basis = {"state": "open", "operation": line["operation"], "now": "Bel"}
        merge = {"keep": "merge", "value": "Bel, dan achterom"}
        assert http.post(path, json={**merge, "basis": basis}).status_code == 409
        basis["now"] = shown["now"]
        decided = http.post(path, json={**merge, "basis": basis})
        assert decided.json()["now"] == "Bel, dan achterom"
        assert http.post(path, json={"keep": "both"}).status_code == 422
    allowed = {Role.DESK: (200, 403), Role.WORKSHOP: (403, 403)}
    for role, statuses in allowed.items():
        who = premises.token(User(role.value, role, premises.dispatcher.region))
        with running.client(who) as http:
            answers = http.get(path), http.post(path, json={"keep": "office"})
        assert tuple(answer.status_code for answer in answers) == statuses
    assert premises.one("SELECT count(*) FROM audit WHERE action = 'conflict_viewed'") == 2


def test_every_version_is_known_by_its_values(backyard: Backyard, visit: str) -> None:
    """Notes change in some versions and the plan in others; each keeps what it held."""
    office, user = backyard.office, backyard.dispatcher
    held = {1: values(backyard, visit)}
    for turn, text in enumerate(("a", "", "b", "", "", "c", "d", "")):
        if text:
            bring(backyard, access_note=text)
        else:
            planning.reassign(office, user, NUMBER, None if turn % 2 else "T1")
        held[overview.whole(office, user, visit).version] = values(backyard, visit)
    now = overview.whole(office, user, visit)
    assert len(held) == now.version == 9
    with office.database.reading() as c:
        known = {version: values_at(office, c, now, version) for version in held}
    assert known == held
    assert backyard.one("SELECT count(*) FROM visit_values") == 4
