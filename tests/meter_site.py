"""The meter's page with a meter behind both of its cables, and eyes and hands for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from PySide6.QtCore import QSize
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from fieldapp.work.live import Heard
from fieldapp.work.tools import Access
from hardware.p1.telegram import parse
from hardware.simulators.optical_state import OpticalMeter
from hardware.simulators.p1 import MeterSpec, P1Meter
from ui.views.meter import MeterPage
from ui.views.table import Table
from ui.wiring import Laptop

PAGE, LARGE = QSize(1242, 620), QSize(1796, 1050)
Show = Callable[..., QPixmap]
Cut = Callable[[QWidget], list[str]]
Walk = Callable[[QWidget], list[QWidget]]


class StreetLike(Protocol):
    access: Access | None

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
        raw = meter.telegram(at)
        page.live._heard(Heard(parse(raw), at, start_s + n, 115200, raw))
    clock.time = start + timedelta(seconds=count)


def cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows.rows]


async def until(app: QApplication, holds: Callable[[], bool]) -> None:
    """Give tasks and Qt turns until it is so."""
    async with asyncio.timeout(10):
        while not holds():
            await turn(app, 1)
