from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QWidget

from fieldapp.domain import facts as f
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.work_order import Visit
from fieldapp.store import attachments, outbox
from fieldapp.store.transaction import Transaction
from fieldapp.work.visit import NotDone, Picture
from sync.client.report import EngineState, FileSent, SyncReport
from sync.errors import Offline
from tests.ui.views.conftest import LAPTOP, LARGE, Show, Went, settle
from ui.messages import LANGUAGES
from ui.views import theme
from ui.views.page import Context
from ui.views.sync import SyncPage, make
from ui.wiring import Laptop

Walk = Callable[[QWidget], list[QWidget]]
Cut = Callable[[QWidget], list[str]]
NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


@pytest.fixture
async def page(context: Context, show: Show) -> SyncPage:
    made = make(context)
    assert isinstance(made, SyncPage)
    await made.open()
    show(made)
    return made


@pytest.fixture
async def work(laptop: Laptop, visits: dict[str, Visit]) -> list[str]:
    """Nobody home at V-1001, on the way to V-1002; answers the operations' ids."""
    first, second, now = visits["V-1001"].id, visits["V-1002"].id, laptop.clock.now
    await laptop.visits.record(first, f.VisitAccepted(at=now()))
    ending = NotDone(NotDoneReason.NOBODY_HOME, photo=Picture(b"d" * 2000))
    await laptop.visits.not_done(first, ending)
    await laptop.visits.record(second, f.VisitAccepted(at=now()), f.VisitTravelling(at=now()))
    await laptop.visits.record(second, f.VisitArrived(at=now()))
    items = await laptop.db.read(outbox.items)
    await laptop.tasks.settle()
    return [item.id for item in items]


async def judge(laptop: Laptop, outcome: str, reason: str, *ids: str) -> None:
    def change(c: Transaction) -> None:
        for one in ids:
            received = None if outcome in {"rejected", "held"} else laptop.clock.now()
            outbox.note_verdict(c, one, outcome, reason, received)

    await laptop.db.write(change, touched=frozenset({"outbox"}))
    await laptop.tasks.settle()


def texts(page: SyncPage) -> str:
    """Everything that stands in labels that can be seen."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    settle(app)
    return "\n".join(one.text() for one in page.findChildren(QLabel) if one.isVisible())


def line(laptop: Laptop, **changes: object) -> None:
    """The engine's line becomes so, and is told."""
    laptop.engine._become(replace(EngineState(), **changes))  # type: ignore[arg-type]


async def test_a_laptop_with_nothing_to_do_is_calm(page: SyncPage) -> None:
    shown = texts(page)
    for calm in ("Niets te verzenden", "Vandaag nog niets ontvangen", "Niets vraagt aandacht"):
        assert calm in shown
    assert page.headline() == ("Synchronisatie", "alles is bij het kantoor")
    assert "Nog geen contact gezocht" in shown
    assert "laatste contact ma 23 nov 08:00" in shown
    assert page.primary() is page.line.button


async def test_each_item_tells_visit_kind_size_and_age(
    page: SyncPage, laptop: Laptop, work: list[str]
) -> None:
    vars(laptop.clock)["time"] = NOON
    page.redraw()
    rows = page.waiting.list.rows.lines
    assert [row.title for row in rows] == [
        "Bezoek geaccepteerd",
        "Niet uitgevoerd",
        "Bezoek geaccepteerd",
        "Op weg",
        "Aangekomen",
        "Foto: niemand thuis",
    ]
    assert [row.state for row in rows] == ["wacht"] * 5 + ["na de rest"]
    size = page.state.items[0].size
    assert rows[0].subtitle == f"V-1001 · {size}\u00a0B · 3 uur geleden"
    assert rows[-1].subtitle == "V-1001 · 2,0\u00a0kB · 3 uur geleden"
    assert len(work) == 5
    count, total = len(rows), sum(entry.size for entry in page.state.to_send)
    words = page.words
    assert page.headline()[1] == f"{count} te verzenden, {words.size(total)}"


