from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Choice, Preference, Requester
from fieldapp.domain.status import NotDoneReason, VisitState
from fieldapp.domain.work_order import Visit
from fieldapp.errors import StoreFull
from fieldapp.store import inbox, orders, retention
from fieldapp.store.transaction import Transaction
from fieldapp.work.visit import NotDone, Picture
from ui.presenters.day import DayPresenter
from ui.presenters.day_changes import ChangeKind, load_seen, mark_seen
from ui.presenters.day_rows import Deed, Lack
from ui.wiring import Laptop

DAY = date(2026, 11, 23)


async def opened(laptop: Laptop, on: date | None = None) -> DayPresenter:
    day = laptop.day_presenter(on)
    await day.open()
    return day


async def office(laptop: Laptop, *changes: inbox.InboxChange) -> None:
    """A page of the office's changes comes in."""
    await laptop.db.write(
        lambda c: inbox.store_page(c, changes, 50), touched=frozenset({"visits"})
    )
    await laptop.tasks.settle()


def later(visit: Visit, hours: int) -> inbox.InboxChange:
    moved = msgspec.structs.replace(
        visit,
        window_start=visit.window_start + timedelta(hours=hours),
        window_end=visit.window_end + timedelta(hours=hours),
        version=visit.version + 1,
    )
    return inbox.InboxChange(visit.id, moved.version, moved)


