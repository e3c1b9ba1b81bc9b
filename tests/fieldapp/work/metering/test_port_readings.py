from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.reading import NotAReading
from fieldapp.domain.requirements import missing_registers
from fieldapp.domain.work_order import Commodity
from fieldapp.store import attachments
from fieldapp.work.metering import HandReading
from fieldapp.work.refusals import (
    GasMeterAbsent,
    NoMeterHere,
    NoSuchRegister,
    PhotoRequired,
    RegistersAbsent,
)
from fieldapp.work.visit import Picture
from hardware.errors import (
    WrongMeter,
)

if TYPE_CHECKING:
    from tests.fieldapp.work.metering.conftest import Site

OLD_E, OLD_G = "E0044007382246019", "G0007001234567809"
NEW_E, NEW_G = "E0044007382311125", "G0039001936990625"
OTHER = "E0099000000000126"


async def test_final_readings_come_from_one_telegram(site: Site) -> None:
    target = await site.begin("placement", "E+G", step="final_readings")
    site.bench.meters["p1"] = site.sends(site.telegram())
    notices: list[str] = []
    target = replace(target, source="p1", notice=notices.append)
    taken = await site.metering.readings_over_p1(target, "final")
    assert [reading.obis for reading in taken] == [
        "1-0:1.8.1",
        "1-0:1.8.2",
        "1-0:2.8.1",
        "1-0:2.8.2",
    ]
    gas = await site.metering.readings_over_p1(
        replace(target, step="final_readings_gas"), "final"
    )
    assert [(r.meter, r.unit, r.ean) for r in gas] == [(OLD_G, "m3", "871687000000200027")]
    for reading in (*taken, *gas):
        assert reading.value == Decimal(reading.digits)
        assert reading.settlement == int(reading.value)
        assert reading.channel is f.Channel.P1
        assert str(reading.value.as_tuple().exponent) == "-3"
    stored = await site.work.stored(target.visit)
    assert missing_registers(stored.visit, stored.progress, "final.E") == ()
    assert missing_registers(stored.visit, stored.progress, "final.G") == ()
    assert notices[:3] == ["open_port", "wait_telegram", "compare"]


async def test_an_implausible_reading_is_flagged_and_kept(site: Site) -> None:
    target = await site.begin("placement", step="final_readings")
    site.bench.meters["p1"] = site.sends(site.telegram())
    taken = await site.metering.readings_over_p1(replace(target, source="p1"), "final")
    assert (taken[0].value, taken[0].doubt) == (Decimal("2580.829"), "lower_than_previous")
    stored = await site.work.stored(target.visit)
    assert stored.progress.of(f.ReadingTaken) == taken


async def test_readings_of_another_meter_are_not_kept(site: Site) -> None:
    target = await site.begin("placement", "E+G", step="final_readings")
    site.bench.meters["p1"] = site.sends(site.telegram(meter_number=OTHER))
    site.bench.meters["p0"] = site.optical(OTHER).serve
    for source, read in (
        ("p1", site.metering.readings_over_p1),
        ("p0", site.metering.readings_over_p0),
    ):
        with pytest.raises(WrongMeter):
            await read(replace(target, source=source), "final")
    stored = await site.work.stored(target.visit)
    assert stored.progress.of(f.ReadingTaken) == ()
    assert [c.found for c in stored.progress.of(f.MeterContacted)] == [OTHER, OTHER]


async def test_a_gas_reading_needs_both_meters_to_be_the_visits(site: Site) -> None:
    target = await site.begin("placement", "E+G", step="final_readings_gas")
    site.bench.meters["p1"] = site.sends(site.telegram(gas_number=NEW_G))
    site.bench.meters["p0"] = site.optical(OLD_E, NEW_G).serve
    for source, read in (
        ("p1", site.metering.readings_over_p1),
        ("p0", site.metering.readings_over_p0),
    ):
        with pytest.raises(GasMeterAbsent) as caught:
            await read(replace(target, source=source), "final")
        assert (caught.value.expected, caught.value.found) == (OLD_G, (NEW_G,))
    assert await site.facts(target) == ()
    site.bench.meters["p1"] = site.sends(site.telegram(meter_number=OTHER))
    with pytest.raises(WrongMeter):
        await site.metering.readings_over_p1(replace(target, source="p1"), "final")


async def test_a_register_that_is_not_there_keeps_no_reading(site: Site) -> None:
    connection = site.plan("placement").connections[0]
    assert connection.meter is not None
    strange = msgspec.structs.replace(connection.meter.registers[0], obis="1-0:1.8.9")
    odd = msgspec.structs.replace(connection.meter.registers[1], obis="telwerk 3")
    meter = msgspec.structs.replace(
        connection.meter, registers=(*connection.meter.registers, strange, odd)
    )
    connections = (msgspec.structs.replace(connection, meter=meter),)
    target = await site.begin("placement", step="final_readings", connections=connections)
    site.bench.meters["p1"] = site.sends(site.telegram())
    site.bench.meters["p0"] = site.optical().serve
    for source, read in (
        ("p1", site.metering.readings_over_p1),
        ("p0", site.metering.readings_over_p0),
    ):
        with pytest.raises(RegistersAbsent) as caught:
            await read(replace(target, source=source), "final")
        assert caught.value.absent == ("1-0:1.8.9", "telwerk 3")
    assert await site.facts(target) == ()


