from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import event

import resources
from fieldapp.domain import facts as f
from fieldapp.domain.work_order import WorkKind
from sync.server import overview, planning
from sync.server.dayfile import DayFile, newest_flow
from sync.server.doors import Role, User
from sync.server.importing import import_day
from sync.server.problems import ProblemError
from sync.server.routing import Stop, assign, route_order

if TYPE_CHECKING:
    from sync.server.office import Office
    from tests.sync.server.doubles import Backyard, Running

DAY = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 6, tzinfo=UTC)


def test_a_day_is_imported_planned_and_published(backyard: Backyard) -> None:
    office, user = backyard.office, backyard.dispatcher
    backyard.technician("T2")
    rows = [
        backyard.row("V-1", window=["13:00", "15:00"]),
        backyard.row("V-2", window=["08:00", "10:00"]),
        backyard.row("V-3", window=["08:00", "10:00"]),
        backyard.row("V-4", window=["10:00", "12:00"], technician="T2"),
    ]
    done = backyard.day(*rows)
    assert (done.new, done.changed, done.unchanged) == (4, 0, 0)
    plan = planning.plan_day(office, user, DAY)
    assert plan.routes == {"T1": ["V-2", "V-1"], "T2": ["V-3", "V-4"]}
    assert (plan.assigned, plan.unassigned) == (3, [])
    assert planning.publish_day(office, user, DAY) == 4
    assert planning.publish_day(office, user, DAY) == 0
    assert planning.plan_day(office, user, DAY).assigned == 0
    one, two = backyard.laptop("T1"), backyard.laptop("T2")
    positions = [c.visit.route_position for c in backyard.sync(one).changes if c.visit]
    assert positions == [1, 2]
    assert len(backyard.held_by(two)) == 2
    again = backyard.day(*rows)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 4)


def test_a_changed_row_travels_anew(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    number = str(backyard.one("SELECT number FROM visits"))
    done = backyard.day(backyard.row(number, access_note="Hond"))
    assert (done.new, done.changed) == (0, 1)
    assert backyard.held_by(laptop) == {visit: 2}
    (_, change) = backyard.sync(laptop).changes
    assert change.visit is not None
    assert change.visit.access_note == "Hond"


def test_a_changed_row_may_name_another_technician(backyard: Backyard) -> None:
    backyard.technician("T2")
    one, two, (visit,) = backyard.laptop(), backyard.laptop("T2"), backyard.visits()
    backyard.push(one, one.operation(visit, f.VisitAccepted(at=AT)))
    number = str(backyard.one("SELECT number FROM visits"))
    backyard.day(backyard.row(number, technician="T2"))
    assert backyard.held_by(one) == {}
    assert backyard.held_by(two) == {visit: 2}
    assert backyard.state(visit) == "planned"


def test_a_day_of_any_size_is_published(lite: Office, yard_class: type[Backyard]) -> None:
    """No statement names its visits one by one: a database takes so many values and no more."""
    yard = yard_class(lite)
    yard.technician()

    def few(raw: Any, *_: object) -> None:
        raw.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 30)

    event.listen(lite.database.engine, "checkout", few)
    for _ in range(2):
        yard.day(*(yard.row(technician="T1") for _ in range(20)))
    assert planning.publish_day(lite, yard.dispatcher, DAY) == 40
    assert yard.last_change() == 40


def test_an_unpublished_change_keeps_its_version(backyard: Backyard) -> None:
    backyard.day(backyard.row("V-1"))
    backyard.day(backyard.row("V-1", complaint="x"))
    assert backyard.one("SELECT version FROM visits") == 1


def test_a_finished_visit_is_left_alone(backyard: Backyard) -> None:
    office, user = backyard.office, backyard.dispatcher
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    backyard.push(laptop, laptop.operation(visit, f.VisitClosed(at=AT)))
    number = str(backyard.one("SELECT number FROM visits"))
    assert backyard.day(backyard.row(number, complaint="x")).finished == (number,)
    with pytest.raises(ProblemError, match="visit-finished"):
        planning.cancel(office, user, visit)
    with pytest.raises(ProblemError, match="visit-finished"):
        planning.reassign(office, user, number, None)


def test_a_refused_visit_goes_to_somebody_else(backyard: Backyard) -> None:
    backyard.technician("T2")
    laptop, (visit,) = backyard.laptop(), backyard.visits("T1")
    backyard.push(laptop, laptop.operation(visit, f.VisitRefused(at=AT, reason="ziek")))
    assert backyard.state(visit) == "refused"
    plan = planning.plan_day(backyard.office, backyard.dispatcher, DAY)
    assert list(plan.routes) == ["T2"]
    assert backyard.state(visit) == "planned"
    assert backyard.held_by(laptop) == {}


