from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.p1.builder import build, frame, render, with_wrong_checksum
from hardware.p1.catalogue import CATALOGUE, Entry, Kind
from hardware.p1.integrity import judge
from hardware.p1.telegram import LineError, Outage, Reading, Telegram, Value, parse
from hardware.p1.timestamps import build_stamp, parse_stamp

seconds = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds beside a time zone
    datetime(2069, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
).map(lambda time: time.replace(microsecond=0))
numbers = st.decimals(0, 99999, places=3)
printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
outages = st.lists(st.builds(Outage, st.none() | seconds, st.integers(0, 10**10))).map(tuple)
ONE_EACH = [entry for entry in CATALOGUE.values() if entry.kind is not Kind.MONTHS]
plain = st.text("0123456789ABC", max_size=6)
units = st.sampled_from(["kWh", "m3", ""])


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    entry: Entry = draw(st.sampled_from(ONE_EACH))
    value: Value
    unit, time = "", None
    match entry.kind:
        case Kind.NUMBER:
            value, unit = draw(numbers), draw(units)
        case Kind.TIMED:
            value, unit, time = draw(numbers), draw(units), draw(st.none() | seconds)
        case Kind.HOURLY:
            value, unit = draw(numbers), draw(units)
            time = parse_stamp(build_stamp(draw(seconds), with_letter=False))
        case Kind.TIME:
            time = draw(seconds)
            value = build_stamp(time)
        case Kind.OUTAGES:
            value = draw(outages)
        case Kind.OCTETS:
            value = draw(printable)
        case _:
            value = draw(plain)
    return Reading(entry.obis, value, unit, time, entry.name)


@st.composite
def telegrams(draw: st.DrawFn) -> Telegram:
    found = tuple(draw(st.lists(readings(), max_size=12)))
    versions = [str(r.value) for r in found if r.name == "version" and r.value]
    times = [r.time for r in found if r.name == "telegram_time"]
    any_version = any(r.name == "version" for r in found)
    return Telegram(
        header=draw(st.text("ISk5\\2MT/-", min_size=1, max_size=16)),
        version=versions[0] if versions else "" if any_version else None,
        time=times[0] if times else None,
        readings=found,
        unknown=tuple(draw(st.lists(st.just("1-0:9.9.9(1)"), max_size=2))),
        errors=tuple(draw(st.lists(st.just(LineError("2C", "not a data line")), max_size=2))),
        crc=draw(st.sampled_from(["ok", "bad", "absent"])),
    )


@given(telegrams())
def test_what_is_built_reads_the_same(telegram: Telegram) -> None:
    assert parse(build(telegram)) == telegram


@given(seconds)
def test_a_stamp_reads_back_as_the_same_instant(time: datetime) -> None:
    assert parse_stamp(build_stamp(time)) == time


@pytest.mark.parametrize(
    "line",
    [
        "0-0:98.1.0()",
        "0-0:98.1.0(230701000000S)(40.777*kWh)(03.564*kW)",
        "0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)"
        "(230801000000S)(632525252525S)(00.000*kW)(230901000000S)(230831181500S)(01.862*kW)",
    ],
)
def test_past_months_are_built_again_as_one_line(line: str) -> None:
    whole = frame("X", ["1-0:1.7.0(00.100*kW)", line, "1-0:2.7.0(00.200*kW)"], checksum=True)
    assert build(parse(whole)) == whole


def test_a_recording_is_built_again_octet_for_octet(recording_two_mbus: bytes) -> None:
    left_behind = b"(700101010000W)(00000000)"
    whole = recording_two_mbus.replace(left_behind, b"(700101010000W)(00000)")
    assert build(parse(whole))[:-6] == whole[:-6]


def test_numbers_keep_their_width_and_sign() -> None:
    entry = CATALOGUE["1-0:1.8.1"]
    found = Reading(entry.obis, Decimal("-4.420"), "kWh", None, entry.name)
    assert render(found) == "1-0:1.8.1(-000004.420*kWh)"
    assert render(found, 5) == "1-0:1.8.1(-00004.420*kWh)"


def test_a_wrong_checksum_is_wrong(recording_v5: bytes) -> None:
    assert judge(with_wrong_checksum(recording_v5)) == "bad"
