from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from fieldapp import settings
from fieldapp.domain import facts as f
from fieldapp.domain.work_order import Visit
from fieldapp.errors import NotEnrolled, StoreFull
from fieldapp.store import inbox, outbox, planner
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction
from hardware.errors import PortGone
from sync.client.report import EngineState
from sync.errors import ClockWrong, Offline, Unauthorized
from ui.messages import explain
from ui.ports import Use
from ui.presenters.frame import FramePresenter, Matter, PortRow, Role
from ui.wiring import Laptop


@pytest.fixture
async def frame(laptop: Laptop) -> FramePresenter:
    made = laptop.frame_presenter()
    await made.open()
    return made


def codes(frame: FramePresenter) -> list[str]:
    return [matter.code for matter in frame.state.matters]


async def write(laptop: Laptop, change: Callable[[Transaction], None], *topics: str) -> None:
    await laptop.db.write(change, touched=frozenset(topics))
    await laptop.tasks.settle()


async def test_whose_laptop_it_is_and_that_it_is_for_practice(frame: FramePresenter) -> None:
    state = frame.state
    assert state.roles == {Role.TECHNICIAN}
    assert (state.technician, state.practice) == ("Oefenmonteur 1", True)
    assert state.office == "http://127.0.0.1:1"
    assert (state.online, state.waiting, state.matters) == (None, 0, ())
    assert state.last_contact is not None


async def test_nobodys_laptop_has_no_role(bare_laptop: Laptop) -> None:
    frame = bare_laptop.frame_presenter()
    await frame.open()
    assert (frame.state.roles, frame.state.technician) == (frozenset(), "")


async def test_a_dispatcher_and_a_workshop_are_roles_too(bare_laptop: Laptop) -> None:
    frame = bare_laptop.frame_presenter()
    await frame.open()
    assert await frame.set(role="workshop")
    who = planner.Planner(server_url="https://o.example", token="t")
    await write(bare_laptop, lambda c: planner.store_planner(c, who), "device")
    assert frame.state.roles == {Role.DISPATCHER, Role.WORKSHOP}
    assert frame.state.office == "https://o.example"
    assert "token" not in repr(who)
    await write(bare_laptop, lambda c: planner.store_planner(c, None), "device")
    assert frame.state.roles == {Role.WORKSHOP}


async def test_the_line_is_what_the_engine_says(laptop: Laptop, frame: FramePresenter) -> None:
    since = laptop.clock.now()
    laptop.engine._become(EngineState(online=False, offline_since=since, detail=Offline("x")))
    assert (frame.state.online, frame.state.offline_since) == (False, since)
    assert frame.state.matters == ()  # offline is the status bar's
    laptop.engine._become(EngineState(online=True, running=True))
    assert (frame.state.online, frame.state.running) == (True, True)
    frame.close()
    laptop.engine._become(EngineState())
    assert frame.state.running


async def test_a_wrong_clock_is_told_once(laptop: Laptop, frame: FramePresenter) -> None:
    now = laptop.clock.now()
    for minutes in (0, 5):
        shows = now + timedelta(minutes=minutes)
        told = ClockWrong(shows, shows - timedelta(days=2))
        laptop.engine._become(EngineState(online=True, clock=told))
        if minutes == 0:
            [matter] = frame.state.matters
            assert (matter.code, matter.tone, matter.page) == ("clock", "attention", "sync")
            frame.dismiss(matter)
        assert frame.state.matters == ()


async def test_what_blocks_the_line_needs_a_person(
    laptop: Laptop, frame: FramePresenter
) -> None:
    failed = EngineState(offline_since=laptop.clock.now(), detail=Unauthorized("revoked"))
    laptop.engine._become(failed)
    [matter] = frame.state.matters
    assert (matter.code, matter.tone, matter.page) == ("line", "blocking", "sync")
    frame.dismiss(matter)
    assert frame.state.matters == ()
    laptop.engine._become(replace(failed, running=True))
    assert frame.state.matters == ()  # the same as before
    laptop.engine._become(EngineState(online=True))
    laptop.engine._become(failed)
    assert codes(frame) == ["line"]  # it was over, and is back


async def test_what_was_done_waits_and_what_was_refused_is_said(
    laptop: Laptop, frame: FramePresenter, visits: dict[str, Visit]
) -> None:
    await laptop.visits.record(visits["V-1001"].id, f.VisitAccepted(at=laptop.clock.now()))
    await laptop.tasks.settle()
    assert (frame.state.waiting, frame.state.refused) == (1, 0)

    def refuse(c: Transaction) -> None:
        [item] = outbox.items(c)
        outbox.note_verdict(c, item.id, outbox.REJECTED, "not_yours", laptop.clock.now())

    await write(laptop, refuse, "outbox")
    assert (frame.state.waiting, frame.state.refused) == (0, 1)
    assert frame.state.matters == (Matter("refused", "blocking", "sync", count=1),)


