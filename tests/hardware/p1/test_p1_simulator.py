import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from hardware.errors import PortGone
from hardware.p1.encrypted import Keys
from hardware.p1.framer import NEED_DATA, Noise
from hardware.p1.identity import equipment_id, registers
from hardware.p1.stream import TelegramStream
from hardware.p1.telegram import Telegram, parse
from hardware.port import memory_pair
from hardware.simulators.p1 import MeterSpec, P1Meter, Recording, serve
from hardware.simulators.p1_countries import RECIPES
from hardware.simulators.p1_faults import FAULTS, Faulty
from hardware.simulators.p1_house import Start
from hardware.simulators.p1_oddities import ODDITIES
from hardware.simulators.p1_versions import DSMR

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=10)
        return self.now


def values_of(telegram: Telegram) -> dict[str, object]:
    return {str(found.obis): found.value for found in telegram.readings}


def events_of(octets: bytes) -> list[Telegram | Noise]:
    stream, events = TelegramStream(), []
    stream.feed(octets)
    stream.close()
    while (event := stream.next_event()) is not NEED_DATA:
        events.append(event)
    return events


@pytest.mark.parametrize("version", DSMR)
@pytest.mark.parametrize("phases", [1, 3])
@pytest.mark.parametrize("devices", [0, 1])
def test_every_version_sends_what_the_parser_knows(
    version: str, phases: int, devices: int
) -> None:
    meter = P1Meter(MeterSpec(version=version, phases=phases, gas=devices == 1))
    telegram = parse(meter.telegram(NOON))
    assert (telegram.unknown, telegram.errors) == ((), ())
    assert telegram.crc == ("ok" if meter.recipe.checksum else "absent")
    assert equipment_id(telegram) == "E0099000000000126"
    assert len(registers(telegram)) == 4 + devices
    assert ("1-0:51.7.0" in values_of(telegram)) == (phases == 3 and version > "3.0")


@pytest.mark.parametrize("version", sorted(RECIPES.keys() - DSMR.keys()))
@pytest.mark.parametrize("phases", [1, 3])
def test_every_country_sends_what_the_parser_knows(version: str, phases: int) -> None:
    meter = P1Meter(MeterSpec(version=version, phases=phases))
    telegram, *behind = events_of(meter.telegram(NOON))
    assert isinstance(telegram, Telegram)
    assert (telegram.unknown, telegram.errors) == ((), ())
    assert telegram.crc == ("ok" if meter.recipe.checksum else "absent")
    assert [getattr(noise, "size", 0) for noise in behind] == (
        [len(meter.recipe.behind)] if meter.recipe.behind else []
    )


def test_the_version_shows_in_the_telegram() -> None:
    shown = {v: parse(P1Meter(MeterSpec(version=v)).telegram(NOON)).version for v in DSMR}
    assert shown == {
        "2.2": None,
        "3.0": None,
        "4.0": "40",
        "4.2": "42",
        "5.0": "50",
        "be": "50217",
        "lu": "42",
    }


def test_time_and_widths_are_those_of_the_version() -> None:
    new = P1Meter(MeterSpec(version="5.0")).telegram(NOON)
    old = P1Meter(MeterSpec(version="3.0")).telegram(NOON)
    assert b"0-0:1.0.0(260603120000S)\r\n" in new
    assert b"1-0:1.8.1(0" in old
    assert len(old.split(b"1-0:1.8.1(")[1].split(b"*")[0]) == len("12345.678")
    assert len(new.split(b"1-0:1.8.1(")[1].split(b"*")[0]) == len("123456.789")


def test_values_advance_with_the_time_and_never_back() -> None:
    meter = P1Meter(MeterSpec(seed=5, phases=3))
    before = registers(parse(meter.telegram(NOON)))
    after = registers(parse(meter.telegram(NOON + timedelta(hours=3))))
    assert all(new.value >= old.value for old, new in zip(before, after, strict=True))
    assert sum(new.value - old.value for old, new in zip(before, after, strict=True)) > 0
    again = registers(parse(meter.telegram(NOON)))
    assert all(new.value >= old.value for old, new in zip(after, again, strict=True))


def test_energy_is_power_times_time() -> None:
    meter = P1Meter(MeterSpec(seed=5))
    first = values_of(parse(meter.telegram(NOON)))
    second = values_of(parse(meter.telegram(NOON + timedelta(hours=1))))
    for direction in (1, 2):
        power = first[f"1-0:{direction}.7.0"]
        old, new = first[f"1-0:{direction}.8.2"], second[f"1-0:{direction}.8.2"]
        assert isinstance(old, Decimal)
        assert isinstance(new, Decimal)
        assert new - old == power


def test_the_tariff_that_counts_follows_day_and_version() -> None:
    night = datetime(2026, 6, 3, 1, tzinfo=UTC)
    sunday = datetime(2026, 6, 7, 10, tzinfo=UTC)

    def tariff(version: str, now: datetime) -> object:
        return values_of(parse(P1Meter(MeterSpec(version=version)).telegram(now)))[
            "0-0:96.14.0"
        ]

    assert [tariff("5.0", now) for now in (NOON, night, sunday)] == ["0002", "0001", "0001"]
    assert [tariff("3.0", now) for now in (NOON, night, sunday)] == ["0001", "0002", "0002"]


def test_gas_is_captured_by_period() -> None:
    now = NOON + timedelta(minutes=17, seconds=3)
    for version, minute in (("4.2", 0), ("5.0", 15)):
        *_, gas = registers(parse(P1Meter(MeterSpec(version=version)).telegram(now)))
        assert gas.time == NOON + timedelta(minutes=minute)


