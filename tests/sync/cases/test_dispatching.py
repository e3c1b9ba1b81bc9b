"""Oracle Field Service's list for a dispatcher, and the field that another writer lost.

What happened on site meets what the office decided meanwhile; both are kept.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from fieldapp.domain import facts as f
from fieldapp.domain.status import NotDoneReason, VisitState
from fieldapp.domain.work_order import WorkKind
from fieldapp.store import closings, orders
from fieldapp.work.day_closing import DayClosing
from sync.server import importing, planning
from sync.server.dayfile import DayFile
from sync.server.doors import Role, User
from sync.server.tables import visits
from sync.server.tables_followed import follow_ups
from tests.sync.conftest import DAY, REGION, day_visit

if TYPE_CHECKING:
    from tests.sync.cases.conftest import Told
    from tests.sync.conftest import Enrolled, Laptop, RealOffice

DIRK = User("Dirk", Role.DISPATCHER, REGION)
NOW = datetime.now(UTC)
BEGUN = (
    f.VisitAccepted(at=NOW),
    f.VisitTravelling(at=NOW),
    f.VisitArrived(at=NOW),
)
NOT_DONE = (*BEGUN, f.VisitNotDone(at=NOW, reason=NotDoneReason.NO_ACCESS, follow_up=False))
"""A visit that is through: nothing of it is open any more."""


async def loaded(enrolled: Enrolled) -> tuple[Laptop, str]:
    """A laptop that has its one visit; the visit's id."""
    laptop = await enrolled(1)
    await laptop.engine.sync_once()
    (visit,) = await laptop.visits()
    return laptop, visit


def outcomes(office: RealOffice, laptop: Laptop) -> list[tuple[str, str]]:
    return [(row.outcome, row.reason) for row in office.operations(laptop.owner.laptop)]


async def close_day(laptop: Laptop) -> closings.Closing:
    """Close the day and sync; what the office says of it."""
    await DayClosing(laptop.db, laptop.clock).close(DAY, {})
    assert (await laptop.engine.sync_once()).error is None
    closing = await laptop.db.read(lambda c: closings.closing(c, DAY))
    assert closing is not None
    return closing


async def test_oracle_1_a_visit_added_to_a_closed_route(
    enrolled: Enrolled, back_office: RealOffice, tell: Told
) -> None:
    """Oracle: an activity is added to a route that is closed already."""
    laptop, _ = await loaded(enrolled)
    await tell(laptop, *NOT_DONE)
    assert (await close_day(laptop)).confirmed
    back_office.plan(laptop.owner.technician)
    await laptop.engine.sync_once()
    (added,) = [
        stored.visit.id
        for stored in await laptop.db.read(orders.held)
        if stored.progress.state is VisitState.PLANNED
    ]
    await tell(laptop, *NOT_DONE, visit=added)
    closing = await close_day(laptop)
    assert closing.confirmed
    assert {one.id for one in closing.closed.visits} == set(await laptop.visits())
    assert set(outcomes(back_office, laptop)) == {("applied", "")}


async def test_oracle_2_completed_offline_and_moved_to_another_technician(
    enrolled: Enrolled, back_office: RealOffice, tell: Told
) -> None:
    """Oracle: completed offline while the office gave it to another technician."""
    laptop, visit = await loaded(enrolled)
    other = await enrolled(0)
    ids = await tell(laptop, *NOT_DONE)
    planning.reassign(back_office.office, DIRK, visit, other.owner.technician)
    await laptop.engine.sync_once()
    await other.engine.sync_once()
    taken = ("applied_with_conflict", "reassigned")
    assert outcomes(back_office, laptop) == [taken] * len(ids)
    assert back_office.applied(laptop.owner.laptop) == ids
    assert (await laptop.visits(), list(await other.visits())) == ({}, [visit])


async def test_oracle_3_completed_offline_and_set_not_done_online(
    enrolled: Enrolled, back_office: RealOffice, tell: Told
) -> None:
    """Oracle: completed offline while the office took it off the route."""
    laptop, visit = await loaded(enrolled)
    ids = await tell(laptop, *BEGUN, f.VisitClosed(at=NOW))
    planning.cancel(back_office.office, DIRK, visit)
    report = await laptop.engine.sync_once()
    assert (report.waiting, report.refused) == (0, 0)
    taken = ("applied_with_conflict", "cancelled")
    assert outcomes(back_office, laptop) == [taken] * len(ids)
    assert back_office.applied(laptop.owner.laptop) == ids
    assert await laptop.visits() == {}


async def test_oracle_4_created_offline_on_a_closed_route(
    enrolled: Enrolled, back_office: RealOffice, tell: Told
) -> None:
    """Oracle: work created offline on a route that is closed."""
    laptop, visit = await loaded(enrolled)
    await tell(laptop, *NOT_DONE)
    await close_day(laptop)
    asked = f.FollowUpAsked(at=NOW, work=WorkKind.PLACEMENT, reason="old_meter")
    (made,) = await tell(laptop, asked, visit=visit)
    assert (await laptop.engine.sync_once()).waiting == 0
    with back_office.office.database.reading() as c:
        query = select(follow_ups.c.work).where(follow_ups.c.id == made)
        assert list(c.execute(query).scalars()) == ["placement"]
    assert (await close_day(laptop)).confirmed


async def test_fsrs4anki_helper_648_no_field_is_lost_to_the_last_writer(
    enrolled: Enrolled, back_office: RealOffice, tell: Told
) -> None:
    """fsrs4anki-helper 648: the last writer of a row took the other's field with it."""
    laptop, visit = await loaded(enrolled)
    stored = await laptop.db.read(lambda c: orders.visit(c, visit))
    assert stored is not None
    (made,) = await tell(laptop, f.ComplaintRecorded(at=NOW, text="the cupboard is damp"))
    row = day_visit(stored.visit.number, laptop.owner.technician)
    changed = {**row, "access_note": "the key is next door"}
    file = DayFile.model_validate({"date": str(DAY), "visits": [changed]})
    importing.import_day(back_office.office, DIRK, file)
    assert (await laptop.engine.sync_once()).error is None
    now = await laptop.db.read(lambda c: orders.visit(c, visit))
    assert now is not None
    assert (now.visit.version, now.visit.access_note) == (2, "the key is next door")
    (told,) = now.progress.of(f.ComplaintRecorded)
    assert told.text == "the cupboard is damp"
    assert back_office.applied(laptop.owner.laptop) == [made]
    with back_office.office.database.reading() as c:
        versions = select(visits.c.version).where(visits.c.id == visit)
        assert c.execute(versions).scalar_one() == 2