async def test_a_visit_that_is_withdrawn_under_way_is_said(
    laptop: Laptop, frame: FramePresenter, visits: dict[str, Visit]
) -> None:
    visit = visits["V-1001"]
    await laptop.visits.record(visit.id, f.VisitAccepted(at=laptop.clock.now()))
    gone = inbox.InboxChange(visit.id, visit.version + 1, None)
    await write(laptop, lambda c: inbox.store_page(c, [gone], 99), "visits")
    [matter] = frame.state.matters
    assert (matter.code, matter.page, matter.about) == ("withdrawn", "visit", visit.id)
    assert matter.subject == "V-1001"


async def test_the_loudest_comes_first_and_none_twice(frame: FramePresenter) -> None:
    gone, full = PortGone("COM4", "x"), StoreFull("laptop.db", "28")
    for error in (gone, full, gone):
        frame.say(explain(error, "en"))
    assert [m.tone for m in frame.state.matters] == ["blocking", "attention"]
    frame.dismiss(frame.state.matters[0])
    assert [m.tone for m in frame.state.matters] == ["attention"]
    frame.say(explain(Offline("x"), "en"))
    assert len(frame.state.matters) == 1


async def test_a_fault_tells_its_kind_and_place_only(frame: FramePresenter) -> None:
    frame.crashed(ValueError("Jansen, Kerkpad 12"), "visit.py:12")
    [matter] = frame.state.matters
    assert (matter.code, matter.subject) == ("crash", "ValueError, visit.py:12")
    assert "Jansen" not in repr(frame.state)


async def test_a_fault_in_a_task_reaches_whoever_listens(laptop: Laptop) -> None:
    met: list[BaseException] = []
    laptop.on_crash = met.append

    async def fail() -> None:
        raise ZeroDivisionError

    laptop.tasks.spawn(fail(), "fails")
    await laptop.tasks.settle()
    assert [type(fault) for fault in met] == [ZeroDivisionError]


async def test_settings_are_kept_and_ports_follow_them(
    laptop: Laptop, frame: FramePresenter
) -> None:
    assert frame.state.ports == (
        PortRow("p1", "", Use.FREE),
        PortRow("optical", "", Use.FREE),
    )
    assert await frame.set_port("p1", " COM4 ")
    assert frame.state.ports[0] == PortRow("p1", "COM4", Use.FREE)
    assert await frame.set(theme="dark", language="nl")
    assert laptop.lang == "nl"
    kept = settings.load(laptop.folder)
    assert (kept.theme, kept.language, kept.ports) == ("dark", "nl", {"p1": "COM4"})


async def test_two_settings_at_once_are_both_kept(
    laptop: Laptop, frame: FramePresenter
) -> None:
    laptop.tasks.spawn(frame.set(page="sync"), "one")
    laptop.tasks.spawn(frame.set(window=(1, 2, 1000, 700)), "two")
    await laptop.tasks.settle()
    kept = settings.load(laptop.folder)
    assert (kept.page, kept.window) == ("sync", (1, 2, 1000, 700))


async def test_a_disk_that_refuses_settings_is_said(
    frame: FramePresenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(settings, "save", refuse)
    assert not await frame.set(theme="dark")
    assert codes(frame) == ["crash"]
    assert frame.settings.theme == "dark"  # for as long as the program runs


async def test_where_the_practice_cables_are(frame: FramePresenter) -> None:
    frame.plugged("V-1002")
    assert frame.state.cables == "V-1002"


async def test_a_store_that_fails_is_said(
    laptop: Laptop, frame: FramePresenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_args: object) -> None:
        raise StoreFull("laptop.db", "28")

    monkeypatch.setattr(Database, "read", fail)
    await frame.refresh()
    assert await frame.find("V-1001") == ()
    assert codes(frame) == ["said"]
    with pytest.raises(StoreFull):
        await laptop.owner()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("v-1003", [("V-1003", "")]),
        ("glazen kas", [("V-1001", "")]),
        ("Monster", [("V-1003", "")]),
        ("E0044007382246019", [("V-1001", "E0044007382246019")]),
        ("871687000000200010", [("V-1001", "E0044007382246019")]),
        ("8716 8700 0000 2000 10", [("V-1001", "E0044007382246019")]),
        ("2671 za", [("V-1001", "")]),
        ("0174-000003", [("V-1003", "")]),
        ("E0044007382311125", [("V-1002", "E0044007382311125")]),
        ("nergens", []),
        ("   ", []),
    ],
)
async def test_search_finds_visits_and_meters(
    frame: FramePresenter, typed: str, found: list[tuple[str, str]]
) -> None:
    hits = await frame.find(typed)
    assert [(hit.number, hit.meter) for hit in hits] == found


async def test_search_names_no_customer_and_stops_at_eight(
    frame: FramePresenter, visits: dict[str, Visit]
) -> None:
    hits = await frame.find("v-10")
    assert len(hits) == 8
    assert all(v.customer.name not in repr(hits) for v in visits.values())
    by_name = await frame.find(visits["V-1001"].customer.name)
    assert [hit.number for hit in by_name] == ["V-1001"]


async def test_an_owner_is_asked_for(bare_laptop: Laptop) -> None:
    with pytest.raises(NotEnrolled):
        await bare_laptop.owner()
