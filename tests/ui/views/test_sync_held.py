from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from PySide6.QtWidgets import QLabel

from fieldapp.domain.day_close import DayClosed
from fieldapp.domain.work_order import Visit
from fieldapp.store import attachments, closings, departures
from fieldapp.work.visit import Picture
from sync.client.report import EngineState
from tests.ui.views.conftest import Show
from ui.views import network
from ui.views.connection_card import ConnectionCard
from ui.views.page import Context
from ui.views.sync import SyncPage, make
from ui.wiring import Laptop

UNTIL = datetime(2026, 11, 26, 9, 31, tzinfo=UTC)


@pytest.fixture
async def page(context: Context, show: Show, laptop: Laptop) -> SyncPage:
    made = make(context)
    assert isinstance(made, SyncPage)
    await made.open()
    show(made)
    await laptop.tasks.settle()
    return made


def said(page: SyncPage) -> str:
    return " ".join(one.text() for one in page.held.findChildren(QLabel))


async def hold(laptop: Laptop, visit: Visit) -> None:
    """The engine left what waits for a connection that costs nothing."""
    await laptop.visits.add_photo(visit.id, "", "front", Picture(b"x" * 2000))
    files = await laptop.db.read(attachments.waiting)
    held = frozenset((file.visit, file.sha256) for file in files)
    laptop.engine._become(
        replace(EngineState(), online=True, files_held=held, held_until=UNTIL)
    )
    await laptop.tasks.settle()


async def test_what_waits_says_why_until_when_and_goes_all_the_same(
    page: SyncPage, laptop: Laptop, visits: dict[str, Visit]
) -> None:
    assert page.held.isHidden()
    await hold(laptop, visits["V-1001"])
    assert not page.held.isHidden()
    assert "1 bestand (2,0\u00a0kB)" in said(page)
    assert "Uiterlijk do 26 nov 10:31" in said(page)
    assert "De dag is afgesloten" not in said(page)
    (row,) = [row for row in page.waiting.list.rows.lines if row.icon == "wifi"]
    assert (row.title, row.state) == ("Foto: front", "vrij netwerk")
    assert page.state.bytes_total == sum(
        entry.size for entry in page.state.to_send if not entry.is_file
    )
    page.held.anyway.click()
    await laptop.tasks.settle()
    now = laptop.clock.now()
    await laptop.db.write(lambda c: departures.note_wish(c, wait=True), touched=frozenset())
    assert await laptop.db.write(lambda c: departures.hold(c, now), touched=frozenset()) == ()
    page.leave()


async def test_a_closed_day_says_that_its_receipt_waits(
    page: SyncPage, laptop: Laptop, visits: dict[str, Visit]
) -> None:
    now = laptop.clock.now()
    closed = DayClosed(at=now, day=now.date())
    made = closings.Closing(operation="closing", closed=closed)
    await laptop.db.write(lambda c: closings.keep(c, made), touched=frozenset({"outbox"}))
    await hold(laptop, visits["V-1001"])
    assert "De dag is afgesloten" in said(page)
    page.leave()


async def test_the_hand_goes_before_the_system(context: Context, laptop: Laptop) -> None:
    card = ConnectionCard(context)
    card.redraw()
    assert card.answers[""].isChecked()
    told = []
    for answer in ("yes", "no", ""):
        card.answers[answer].click()
        await laptop.tasks.settle()
        for system in (True, False):
            laptop.system_says_metered = partial(bool, system)
            told.append(laptop.engine.files.metered())
    assert told == [True, True, False, False, True, False]


class _Signal:
    def __init__(self) -> None:
        self.heard: list[object] = []

    def connect(self, listener: object) -> None:
        self.heard.append(listener)


class _Information:
    def __init__(self, *, costs: bool) -> None:
        self.costs = costs
        self.isMeteredChanged = _Signal()

    def isMetered(self) -> bool:  # noqa: N802 - Qt's
        return self.costs


def test_what_the_system_says(monkeypatch: pytest.MonkeyPatch) -> None:
    told = _Information(costs=True)
    monkeypatch.setattr(network, "_information", lambda _feature: told)
    assert network.metered()
    freed: list[bool] = []
    network.when_free(lambda: freed.append(True))
    (heard,) = told.isMeteredChanged.heard
    assert callable(heard)
    heard(1)
    assert freed == []
    heard(0)
    assert freed == [True]


def test_a_system_that_says_nothing_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_information", lambda _feature: None)
    assert not network.metered()
    network.when_free(lambda: None)
