from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from fieldapp.domain import facts as f
from fieldapp.errors import (
    ClockNotConfirmed,
    MarksIntervals,
    NearQuarter,
    PurposeRefused,
    RuleError,
    TextRefused,
)
from fieldapp.store.database import Database
from fieldapp.store.device import contact_at, note_contact
from fieldapp.work.errand import Line
from fieldapp.work.inspection import Inspection
from fieldapp.work.profiles import Profiles, Range
from fieldapp.work.refusals import WorkshopNotGranted
from fieldapp.work.upkeep import LOOK_STEPS, UPKEEP_STEPS, Upkeep, message_templates
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_coupling import MbusDevice
from hardware.dsmr.identity import short_number
from hardware.errors import ChannelTaken, PublicClientOnly, RegistersChanged, WrongMeter
from hardware.simulators.optical_state import GasMeter, OpticalMeter
from hardware.values import Obis

if TYPE_CHECKING:
    from tests.fieldapp.work.conftest import SteppingClock
    from tests.fieldapp.work.metering.conftest import Site

OLD_E = "E0044007382246019"
OTHER = "E0099000000000126"
P0 = Line("p0")


def upkeep(site: Site) -> Upkeep:
    return Upkeep(site.db, site.clock, site.bench.tools())


def meter_at(site: Site, number: str = OLD_E) -> OpticalMeter:
    simulator = site.optical(number)
    site.bench.meters["p0"] = simulator.serve
    return simulator.meter


async def last(site: Site, visit: str) -> f.AnyFact:
    return (await site.work.stored(visit)).progress.facts[-1]


def away_from_quarter(clock: SteppingClock) -> None:
    clock.time = clock.time.replace(minute=37, second=0)


async def confirm(site: Site) -> None:
    """The office answers, with the time that the laptop has."""

    def note(c: object) -> None:
        note_contact(c, contact_at(site.clock, site.clock.now()))  # type: ignore[arg-type]  # a transaction

    await site.db.write(note, touched=frozenset({"device"}))


async def test_the_clock_is_set_in_a_visit_and_kept(site: Site, clock: SteppingClock) -> None:
    target = await site.begin("fault")
    away_from_quarter(clock)
    await confirm(site)
    meter = meter_at(site)
    meter.clock_error_s = -40
    steps: list[str] = []
    before = await upkeep(site).clock(Line("p0", steps.append))
    proof = await upkeep(site).set_clock(Line("p0", steps.append))
    assert before.deviation_s is not None
    assert tuple(steps) == (*LOOK_STEPS, *UPKEEP_STEPS)
    assert not proof.marks_intervals
    fact = await last(site, target.visit)
    assert isinstance(fact, f.ClockSet)
    assert fact.before_s is not None
    assert abs(fact.before_s) > 30
    assert not fact.marked
    assert abs(meter.clock_error_s) < 10
    assert (await site.outcomes())[-1] == ("set_clock", "done")


async def test_marking_intervals_is_agreed_to_first(site: Site, clock: SteppingClock) -> None:
    target = await site.begin("fault")
    away_from_quarter(clock)
    await confirm(site)
    meter = meter_at(site)
    meter.clock_error_s = 300
    with pytest.raises(MarksIntervals):
        await upkeep(site).set_clock(P0)
    assert meter.clock_error_s == 300
    proof = await upkeep(site).set_clock(P0, agreed=True)
    assert proof.marks_intervals
    fact = await last(site, target.visit)
    assert isinstance(fact, f.ClockSet)
    assert fact.marked


async def test_near_a_quarter_or_unsure_no_port_is_opened(
    site: Site, clock: SteppingClock
) -> None:
    await site.begin("fault")
    meter_at(site)
    await confirm(site)
    clock.time = clock.time.replace(minute=44, second=40) + timedelta(hours=25)
    with pytest.raises(ClockNotConfirmed):
        await upkeep(site).set_clock(P0)
    await confirm(site)
    with pytest.raises(NearQuarter):
        await upkeep(site).set_clock(P0)
    assert site.bench.opened == []


async def test_the_quarter_is_looked_at_again_before_the_write(
    site: Site, clock: SteppingClock
) -> None:
    await site.begin("fault")
    away_from_quarter(clock)
    await confirm(site)
    meter = meter_at(site)
    meter.clock_error_s = 5

    def slow(step: str) -> None:
        if step == "write_and_read_back":
            clock.time = clock.time.replace(minute=44, second=30)

    with pytest.raises((NearQuarter, ClockNotConfirmed)):
        await upkeep(site).set_clock(Line("p0", slow))
    assert meter.clock_error_s == 5


