"""A gas-only visit knows no electricity meter: what settles which one it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.work_order import MeterKind
from fieldapp.work.errand import Line
from fieldapp.work.host_meter import gas_behind
from fieldapp.work.refusals import HostNotConfirmed
from fieldapp.work.upkeep import Upkeep
from hardware.drivers.optical_answers import MbusChannel
from hardware.drivers.optical_coupling import MbusDevice
from hardware.dsmr.identity import short_number
from hardware.dsmr.mbus_keys import DeviceKeys
from hardware.errors import WrongMeter
from hardware.simulators.optical_state import GasMeter, OpticalMeter

if TYPE_CHECKING:
    from tests.fieldapp.work.metering.conftest import Site

E, OTHER_E = "E0044007382311125", "E0099000000000126"
OLD_G = "G0007001234567809"
STRANGE_G = "G0039001936990625"
P0 = Line("p0")
DEVICE = MbusDevice("12345678", "gas", "LGB", 0x50)
USER, DEFAULT = bytes(range(16)), bytes(16)


def meter_at(site: Site, gas: str | None, number: str = E) -> OpticalMeter:
    simulator = site.optical(number, gas)
    site.bench.meters["p0"] = simulator.serve
    return simulator.meter


def in_reach(meter: OpticalMeter, key: bytes = b"", default: bytes = b"") -> None:
    device = GasMeter(OLD_G, 12, meter.now(), key_status=0, key=key, default_key=default)
    meter.bus.in_reach.append(device)


def upkeep(site: Site, keys: dict[str, DeviceKeys] | None = None) -> Upkeep:
    reach = site.bench.tools()

    async def device_keys(number: str) -> DeviceKeys | None:
        return (keys or {}).get(short_number(number))

    tools = replace(reach, device_keys=device_keys)
    return Upkeep(site.db, site.clock, tools)


async def kept(site: Site, visit: str) -> list[f.AnyFact]:
    facts = (await site.work.stored(visit)).progress.facts
    kinds = f.MeterContacted | f.HostConfirmed | f.MbusCoupled
    return [fact for fact in facts if isinstance(fact, kinds)]


async def test_the_gas_meter_on_a_channel_settles_which_meter_it_is(site: Site) -> None:
    target = await site.begin("fault", "G")
    meter_at(site, OLD_G)
    assert (await upkeep(site).channels(P0))[0].equipment_id == OLD_G
    (contact,) = await kept(site, target.visit)
    assert isinstance(contact, f.MeterContacted)
    assert (contact.expected, contact.found) == (OLD_G, OLD_G)


async def test_nothing_is_written_before_the_number_is_confirmed(site: Site) -> None:
    target = await site.begin("fault", "G")
    meter = meter_at(site, None)
    in_reach(meter)
    for line in (P0, Line("p0", confirmed=OTHER_E)):
        with pytest.raises(HostNotConfirmed) as caught:
            await upkeep(site).couple(line, DEVICE)
        assert caught.value.found == E
    assert meter.bus.written == {}
    assert "fraud" not in {name for name, rows in meter.logs.items() if rows[-1].code == 47}
    assert await kept(site, target.visit) == []


async def test_a_confirmed_number_is_a_fact_and_is_asked_once(site: Site) -> None:
    target = await site.begin("fault", "G")
    meter = meter_at(site, None)
    in_reach(meter)
    await upkeep(site).channels(Line("p0", confirmed=E))
    proof = await upkeep(site).couple(P0, DEVICE)
    assert proof.after.equipment_id == OLD_G
    confirmed, coupled = await kept(site, target.visit)
    assert isinstance(confirmed, f.HostConfirmed)
    assert isinstance(coupled, f.MbusCoupled)
    assert confirmed.meter == coupled.meter == E
    await upkeep(site).channels(P0)
    assert isinstance((await kept(site, target.visit))[-1], f.MeterContacted)


async def test_after_the_confirmation_another_meter_is_another_meter(site: Site) -> None:
    await site.begin("fault", "G")
    meter_at(site, None)
    await upkeep(site).channels(Line("p0", confirmed=E))
    meter = meter_at(site, None, OTHER_E)
    in_reach(meter)
    with pytest.raises(WrongMeter):
        await upkeep(site).couple(P0, DEVICE)
    assert meter.bus.written == {}


async def test_another_houses_gas_meter_is_another_house(site: Site) -> None:
    """Confirmed or not: what hangs there tells more than what somebody thinks to see."""
    target = await site.begin("fault", "G")
    meter = meter_at(site, STRANGE_G)
    in_reach(meter)
    with pytest.raises(WrongMeter) as caught:
        await upkeep(site).couple(Line("p0", confirmed=E), DEVICE)
    assert (caught.value.expected, caught.value.found) == (OLD_G, STRANGE_G)
    (contact,) = await kept(site, target.visit)
    assert isinstance(contact, f.MeterContacted)
    assert not contact.matches
    assert meter.channels[1] is None


async def test_the_gas_meter_that_was_taken_away_settles_it_too(site: Site) -> None:
    target = await site.begin("placement", "G")
    visit = (await site.work.stored(target.visit)).visit
    (connection,) = visit.connections
    placed = f.MeterPlaced(
        at=site.clock.now(),
        step=target.step,
        ean=connection.ean,
        number=STRANGE_G,
        meter_kind=MeterKind.SMART,
    )
    await site.work.record(visit.id, placed)
    meter_at(site, OLD_G)
    await upkeep(site).channels(P0)
    (contact,) = await kept(site, target.visit)
    assert isinstance(contact, f.MeterContacted)
    assert (contact.expected, contact.found) == (OLD_G, OLD_G)


async def test_keys_on_board_are_used_once(site: Site) -> None:
    target = await site.begin("fault", "G")
    meter = meter_at(site, None)
    keys = {DEVICE.number: DeviceKeys(USER, DEFAULT)}
    line = Line("p0", confirmed=E)
    refused = await upkeep(site, keys).couple(line, DEVICE)
    assert refused.key == "refused"
    in_reach(meter, key=DEFAULT, default=DEFAULT)
    meter.decouple(refused.channel)
    again = await upkeep(site, keys).couple(P0, DEVICE)
    assert (again.key, again.after.key_status) == ("", "no_key")
    facts = [fact for fact in await kept(site, target.visit) if isinstance(fact, f.MbusCoupled)]
    assert [fact.key for fact in facts] == ["refused", ""]
    text = repr(facts)
    assert USER.hex() not in text


async def test_a_key_that_was_taken_waits_for_the_next_telegram(site: Site) -> None:
    await site.begin("fault", "G")
    meter = meter_at(site, None)
    in_reach(meter, key=DEFAULT, default=DEFAULT)
    keys = {DEVICE.number: DeviceKeys(USER, DEFAULT)}
    proof = await upkeep(site, keys).couple(Line("p0", confirmed=E), DEVICE)
    assert (proof.key, proof.after.key_status) == ("sent", "set_and_transferred")
    assert proof.after.equipment_id == ""


def test_what_was_written_proves_nothing_before_the_device_is_heard() -> None:
    written = MbusChannel(1, device="gas", number="12345678")
    heard = MbusChannel(2, device="gas", equipment_id=OLD_G, number="12345678")
    twin = MbusChannel(3, device="gas", equipment_id=STRANGE_G, number="12345678")
    water = MbusChannel(4, device="water", equipment_id="W0061001234567824")
    assert gas_behind((written, water), (OLD_G,)) == ""
    assert gas_behind((written, heard), (OLD_G,)) == OLD_G
    assert gas_behind((written, twin), (OLD_G,)) == STRANGE_G
    strange = MbusChannel(1, device="gas", number="87654321")
    assert gas_behind((strange,), (OLD_G,)) == "87654321"
