from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from hardware.p1.health import Code
from hardware.simulators.optical_state import GasMeter, furnished
from tests.meter_site import (
    LARGE,
    PAGE,
    Cut,
    Show,
    Site,
    Walk,
    button,
    feed,
    squeezed,
    texts,
    turn,
)
from ui.presenters.live_findings import Answer, Finding, examine
from ui.presenters.live_reading import Phase
from ui.views import theme
from ui.views.language import Words
from ui.views.meter import MeterPage
from ui.views.meter_live_side import finding_lines


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
    assert page.live_view.board.phases.accessibleName().startswith("L1 ")
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


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_finding_of_a_line_has_words(lang: str) -> None:
    words = Words(lang)
    for code in Code:
        finding = Finding(
            code.value,
            Answer.FOUND,
            value=Decimal(31),
            unit="min",
            channel=1,
            count=3,
            limit=Decimal(40),
            text="1-0:1.8.1(0",
            other="E0044",
        )
        lines = finding_lines(words, finding)
        assert len(lines) >= 2
        assert all(lines)
        assert "{" not in " ".join(lines)
    damaged = Finding(Code.DAMAGED.value, Answer.FOUND, count=1, text="1-0:1.8.1")
    assert any("1-0:1.8.1" in line for line in finding_lines(words, damaged))


async def test_the_lines_own_findings_stand_between_the_others(
    site: Site, page: MeterPage, show: Show
) -> None:
    number = await site.begin()
    await page.open()
    feed(page, number, site.clock, 12)
    show(page, PAGE)
    assert "lijn zonder fouten, niets gemist" in texts(page)
    site.clock.time += timedelta(seconds=20)
    feed(page, number, site.clock, 3)
    show(page, PAGE)
    assert any(text.startswith("Gemiste telegrammen: ") for text in texts(page))
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
    page.aim("optical")  # as the status bar asks for it
    assert page.optical_view.isVisible()
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
