from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from fieldapp.domain import facts as f
from fieldapp.domain.status import NotDoneReason, VisitState
from fieldapp.domain.work_order import Visit
from fieldapp.errors import StoreFull
from fieldapp.store import inbox, outbox, tables
from fieldapp.store.transaction import Transaction
from fieldapp.work.visit import NotDone, Picture
from tests.ui.views.conftest import LAPTOP, LARGE, Show, Went, settle, turn
from ui.messages import Message
from ui.views import theme
from ui.views.language import Words
from ui.views.page import Context
from ui.views.today import TodayPage, make
from ui.wiring import Laptop

Walk = Callable[[QWidget], list[QWidget]]
Cut = Callable[[QWidget], list[str]]
SIZES = (QSize(1290, 664), QSize(860, 520), LARGE, LAPTOP)


@pytest.fixture
async def page(context: Context, show: Show) -> TodayPage:
    made = make(context)
    assert isinstance(made, TodayPage)
    await made.open()
    show(made, SIZES[0])
    return made


def at(laptop: Laptop, hour: int, minute: int = 0) -> None:
    """The clock stands at this time, UTC."""
    vars(laptop.clock)["time"] = datetime(2026, 11, 23, hour, minute, tzinfo=UTC)


async def finish(laptop: Laptop, visit: Visit) -> None:
    """The visit's last fact, whatever the rules would say before it."""
    await laptop.db.write(
        lambda c: outbox.append(c, visit, f.VisitClosed(at=laptop.clock.now()), laptop.clock),
        touched=frozenset({"visits", "outbox"}),
    )
    await laptop.tasks.settle()