def test_nobody_to_plan(backyard: Backyard) -> None:
    away = User("Elsa", Role.DISPATCHER, "Elders")
    assert planning.plan_day(backyard.office, away, DAY).routes == {}
    file = DayFile.model_validate({"date": "2026-03-02", "visits": [backyard.row("V-9")]})
    import_day(backyard.office, away, file)
    with pytest.raises(ProblemError, match="no-technicians"):
        planning.plan_day(backyard.office, away, DAY)


def test_technicians_are_those_of_the_region(backyard: Backyard) -> None:
    backyard.technician("X1", region="Elders")
    with pytest.raises(ProblemError, match="technician-unknown"):
        backyard.day(backyard.row(technician="X1"))
    (visit,) = backyard.visits()
    with pytest.raises(ProblemError, match="technician-unknown"):
        planning.reassign(backyard.office, backyard.dispatcher, visit, "X1")


def test_a_dispatcher_sees_the_own_region_only(backyard: Backyard) -> None:
    (visit,) = backyard.visits()
    away = replace(backyard.dispatcher, region="Elders")
    assert overview.day(backyard.office, away, None) == []
    with pytest.raises(ProblemError, match="visit-unknown"):
        overview.whole(backyard.office, away, visit)
    with pytest.raises(ProblemError, match="visit-unknown"):
        planning.cancel(backyard.office, away, visit)


def test_the_list_says_how_far_things_are(backyard: Backyard) -> None:
    laptop, (one, two) = backyard.laptop(), backyard.visits(number=2)
    backyard.day(backyard.row("V-later"), on=DAY + timedelta(days=1))
    office, user = backyard.office, backyard.dispatcher
    assert not any(line.on_laptop for line in overview.day(office, user, DAY))
    backyard.sync(laptop, laptop.operation(one, f.VisitTravelling(at=AT)))
    lines = {line.id: line for line in overview.day(office, user, DAY)}
    assert lines.keys() == {one, two}
    assert (lines[one].operations, lines[one].conflicts, lines[one].state) == (
        1,
        1,
        "travelling",
    )
    assert lines[two].on_laptop
    assert lines[two].operations == 0
    backyard.day(backyard.row(lines[two].number, technician="T1", complaint="nieuw"))
    lines = {line.id: line for line in overview.day(office, user, DAY)}
    assert (lines[one].on_laptop, lines[two].on_laptop) == (True, False)
    assert len(overview.day(office, user, None)) == 3


def test_a_look_at_a_customer_is_written_down(backyard: Backyard) -> None:
    (visit,) = backyard.visits()
    found = overview.whole(backyard.office, backyard.dispatcher, visit)
    assert found.customer.name == "Oefenklant Eén"
    query = "SELECT subject FROM audit WHERE action = 'visit_viewed' AND chain = 'user:Dirk'"
    assert backyard.one(query) == visit


