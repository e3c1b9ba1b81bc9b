"""A visit's contact with the keys that came for its meter, and without."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.meter_keys import MeterKeys
from fieldapp.domain.preference import Preference
from fieldapp.store import audit, device, meter_keys
from fieldapp.store.transaction import Transaction
from fieldapp.work.contact import Target
from fieldapp.work.errand import Line
from fieldapp.work.inspection import Inspection
from fieldapp.work.meter_access import MeterAccess
from fieldapp.work.metering import Metering
from fieldapp.work.tidying import keep_tidy
from fieldapp.work.tools import Tools
from hardware.dlms.acse import Mechanism
from hardware.dlms.security import GlobalKeys
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_line import Framing, OpticalOptions
from hardware.errors import AccessDenied, WrongMeter, WrongMeterKey
from hardware.port import Port
from hardware.pump import Timing
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_security import MeterSecurity
from hardware.trace import Trace, TracedPort
from tests.fieldapp.sealing import sealed_for

if TYPE_CHECKING:
    from tests.fieldapp.work.metering.conftest import Site

METER, GAS, OTHER = "E0044007382246019", "G0007001234567809", "E0099000000000126"
EK, AK = bytes(range(16, 32)), bytes(range(32, 48))
KEYS = MeterKeys(meter=METER, encryption_key=EK, authentication_key=AK)
Begin = Callable[..., Awaitable[Target]]


@pytest.fixture
def begin(site: Site) -> Begin:
    """Starts a visit whose meter's keys are on board."""

    async def started(*, keys: MeterKeys = KEYS) -> Target:
        target = await site.begin("reading_preference", step="write_preference")

        def keep(c: Transaction) -> None:
            owner = device.device(c)
            assert owner is not None
            meter_keys.store(c, target.visit, [sealed_for(owner, keys)])

        await site.db.write(keep, touched=frozenset())
        return replace(target, source="p0")

    return started


@pytest.fixture
def access(site: Site) -> MeterAccess:
    return MeterAccess(site.db, site.clock)


@pytest.fixture
def tools(site: Site, access: MeterAccess) -> Tools:
    async def reach(number: str) -> OpticalOptions:
        return replace(await access.reach(number), framing=Framing.HDLC)

    timing = Timing(response_s=0.15, inter_octet_s=0.05)
    return replace(site.bench.tools(), access=reach, timing=timing)


def plug(site: Site, number: str = METER, keys: GlobalKeys | None = None) -> OpticalSimulator:
    """A commissioned meter on the port."""
    simulator = site.optical(number)
    simulator.meter.security = MeterSecurity(
        Mechanism.HLS_GMAC, site.clock.random_bytes, keys or GlobalKeys(EK, AK)
    )
    site.bench.meters["p0"] = simulator.serve
    return simulator


async def test_the_choice_is_written_with_the_keys_that_came(
    site: Site, tools: Tools, begin: Begin
) -> None:
    target, simulator = await begin(), plug(site)
    fact = await Metering(site.db, site.clock, tools).apply_preference(target, Preference.OFF)
    assert (fact.before, fact.after) == (2, 1)
    assert simulator.meter.administrative_status == 1
    owner = await site.db.read(device.device)
    access = await tools.reach(METER)
    assert owner is not None
    assert access.hls is not None
    assert (access.client, access.auth, access.hls.meter) == (1, Authentication.HLS5, METER)
    assert access.hls.system_title == owner.system_title


async def test_a_wrong_key_is_tried_once(site: Site, tools: Tools, begin: Begin) -> None:
    target, simulator = await begin(), plug(site, keys=GlobalKeys(AK, EK))
    before = len(simulator.meter.logs["fraud"])
    with pytest.raises(WrongMeterKey):
        await Metering(site.db, site.clock, tools).read_preference(target)
    assert len(simulator.meter.logs["fraud"]) == before + 1
    assert await site.facts(target) == ()


async def test_on_another_meter_no_key_is_tried_and_the_contact_is_kept(
    site: Site, tools: Tools, begin: Begin
) -> None:
    target, simulator = await begin(), plug(site, OTHER)
    before = len(simulator.meter.logs["fraud"])
    with pytest.raises(WrongMeter):
        await Metering(site.db, site.clock, tools).apply_preference(target, Preference.OFF)
    with pytest.raises(WrongMeter):
        await Inspection(site.db, site.clock, tools).preference(Line("p0"))
    kept = await site.facts(target)
    assert [(type(one), getattr(one, "found", "")) for one in kept] == [
        (f.MeterContacted, OTHER)
    ] * 2
    assert simulator.meter.administrative_status == 2
    assert len(simulator.meter.logs["fraud"]) == before


async def test_without_keys_it_is_the_public_client(site: Site, tools: Tools) -> None:
    target = await site.begin("reading_preference", step="write_preference")
    plug(site)
    assert (await tools.reach(METER)).client == 16
    assert (await tools.reach("")).client == 16
    work = Metering(site.db, site.clock, tools)
    with pytest.raises(AccessDenied):
        await work.apply_preference(replace(target, source="p0"), Preference.OFF)
    await work.defer_preference(target, Preference.OFF, "no_key")


async def test_the_keys_of_a_device_behind_the_meter(access: MeterAccess, begin: Begin) -> None:
    mbus = MeterKeys(meter=GAS, mbus_user_key=EK, mbus_default_key=AK)
    await begin(keys=mbus)
    found = await access.keys(GAS)
    assert found is not None
    assert (found.mbus_user_key, found.mbus_default_key) == (EK, AK)
    assert (await access.reach(GAS)).auth is Authentication.NONE


async def test_the_next_day_it_is_the_public_client_again(
    site: Site, tools: Tools, begin: Begin
) -> None:
    await begin()
    vars(site.clock)["time"] += timedelta(days=1)
    assert (await tools.reach(METER)).client == 16
    tidied = asyncio.Event()
    site.db.subscribe(lambda _topics: tidied.set())
    tidying = asyncio.create_task(keep_tidy(site.db, site.clock))
    await asyncio.wait_for(tidied.wait(), 10)
    tidying.cancel()
    assert await site.db.read(meter_keys.held) == ()


async def test_no_key_is_in_a_capture_a_log_the_trail_or_a_repr(
    site: Site,
    tools: Tools,
    access: MeterAccess,
    begin: Begin,
    caplog: pytest.LogCaptureFixture,
) -> None:
    target = await begin()
    plug(site)
    trace = Trace()

    async def traced(name: str) -> Port:
        return TracedPort(await site.bench.open_port(name), trace, site.clock.monotonic_s)

    with caplog.at_level(logging.DEBUG):
        work = Metering(site.db, site.clock, replace(tools, open_port=traced))
        await work.apply_preference(target, Preference.OFF)
    octets = b"".join(record.data for record in trace)
    shown = repr(await access.reach(METER)) + repr(await access.keys(METER)) + caplog.text
    trail = repr(await site.db.read(audit.entries))
    assert len(octets) > 500
    for key in (EK, AK):
        assert key not in octets
        for text in (key.hex(), key.hex().upper(), repr(key), repr(key)[2:-1]):
            assert text not in shown
            assert text not in trail
