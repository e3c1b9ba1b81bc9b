from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection

from fieldapp.domain import facts as f
from sync.server import arranging, board, erasure, planning
from sync.server.arranging import Placement, PlanChange
from sync.server.changes import News
from sync.server.doors import Role, User
from sync.server.problems import ProblemError
from tests.sync.server.doubles import DAY, START

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard


def draft(*placements: Placement) -> PlanChange:
    return PlanChange(date=DAY, placements=placements)


def to(yard: Backyard, number: str, technician: str | None, position: int = 1) -> Placement:
    """A placement made on the plan as it is now."""
    lines = {one.line.number: one.line for one in show(yard).visits}
    line = lines[number]
    return Placement(
        visit=line.id,
        technician=technician,
        position=position,
        version=line.version,
        was=line.technician,
    )


def show(yard: Backyard) -> board.Board:
    return board.board(yard.office, yard.dispatcher, DAY)


def publish(yard: Backyard, change: PlanChange) -> int:
    def arrange(c: Connection) -> list[News]:
        return arranging.place(yard.office, c, yard.dispatcher, change)

    return planning.publish_day(yard.office, yard.dispatcher, DAY, arrange)


def test_the_board_tells_who_where_and_when_without_a_customer(backyard: Backyard) -> None:
    backyard.technician("T2")
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    backyard.day(backyard.row("V-2000"))
    backyard.sync(laptop)
    backyard.push(
        laptop,
        laptop.operation(visit, f.VisitAccepted(at=START)),
        laptop.operation(visit, f.VisitTravelling(at=START)),
        laptop.operation(visit, f.VisitArrived(at=START)),
    )
    shown = show(backyard)
    assert [(t.id, t.laptops, t.last_contact is None) for t in shown.technicians] == [
        ("T1", 1, False),
        ("T2", 0, True),
    ]
    ours = next(one for one in shown.visits if one.line.id == visit)
    assert (ours.arrived_at, ours.ended_at) == (START, None)
    assert (ours.line.state, ours.line.on_laptop) == ("on_site", True)
    assert "Kasstraat" not in repr(shown)
    assert "Oefenklant" not in repr(shown)


def test_places_are_told_on_a_call_that_the_trail_keeps(backyard: Backyard) -> None:
    (visit,) = backyard.visits()
    (place,) = board.places(backyard.office, backyard.dispatcher, DAY)
    assert (place.id, place.street, place.place) == (visit, "Kasstraat 12", "Naaldwijk")
    assert (place.variant, place.capacity) == ("E", "3x25A")
    looks = backyard.one("SELECT count(*) FROM audit WHERE action = 'places_viewed'")
    assert looks == 1
    erasure.erase_holder_of(backyard.office, "Westland", visit)
    assert board.places(backyard.office, backyard.dispatcher, DAY) == []


def test_another_region_sees_nothing(yard: Backyard) -> None:
    yard.visits()
    other = User("Else", Role.DISPATCHER, "Haaglanden")
    shown = board.board(yard.office, other, DAY)
    assert (shown.technicians, shown.visits) == ([], [])
    assert board.places(yard.office, other, DAY) == []


def test_a_preview_says_what_changes_for_whom_and_changes_nothing(backyard: Backyard) -> None:
    backyard.technician("T2")
    backyard.laptop()
    first, second, third, fourth = backyard.visits(number=4)
    numbers = {one.line.id: one.line.number for one in show(backyard).visits}
    backyard.day(backyard.row("V-3000"))
    change = draft(
        to(backyard, numbers[first], "T2"),
        to(backyard, numbers[second], "T1", 5),
        to(backyard, numbers[fourth], "T1", 4),
        to(backyard, "V-3000", "T1", 6),
        to(backyard, numbers[third], None, 0),
    )
    before = repr(show(backyard).visits)
    one, two = arranging.preview(backyard.office, backyard.dispatcher, change)
    assert (one.technician, one.added, one.reordered, one.total) == (
        "T1",
        ("V-3000",),
        (numbers[fourth], numbers[second]),
        3,
    )
    assert sorted(one.removed) == sorted([numbers[first], numbers[third]])
    assert (two.technician, two.added, two.removed, two.total) == (
        "T2",
        (numbers[first],),
        (),
        1,
    )
    assert repr(show(backyard).visits) == before