CONNECTION = {"ean": "871687000000200010", "commodity": "E"}


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "V\x00"},
        {"kind": "party"},
        {"variant": "G"},
        {"window": ["10:00", "08:00"]},
        {"window": ["10:00"]},
        {"acces_note": "typo"},
        {"access_note": "bell\x07"},
        {"connections": []},
        {"connections": [CONNECTION, CONNECTION]},
        {"connections": [{**CONNECTION, "ean": "12"}]},
        {"connections": [{**CONNECTION, "meter": {"number": "!"}}]},
        {"connections": [{**CONNECTION, "phases": 4}]},
        {"choices": [{"preference": "off", "made_at": "2026-02-01T10:00:00"}]},
        {"customer": {"name": "x" * 201}},
    ],
)
def test_rows_that_are_not_good(backyard_row: dict[str, Any], changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DayFile.model_validate({"date": "2026-03-02", "visits": [{**backyard_row, **changed}]})


@pytest.fixture
def backyard_row(yard: Backyard) -> dict[str, Any]:
    row = yard.row()
    DayFile.model_validate({"date": "2026-03-02", "visits": [row]})
    return row


def test_a_number_comes_once_and_values_are_exact(backyard_row: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="comes twice"):
        DayFile.model_validate({"date": "2026-03-02", "visits": [backyard_row] * 2})
    register = backyard_row["connections"][0]["meter"]["registers"][0]
    register["previous"]["value"] = 3120.5
    with pytest.raises(ValidationError, match="as text"):
        DayFile.model_validate({"date": "2026-03-02", "visits": [backyard_row]})
    backyard_row["address"]["postcode"] = "x"
    with pytest.raises(ValidationError, match="not a postcode"):
        DayFile.model_validate({"date": "2026-03-02", "visits": [backyard_row]})


def test_the_newest_definition_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(path: str) -> str:
        version = int(path.removesuffix(".toml").rpartition("-")[2])
        if version > 3:
            raise FileNotFoundError(path)
        return f'kind = "fault"\nversion = {version}\nsteps = []\n'

    newest_flow.cache_clear()
    monkeypatch.setattr(resources, "read_text", read)
    assert newest_flow.__wrapped__(WorkKind.FAULT).version == 3


def test_dispatching_over_http(running: Running, premises: Backyard) -> None:
    day = {"date": "2026-03-02"}
    with running.client(premises.token()) as http:
        body = {**day, "visits": [premises.row("V-1"), premises.row("V-2")]}
        imported = http.post("/v1/planning/import", json=body)
        assert imported.json() == {"new": 2, "changed": 0, "unchanged": 0, "finished": []}
        planned = http.post("/v1/planning/plan", json=day).json()
        assert planned["routes"] == {"T1": ["V-1", "V-2"]}
        assert http.post("/v1/planning/publish", json=day).json() == {"published": 2}
        lines = http.get("/v1/planning/status", params={"on": "2026-03-02"}).json()
        assert [line["number"] for line in lines] == ["V-1", "V-2"]
        whole = http.get("/v1/planning/visits/V-1").json()
        assert whole["customer"]["name"] == "Oefenklant Eén"
        moved = http.patch("/v1/planning/visits/V-1", json={"technician": None}).json()
        assert (moved["technician"], moved["version"]) == (None, 2)
        gone = http.patch("/v1/planning/visits/V-2", json={"cancelled": True}).json()
        assert gone["cancelled"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("import", b"{"),
        ("import", b'{"date":"2026-03-02","visits":[{"number":"geheim@"}]}'),
        ("plan", b'{"date":"gisteren"}'),
        ("plan", b"[]"),
    ],
)
def test_bodies_that_are_not_valid(
    running: Running, premises: Backyard, path: str, body: bytes
) -> None:
    with running.client(premises.token()) as http:
        answer = http.post(f"/v1/planning/{path}", content=body)
        query = http.get("/v1/planning/status", params={"on": "geheim@"})
    for one in (answer, query):
        assert one.status_code == 422
        assert one.json()["type"] == "urn:fieldapp:not-valid"
        assert "geheim" not in one.text


def test_a_long_list_of_faults_is_cut(running: Running, premises: Backyard) -> None:
    body = {"date": "2026-03-02", "visits": [{"number": str(n)} for n in range(30)]}
    with running.client(premises.token()) as http:
        answer = http.post("/v1/planning/import", json=body)
    assert "more" in answer.json()["detail"]


stops = st.builds(
    lambda number, start, hours, technician: Stop(
        id=f"id{number}",
        number=f"V-{number}",
        start=AT + timedelta(hours=start),
        end=AT + timedelta(hours=start + hours),
        technician=technician,
    ),
    st.integers(0, 999),
    st.integers(0, 9),
    st.integers(1, 3),
    st.sampled_from([None, "A", "B", "elsewhere"]),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(stops, unique_by=lambda s: s.id, max_size=12), st.randoms())
def test_routes_are_whole_ordered_and_the_same_for_any_order(
    day: list[Stop], random: Any
) -> None:
    given_ = assign(day, ["A", "B"])
    assert given_ is not None
    assert given_.keys() == {stop.id for stop in day}
    assert all(given_[s.id] == s.technician for s in day if s.technician)
    order = route_order(day, given_)
    for technician in set(given_.values()):
        route = sorted((s for s in day if given_[s.id] == technician), key=lambda s: s.rank)
        assert [order[s.id] for s in route] == list(range(1, len(route) + 1))
    shuffled = list(day)
    random.shuffle(shuffled)
    assert assign(shuffled, ["A", "B"]) == given_


def test_load_is_shared() -> None:
    day = [Stop(str(n), str(n), AT, AT + timedelta(hours=1), None) for n in range(6)]
    given_ = assign(day, ["A", "B", "C"])
    assert given_ is not None
    assert sorted(given_.values()) == ["A", "A", "B", "B", "C", "C"]
    assert assign(day, []) is None
