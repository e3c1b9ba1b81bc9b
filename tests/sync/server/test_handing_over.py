"""Work that was begun goes on with a colleague, who sees what was done and owns none of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.progress import begun, continued
from fieldapp.domain.rules import advance
from fieldapp.domain.status import VisitState
from fieldapp.domain.steps import current_step
from fieldapp.domain.work_order import Visit
from fieldapp.errors import MissingEvidence
from sync.server import holders, overview, planning
from sync.server.erasure import erase_holder, erase_holder_of, holders_before

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, Signer

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = date(2026, 3, 2)
METER = "E0044007382246019"
IDENTIFIED = f.MeterContacted(
    at=AT,
    step="connection_and_meter",
    channel=f.Channel.NAMEPLATE,
    purpose="reading_preference",
    expected=METER,
    found=METER,
)
STEP = f.StepDone(at=AT, step="connection_and_meter")
OVER = f.VisitHandedOver(at=AT, reason="other_tools", note="Sleutel ligt bij de buren")


def tell(backyard: Backyard, laptop: Signer, visit: str, *facts: f.AnyFact) -> None:
    sent = [laptop.operation(visit, fact) for fact in facts]
    assert backyard.push(laptop, *sent) == [("applied", "")] * len(facts)


def told_to(backyard: Backyard, laptop: Signer) -> Visit:
    changes = [c.visit for c in backyard.sync(laptop).changes if c.visit is not None]
    return changes[-1]


@pytest.fixture
def handed(backyard: Backyard, beginning: list[f.AnyFact]) -> str:
    """A visit that T1 has begun and handed over."""
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    tell(backyard, laptop, visit, *beginning, IDENTIFIED, STEP, OVER)
    assert backyard.state(visit) == "handed_over"
    return visit


def test_a_colleague_goes_on_where_the_work_was_left(backyard: Backyard, handed: str) -> None:
    office, user = backyard.office, backyard.dispatcher
    backyard.technician("T2")
    other = backyard.laptop("T2")
    planning.reassign(office, user, handed, "T2")
    visit = told_to(backyard, other)
    progress = begun(visit)
    assert (progress.state, progress.inherited) == (VisitState.PLANNED, 8)
    step = current_step(visit, progress)
    assert step is not None
    assert step.code == "choice"
    moves = (f.VisitAccepted(at=AT), f.VisitTravelling(at=AT), f.VisitArrived(at=AT))
    for fact in moves:
        progress = advance(visit, progress, fact)
    with pytest.raises(MissingEvidence, match="lmra"):
        advance(visit, progress, f.VisitStarted(at=AT))
    tell(backyard, other, handed, *moves)
    assert backyard.state(handed) == "on_site"


def test_it_is_free_for_the_planning_but_not_for_who_gave_it_back(
    backyard: Backyard, handed: str
) -> None:
    office, user = backyard.office, backyard.dispatcher
    assert planning.plan_day(office, user, DAY).assigned == 0
    backyard.technician("T2")
    assert list(planning.plan_day(office, user, DAY).routes) == ["T2"]
    assert len(overview.whole(office, user, handed).earlier) == 8


def test_it_may_come_back_and_nothing_counts_twice(
    backyard: Backyard, handed: str, beginning: list[f.AnyFact]
) -> None:
    office, user = backyard.office, backyard.dispatcher
    backyard.technician("T2")
    other = backyard.laptop("T2")
    planning.reassign(office, user, handed, "T2")
    tell(backyard, other, handed, *beginning)
    planning.reassign(office, user, handed, "T1")
    visit = overview.whole(office, user, handed)
    operations = [one.operation for one in visit.earlier]
    assert len(operations) == len(set(operations)) == 13
    own = [(operations[0], beginning[0]), ("new", f.VisitAccepted(at=AT))]
    progress = continued(visit, own)
    assert (progress.state, len(progress.facts)) == (VisitState.ACCEPTED, 14)
    again = backyard.laptop("T1")
    tell(backyard, again, handed, *beginning)
    assert backyard.state(handed) == "started"


def test_a_changed_row_keeps_what_was_done(backyard: Backyard, handed: str) -> None:
    office, user = backyard.office, backyard.dispatcher
    backyard.technician("T2")
    planning.reassign(office, user, handed, "T2")
    number = overview.whole(office, user, handed).number
    backyard.day(backyard.row(number, technician="T2", access_note="Hond"))
    visit = overview.whole(office, user, handed)
    assert (visit.access_note, len(visit.earlier)) == ("Hond", 8)


MOVED_IN = {"name": "Oefenklant Twee", "phone": "", "reference": "K-2"}


def holder_of(backyard: Backyard, visit: str) -> str:
    return str(backyard.one("SELECT holder FROM visits WHERE id = :v", v=visit))


def test_what_was_erased_is_not_handed_over_and_holds_nothing_up(
    backyard: Backyard, handed: str
) -> None:
    """The connection has another holder by then, and the first one's key was erased."""
    office, user = backyard.office, backyard.dispatcher
    first, number = holder_of(backyard, handed), overview.whole(office, user, handed).number
    backyard.day(backyard.row(number, technician="T1", customer=MOVED_IN))
    laptop = backyard.laptop()
    backyard.push(laptop, laptop.operation(handed, f.VisitAccepted(at=AT)))
    with office.database.writing() as c:
        assert holders.erase(office, c, user.region, first)
    backyard.technician("T2")
    planning.reassign(office, user, handed, "T2")
    visit = told_to(backyard, backyard.laptop("T2"))
    assert [one.fact["kind"] for one in visit.earlier] == ["visit_accepted"]
    assert visit.customer.name == "Oefenklant Twee"


