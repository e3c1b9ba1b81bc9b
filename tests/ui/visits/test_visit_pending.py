from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.progress import replay
from fieldapp.store.orders import StoredVisit
from ui.presenters.visit_paging import page_of
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
async def fault(laptop: Laptop) -> StoredVisit:
    return await laptop.visits.stored("visit-V-1003")


def left_open(visit: StoredVisit, *facts: f.AnyFact) -> dict[str, bool]:
    page = page_of(replace(visit, progress=replay(facts)))
    found = pending_of(page, date(2026, 11, 23))
    assert all(pending.check.until > date(2026, 11, 23) for pending in found)
    return {pending.check.what: pending.must for pending in found}


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
    fault: StoredVisit, facts: tuple[f.AnyFact, ...], codes: set[str]
) -> None:
    found = left_open(fault, *facts)
    assert set(found) == codes
    assert not any(found.values())


async def test_what_a_way_out_left_open_can_not_be_ticked_away(fault: StoredVisit) -> None:
    waived = f.WaivedRequirement(
        at=AT, step="couple", requirement="coupled:G", way_out="pending", reason="no signal"
    )
    assert left_open(fault, coupled("in_use"), waived) == {"coupling": True, "gas_value": False}