async def test_the_button_travels_arrives_and_then_opens(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    day = await opened(laptop)
    first = visits["V-1001"].id
    row = day.state.row(first)
    assert row is not None
    assert row.deed is Deed.TRAVEL
    assert not await day.go(first)
    row = day.state.row(first)
    assert row is not None
    assert (row.state, row.deed) == (VisitState.TRAVELLING, Deed.ARRIVE)
    assert row.since is not None
    assert row.since.utcoffset() == timedelta(hours=1)
    stored = await laptop.visits.stored(first)
    assert [fact.kind for fact in stored.progress.facts] == [
        "visit_accepted",
        "visit_travelling",
    ]
    assert await day.go(first)
    assert day.state.visits[0].state is VisitState.ON_SITE
    before = len((await laptop.visits.stored(first)).progress.facts)
    assert await day.go(first)
    assert len((await laptop.visits.stored(first)).progress.facts) == before


async def test_an_accepted_visit_is_only_travelled_to(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    first = visits["V-1001"].id
    await laptop.visits.record(first, f.VisitAccepted(at=laptop.clock.now()))
    day = await opened(laptop)
    await day.go(first)
    stored = await laptop.visits.stored(first)
    assert [fact.kind for fact in stored.progress.facts].count("visit_accepted") == 1


async def test_a_visit_that_is_not_here_is_not_gone_to(laptop: Laptop) -> None:
    day = await opened(laptop)
    assert not await day.go("nowhere")


async def test_a_double_tap_says_it_once(laptop: Laptop, visits: dict[str, Visit]) -> None:
    day = await opened(laptop)
    first = visits["V-1001"].id
    laptop.tasks.spawn(day.go(first), "one")
    laptop.tasks.spawn(day.go(first), "two")
    await laptop.tasks.settle()
    assert not day.state.busy
    assert day.state.visits[0].state is VisitState.TRAVELLING


async def test_what_could_not_be_kept_is_told(
    laptop: Laptop, visits: dict[str, Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    day = await opened(laptop)

    async def full(*_: object, **__: object) -> None:
        raise StoreFull("store", "28")

    monkeypatch.setattr(laptop.visits, "record", full)
    assert not await day.go(visits["V-1001"].id)
    assert day.state.problem is not None
    assert "disk is full" in day.state.problem.what
    assert not day.state.busy


async def test_why_a_visit_ended_stands_in_its_row(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    first, second = visits["V-1001"].id, visits["V-1002"].id
    now = laptop.clock.now
    await laptop.visits.record(first, f.VisitAccepted(at=now()), f.VisitTravelling(at=now()))
    ending = NotDone(NotDoneReason.NOBODY_HOME, photo=Picture(b"door"))
    await laptop.visits.not_done(first, ending)
    await laptop.visits.record(second, f.VisitRefused(at=now(), reason="bus kapot"))
    day = await opened(laptop, DAY)
    assert [row.ending for row in day.state.visits[:3]] == ["nobody_home", "bus kapot", ""]
    assert day.state.visits[0].deed is Deed.LOOK


async def test_a_choice_that_a_person_must_judge_is_a_gap_until_it_is_made(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    visit = visits["V-1001"]
    doubt = Choice(preference=Preference.ON, by=Requester.HOLDER, made_at=laptop.clock.now())
    changed = msgspec.structs.replace(visit, choices=(*visit.choices, doubt), version=2)
    await office(laptop, inbox.InboxChange(visit.id, 2, changed))
    day = await opened(laptop, DAY)
    assert day.state.visits[0].lacks == (Lack.CHOICE_OPEN,)
    assert day.state.visits[0].choice is Preference.OFF


async def test_a_day_seen_for_the_first_time_has_no_changes(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    day = await opened(laptop)
    assert day.state.changes == ()
    kept = await laptop.db.read(lambda c: load_seen(c, DAY))
    assert kept is not None
    assert set(kept) == {visit.id for visit in visits.values()}
    text = msgspec.json.encode(kept).decode()
    assert "Oefenklant" not in text
    assert "Kasstraat" not in text


async def test_the_offices_changes_are_named_until_they_are_seen(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    day = await opened(laptop)
    moved, gone = visits["V-1004"], visits["V-1006"]
    new = msgspec.structs.replace(visits["V-1005"], id="new", number="V-2000", route_position=9)
    note = msgspec.structs.replace(visits["V-1007"], access_note="Sleutel bij de buren.")
    await office(
        laptop,
        later(moved, 2),
        inbox.InboxChange(gone.id, 2, None),
        inbox.InboxChange("new", 1, new),
        inbox.InboxChange(note.id, 2, note),
    )
    kinds = {one.number: one.kind for one in day.state.changes}
    assert kinds == {
        "V-1004": ChangeKind.MOVED,
        "V-1006": ChangeKind.WITHDRAWN,
        "V-2000": ChangeKind.ADDED,
        "V-1007": ChangeKind.DETAILS,
    }
    first = day.state.changes[0]
    assert first.where == "Oude Veilingkade 2a, De Lier"
    assert first.before is not None
    assert first.after is not None
    assert first.after[0] - first.before[0] == timedelta(hours=2)
    again = await opened(laptop)
    assert again.state.changes == day.state.changes
    await day.acknowledge()
    assert day.state.changes == ()
    assert (await opened(laptop)).state.changes == ()


async def test_a_new_version_or_place_alone_is_no_change(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    day = await opened(laptop)
    same = msgspec.structs.replace(visits["V-1002"], version=9, route_position=3)
    await office(laptop, inbox.InboxChange(same.id, 9, same))
    assert day.state.changes == ()


async def test_a_visit_taken_back_with_work_on_it_is_told_once_only(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    worked = visits["V-1002"]
    await laptop.visits.record(worked.id, f.VisitAccepted(at=laptop.clock.now()))
    day = await opened(laptop)
    await office(laptop, inbox.InboxChange(worked.id, 2, None))
    assert [one.kind for one in day.state.changes] == [ChangeKind.WITHDRAWN]
    await day.acknowledge()
    assert day.state.changes == ()


async def test_a_visit_moved_to_another_day_says_where_it_went(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    day = await opened(laptop)
    await office(laptop, later(visits["V-1003"], 48))
    (change,) = day.state.changes
    assert (change.kind, change.where) == (ChangeKind.MOVED, "")
    assert change.after is not None
    assert change.after[0].date() == date(2026, 11, 25)


async def test_finished_and_cleared_visits_are_no_changes(
    laptop: Laptop, visits: dict[str, Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = visits["V-1001"]
    await laptop.visits.record(
        done.id, f.VisitRefused(at=laptop.clock.now(), reason="bus kapot")
    )
    day = await opened(laptop)
    await office(laptop, later(done, 1))
    assert day.state.changes == ()
    monkeypatch.setattr(retention, "_is_over", lambda stored: stored.visit.id == done.id)
    monkeypatch.setattr(retention, "_left_by", lambda *_: True)
    await laptop.db.write(
        lambda c: retention.purge(c, laptop.clock.now(), 0), touched=frozenset({"visits"})
    )
    await laptop.tasks.settle()
    assert day.state.row(done.id) is None
    assert day.state.changes == ()


async def test_only_the_latest_days_are_remembered(laptop: Laptop) -> None:
    days = [DAY + timedelta(days=n) for n in range(9)]

    def mark(c: Transaction) -> list[bool]:
        for on in days:
            mark_seen(c, on)
        return [load_seen(c, on) is not None for on in days]

    kept = await laptop.db.write(mark, touched=frozenset())
    assert kept == [False, False, *([True] * 7)]


async def test_the_page_turns_by_itself_when_the_night_is_over(laptop: Laptop) -> None:
    day = await opened(laptop)
    await day.follow()
    assert day.state.on == DAY
    clock = laptop.clock
    night = clock.now() + timedelta(days=1)
    vars(clock)["time"] = night
    await day.follow()
    assert day.state.on == date(2026, 11, 24)
    fixed = await opened(laptop, DAY)
    await fixed.follow()
    assert fixed.state.on == DAY


async def test_a_day_that_was_asked_for_stays(laptop: Laptop) -> None:
    day = await opened(laptop)
    await day.show(DAY + timedelta(days=3))
    await day.follow()
    assert day.state.on == DAY + timedelta(days=3)
    held = await laptop.db.read(orders.held)
    assert held
    await day.show(DAY)
    assert len(day.state.visits) == len(held)