async def test_alarms_are_shown_cleared_and_kept(site: Site) -> None:
    target = await site.begin("fault")
    meter = meter_at(site)
    meter.alarms[1] = 1 << 13 | 1
    meter.errors = 1 << 9
    shown = await upkeep(site).alarms(P0)
    assert shown.alarms == ("clock_invalid", "fraud_attempt")
    proof = await upkeep(site).clear_alarms(P0, shown.registers)
    assert proof.holds
    fact = await last(site, target.visit)
    assert isinstance(fact, f.AlarmsCleared)
    assert fact.names == ("clock_invalid", "fraud_attempt", "ram_error")
    assert not any(fact.after.values())
    kept = len((await site.work.stored(target.visit)).progress.of(f.AlarmsCleared))
    await upkeep(site).clear_alarms(P0, proof.after.registers)
    assert len((await site.work.stored(target.visit)).progress.of(f.AlarmsCleared)) == kept
    meter.alarms[1] = 2
    with pytest.raises(RegistersChanged):
        await upkeep(site).clear_alarms(P0, proof.after.registers)


async def test_a_gas_meter_is_coupled_and_decoupled_and_both_are_kept(site: Site) -> None:
    target = await site.begin("fault")
    meter = meter_at(site)
    new = GasMeter("G0039001936990625", 12, meter.now(), key_status=0)
    meter.bus.in_reach.append(new)
    channels = await upkeep(site).channels(P0)
    assert channels[1].is_empty
    proof = await upkeep(site).couple(P0, MbusDevice("19369906", "gas", "LGB"))
    assert proof.channel == 2
    fact = await last(site, target.visit)
    assert isinstance(fact, f.MbusCoupled)
    assert (fact.number, fact.device, fact.medium, fact.key_status) == (
        "19369906",
        "G0039001936990625",
        "gas",
        "no_key",
    )
    await upkeep(site).decouple(P0, 2, "19369906")
    gone = await last(site, target.visit)
    assert isinstance(gone, f.MbusDecoupled)
    assert gone.device == "G0039001936990625"
    with pytest.raises(ChannelTaken):
        await upkeep(site).decouple(P0, 2, "19369906")


async def test_a_location_is_the_offices_code_only(site: Site) -> None:
    visit = site.plan("placement", "E+G")
    connections = tuple(
        msgspec.structs.replace(c, location_code="WL-0042") for c in visit.connections
    )
    target = await site.begin("placement", "E+G", connections=connections)
    meter = meter_at(site)
    for text in ("Herenstraat 1", "WL-0043"):
        with pytest.raises(TextRefused):
            await upkeep(site).write_location(P0, text)
    assert site.bench.opened == []
    proof = await upkeep(site).write_location(P0, "WL-0042")
    assert proof.holds
    assert meter.texts["location"] == "WL-0042"
    fact = await last(site, target.visit)
    assert isinstance(fact, f.LocationWritten)
    assert fact.after == "WL-0042"


async def test_messages_come_from_templates(site: Site) -> None:
    target = await site.begin("fault")
    meter = meter_at(site)
    assert "call_operator" in message_templates()
    with pytest.raises(TextRefused):
        await upkeep(site).write_message(P0, "Mevrouw Kortekaas, bel ons", "nl")
    assert site.bench.opened == []
    await upkeep(site).write_message(P0, "fault_number", "nl")
    assert "0800-9009" in meter.texts["consumer_message"]
    fact = await last(site, target.visit)
    assert isinstance(fact, f.MessageWritten)
    assert fact.template == "fault_number"


async def test_another_meter_is_not_written(site: Site) -> None:
    await site.begin("fault")
    meter = meter_at(site, OTHER)
    meter.alarms[1] = 1
    with pytest.raises(WrongMeter):
        await upkeep(site).clear_alarms(P0, {"alarm_register_1": 1})
    assert meter.alarms[1] == 1


async def test_the_purpose_decides_what_is_written(site: Site) -> None:
    await site.begin("reading_preference")
    meter_at(site)
    with pytest.raises(PurposeRefused):
        await upkeep(site).couple(P0, MbusDevice("19369906"))
    assert site.bench.opened == []


