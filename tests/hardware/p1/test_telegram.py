import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import RemoteProtocolError
from hardware.p1.builder import frame, render
from hardware.p1.catalogue import CATALOGUE
from hardware.p1.framer import Framer, TelegramBytes
from hardware.p1.telegram import LineError, Outage, Reading, Telegram, parse
from hardware.values import Obis


def one(line: str) -> Telegram:
    return parse(frame("X", [line], checksum=True))


def reading(line: str) -> Reading:
    telegram = one(line)
    assert (telegram.unknown, telegram.errors) == ((), ())
    (found,) = telegram.readings
    return found


def lines_of(raw: bytes) -> list[str]:
    """The data lines of a recording, found without the parser."""
    body = raw.decode("latin-1").split("\r\n!")[0]
    return [line for line in body.split("\r\n")[1:] if line]


def codes_of(telegram: Telegram) -> list[str]:
    lines = [*telegram.unknown, *(error.line for error in telegram.errors)]
    codes = [line.split("(")[0] for line in lines]
    return codes + [str(code) for code, _ in groupby(found.obis for found in telegram.readings)]


def test_every_line_of_a_recording_comes_out_exactly_once(recording: Path) -> None:
    framer = Framer()
    framer.feed(recording.read_bytes())
    event = framer.next_event()
    assert isinstance(event, TelegramBytes)
    telegram = parse(event.raw, event.crc)
    lines = [line for line in lines_of(event.raw) if not line.startswith("(")]
    codes = sorted(line.split("(")[0].removesuffix("*255") for line in lines)
    assert sorted(code.removesuffix("*255") for code in codes_of(telegram)) == codes
    assert telegram.errors == ()


def test_a_dutch_recording_has_no_unknown_line(recording: Path) -> None:
    telegram = parse(recording.read_bytes().split(b"\r\n  ")[0])
    if recording.name.startswith("v") and "eon" not in recording.name:
        assert telegram.unknown == ()


def test_spot_values_of_version_5(recording_v5: bytes) -> None:
    telegram = parse(recording_v5)
    assert telegram.header == "ISk5\\2MT382-1000"
    assert (telegram.version, telegram.crc) == ("50", "ok")
    assert telegram.time == datetime(2017, 1, 2, 18, 20, 2, tzinfo=UTC)
    values = {str(found.obis): found for found in telegram.readings}
    assert values["1-0:1.8.1"].value == Decimal("4.426")
    assert values["1-0:1.8.1"].unit == "kWh"
    assert values["0-0:96.1.1"].value == "K8EG004046395507"
    assert values["0-0:96.14.0"].value == "0002"
    assert values["1-0:32.7.0"].value == Decimal("230.0")
    assert values["1-0:99.97.0"].value == ()
    assert values["0-1:24.2.1"].time == datetime(2017, 1, 2, 15, 10, 5, tzinfo=UTC)
    assert values["0-2:96.1.0"].value == ""


def test_leading_zeros_go_and_trailing_ones_stay() -> None:
    assert str(reading("1-0:1.8.1(000004.420*kWh)").value) == "4.420"
    assert str(reading("1-0:2.8.2(000000.000*kWh)").value) == "0.000"
    assert str(reading("0-0:96.7.21(00013)").value) == "13"


def test_a_code_with_its_group_f_is_the_same_code() -> None:
    assert reading("1-0:1.8.0*255(00032549.5061662*kWh)").obis == Obis(1, 0, 1, 8, 0)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("4B384547303034303436333935353037", "K8EG004046395507"),
        ("3960221976967177082151037881335713", "3960221976967177082151037881335713"),
        ("00000000000000", "00000000000000"),
        ("ADC3100000158491", "ADC3100000158491"),
        ("2041", " A"),
        ("7F41", "7F41"),
        ("414", "414"),
        ("1ESY1336001560", "1ESY1336001560"),
        ("", ""),
    ],
)
def test_octets_become_text_only_where_all_of_them_print(octets: str, text: str) -> None:
    assert reading(f"0-0:96.1.1({octets})").value == text


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("170102192002W", datetime(2017, 1, 2, 18, 20, 2, tzinfo=UTC)),
        ("170702192002S", datetime(2017, 7, 2, 17, 20, 2, tzinfo=UTC)),
        ("201025023000S", datetime(2020, 10, 25, 0, 30, tzinfo=UTC)),
        ("201025023000W", datetime(2020, 10, 25, 1, 30, tzinfo=UTC)),
        ("201025023000", datetime(2020, 10, 25, 0, 30, tzinfo=UTC)),
        ("200329023000W", datetime(2020, 3, 29, 1, 30, tzinfo=UTC)),
        ("200329023000S", datetime(2020, 3, 29, 0, 30, tzinfo=UTC)),
        ("230202132747S", datetime(2023, 2, 2, 12, 27, 47, tzinfo=UTC)),
        ("700101010000W", datetime(1970, 1, 1, tzinfo=UTC)),
        ("161107190000", datetime(2016, 11, 7, 18, tzinfo=UTC)),
        ("632525252525S", None),
        ("170102196002W", None),
        ("170102192060W", None),
    ],
)
def test_time_stamps(stamp: str, time: datetime | None) -> None:
    found = reading(f"0-0:1.0.0({stamp})")
    assert (found.value, found.time) == (stamp, time)
    gas = reading(f"0-1:24.2.1({stamp})(00000.107*m3)")
    assert (str(gas.value), gas.unit, gas.time) == ("0.107", "m3", time)