async def test_optical_readings_are_watt_hours_kept_as_exact_kilowatt_hours(site: Site) -> None:
    target = replace(await site.begin("placement", "E+G", step="final_readings"), source="p0")
    simulator = site.optical()
    site.bench.meters["p0"] = simulator.serve
    taken = await site.metering.readings_over_p0(target, "final")
    first = taken[0]
    assert first.digits.isdigit()
    assert first.value == Decimal(first.digits) / 1000
    assert str(first.value) == f"{int(first.digits) // 1000}.{int(first.digits) % 1000:03}"
    assert first.channel is f.Channel.P0
    gas = await site.metering.readings_over_p0(
        replace(target, step="final_readings_gas"), "final"
    )
    assert [(r.digits, r.value) for r in gas] == [("1284.305", Decimal("1284.305"))]


async def test_readings_by_hand_come_with_their_photo(site: Site) -> None:
    target = await site.begin("placement", step="final_readings")
    typed = HandReading(
        "final",
        Commodity.ELECTRICITY,
        {"1-0:1.8.1": "003456,7", "1-0:2.8.1": "000000"},
        Picture(b"display"),
    )
    taken = await site.metering.readings_by_hand(target, typed)
    assert [(r.obis, r.digits, r.value, r.settlement) for r in taken] == [
        ("1-0:1.8.1", "003456,7", Decimal("3456.7"), Decimal(3456)),
        ("1-0:2.8.1", "000000", Decimal(0), Decimal(0)),
    ]
    (file,) = await site.db.read(attachments.waiting)
    assert {reading.photo for reading in taken} == {file.sha256}
    assert {reading.channel for reading in taken} == {f.Channel.DISPLAY}
    stored = await site.work.stored(target.visit)
    assert missing_registers(stored.visit, stored.progress, "final.E") == (
        "1-0:1.8.2",
        "1-0:2.8.2",
    )
    assert [evidence.sha256 for evidence in stored.progress.of(f.EvidenceAdded)] == [
        file.sha256
    ]
    assert site.bench.opened == []


@pytest.mark.parametrize(
    ("digits", "photo", "error"),
    [
        ({"1-0:1.8.1": "12a"}, b"x", NotAReading),
        ({"1-0:9.9.9": "12"}, b"x", NoSuchRegister),
        ({"1-0:1.8.1": "12"}, b"", PhotoRequired),
    ],
)
async def test_bad_hand_readings_keep_nothing(
    site: Site, digits: dict[str, str], photo: bytes, error: type[Exception]
) -> None:
    target = await site.begin("placement", step="final_readings")
    hand = HandReading("final", Commodity.ELECTRICITY, digits, Picture(photo))
    with pytest.raises(error):
        await site.metering.readings_by_hand(target, hand)
    assert await site.facts(target) == ()
    assert await site.db.read(attachments.waiting) == ()


async def test_start_readings_are_of_the_meter_that_was_placed(site: Site) -> None:
    target = await site.begin("placement", "E+G", step="start_readings")
    await site.work.record(
        target.visit,
        f.MeterPlaced(
            at=site.clock.now(),
            step="mount",
            ean="871687000000200010",
            number=NEW_E,
            meter_kind=(await site.work.stored(target.visit)).visit.meter_kind,
        ),
    )
    site.bench.meters["old"] = site.sends(site.telegram())
    site.bench.meters["new"] = site.sends(site.telegram(meter_number=NEW_E))
    with pytest.raises(WrongMeter):
        await site.metering.readings_over_p1(replace(target, source="old"), "start")
    taken = await site.metering.readings_over_p1(replace(target, source="new"), "start")
    assert {reading.meter for reading in taken} == {NEW_E}
    final = replace(target, step="final_readings", source="old")
    assert {r.meter for r in await site.metering.readings_over_p1(final, "final")} == {OLD_E}


async def test_a_gas_only_visit_goes_by_the_gas_meters_number(site: Site) -> None:
    target = replace(await site.begin("placement", "G", step="final_readings_gas"), source="p1")
    site.bench.meters["p1"] = site.sends(site.telegram(meter_number=OTHER))
    (reading,) = await site.metering.readings_over_p1(target, "final")
    assert reading.meter == OLD_G
    assert (await site.work.stored(target.visit)).progress.of(f.MeterContacted) == ()


async def test_a_visit_without_meters_has_nothing_to_read(site: Site) -> None:
    bare = tuple(
        msgspec.structs.replace(c, meter=None) for c in site.plan("placement").connections
    )
    target = await site.begin("placement", step="elsewhere", connections=bare)
    with pytest.raises(NoMeterHere):
        await site.metering.readings_over_p1(target, "check")
    with pytest.raises(NoMeterHere):
        await site.metering.identify(target, f.Channel.P1)
    assert site.bench.opened == []