async def test_the_receipt_of_the_day(page: SyncPage, laptop: Laptop, work: list[str]) -> None:
    vars(laptop.clock)["time"] = NOON
    await judge(laptop, "applied", "", work[0])
    assert "1 ontvangen om 12:00" in texts(page)
    await judge(laptop, "applied_with_conflict", "reassigned", work[2])
    file = page.state.files[0]
    at = NOON + timedelta(minutes=5)
    await laptop.db.write(
        lambda c: attachments.note_delivered(c, file.visit, file.sha256, at),
        touched=frozenset({"files"}),
    )
    await laptop.tasks.settle()
    page.redraw()
    first, second = page.received.list.rows.lines
    assert first.title == "V-1001"
    assert first.subtitle == "12:05 · 1 van 2 · bestanden 1 van 1"
    assert (first.state, second.state) == ("deels", "deels")
    assert second.subtitle.startswith(
        "Het bezoek was al aan een ander gegeven. · 12:00 · 1 van 3"
    )
    tabs = {one.text(): one for one in page.received.tabs.findChildren(QAbstractButton)}
    tabs["Per stuk"].click()
    rows = page.received.list.rows.lines
    assert [row.title for row in rows] == [
        "Foto: niemand thuis",
        "Bezoek geaccepteerd",
        "Bezoek geaccepteerd",
    ]
    assert (rows[0].state, rows[0].tone) == ("ontvangen", "done")
    assert (rows[1].state, rows[1].tone) == ("met verschil", "attention")
    assert rows[1].subtitle.startswith("Het bezoek was al aan een ander gegeven. · V-1002")
    assert "3 ontvangen, laatste om 12:05" in texts(page)


async def test_what_was_refused_says_why_and_goes_again(
    page: SyncPage, laptop: Laptop, work: list[str], went: Went
) -> None:
    await judge(laptop, "rejected", "payload_changed", work[0])
    await judge(laptop, "quarantined", "never_heard_of", work[3])
    shown = texts(page)
    assert "De inhoud is onderweg veranderd." in shown
    assert "Stuur het opnieuw." in shown
    assert "Het kantoor zegt: never heard of." in shown
    assert page.headline()[1].startswith("2 vragen aandacht · ")
    hands = {one.text(): one for one in page.needs.findChildren(QPushButton)}
    hands["Bezoek V-1002"].click()
    assert went == [("visit", "visit-V-1002")]
    again = next(one for one in page.needs.findChildren(QPushButton) if one.text() == "Opnieuw")
    again.click()
    await laptop.tasks.settle()
    assert [entry.id for entry in page.state.needs_you] == [work[3]]
    assert page.headline()[1].startswith("1 vraagt aandacht · ")
    assert page.needs.all.isHidden()


async def test_many_refusals_are_counted_and_go_again_at_once(
    page: SyncPage, laptop: Laptop, visits: dict[str, Visit], work: list[str]
) -> None:
    for visit in list(visits.values())[2:]:
        for fact in (f.VisitAccepted, f.VisitTravelling, f.VisitArrived):
            await laptop.visits.record(visit.id, fact(at=laptop.clock.now()))
    ids = [item.id for item in await laptop.db.read(outbox.items)]
    await judge(laptop, "quarantined", "laptop_withdrawn", *ids)
    assert len(work) < 20 < len(ids)
    assert f"en nog {len(ids) - 20}" in texts(page)
    page.needs.all.click()
    await laptop.tasks.settle()
    assert not page.state.needs_you
    assert page.state.waiting == len(ids)
    assert "Niets vraagt aandacht" in texts(page)


async def test_a_redraw_leaves_the_buttons_where_the_finger_is(
    page: SyncPage, laptop: Laptop, work: list[str]
) -> None:
    await judge(laptop, "rejected", "malformed", work[0])
    before = page.needs.findChildren(QPushButton)
    vars(laptop.clock)["time"] = NOON
    page.redraw()
    assert page.needs.findChildren(QPushButton) == before
    assert "3 uur geleden" in texts(page)


async def test_a_short_run_by_itself_does_not_flicker(
    page: SyncPage, laptop: Laptop, work: list[str]
) -> None:
    assert work
    line(laptop, running=True, online=True)
    assert page.line.stop.isHidden()
    assert not page.line.button.isHidden()
    page.line._grow_slow()
    assert not page.line.stop.isHidden()
    assert page.primary() is None
    line(laptop, running=False, online=True)
    assert page.line.stop.isHidden()
    line(laptop, running=True, online=True)
    assert page.line.stop.isHidden()
    line(laptop, running=False, online=True)


async def test_the_finger_stays_on_start_and_stop(page: SyncPage, laptop: Laptop) -> None:
    page.activateWindow()
    page.line.button.setFocus()
    line(laptop, running=True, online=True)
    page.line._grow_slow()
    assert page.focusWidget() is page.line.stop
    line(laptop, running=False, online=True)
    assert page.focusWidget() is page.line.button