async def test_without_a_visit_only_a_workshop_writes(site: Site, tmp_path: Path) -> None:
    meter = meter_at(site)
    meter.alarms[1] = 1
    with pytest.raises(WorkshopNotGranted):
        await upkeep(site).clear_alarms(P0, {"alarm_register_1": 1})
    nobodys = await Database.open(tmp_path / "shop" / "store.db", bytes(32))
    try:
        shop = Upkeep(nobodys, site.clock, site.bench.tools())
        proof = await shop.clear_alarms(P0, {"alarm_register_1": 1})
        assert proof.holds
        assert (await shop.write_location(P0, "WL-7")).holds
        with pytest.raises(ClockNotConfirmed):
            await shop.set_clock(P0)
    finally:
        await nobodys.close()


async def test_without_a_key_the_way_on_is_said(site: Site) -> None:
    await site.begin("fault")
    meter_at(site)
    site.bench.options = replace(
        site.bench.options, client=16, auth=Authentication.NONE, password=b""
    )
    with pytest.raises(PublicClientOnly):
        await upkeep(site).alarms(P0)


async def test_intervals_are_noted_apart_and_for_a_fault_only(site: Site) -> None:
    await site.begin("fault")
    meter_at(site)
    now = site.clock.now()
    span = Range(now - timedelta(hours=2), now)
    profiles = Profiles(site.db, site.clock, site.bench.tools())
    shape, rows = await profiles.rows(P0, Obis(1, 0, 99, 1, 0), span)
    assert shape.is_interval_data
    assert len(rows) == 8
    outcomes = await site.outcomes()
    assert outcomes[-4:] == [
        ("retrieve_state", "begun"),
        ("read_intervals", "begun"),
        ("read_intervals", "done"),
        ("retrieve_state", "done"),
    ]
    assert len(site.bench.opened) == 1
    shape, rows = await profiles.rows(P0, Obis(1, 0, 99, 1, 1), span)
    assert not shape.is_interval_data
    assert rows
    assert (await site.outcomes())[-1] == ("retrieve_state", "done")


async def test_intervals_are_not_for_a_placement(site: Site) -> None:
    await site.begin("placement", "E+G")
    meter_at(site)
    now = site.clock.now()
    profiles = Profiles(site.db, site.clock, site.bench.tools())
    with pytest.raises(PurposeRefused):
        await profiles.rows(P0, Obis(1, 0, 99, 1, 0), Range(now, now))
    assert len(site.bench.opened) == 1
    assert ("read_intervals", "PurposeRefused") in await site.outcomes()


async def test_logs_are_read_since_the_last_visit(site: Site) -> None:
    when = (site.clock.now() - timedelta(days=300)).date()
    await site.begin("fault", last_visit=when)
    meter_at(site)
    look = await Inspection(site.db, site.clock, site.bench.tools()).state(P0)
    assert len(look.readout.logs["standard"]) == 5


async def test_a_meter_is_set_back_only_once_it_is_off_the_wall(site: Site) -> None:
    target = await site.begin("removal")
    meter = meter_at(site)
    with pytest.raises(RuleError, match="still_hangs"):
        await upkeep(site).reset(P0)
    assert meter.administrative_status == 2
    visit = (await site.work.stored(target.visit)).visit
    off = f.MeterRemoved(at=site.clock.now(), ean=visit.connections[0].ean, number=OLD_E)
    await site.work.record(target.visit, off)
    assert await upkeep(site).reset(P0) == 1
    fact = await last(site, target.visit)
    assert isinstance(fact, f.MeterReset)
    assert (fact.meter, meter.administrative_status) == (OLD_E, 0)


async def test_a_meter_that_stays_is_never_set_back(site: Site) -> None:
    await site.begin("fault")
    meter_at(site)
    with pytest.raises((PurposeRefused, RuleError)):
        await upkeep(site).reset(P0)


async def test_the_keys_of_the_visits_gas_meter_are_asked_for_when_it_is_coupled(
    site: Site,
) -> None:
    await site.begin("placement", "E+G")
    asked: list[str] = []

    async def device_keys(number: str) -> None:
        asked.append(number)

    meter = meter_at(site)
    gas = "G0007001234567809"
    meter.bus.in_reach.append(GasMeter(gas, 12, meter.now(), key_status=0))
    work = Upkeep(site.db, site.clock, replace(site.bench.tools(), device_keys=device_keys))
    await work.couple(P0, MbusDevice(short_number(gas), "gas"))
    assert asked == [gas]
