from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from fieldapp.domain.privacy import Purpose
from fieldapp.work.live import Heard
from hardware.p1.telegram import parse
from hardware.simulators.optical_state import GasMeter, OpticalMeter, furnished
from hardware.simulators.p1 import MeterSpec, P1Meter
from ui.presenters.live_findings import examine
from ui.presenters.live_reading import Phase
from ui.presenters.optical import OpticalState
from ui.views import theme
from ui.views.meter import MeterPage, make
from ui.views.page import Context
from ui.wiring import Laptop

PAGE, LARGE = QSize(1242, 620), QSize(1796, 1050)
Show = Callable[..., QPixmap]
Cut = Callable[[QWidget], list[str]]
Walk = Callable[[QWidget], list[QWidget]]


class StreetLike(Protocol):
    def plug(self, number: str) -> None: ...

    def meter(self, number: str) -> OpticalMeter: ...


class ClockLike(Protocol):
    time: datetime

    def monotonic_s(self) -> float: ...


async def turn(app: QApplication, rounds: int = 5) -> None:
    for _ in range(rounds):
        await asyncio.sleep(0)
        app.processEvents()


async def begin(laptop: Laptop, street: StreetLike, number: str = "V-1003") -> str:
    page = laptop.visit_presenter(f"visit-{number}")
    await page.open()
    await page.accept()
    await page.travel()
    await page.arrive()
    await page.answer_lmra(dict.fromkeys(page.state.lmra, "yes"))
    page.close()
    meter = page.state.connections[0].meter
    assert meter is not None
    street.plug(meter.number)
    return meter.number


@dataclass
class Site:
    """The page, and the meter behind both cables."""

    page: MeterPage
    laptop: Laptop
    street: StreetLike
    clock: ClockLike

    async def begin(self, number: str = "V-1003") -> str:
        return await begin(self.laptop, self.street, number)


@pytest.fixture
def site(context: Context, qt_laptop: Laptop, street: StreetLike, clock: ClockLike) -> Site:
    return Site(make(context), qt_laptop, street, clock)


@pytest.fixture
def page(site: Site) -> MeterPage:
    return site.page


def texts(root: QWidget) -> list[str]:
    return [label.text() for label in root.findChildren(QLabel) if label.isVisible()]


def button(root: QWidget, words: str) -> QPushButton:
    found = [
        one
        for one in root.findChildren(QPushButton)
        if one.isVisible() and one.accessibleName() == words
    ]
    assert found, [one.accessibleName() for one in root.findChildren(QPushButton)]
    return found[0]


def squeezed(root: QWidget) -> list[str]:
    """Buttons whose words do not fit."""
    buttons = [one for one in root.findChildren(QPushButton) if one.isVisible()]
    return [one.text() for one in buttons if one.sizeHint().width() > one.width() + 1]


def feed(page: MeterPage, number: str, clock: ClockLike, count: int = 90) -> None:
    """What the line would tell, without waiting for it."""
    meter = P1Meter(
        MeterSpec(meter_number=number, phases=3, gas_number="G0039001936990625", seed=3)
    )
    start, start_s = clock.time, clock.monotonic_s()
    page.live._show(replace(page.live.state, running=True, source="p1"))
    for n in range(count):
        at = start + timedelta(seconds=n)
        page.live._heard(Heard(parse(meter.telegram(at)), at, start_s + n, 115200))
    clock.time = start + timedelta(seconds=count)


async def test_without_a_visit_it_says_why_and_where_to_go(
    page: MeterPage, show: Show, went: list[tuple[str, str]]
) -> None:
    await page.open()
    show(page, PAGE)
    assert "Er is nu geen bezoek bezig" in texts(page)
    button(page, "Naar Vandaag").click()
    assert went == [("today", "")]
    assert page.headline() == ("Meter", "geen bezoek bezig")
    page.leave()


async def test_a_click_listens_and_shows_the_meter(
    site: Site, page: MeterPage, show: Show, qt: QApplication
) -> None:
    number = await site.begin()
    await page.open()
    show(page, PAGE)
    panel = page.live_view.start
    assert not panel.begin.isEnabled()
    panel.ports.setEditText("p1")
    assert panel.begin.isEnabled()
    panel.begin.click()
    async with asyncio.timeout(10):
        while page.live.state.reading is None:
            await turn(qt, 1)
    page.redraw()
    assert page.headline()[1].startswith(f"{number} · DSMR 5.0 · ")
    assert "afname" in texts(page)
    page.leave()
    await page.live.ended()