async def test_a_run_shows_how_far_in_octets_and_which_file(
    page: SyncPage, laptop: Laptop, work: list[str]
) -> None:
    line(laptop, running=True, online=True)
    page.line._grow_slow()
    assert page.line.bar.maximum() == 1000
    await judge(laptop, "applied", "", *work)
    file = page.state.files[0]
    assert page.state.bytes_done == sum(row.size for row in page.state.items)
    sent = FileSent(file.sha256, file.visit, file.slot, file.size, 1000, delivered=False)
    line(laptop, running=True, online=True, piece=sent)
    state = page.state
    shown = page.line.progress.text()
    done, total = page.words.size(state.bytes_done), page.words.size(state.bytes_total)
    assert shown == f"{done} van {total} · bezig met niemand thuis"
    assert page.line.bar.value() == 1000 * state.bytes_done // state.bytes_total
    assert 0 < page.line.bar.value() < 1000
    line(laptop, running=False, online=True)


async def test_asking_only_what_is_new_has_no_end_to_count_to(
    page: SyncPage, laptop: Laptop, show: Show
) -> None:
    line(laptop, running=True, online=True)
    page.line._grow_slow()
    assert page.line.progress.text() == "vragen wat er nieuw is"
    assert page.line.bar.maximum() == 0
    show(page, LAPTOP, "outdoor")
    assert page.line.bar.maximum() == 1000
    line(laptop, running=False, online=True)


async def test_the_button_syncs_and_says_how_it_ended(
    page: SyncPage, laptop: Laptop, work: list[str]
) -> None:
    assert work
    page.line.button.click()
    assert not page.line.stop.isVisible()
    await laptop.tasks.settle()
    shown = texts(page)
    assert "Offline sinds 08:00" in shown
    assert "Nobody answers at the office's address." in shown
    assert page.state.waiting == 5


async def test_stopping_says_what_went_and_what_stays(
    page: SyncPage, laptop: Laptop, work: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert work
    stopped = asyncio.Event()

    async def run(*_: object, **__: object) -> SyncReport:
        line(laptop, running=True, online=True)
        await stopped.wait()
        error = Offline("stopped")
        report = SyncReport(sent=3, waiting=2, files_waiting=1, error=error, stopped=True)
        line(laptop, running=False, online=True, report=report)
        return report

    monkeypatch.setattr(laptop.engine, "sync_once", run)
    monkeypatch.setattr(laptop.engine, "stop", stopped.set)
    page.line.button.click()
    await asyncio.sleep(0)
    assert page.line.stop.isVisible()
    page.line.stop.click()
    await laptop.tasks.settle()
    shown = texts(page)
    assert "Gestopt: 3 verzonden, nog 3 te verzenden. Er is niets verloren." in shown
    assert "Online" in shown


async def test_a_row_opens_its_visit(
    page: SyncPage, laptop: Laptop, work: list[str], went: Went
) -> None:
    await judge(laptop, "applied", "", work[0])
    for column, row in ((page.waiting, 1), (page.received, 0)):
        column.list.setCurrentIndex(column.list.rows.index(row))
        QTest.keyClick(column.list, Qt.Key.Key_Return)
    assert went == [("visit", "visit-V-1002"), ("visit", "visit-V-1001")]


async def test_a_page_that_is_left_hears_nothing_and_comes_back(
    page: SyncPage, laptop: Laptop, visits: dict[str, Visit]
) -> None:
    page.leave()
    page.leave()
    await laptop.visits.record(visits["V-1001"].id, f.VisitAccepted(at=laptop.clock.now()))
    await laptop.tasks.settle()
    assert page.state.waiting == 0
    await page.open()
    assert page.state.waiting + len(page.waiting.list.rows.lines) == 2


async def test_in_a_narrow_window_what_needs_a_person_keeps_its_room(
    page: SyncPage, laptop: Laptop, work: list[str], show: Show, cut: Cut
) -> None:
    await judge(laptop, "quarantined", "id_reused", *work)
    side = page.right_column()
    assert side is page.received
    side.hide()
    for lang in LANGUAGES:
        show(page, QSize(776, 560), lang=lang)
        assert cut(page) == []
    buttons = page.needs.findChildren(QPushButton)
    assert buttons
    assert all(one.width() >= one.sizeHint().width() for one in buttons if one.isVisible())


@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_nothing_is_cut_and_everything_can_be_touched(
    page: SyncPage, show: Show, walk: Walk, cut: Cut, lang: str
) -> None:
    for size in (QSize(1290, 664), QSize(900, 560), LARGE):
        show(page, size, lang=lang)
        assert cut(page) == []
        buttons = [one for one in walk(page) if isinstance(one, QPushButton)]
        assert buttons
        assert all(one.height() >= theme.TARGET and one.accessibleName() for one in buttons)
    assert page.waiting.list.accessibleName()
