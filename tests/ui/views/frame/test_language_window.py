"""Another language at run time, on the real pages: also what stands there as an error."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from sync.client.report import EngineState
from sync.errors import Unauthorized
from tests.meter_site import StreetLike, begin
from tests.ui.views.conftest import LAPTOP, turn
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.meter import MeterPage
from ui.views.sync import SyncPage
from ui.wiring import Laptop

Settle = Callable[[], Awaitable[None]]


@pytest.fixture
async def whole(qt: QApplication, qt_laptop: Laptop, words: Words) -> AsyncIterator[MainWindow]:
    qt_laptop.lang = words.lang
    made = MainWindow(qt_laptop, qt_laptop.frame_presenter(), words, qt_laptop.tasks.spawn)
    made.resize(LAPTOP)
    made.show()
    await made.start()
    yield made
    made.closed_for_good()
    made.deleteLater()
    await turn(qt)


def _texts(window: MainWindow) -> str:
    labels = window.findChildren(QLabel)
    return "\n".join(label.text() for label in labels if label.isVisible())


async def test_an_error_that_stands_on_a_page_is_said_anew(
    whole: MainWindow, qt_laptop: Laptop, street: StreetLike, settle: Settle
) -> None:
    await begin(qt_laptop, street)
    await whole.show_page("meter")
    page = whole.page
    assert isinstance(page, MeterPage)
    page.show_tab("p1")
    page.live.use("COM9")
    page.live.start()
    await page.live.ended()
    await page.open()
    dutch = page.live.state.problem
    assert dutch is not None
    before = dutch.what
    assert before in _texts(whole)
    whole.words.switch("en")
    await settle()
    assert dutch.what != before
    assert dutch.what in _texts(whole)
    assert before not in _texts(whole)
    assert whole.page is page


async def test_what_the_office_refused_is_told_anew_too(
    whole: MainWindow, qt_laptop: Laptop, settle: Settle
) -> None:
    await whole.show_page("sync")
    page = whole.page
    assert isinstance(page, SyncPage)
    failed = replace(EngineState(), online=True, detail=Unauthorized("token withdrawn"))
    qt_laptop.engine._become(failed)
    problem = page.state.problem
    assert problem is not None
    before = problem.what
    assert before in _texts(whole)
    whole.words.switch("en")
    await settle()
    assert problem.what != before
    assert problem.what in _texts(whole)
    assert before not in _texts(whole)