async def test_what_listened_when_it_was_left_listens_again(
    site: Site, page: MeterPage, show: Show, qt: QApplication
) -> None:
    number = await site.begin()
    await page.open()
    feed(page, number, site.clock, 3)
    page.live._show(replace(page.live.state, running=False, source="p1"))
    show(page, PAGE)
    assert "gestopt" in texts(page)
    button(page, "Weer meelezen").click()
    await turn(qt)
    assert page.live.state.running
    page.leave()
    await page.live.ended()
    await page.open()
    assert page.live.state.running  # it listened when it was left
    page.leave()
    await page.live.ended()


async def test_numbers_stand_as_people_read_them(
    site: Site, page: MeterPage, show: Show
) -> None:
    number = await site.begin()
    await page.open()
    feed(page, number, site.clock)
    show(page, PAGE)
    seen = texts(page)
    assert any(text.endswith("kWh") and "," in text for text in seen)
    assert "De lijn" in seen
    assert any(text.startswith("90 telegrammen, 0 fout, elke seconde") for text in seen)
    assert "spanning tussen 207 en 253 V" in seen
    assert "gezond" in seen
    assert page.live_view.phases.accessibleName().startswith("L1 ")
    show(page, PAGE, lang="en")
    assert any("telegrams, 0 bad, every second" in text for text in texts(page))
    page.leave()


async def test_findings_stand_large_and_what_was_not_examined_says_why(
    site: Site, page: MeterPage, show: Show
) -> None:
    number = await site.begin()
    await page.open()
    feed(page, number, site.clock, 5)
    reading = page.live.state.reading
    assert reading is not None
    high = replace(reading.phases[2], volts=Decimal("268.6"))
    bad = replace(reading, phases=(*reading.phases[:2], high), unread=2)
    findings = examine(bad, page.live.state.health)
    page.live._show(replace(page.live.state, reading=bad, findings=findings))
    show(page, PAGE)
    assert any(text.startswith("Spanning L3 hoog: 268,6") for text in texts(page))
    assert "regels die niet te lezen zijn" in texts(page)
    old = replace(reading, phases=(Phase(), Phase()), tariff="", short_failures=None)
    findings = examine(old, replace(page.live.state.health, clock_s=None))
    page.live._show(replace(page.live.state, reading=old, findings=findings))
    show(page, PAGE)
    assert "spanning niet onderzocht: deze meter stuurt die niet" in texts(page)
    assert "klok niet onderzocht: het telegram heeft geen tijd" in texts(page)
    page.leave()


async def test_the_line_says_when_it_falls_silent(
    site: Site, page: MeterPage, show: Show
) -> None:
    number = await site.begin()
    await page.open()
    feed(page, number, site.clock, 20)
    site.clock.time += timedelta(seconds=40)
    show(page, PAGE)
    assert "stil" in texts(page)
    assert any("niets gehoord" in text for text in texts(page))
    page.leave()


@pytest.mark.parametrize(
    "looks", [("light", "nl"), ("light", "en"), ("dark", "nl"), ("outdoor", "nl")]
)
async def test_no_words_are_cut(
    site: Site, show: Show, cut: Cut, looks: tuple[str, str]
) -> None:
    page = site.page
    number = await site.begin()
    await page.open()
    show(page, PAGE, *looks)
    assert cut(page) == []
    feed(page, number, site.clock)
    for size in (PAGE, LARGE):
        show(page, size, *looks)
        assert cut(page) == []
    meter = furnished(site.street.meter(number), None)
    meter.alarms[1], meter.errors = 0x2010 | 1 << 16, 2
    meter.channels[0] = GasMeter("G0039001936990625", 9_004_331, site.clock.time)
    page.show_tab("optical")
    show(page, PAGE, *looks)
    assert cut(page) == []
    page.optical.use("p0")
    page.optical.read_state()
    await page.optical.ended()
    for size in (PAGE, LARGE):
        show(page, size, *looks)
        assert cut(page) == []
        assert squeezed(page) == []
    page.leave()


