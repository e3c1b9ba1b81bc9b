from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.progress import is_met
from fieldapp.errors import IdentifierError
from fieldapp.store import audit
from fieldapp.work.metering import Metering
from hardware.errors import (
    WrongMeter,
)
from hardware.simulators.optical_state import OpticalMeter, furnished

if TYPE_CHECKING:
    from tests.fieldapp.work.metering.conftest import Site

OLD_E, OLD_G = "E0044007382246019", "G0007001234567809"
NEW_E, NEW_G = "E0044007382311125", "G0039001936990625"
OTHER = "E0099000000000126"


async def test_a_meter_is_known_by_its_own_number_over_p1(site: Site) -> None:
    target = replace(await site.begin("reading_preference"), source="p1")
    site.bench.meters["p1"] = site.sends(site.telegram())
    fact = await site.metering.identify(target, f.Channel.P1)
    assert fact.matches
    assert (fact.channel, fact.purpose) == (f.Channel.P1, "reading_preference")
    stored = await site.work.stored(target.visit)
    step = stored.visit.steps[0]
    assert is_met(stored.visit, stored.progress, step.code, step.needs[0])
    assert await site.outcomes() == [("identify", "begun"), ("identify", "done")]
    entry = (await site.db.read(audit.entries))[-1]
    assert entry.visit == target.visit
    assert OLD_E not in entry.meter
    assert entry.meter == await site.db.read(lambda c: audit.pseudonym(c, OLD_E))
    assert await site.bench.all_closed()


async def test_a_meter_is_known_by_its_own_number_over_p0_with_the_public_client(
    site: Site,
) -> None:
    target = replace(await site.begin("reading_preference"), source="p0")
    simulator = site.optical()
    site.bench.meters["p0"] = simulator.serve
    timing = site.bench.options.timing
    tools = replace(site.bench.tools(), access=None, timing=timing)
    fact = await Metering(site.db, site.clock, tools).identify(target, f.Channel.P0)
    assert fact.matches
    assert simulator.meter.logs["fraud"] == furnished(OpticalMeter(OLD_E, site.clock.now)).logs[
        "fraud"
    ][:0] or all(row.code != 46 for row in simulator.meter.logs["fraud"])
    assert await site.bench.all_closed()


@pytest.mark.parametrize("channel", [f.Channel.P0, f.Channel.P1])
async def test_another_meter_is_kept_as_a_contact_and_refused(
    site: Site, channel: f.Channel
) -> None:
    target = replace(await site.begin("reading_preference"), source="port")
    site.bench.meters["port"] = (
        site.optical(OTHER).serve
        if channel is f.Channel.P0
        else site.sends(site.telegram(meter_number=OTHER))
    )
    with pytest.raises(WrongMeter) as caught:
        await site.metering.identify(target, channel)
    assert (caught.value.expected, caught.value.found) == (OLD_E, OTHER)
    (fact,) = await site.facts(target)
    assert isinstance(fact, f.MeterContacted)
    assert (fact.found, fact.matches) == (OTHER, False)
    assert await site.outcomes() == [("identify", "begun"), ("identify", "WrongMeter")]
    stored = await site.work.stored(target.visit)
    step = stored.visit.steps[0]
    assert not is_met(stored.visit, stored.progress, step.code, step.needs[0])


async def test_the_gas_meter_is_identified_through_the_electricity_meter(site: Site) -> None:
    target = await site.begin("placement", "E+G", step="connection_and_meter_gas")
    site.bench.meters["p1"] = site.sends(site.telegram())
    site.bench.meters["p0"] = site.optical().serve
    over_p1 = await site.metering.identify(replace(target, source="p1"), f.Channel.P1)
    over_p0 = await site.metering.identify(replace(target, source="p0"), f.Channel.P0)
    assert over_p1.matches
    assert over_p0.matches
    assert over_p1.expected == OLD_G
    site.bench.meters["p1"] = site.sends(site.telegram(gas=False))
    with pytest.raises(WrongMeter) as caught:
        await site.metering.identify(replace(target, source="p1"), f.Channel.P1)
    assert (caught.value.expected, caught.value.found) == (OLD_G, "")


async def test_a_typed_number_is_compared_too(site: Site) -> None:
    target = await site.begin("fault")
    with pytest.raises(IdentifierError):
        await site.metering.identify_by_nameplate(target, "?")
    assert await site.facts(target) == ()
    with pytest.raises(WrongMeter):
        await site.metering.identify_by_nameplate(target, OTHER)
    fact = await site.metering.identify_by_nameplate(target, f" {OLD_E.lower()} ")
    assert fact.matches
    assert fact.channel is f.Channel.NAMEPLATE
    assert site.bench.opened == []
