from __future__ import annotations

import pytest

from tests.meter_site import ClockLike, Site, StreetLike, feed
from ui.views.meter import MeterPage, make
from ui.views.page import Context
from ui.wiring import Laptop


@pytest.fixture
def site(context: Context, qt_laptop: Laptop, street: StreetLike, clock: ClockLike) -> Site:
    return Site(make(context), qt_laptop, street, clock)


@pytest.fixture
def page(site: Site) -> MeterPage:
    """Nothing was heard or read yet."""
    return site.page


@pytest.fixture
async def heard(site: Site) -> MeterPage:
    """At a meter that was heard for a minute and a half."""
    number = await site.begin()
    await site.page.open()
    feed(site.page, number, site.clock)
    return site.page
