"""The office's side of synchronising: what of each laptop has not arrived yet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from sync.client.people import LaptopLine
from sync.errors import Offline, Refused
from tests.ui.conftest import SteppingClock
from tests.ui.views.conftest import LAPTOP, LARGE, Show, Went, settle
from ui.presenters.laptops import LaptopsPresenter, LaptopsRoom, Standing
from ui.tasks import Tasks
from ui.views import laptops_words, theme
from ui.views.language import Words
from ui.views.laptops import LaptopsPage, make
from ui.views.page import Context

AT = datetime(2026, 11, 23, 7, 40, tzinfo=UTC)
Cut = Callable[[QWidget], list[str]]


def laptop(number: int, **changed: object) -> LaptopLine:
    values: dict[str, object] = {
        "laptop": f"L{number}",
        "technician": f"M-0{number}",
        "name": f"Oefenmonteur {number}",
        "device_name": "Toughbook",
        "withdrawn": False,
        "silent": False,
        "visits_today": 6,
        "open_today": 4,
        "held": 0,
        "missing": 0,
        "files_partial": 0,
        "set_aside": 0,
        "conflicts": 0,
        "last_contact": AT,
        "waiting": 0,
        "files_waiting": 0,
    }
    return LaptopLine(**{**values, **changed})  # type: ignore[arg-type]


EVERY = (
    laptop(1, silent=True, last_contact=AT - timedelta(hours=5)),
    laptop(
        2, missing=2, held=1, without_files=("V-1", "V-2"), days_differ=(date(2026, 11, 22),)
    ),
    laptop(3, withdrawn=True, set_aside=3, conflicts=1, last_contact=None),
    laptop(4, waiting=12, files_waiting=3, oldest_waiting=AT, files_partial=1),
    laptop(5, waiting=None, files_waiting=None),
    laptop(6),
)


class Headquarters:
    """An office that says what a test wants."""

    def __init__(self, *lines: LaptopLine) -> None:
        self.lines = list(lines)
        self.error: Exception | None = None
        self.closed = 0

    async def laptops(self) -> list[LaptopLine]:
        if self.error is not None:
            raise self.error
        return self.lines

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def headquarters() -> Headquarters:
    return Headquarters(*EVERY)


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    made = Tasks(lambda failure: pytest.fail(repr(failure)))
    yield made
    await made.close()


@pytest.fixture
async def page(
    qt: QApplication,
    context: Context,
    clock: SteppingClock,
    headquarters: Headquarters,
    tasks: Tasks,
) -> AsyncIterator[LaptopsPage]:
    async def sign_in() -> Headquarters | None:
        return headquarters if headquarters.lines or not headquarters.closed else None

    room = LaptopsRoom(sign_in, clock, tasks, lambda: "nl")
    made = LaptopsPage(replace(context, spawn=tasks.spawn), LaptopsPresenter(room))
    await made.open()
    yield made
    await made.presenter.rest()
    settle(qt)


def told(root: QWidget) -> str:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    settle(app)
    return " | ".join(one.text() for one in root.findChildren(QLabel) if one.isVisible())


async def test_those_that_are_waited_for_and_why(page: LaptopsPage, show: Show) -> None:
    show(page)
    rows = page.list.list.rows.lines
    assert [row.state for row in rows] == [
        "stil",
        "ontbreekt",
        "beoordelen",
        "onderweg",
        "onbekend",
        "binnen",
    ]
    assert rows[1].subtitle.endswith("ontbreekt: 2")
    assert rows[2].subtitle == "ingetrokken · nog nooit contact · apart gelegd: 3"
    assert page.headline()[1] == "Laptops: 6 · nog niet rond: 4 · stil: 1"
    page.presenter.show_only(only=True)
    assert len(page.list.list.rows.lines) == 4


async def test_one_laptop_whole(page: LaptopsPage, show: Show, went: Went) -> None:
    show(page)
    assert "Kies een laptop" in told(page.detail)
    page.list.chosen.emit("L2")
    shown = told(page.detail)
    for fact in ("2 van 6 bezoeken af", "bestanden missen bij V-1, V-2", "dag zo 22 nov sluit"):
        assert fact in shown
    assert page.detail.review.isHidden()
    page.list.chosen.emit("L4")
    assert "vastleggingen onderweg: 12" in told(page.detail)
    assert "oudste van ma 23 nov 08:40" in told(page.detail)
    page.list.chosen.emit("L5")
    assert "zegt niet wat er wacht" in told(page.detail)
    page.list.chosen.emit("L3")
    assert "ingetrokken | nog nooit contact" in told(page.detail)
    page.detail.review.click()
    assert went == [("planning", "")]
    assert page.back()
    assert not page.back()


async def test_an_office_that_is_away_leaves_the_picture_and_says_of_when(
    page: LaptopsPage, show: Show, headquarters: Headquarters
) -> None:
    show(page)
    headquarters.error = Offline("away")
    assert not await page.presenter.refresh()
    assert len(page.list.list.rows.lines) == 6
    assert page.banner.accessibleName().startswith("Het kantoor is niet bereikbaar Wat hier")
    headquarters.error = Refused("urn:fieldapp:role-not-allowed")
    assert not await page.presenter.refresh()
    assert page.banner.isVisible()
    assert "Wat hier staat is van" in page.banner.accessibleName()
    headquarters.error = None
    page.again.click()
    await page.presenter.refresh()
    assert page.banner.isHidden()


@pytest.mark.parametrize("error", [Offline("away"), Refused("urn:fieldapp:busy")])
async def test_an_office_that_never_answered_has_not_said_that_there_are_none(
    context: Context, show: Show, tasks: Tasks, clock: SteppingClock, error: Exception
) -> None:
    silent = Headquarters()
    silent.error = error

    async def sign_in() -> Headquarters:
        return silent

    room = LaptopsRoom(sign_in, clock, tasks, lambda: "nl")
    made = LaptopsPage(replace(context, spawn=tasks.spawn), LaptopsPresenter(room))
    await made.open()
    show(made)
    assert "Er zijn geen laptops" not in told(made.list)
    assert "Niet bekend" in told(made.list)
    assert made.banner.isVisible()
    await made.presenter.rest()


async def test_a_region_without_laptops_and_one_that_is_whole(
    page: LaptopsPage, show: Show, headquarters: Headquarters
) -> None:
    headquarters.lines = [laptop(1)]
    await page.presenter.refresh()
    page.presenter.show_only(only=True)
    show(page)
    assert "Niets bekend dat nog komt" in told(page.list)
    headquarters.lines = []
    await page.presenter.refresh()
    assert "Er zijn geen laptops" in told(page.list)


async def test_nobody_is_signed_in(
    page: LaptopsPage, show: Show, headquarters: Headquarters, went: Went
) -> None:
    await page.presenter.rest()
    assert headquarters.closed == 1
    headquarters.lines = []
    await page.open()
    show(page)
    assert page.presenter.state.signed_in is False
    assert "Niemand is aangemeld" in told(page)
    way = page.primary()
    assert way is not None
    way.click()
    assert went == [("planning", "")]


async def test_every_size_theme_and_language_shows_it_whole(
    page: LaptopsPage, show: Show, cut: Cut
) -> None:
    page.presenter.select("L2")
    for size in (LAPTOP - QSize(72 + 48, 150), LARGE - QSize(72 + 48, 150)):
        for name in theme.THEMES:
            for lang in ("nl", "en"):
                show(page, size, name, lang)
                assert cut(page) == [], (size, name, lang)
                assert page.width() <= size.width()
    for button in page.findChildren(QAbstractButton):
        if button.isVisible():
            assert button.accessibleName(), button
            assert min(button.width(), button.height()) >= theme.TARGET


@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_every_standing_and_count_has_words(page: LaptopsPage, lang: str) -> None:
    words = Words(lang, strict=True)
    rows = page.presenter.state.rows
    assert {row.standing for row in rows} == set(Standing)
    for row in rows:
        assert laptops_words.line(words, row, AT).state
        assert laptops_words.detail(words, row, AT)


def test_a_desk_without_an_office(context: Context) -> None:
    with pytest.raises(TypeError):
        make(replace(context, desk=object()))  # type: ignore[arg-type]