def test_a_seed_is_a_meter() -> None:
    def octets(seed: int) -> bytes:
        return P1Meter(MeterSpec(seed=seed)).telegram(NOON)

    assert octets(1) == octets(1)
    assert octets(1) != octets(2)


def test_another_meter_behind_the_same_cable() -> None:
    meter = P1Meter()
    meter.meter_number = "E0031003345678919"
    assert equipment_id(parse(meter.telegram(NOON))) == "E0031003345678919"


def test_sealed_telegrams_open_with_the_key() -> None:
    keys = Keys(bytes(range(16)))
    meter = P1Meter(MeterSpec(version="lu", keys=keys))
    stream = TelegramStream(keys)
    stream.feed(meter.telegram(NOON) + meter.telegram(NOON))
    for _ in range(2):
        event = stream.next_event()
        assert isinstance(event, Telegram)
        assert event.crc == "ok"


@pytest.mark.parametrize(("version", "phases"), [("9", 1), ("5.0", 2)])
def test_impossible_meters(version: str, phases: int) -> None:
    with pytest.raises(ValueError, match=r"version|phases"):
        MeterSpec(version=version, phases=phases)


def test_a_recording_plays_in_a_circle() -> None:
    first, second = P1Meter().telegram(NOON), P1Meter(MeterSpec(version="2.2")).telegram(NOON)
    recording = Recording.of(b"noise" + first + second)
    assert [recording.telegram(NOON) for _ in range(3)] == [first, second, first]
    with pytest.raises(ValueError, match="nothing"):
        Recording.of(b"nothing here")


def damaged(fault: str, count: int = 80) -> list[bytes]:
    faulty = Faulty(P1Meter(), [fault], seed=1)
    return [faulty.telegram(NOON + timedelta(seconds=n)) for n in range(count)]


def whole(count: int = 80) -> list[bytes]:
    meter = P1Meter()
    return [meter.telegram(NOON + timedelta(seconds=n)) for n in range(count)]


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_each_fault_changes_the_line_the_same_way_each_time(fault: str) -> None:
    assert damaged(fault) == damaged(fault)
    assert damaged(fault) != whole()


@pytest.mark.parametrize("fault", ["bit-flip", "lost-bytes", "half-telegram"])
def test_line_faults_leave_some_telegrams_whole(fault: str) -> None:
    same = sum(a == b for a, b in zip(damaged(fault), whole(), strict=True))
    assert 20 < same < 60
    ok = [e for e in events_of(b"".join(damaged(fault))) if getattr(e, "crc", "") == "ok"]
    assert len(ok) >= same - 1


def test_what_each_standing_fault_does() -> None:
    assert damaged("silence", 1) == [b""]
    assert [parse(octets).crc for octets in damaged("wrong-checksum", 3)] == ["bad"] * 3
    *noise, telegram = events_of(damaged("noise", 1)[0])
    assert noise
    assert all(isinstance(piece, Noise) for piece in noise)
    assert isinstance(telegram, Telegram)
    time = parse(damaged("clock-wrong", 1)[0]).time
    assert time is not None
    assert NOON - time >= timedelta(minutes=6)


@pytest.mark.parametrize("version", ["3.0", "4.2", "5.0", "be"])
@pytest.mark.parametrize("oddity", ODDITIES)
def test_what_is_only_odd_costs_a_reader_nothing(oddity: str, version: str) -> None:
    plain = parse(P1Meter(MeterSpec(version=version)).telegram(NOON))
    odd = Faulty(P1Meter(MeterSpec(version=version)), [oddity])
    (event,) = events_of(odd.telegram(NOON))
    assert isinstance(event, Telegram)
    assert (event.unknown, event.errors, event.crc) == ((), (), plain.crc)
    assert {str(found.obis) for found in event.readings} >= {
        code.replace("0-1:", "0-2:") if oddity == "dead-device" else code
        for code in (str(found.obis) for found in plain.readings)
    }


def test_faults_combine_and_unknown_ones_are_refused() -> None:
    assert Faulty(P1Meter(), FAULTS).telegram(NOON) == b""
    both = Faulty(P1Meter(), ["noise", "wrong-checksum"]).telegram(NOON)
    assert [getattr(event, "crc", None) for event in events_of(both)][-1] == "bad"
    with pytest.raises(ValueError, match="gremlins"):
        Faulty(P1Meter(), ["gremlins"])


async def test_serving_until_the_line_goes() -> None:
    near, far = memory_pair()
    meter = P1Meter()
    task = asyncio.create_task(serve(far, meter, interval_s=0, clock=Clock()))
    first = parse(await near.read(5))
    assert first.time == NOON + timedelta(seconds=10)
    await near.close()
    with pytest.raises(PortGone):
        await task


async def test_a_silent_meter_writes_nothing() -> None:
    near, far = memory_pair()
    silent = Faulty(P1Meter(), ["silence"])
    task = asyncio.create_task(serve(far, silent, interval_s=0, clock=Clock()))
    assert await near.read(0.05) == b""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_registers_start_where_they_are_told() -> None:
    start = Start((3_421_007, 2_950_112, 455_001, 1_001_999), gas_l=1_284_305)
    meter = P1Meter(MeterSpec(start=start))
    values = values_of(parse(meter.telegram(NOON)))
    assert values["1-0:1.8.1"] == Decimal("3421.007")
    assert values["1-0:2.8.2"] == Decimal("1001.999")
    assert values["0-1:24.2.1"] == Decimal("1284.305")