async def test_what_can_be_touched_is_large_and_has_a_name(
    site: Site, page: MeterPage, show: Show, walk: Walk
) -> None:
    number = await site.begin()
    await page.open()
    feed(page, number, site.clock)
    for tab in ("p1", "optical"):
        page.show_tab(tab)
        show(page, PAGE)
        buttons = [one for one in walk(page) if isinstance(one, QPushButton)]
        assert buttons
        for one in buttons:
            assert one.accessibleName(), one
            assert one.height() >= theme.TARGET, one.accessibleName()
    page.leave()


async def test_the_optical_session_by_clicks(
    site: Site, page: MeterPage, show: Show, qt: QApplication
) -> None:
    number = await site.begin()
    meter = furnished(site.street.meter(number), None)
    meter.alarms[1] = 1 << 13
    await page.open()
    page.show_tab("optical")
    show(page, PAGE)
    page.optical_view.start.ports.setEditText("p0")
    button(page, "Toestand lezen").click()
    async with asyncio.timeout(10):
        while len(page.optical.state.done) < 4:
            await turn(qt, 1)
    assert "De meter wordt gelezen" in texts(page)
    assert any(text.startswith("stap ") for text in texts(page))
    await page.optical.ended()
    show(page, PAGE)
    seen = texts(page)
    assert number in seen
    assert "Poging tot fraude" in seen
    assert "meter van dit bezoek" in seen
    assert seen.count("vrij") == 4
    assert any(text.startswith("gelezen om") for text in seen)
    page.leave()


async def test_a_stopped_session_says_what_was_done(
    site: Site, page: MeterPage, show: Show
) -> None:
    furnished(site.street.meter(await site.begin()), None)
    await page.open()
    page.show_tab("optical")
    page.optical.use("p0")
    page.optical.read_state()
    await page.optical.ended()
    show(page, PAGE)
    button(page, "Opnieuw lezen").click()
    button(page, "Stop").click()
    await page.optical.ended()
    show(page, PAGE)
    assert any(text.startswith("Gestopt. De poort is dicht") for text in texts(page))
    page.leave()


async def test_the_choice_is_written_by_a_button_that_says_so(
    site: Site, page: MeterPage, show: Show
) -> None:
    number = await site.begin("V-1001")
    await page.open()
    page.show_tab("optical")
    page.optical.use("p0")
    show(page, PAGE)
    button(page, "Alleen de uitlezing bekijken").click()
    await page.optical.ended()
    show(page, PAGE)
    seen = texts(page)
    assert seen.index("aan") < seen.index("uit")
    assert any("gebeurtenis 47" in text for text in seen)
    button(page, "Uitlezing uitzetten").click()
    await page.optical.ended()
    show(page, PAGE)
    assert any(text.startswith("Bewijs: gelezen aan, gevraagd uit") for text in texts(page))
    assert site.street.meter(number).administrative_status == 1
    assert not [
        one
        for one in page.findChildren(QPushButton)
        if one.isVisible() and one.accessibleName() == "Uitlezing uitzetten"
    ]
    page.leave()


async def test_a_bench_offers_both_writes_and_no_choice(page: MeterPage, show: Show) -> None:
    await page.open()
    errand = replace(page.optical.state.errand, purpose=Purpose.WORKSHOP)
    state = OpticalState(source="p0", errand=errand, value_now=2)
    page.optical._show(state)
    page.show_tab("optical")
    show(page, PAGE)
    assert button(page, "Uitlezing uitzetten").isEnabled()
    assert not button(page, "Uitlezing aanzetten").isEnabled()
    assert squeezed(page) == []
    page.leave()


async def test_a_failure_is_said_with_what_to_do(
    site: Site, page: MeterPage, show: Show, qt: QApplication
) -> None:
    await site.begin()
    await page.open()
    page.live.use("nowhere")
    page.live.start()
    await page.live.ended()
    show(page, PAGE)
    problem = page.live.state.problem
    assert problem is not None
    assert problem.what in texts(page)
    assert problem.do in texts(page)
    assert problem.detail not in texts(page)
    button(page, "Details").click()
    assert problem.detail in texts(page)
    button(page, "Kopieer").click()
    assert qt.clipboard().text() == problem.detail
    page.leave()
