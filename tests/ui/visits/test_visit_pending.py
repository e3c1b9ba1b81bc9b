from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from ui.presenters.visit_page import VisitPage
from ui.presenters.visit_pending import pending_of

if TYPE_CHECKING:
    from ui.wiring import Laptop

AT = datetime.fromisoformat("2026-11-23T10:00:00+01:00")
METER = "E0044007382311220"


def coupled(key_status: str) -> f.MbusCoupled:
    return f.MbusCoupled(
        at=AT, meter=METER, channel=1, number="19369906", key_status=key_status
    )


GONE = f.MbusDecoupled(at=AT, meter=METER, channel=1, number="19369906")


@pytest.fixture
async def fault(laptop: Laptop) -> VisitPage:
    page = laptop.visit_presenter("visit-V-1003")
    await page.open()
    page.close()
    return page.state


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ((), set()),
        ((coupled("no_key"),), {"gas_value", "mbus_key"}),
        ((coupled(""),), {"gas_value", "mbus_key"}),
        ((coupled("no_key"), coupled("in_use")), {"gas_value"}),
        ((coupled("in_use"), GONE), set()),
    ],
)
async def test_a_coupled_device_is_proven_later(
    fault: VisitPage, facts: tuple[f.AnyFact, ...], codes: set[str]
) -> None:
    found = pending_of(replace(fault, facts=facts), date(2026, 11, 23))
    assert {pending.check.what for pending in found} == codes
    assert not any(pending.must for pending in found)
