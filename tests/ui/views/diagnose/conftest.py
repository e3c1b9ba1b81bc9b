from __future__ import annotations

from dataclasses import replace

import pytest

from hardware.drivers import port_search as room
from tests.ui.views.diagnose.site import PORTS, Site, StreetLike
from ui.views.diagnose import make
from ui.views.page import Context
from ui.wiring import Laptop


@pytest.fixture
def site(
    context: Context,
    qt_laptop: Laptop,
    street: StreetLike,
    monkeypatch: pytest.MonkeyPatch,
) -> Site:
    ports = list(PORTS)
    monkeypatch.setattr(room, "SHORT_S", 0.05)
    monkeypatch.setattr(
        qt_laptop, "_outside", replace(qt_laptop._outside, list_ports=lambda: list(ports))
    )
    return Site(make(context), qt_laptop, street, ports)
