from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fieldapp.domain.preference import Preference
from fieldapp.work.contact import Target
from fieldapp.work.errand import Line
from fieldapp.work.inspection import Inspection
from fieldapp.work.meter_texts import HeldText, Lack
from hardware.dsmr.objects import Version
from hardware.trace import Direction, Record

if TYPE_CHECKING:
    from tests.fieldapp.work.metering.conftest import Site


@pytest.mark.parametrize("profile", [Version.DSMR22, Version.SMR55])
async def test_both_texts_are_read_behind_the_state(site: Site, profile: Version) -> None:
    await site.begin("fault")
    simulator = site.optical()
    simulator.meter.profile = profile
    simulator.meter.texts |= {"location": "WL-0042", "consumer_message": "Bel ons."}
    site.bench.meters["p0"] = simulator.serve
    look = await Inspection(site.db, site.clock, site.bench.tools()).state(Line("p0"))
    assert look.texts.location == HeldText("WL-0042")
    assert look.texts.message == HeldText("Bel ons.")


async def test_a_meter_without_them_is_still_read(site: Site) -> None:
    await site.begin("fault")
    simulator = site.optical()
    simulator.meter.absent = frozenset({"location"})
    simulator.meter.refused = frozenset({"consumer_message"})
    site.bench.meters["p0"] = simulator.serve
    look = await Inspection(site.db, site.clock, site.bench.tools()).state(Line("p0"))
    assert look.texts.location == HeldText(lacks=Lack.NO_OBJECT)
    assert look.texts.message == HeldText(lacks=Lack.NO_ACCESS)


async def test_a_session_is_heard_by_who_wants_to(site: Site) -> None:
    await site.begin("fault")
    site.bench.meters["p0"] = site.optical().serve
    heard: list[Record] = []
    look = Inspection(site.db, site.clock, site.bench.tools())
    await look.state(Line("p0", heard=heard.append))
    assert heard[0].direction is Direction.LINE
    sent = [r for r in heard if r.direction is Direction.SENT]
    received = [r for r in heard if r.direction is Direction.RECEIVED]
    assert sent[-1].data.endswith(b"\x7e")
    assert received
    offsets = [record.offset_s for record in heard]
    assert offsets == sorted(offsets)


async def test_a_write_in_a_visit_is_heard_too(site: Site) -> None:
    target = await site.begin("reading_preference")
    site.bench.meters["p0"] = site.optical().serve
    heard: list[Record] = []
    told = Target(target.visit, target.step, "p0", heard=heard.append)
    await site.metering.apply_preference(told, Preference.OFF)
    assert {record.direction for record in heard} == set(Direction)