def test_a_device_that_was_taken_away() -> None:
    found = reading("0-1:24.2.1(700101010000W)(00000000)")
    assert (found.value, found.unit) == (Decimal(0), "")


@pytest.mark.parametrize(
    ("values", "outages"),
    [
        ("()", ()),
        ("(0)(0-0:96.7.19)", ()),
        ("(0)", ()),
        (
            "(2)(0-0:96.7.19)(000104180320W)(0000237126*s)(632525252525S)(5358478)",
            (
                Outage(datetime(2000, 1, 4, 17, 3, 20, tzinfo=UTC), 237126),
                Outage(None, 5358478),
            ),
        ),
    ],
)
def test_the_log_of_power_failures_is_one_reading(
    values: str, outages: tuple[Outage, ...]
) -> None:
    assert reading(f"1-0:99.97.0{values}").value == outages


def test_belgium_keeps_the_peaks_of_past_months() -> None:
    telegram = one(
        "0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)"
        "(230801000000S)(632525252525W)(00.000*kW)(230901000000S)(230831181500S)(01.862*kW)"
    )
    assert [(found.name, str(found.value), found.time) for found in telegram.readings] == [
        ("month_end", "230801000000S", datetime(2023, 7, 31, 22, tzinfo=UTC)),
        ("month_peak_demand", "0.000", None),
        ("month_end", "230901000000S", datetime(2023, 8, 31, 22, tzinfo=UTC)),
        ("month_peak_demand", "1.862", datetime(2023, 8, 31, 16, 15, tzinfo=UTC)),
    ]


def test_hungary_keeps_the_registers_at_the_end_of_the_month() -> None:
    telegram = one("0-0:98.1.0(230701000000S)(000040.777*kWh)(03.564*kW)")
    time = datetime(2023, 6, 30, 22, tzinfo=UTC)
    assert [(found.name, str(found.value), found.unit) for found in telegram.readings] == [
        ("month_end", "230701000000S", ""),
        ("month_end_value", "40.777", "kWh"),
        ("month_end_value", "3.564", "kW"),
    ]
    assert {found.time for found in telegram.readings} == {time}


@pytest.mark.parametrize("values", ["()", "(0)(1-0:1.6.0)(1-0:1.6.0)"])
def test_a_meter_without_past_months(values: str) -> None:
    assert reading(f"0-0:98.1.0{values}").value == ""


def test_a_number_may_have_a_sign_or_a_strange_unit() -> None:
    assert str(reading("1-0:1.7.0(-01.50*kW)").value) == "-1.50"
    assert reading("1-0:1.7.0(1.50*furlong)").unit == "furlong"


@pytest.mark.parametrize("channel", [1, 2, 3, 4])
def test_a_device_may_be_on_any_channel(channel: int) -> None:
    found = reading(f"0-{channel}:24.2.1(170102161005W)(00000.107*m3)")
    assert (found.obis.b, found.name) == (channel, f"mbus{channel}_device_value")


def test_the_value_of_version_3_stands_on_two_lines() -> None:
    lines = [
        "0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(m3)",
        "(00001.001)",
        "0-1:24.4.0(1)",
    ]
    telegram = parse(frame("X", lines, checksum=False))
    gas, valve = telegram.readings
    assert (str(gas.value), gas.unit) == ("1.001", "m3")
    assert gas.time == datetime(2009, 2, 12, 15, tzinfo=UTC)
    assert valve.value == Decimal(1)
    assert telegram.crc == "absent"