def test_what_was_handed_over_is_erased_with_who_it_is_about(
    backyard: Backyard, handed: str
) -> None:
    """Sealed anew for the next holder it would have outlived the key of the first."""
    office, user = backyard.office, backyard.dispatcher
    first, number = holder_of(backyard, handed), overview.whole(office, user, handed).number
    backyard.technician("T2")
    planning.reassign(office, user, handed, "T2")
    backyard.day(backyard.row(number, technician="T2", customer=MOVED_IN))
    other = backyard.laptop("T2")
    before = backyard.sync(other)
    assert len(told_to(backyard, other).earlier) == 8
    assert holders_before(office, user.region, handed) == [first]
    assert erase_holder(office, user.region, first)
    assert holders_before(office, user.region, handed) == []
    assert overview.whole(office, user, handed).earlier == ()
    [change] = backyard.sync(other, cursor=before.cursor).changes
    assert change.visit is not None
    assert (change.visit.earlier, change.visit.version) == ((), change.version)
    assert backyard.held_by(other) == {handed: change.version}


def test_an_erased_visit_that_is_imported_anew_begins_anew(
    backyard: Backyard, handed: str
) -> None:
    office, user = backyard.office, backyard.dispatcher
    number = overview.whole(office, user, handed).number
    assert erase_holder_of(office, user.region, handed)
    with pytest.raises(holders.Erased):
        planning.reassign(office, user, handed, None)
    done = backyard.day(
        backyard.row(number, technician="T1", access_note="Hond"), backyard.row()
    )
    assert (done.new, done.changed) == (1, 1)
    visit = overview.whole(office, user, handed)
    assert (visit.access_note, visit.earlier) == ("Hond", ())


def test_who_comes_back_reads_nothing_of_before(backyard: Backyard, handed: str) -> None:
    """An erased holder who comes back is somebody new, whose key opens no older row."""
    office, user = backyard.office, backyard.dispatcher
    number = overview.whole(office, user, handed).number
    row = backyard.row(number, technician="T1")
    assert erase_holder_of(office, user.region, handed)
    backyard.day(backyard.row(customer=row["customer"]))
    with pytest.raises(holders.Erased):
        planning.reassign(office, user, handed, None)
    with pytest.raises(holders.Erased):
        overview.whole(office, user, handed)
    assert backyard.day({**row, "access_note": "Hond"}).changed == 1
    assert overview.whole(office, user, handed).earlier == ()
