from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from fieldapp.domain import facts as f
from fieldapp.domain.work_order import Visit
from fieldapp.store import attachments, outbox
from fieldapp.store.transaction import Transaction
from fieldapp.work.visit import Picture
from sync.client.report import EngineState, FileRefused, FileSent, SyncReport
from sync.errors import BadWire, LoginPage, Offline
from ui.presenters.sync import SyncPresenter, SyncState
from ui.wiring import Laptop

DAY = date(2026, 11, 23)


async def page_of(laptop: Laptop, visit: Visit) -> SyncPresenter:
    """A page over three operations and one file of 5000 octets."""
    now = laptop.clock.now
    await laptop.visits.record(visit.id, f.VisitAccepted(at=now()), f.VisitTravelling(at=now()))
    await laptop.visits.add_photo(visit.id, "", "front", Picture(b"x" * 5000))
    page = laptop.sync_presenter()
    await page.open()
    return page


async def judge(laptop: Laptop, outcome: str, *ids: str, reason: str = "") -> None:
    def change(c: Transaction) -> None:
        for one in ids:
            received = None if outcome == "rejected" else laptop.clock.now()
            outbox.note_verdict(c, one, outcome, reason, received)

    await laptop.db.write(change, touched=frozenset({"outbox"}))
    await laptop.tasks.settle()


async def deliver(laptop: Laptop, visit: str, sha256: str) -> None:
    await laptop.db.write(
        lambda c: attachments.note_delivered(c, visit, sha256, laptop.clock.now()),
        touched=frozenset({"files"}),
    )
    await laptop.tasks.settle()


def line(laptop: Laptop, **changes: object) -> None:
    """The engine's line becomes so."""
    laptop.engine._become(replace(EngineState(), **changes))  # type: ignore[arg-type]


async def test_three_lists_hold_each_item_once(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    page = await page_of(laptop, visits["V-1001"])
    one, two, three = (row.id for row in page.state.items)
    await judge(laptop, "applied", one)
    await judge(laptop, "rejected", two, reason="malformed")
    await judge(laptop, "applied_with_conflict", three, reason="reassigned")
    state = page.state
    assert [entry.is_file for entry in state.to_send] == [True]
    assert [entry.id for entry in state.needs_you] == [two]
    assert state.needs_you[0].can_resend
    assert [entry.id for entry in state.received_on(DAY)] == [three, one]
    assert state.received_on(DAY + timedelta(days=1)) == ()
    await deliver(laptop, *state.files[0].key)
    latest = page.state.received_on(DAY)[0]
    assert (latest.what, latest.size, latest.is_file) == ("front", 5000, True)
    assert page.state.to_send == ()
    assert not latest.can_resend


async def test_a_file_is_as_old_as_the_fact_that_names_it(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    page = await page_of(laptop, visits["V-1001"])
    (file,) = page.state.files
    evidence = page.state.items[2]
    assert evidence.kind == "evidence_added"
    assert file.made_at is not None
    assert abs(file.made_at - evidence.made_at) < timedelta(minutes=1)


async def test_a_run_is_told_in_octets(laptop: Laptop, visits: dict[str, Visit]) -> None:
    page = await page_of(laptop, visits["V-1001"])
    line(laptop, running=True)
    total = page.state.bytes_total
    assert total == 5000 + sum(row.size for row in page.state.items)
    assert page.state.bytes_done == 0
    first = page.state.items[0]
    await judge(laptop, "applied", first.id)
    assert (page.state.bytes_done, page.state.bytes_total) == (first.size, total)
    sha256 = page.state.files[0].sha256
    piece = FileSent(sha256, first.visit, "front", 5000, 2048, delivered=False)
    line(laptop, running=True, piece=piece)
    assert page.state.bytes_done == first.size + 2048
    await deliver(laptop, first.visit, sha256)
    whole = replace(piece, offset=5000, delivered=True)
    line(laptop, running=True, piece=whole)
    assert page.state.bytes_done == first.size + 5000
    assert page.state.bytes_total == total
    line(laptop, running=False, online=True)
    line(laptop, running=True, online=True)
    assert page.state.bytes_done == 0
    assert page.state.piece is None


async def test_work_during_a_run_makes_it_longer(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    page = await page_of(laptop, visits["V-1001"])
    line(laptop, running=True)
    total = page.state.bytes_total
    await laptop.visits.record(visits["V-1002"].id, f.VisitAccepted(at=laptop.clock.now()))
    await laptop.tasks.settle()
    assert page.state.bytes_total == total + page.state.items[-1].size
    assert page.state.bytes_done == 0


async def test_a_file_that_did_not_go_says_why_until_the_next_run(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    page = await page_of(laptop, visits["V-1001"])
    (file,) = page.state.files
    refused = FileRefused(file.sha256, file.visit, "front", BadWire("login page"))
    line(laptop, files_refused=(refused,))
    assert page.state.to_send[-1].reason == "Something else answers at the office's address."
    await laptop.visits.record(visits["V-1002"].id, f.VisitAccepted(at=laptop.clock.now()))
    await laptop.tasks.settle()
    assert page.state.files[0].refusal is not None
    line(laptop, running=True)
    assert page.state.files[0].refusal is None


async def test_stopping_says_so_and_does_not_call_the_line_dead(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    page = await page_of(laptop, visits["V-1001"])
    report = SyncReport(sent=1, waiting=2, error=Offline("stopped"), stopped=True)
    line(laptop, online=True, detail=LoginPage("x"), report=report)
    state = page.state
    assert (state.stopped, state.online, state.running) == (True, True, False)
    assert state.problem is None
    assert state.report == report
    line(laptop, running=True, online=True, report=report)
    assert not page.state.stopped


async def test_a_stop_while_nothing_runs_hides_no_later_failure(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    page = await page_of(laptop, visits["V-1001"])
    page.stop()
    line(laptop, offline_since=laptop.clock.now(), detail=Offline("no network"))
    assert (page.state.stopped, page.state.online) == (False, False)
    assert page.state.problem is not None


async def test_several_go_again_at_once(laptop: Laptop, visits: dict[str, Visit]) -> None:
    page = await page_of(laptop, visits["V-1001"])
    ids = [row.id for row in page.state.items]
    await judge(laptop, "quarantined", *ids, reason="laptop_withdrawn")
    refused = page.state.needs_you
    assert [entry.id for entry in refused] == ids
    assert await page.resend(*ids)
    await laptop.tasks.settle()
    assert not page.state.needs_you
    assert page.state.waiting == 3


async def test_a_page_opened_again_shows_the_line_as_it_is_now(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    page = await page_of(laptop, visits["V-1001"])
    line(laptop, running=True)
    page.close()
    laptop.engine.state = replace(EngineState(), online=True)
    await page.open()
    assert (page.state.running, page.state.online) == (False, True)
    assert page.now().utcoffset() == timedelta(hours=1)


def test_before_anything_nothing_is_claimed() -> None:
    state = SyncState()
    assert (state.to_send, state.needs_you, state.received_on(DAY)) == ((), (), ())
    assert (state.bytes_done, state.bytes_total) == (0, 0)