def test_a_first_publication_is_in_the_preview_too(yard: Backyard) -> None:
    yard.day(yard.row("V-1", technician="T1"), yard.row("V-2"))
    (one,) = arranging.preview(yard.office, yard.dispatcher, draft())
    assert (one.technician, one.added, one.total) == ("T1", ("V-1",), 1)


def test_a_draft_is_carried_out_and_reaches_the_laptops(backyard: Backyard) -> None:
    backyard.technician("T2")
    mine, theirs = backyard.laptop("T1"), backyard.laptop("T2")
    first, second = backyard.visits(number=2)
    numbers = {one.line.id: one.line.number for one in show(backyard).visits}
    backyard.day(backyard.row("V-3000"))
    change = draft(to(backyard, numbers[first], "T2"), to(backyard, "V-3000", "T1", 2))
    assert publish(backyard, change) == 1
    new = backyard.id_of("V-3000")
    assert set(backyard.held_by(mine)) == {second, new}
    assert set(backyard.held_by(theirs)) == {first}
    with pytest.raises(ProblemError) as refused:
        publish(backyard, change)
    assert (refused.value.status, refused.value.name) == (409, "plan-outdated")
    assert numbers[first] in refused.value.detail


def test_one_bad_placement_stops_all_of_them(backyard: Backyard) -> None:
    first, second = backyard.visits(number=2)
    numbers = {one.line.id: one.line.number for one in show(backyard).visits}
    good = to(backyard, numbers[first], None, 0)
    with pytest.raises(ProblemError, match="technician-unknown"):
        publish(backyard, draft(good, to(backyard, numbers[second], "T9")))
    stranger = good.model_copy(update={"visit": "nobody"})
    with pytest.raises(ProblemError, match="visit-unknown"):
        publish(backyard, draft(good, stranger))
    with backyard.office.database.writing() as c:
        c.exec_driver_sql("UPDATE visits SET state = 'done' WHERE id = '" + second + "'")
    with pytest.raises(ProblemError, match="visit-finished"):
        publish(backyard, draft(good, to(backyard, numbers[second], None)))
    assert {one.line.technician for one in show(backyard).visits} == {"T1"}


def test_a_visit_that_was_refused_can_be_placed_again(yard: Backyard) -> None:
    laptop, (visit,) = yard.laptop(), yard.visits()
    yard.technician("T2")
    yard.sync(laptop)
    yard.push(laptop, laptop.operation(visit, f.VisitRefused(at=START, reason="too far")))
    number = show(yard).visits[0].line.number
    assert show(yard).visits[0].line.state == "refused"
    assert publish(yard, draft(to(yard, number, "T2"))) == 0
    (after,) = show(yard).visits
    assert (after.line.technician, after.line.state) == ("T2", "planned")


def test_the_technician_who_is_busy_is_named_in_the_preview(yard: Backyard) -> None:
    laptop, (visit,) = yard.laptop(), yard.visits()
    yard.sync(laptop)
    yard.push(
        laptop,
        laptop.operation(visit, f.VisitAccepted(at=START)),
        laptop.operation(visit, f.VisitTravelling(at=START)),
    )
    number = show(yard).visits[0].line.number
    (one,) = arranging.preview(yard.office, yard.dispatcher, draft(to(yard, number, None, 0)))
    assert (one.removed, one.under_way, one.total) == ((number,), (number,), 0)


def test_a_draft_names_a_visit_once() -> None:
    one = Placement(visit="a", technician=None, position=0, version=1, was=None)
    with pytest.raises(ValueError, match="twice"):
        draft(one, one)
