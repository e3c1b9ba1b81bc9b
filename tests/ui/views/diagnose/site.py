"""The page of ports on a laptop of the practice street, with two ports that are not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QSize
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QLabel,
    QWidget,
)

from hardware.serial_port import PortInfo
from ui.views.diagnose import DiagnosePage
from ui.wiring import Laptop

PAGE, LARGE = QSize(1242, 620), QSize(1796, 1050)
Show = Callable[..., QPixmap]
Cut = Callable[[QWidget], list[str]]
PORTS = [
    PortInfo("p0", "UART", "FTDI", "A50285BI"),
    PortInfo("p1", "P1 cable", "Prolific"),
]


class StreetLike(Protocol):
    def plug(self, number: str) -> None: ...


@dataclass
class Site:
    page: DiagnosePage
    laptop: Laptop
    street: StreetLike
    ports: list[PortInfo]

    async def begin(self) -> str:
        visit = self.laptop.visit_presenter("visit-V-1003")
        await visit.open()
        await visit.accept()
        await visit.travel()
        await visit.arrive()
        await visit.answer_lmra(dict.fromkeys(visit.state.lmra, "yes"))
        visit.close()
        meter = visit.state.connections[0].meter
        assert meter is not None
        self.street.plug(meter.number)
        return meter.number


def texts(root: QWidget) -> list[str]:
    return [label.text() for label in root.findChildren(QLabel) if label.isVisible()]