def test_a_two_line_value_without_its_second_line() -> None:
    first = "0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(m3)"
    telegram = parse(frame("X", [first, "(x)", first], checksum=False))
    assert [error.line for error in telegram.errors] == [first, "(x)", first]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1-0:1.7.0(ab.cde*kW)", "not a number"),
        ("1-0:1.7.0()", "not a number"),
        ("1-0:1.7.0(NaN*kW)", "not a number"),
        ("1-0:1.7.0(1e5*kW)", "not a number"),
        ("1-0:1.7.0(1_0*kW)", "not a number"),
        ("1-0:1.7.0(1*kW)(2*kW)", "not a number"),
        ("1-0:1.7.0(1*kW", "not a number"),
        ("0-0:1.0.0(17010219200)", "not a time stamp"),
        ("0-0:96.14.0(1)(2)", "not a text"),
        ("0-0:96.13.0(41", "not a text"),
        ("1-3:0.2.8(5(0)", "not a text"),
        ("0-1:24.2.1(00000.107*m3)", "not a time stamp with a number"),
        ("1-0:99.97.0(1)(0-0:96.7.19)(x)(1*s)", "not a log of power failures"),
        ("2C", "not a data line"),
        ("(00001.001)", "not a data line"),
        ("1-0:9.9.9(1", "not a data line"),
        ("1-0:1.7.0", "not a data line"),
        ("1-0:1.7.0(.5*kW)", "not a number"),
        ("1-0:1.7.0(5.*kW)", "not a number"),
        ("1-0:1.7.0(\xb2*kW)", "not a number"),
        ("0-0:98.1.0(1)(2)", "not a list of months"),
    ],
)
def test_one_bad_line_costs_only_itself(line: str, reason: str) -> None:
    telegram = parse(frame("X", ["1-0:2.7.0(1*kW)", line, "1-0:1.7.0(2*kW)"], checksum=True))
    assert telegram.errors == (LineError(line, reason),)
    assert [str(found.value) for found in telegram.readings] == ["1", "2"]
    assert telegram.unknown == ()


@pytest.mark.parametrize("line", ["1-0:9.9.9(1)", "1-0:1.8.0*01(1*kWh)", "9-9:999.0.0(a)(b*c)"])
def test_a_line_without_an_entry_is_unknown(line: str) -> None:
    assert one(line).unknown == (line,)


def test_a_telegram_with_parity_bits_reads_the_same(recording_v5: bytes) -> None:
    even = bytes(o | 0x80 if o.bit_count() % 2 else o for o in recording_v5)
    assert parse(even) == parse(recording_v5)


def test_lf_reads_the_same(recording_v5: bytes) -> None:
    assert parse(recording_v5.replace(b"\r\n", b"\n")) == parse(recording_v5)


@pytest.mark.parametrize("raw", [b"", b"x", b"!\r\n", b"\x7e\xa0"])
def test_what_does_not_begin_with_a_slash_is_no_telegram(raw: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        parse(raw)


@given(st.binary(max_size=200))
def test_no_octets_raise_anything_else(noise: bytes) -> None:
    telegram = parse(b"/" + noise)
    assert telegram.crc in {"ok", "bad", "absent"}


codes = st.sampled_from([*CATALOGUE, "1-0:9.9.9", "x"])
values = st.text("0123456789().*:-SWkh\xb2", max_size=40)


@given(st.lists(st.builds("{}({}".format, codes, values), max_size=8))
def test_every_line_comes_out_exactly_once(lines: list[str]) -> None:
    telegram = parse(frame("X", lines, checksum=True))
    texts = [*telegram.unknown, *(error.line for error in telegram.errors)]
    rest = [line for line in lines if line not in texts]
    assert len(texts) + len(telegram.readings) == len(lines)
    assert [str(found.obis) for found in telegram.readings] == [
        re.sub(r"\*255", "", line.split("(")[0]) for line in rest
    ]


def test_each_code_has_one_name_per_channel_and_phase() -> None:
    assert CATALOGUE["0-3:24.2.1"].name == "mbus3_device_value"
    assert CATALOGUE["1-0:72.36.0"].name == "voltage_swells_l3"
    assert CATALOGUE["1-0:62.7.0"].name == "power_by_client_l3"
    assert CATALOGUE["1-0:31.7.0"].name == "current_l1"
    assert CATALOGUE["1-0:1.8.2"].name == "energy_to_client_t2"


def test_readings_are_plain_enough_to_print() -> None:
    found = reading("1-0:1.8.1(000004.426*kWh)")
    assert json.dumps([str(found.obis), str(found.value)]) == '["1-0:1.8.1", "4.426"]'
    assert render(found) == "1-0:1.8.1(000004.426*kWh)"