def texts(page: TodayPage) -> str:
    """Everything that stands in labels and rows that can be seen."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    settle(app)
    labels = [one.text() for one in page.findChildren(QLabel) if one.isVisibleTo(page)]
    rows = [line.spoken for part in (page.later, page.earlier) for line in part.list.rows.lines]
    return plain("\n".join([*labels, *rows]))


def plain(text: str) -> str:
    """With the dash that can be typed."""
    return text.replace("\u2013", "-")


async def test_the_next_visit_is_large_and_the_others_are_rows(
    page: TodayPage, laptop: Laptop
) -> None:
    at(laptop, 7, 30)
    page.redraw()
    shown = texts(page)
    assert "Glazen Kasstraat 12, Naaldwijk" in shown
    assert "Oefenklant 20001 · 3\u00d725\u00a0A · 0174-000001" in shown
    assert "08:00-09:00 · nog 29 min in het tijdvak" in shown
    assert "Hond in de tuin, bel bij de achterdeur." in shown
    assert "Uitlezing: uit" in shown
    assert page.card.button.text() == "Op weg"
    assert plain(page.later.list.rows.lines[0].lead) == "09:00-11:00"
    assert len(page.later.list.rows.lines) == 7
    assert page.earlier.isHidden()
    assert page.scene.isHidden()
    assert page.headline() == (
        "Vandaag",
        "maandag 23 november · 0 van 8 klaar · laatste bezoek tot 16:30",
    )


async def test_the_button_says_and_does_the_next_thing(
    page: TodayPage, laptop: Laptop, went: Went
) -> None:
    page.card.button.click()
    await laptop.tasks.settle()
    assert page.card.button.text() == "Ik ben er"
    assert "onderweg sinds" in texts(page)
    assert went == []
    page.card.button.click()
    await laptop.tasks.settle()
    first = page.state.visits[0]
    assert (page.card.button.text(), first.state) == ("Verder", VisitState.ON_SITE)
    assert went == [("visit", first.id)]
    assert page.primary() is page.card.button


async def test_a_touch_on_a_visit_anywhere_opens_it(
    page: TodayPage, laptop: Laptop, went: Went, visits: dict[str, Visit]
) -> None:
    bare = msgspec.structs.replace(visits["V-1002"], new_meters=(), version=2)
    await receive(laptop, inbox.InboxChange(bare.id, 2, bare))
    button = Qt.MouseButton.LeftButton
    QTest.mouseClick(page.card, button)
    page.later.list.setFocus()
    page.later.list.setCurrentIndex(page.later.list.rows.index(2))
    QTest.keyClick(page.later.list, Qt.Key.Key_Return)
    page.route.picture.chosen.emit("visit-V-1008")
    page.missing.chosen.emit(bare.id)
    assert [about for _page, about in went] == [
        "visit-V-1001",
        "visit-V-1004",
        "visit-V-1008",
        "visit-V-1002",
    ]


async def receive(laptop: Laptop, *changes: inbox.InboxChange) -> None:
    await laptop.db.write(
        lambda c: inbox.store_page(c, changes, 60), touched=frozenset({"visits"})
    )
    await laptop.tasks.settle()


async def test_what_is_over_goes_below_with_its_time_and_reason(
    page: TodayPage, laptop: Laptop, visits: dict[str, Visit]
) -> None:
    now = laptop.clock.now
    await finish(laptop, visits["V-1001"])
    second, third = visits["V-1002"].id, visits["V-1003"].id
    await laptop.visits.record(second, f.VisitAccepted(at=now()))
    photo = Picture(b"door")
    await laptop.visits.not_done(second, NotDone(NotDoneReason.NOBODY_HOME, photo=photo))
    await laptop.visits.record(third, f.VisitRefused(at=now(), reason="bus kapot"))
    await laptop.tasks.settle()
    first, missed, given = page.earlier.list.rows.lines
    assert (first.state, first.tone, first.lead) == ("klaar", "done", "08:00")
    assert (missed.state, missed.icon) == ("niemand thuis", "ban")
    assert given.state == "teruggegeven"
    assert given.subtitle == "bus kapot · nog te verzenden"
    assert page.headline()[1].startswith("maandag 23 november · 3 van 8 klaar")


async def test_a_broken_promise_is_told_in_minutes(page: TodayPage, laptop: Laptop) -> None:
    at(laptop, 8, 12)
    page.tick()
    await laptop.tasks.settle()
    assert "08:00-09:00 · 12 min na het tijdvak" in texts(page)
    at(laptop, 6, 30)
    page.redraw()
    assert "begint over 29 min" in texts(page)


async def test_work_under_way_shows_how_far_it_is(
    page: TodayPage, laptop: Laptop, visits: dict[str, Visit]
) -> None:
    visit, now = visits["V-1001"], laptop.clock.now

    def begin(c: Transaction) -> None:
        for fact in (
            f.VisitAccepted(at=now()),
            f.VisitStarted(at=now()),
            f.StepDone(at=now(), step="connection_and_meter"),
        ):
            outbox.append(c, visit, fact, laptop.clock)

    await laptop.db.write(begin, touched=frozenset({"visits", "outbox"}))
    await laptop.tasks.settle()
    shown = texts(page)
    assert "1 van 4 klaar" in shown
    assert "nu: keuze van de klant" in shown
    assert page.card.button.text() == "Verder"


async def test_what_is_missing_says_what_to_do(
    page: TodayPage, laptop: Laptop, visits: dict[str, Visit]
) -> None:
    assert "Niets. Alles voor vandaag is aan boord." in texts(page)
    bare = msgspec.structs.replace(visits["V-1005"], new_meters=(), version=2)
    await receive(laptop, inbox.InboxChange(bare.id, 2, bare))
    shown = texts(page)
    assert "Bezoek 5: geen meter in de bus gereserveerd" in shown
    assert "bel het kantoor of haal een meter bij het depot" in shown
    pill = page.later.list.rows.lines[3]
    assert (pill.state, pill.tone) == ("geen meter in de bus gereserveerd", "attention")


async def test_changes_of_the_office_stand_above_until_seen(
    page: TodayPage, laptop: Laptop, visits: dict[str, Visit]
) -> None:
    assert page.changes.isHidden()
    moved = visits["V-1004"]
    hours = timedelta(hours=26)
    tomorrow = msgspec.structs.replace(
        moved, window_start=moved.window_start + hours, window_end=moved.window_end + hours
    )
    same_day = visits["V-1005"]
    shifted = msgspec.structs.replace(
        same_day, window_end=same_day.window_end + timedelta(minutes=30)
    )
    await receive(
        laptop,
        inbox.InboxChange(tomorrow.id, 2, tomorrow),
        inbox.InboxChange(shifted.id, 2, shifted),
        inbox.InboxChange(visits["V-1006"].id, 2, None),
    )
    shown = texts(page)
    assert "Het kantoor heeft de dag gewijzigd" in shown
    assert "V-1004 · was ma 23 nov 11:30-12:30, nu di 24 nov 13:30-14:30" in shown
    assert "Paprikapad 19, Poeldijk · was 13:00-14:00, nu 13:00-14:30" in shown
    assert "V-1006 · 13:30-15:00" in shown
    assert [line.state for line in page.later.list.rows.lines].count("verplaatst") == 1
    page.changes.button.click()
    await laptop.tasks.settle()
    assert page.changes.isHidden()
    assert "verplaatst" not in [line.state for line in page.later.list.rows.lines]


async def test_many_changes_are_counted(
    page: TodayPage, laptop: Laptop, visits: dict[str, Visit]
) -> None:
    gone = [inbox.InboxChange(visit.id, 2, None) for visit in visits.values()]
    await receive(laptop, *gone[1:7])
    assert "en nog 2" in texts(page)


async def test_a_visit_taken_back_under_work_says_so(
    page: TodayPage, laptop: Laptop, visits: dict[str, Visit]
) -> None:
    worked = visits["V-1003"]
    await laptop.visits.record(worked.id, f.VisitAccepted(at=laptop.clock.now()))
    await receive(laptop, inbox.InboxChange(worked.id, 2, None))
    line = page.later.list.rows.lines[1]
    assert (line.state, line.tone, line.faded) == ("vervallen", "blocking", True)


async def test_a_finished_day_says_what_still_waits(
    page: TodayPage, laptop: Laptop, visits: dict[str, Visit], went: Went
) -> None:
    for visit in visits.values():
        await finish(laptop, visit)
    assert page.scene.scene == "finished"
    assert "Nog 8 te verzenden" in texts(page)
    assert page.headline()[1] == "maandag 23 november · alle 8 bezoeken klaar"
    assert page.primary() is page.scene.button
    page.scene.button.click()
    assert went == [("dayclose", "")]
    items = await laptop.db.read(outbox.items)

    def deliver(c: Transaction) -> None:
        for item in items:
            outbox.note_verdict(c, item.id, "applied", "", laptop.clock.now())

    await laptop.db.write(deliver, touched=frozenset({"outbox"}))
    await laptop.tasks.settle()
    assert "Alles is ook bij het kantoor." in texts(page)


@pytest.mark.parametrize("enrolled", [True, False])
async def test_a_laptop_without_a_day_shows_the_way(
    context: Context, laptop: Laptop, went: Went, *, enrolled: bool
) -> None:
    def bare(c: Transaction) -> None:
        inbox.rebaseline(c)
        inbox.store_page(c, [], 0, last=True)
        if not enrolled:
            c.execute(tables.state.delete())

    await laptop.db.write(bare, touched=frozenset({"visits"}))
    page = TodayPage(context)
    await page.open()
    assert page.scene.scene == ("not_loaded" if enrolled else "not_enrolled")
    assert page.card.isHidden()
    assert page.route.isHidden()
    page.scene.button.click()
    assert went == [("sync" if enrolled else "setup", "")]


async def test_an_empty_day_is_calm(page: TodayPage, laptop: Laptop) -> None:
    vars(laptop.clock)["time"] = datetime(2026, 12, 24, 8, tzinfo=UTC)
    page.tick()
    await laptop.tasks.settle()
    assert page.state.on == date(2026, 12, 24)
    assert page.scene.scene == "empty"
    assert "niets voor u gepland" in texts(page)


async def test_a_failure_reaches_the_banner_once(
    page: TodayPage, laptop: Laptop, said: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise StoreFull("store", "28")

    monkeypatch.setattr(laptop.visits, "record", full)
    page.card.button.click()
    await laptop.tasks.settle()
    page.redraw()
    assert [message.what for message in said] == ["This laptop's disk is full."]


async def test_a_page_that_is_left_hears_nothing_and_comes_back(
    page: TodayPage, laptop: Laptop, visits: dict[str, Visit]
) -> None:
    page.leave()
    page.leave()
    await laptop.visits.record(visits["V-1001"].id, f.VisitAccepted(at=laptop.clock.now()))
    await laptop.tasks.settle()
    assert [row.state for row in page.state.visits] == [VisitState.PLANNED] * 8
    await page.open()
    assert page.state.visits[0].state is VisitState.ACCEPTED


@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_nothing_is_cut_and_everything_can_be_touched(
    page: TodayPage, show: Show, walk: Walk, cut: Cut, lang: str
) -> None:
    for size in SIZES:
        show(page, size, lang=lang)
        assert cut(page) == []
        buttons = [one for one in walk(page) if isinstance(one, QPushButton)]
        assert buttons
        assert all(one.height() >= theme.TARGET and one.accessibleName() for one in buttons)
    assert page.route.picture.accessibleName()
    assert page.later.list.accessibleName()


async def test_english_is_complete(page: TodayPage, words: Words, qt: QApplication) -> None:
    words.switch("en")
    page.redraw()
    await turn(qt)
    assert page.card.button.text() == "On my way"
    assert page.headline()[1].startswith("Monday 23 November · 0 of 8 done")
