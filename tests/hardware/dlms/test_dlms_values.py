from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.dlms.data import Data, DataType, enum, structure
from hardware.dlms.date_time import (
    NOT_SPECIFIED,
    STATUS_INVALID,
    build_date_time,
    clock_status,
    parse_date_time,
)
from hardware.dlms.octets import Octets, length_octets
from hardware.dlms.results import exception_refusal, refusal, result_name
from hardware.dlms.units import ScalerUnit
from hardware.errors import (
    AccessDenied,
    LocalProtocolError,
    MeterError,
    NotSupported,
    RemoteProtocolError,
)

_DUTCH = ZoneInfo("Europe/Amsterdam")


@given(st.integers(946_684_800, 4_102_444_799))
@settings(max_examples=100)
def test_a_moment_survives_the_meter(second: int) -> None:
    exact = datetime.fromtimestamp(second, UTC).replace(microsecond=340_000)
    assert parse_date_time(build_date_time(exact, _DUTCH), _DUTCH) == exact


def test_winter_and_summer_as_a_dutch_meter_writes_them() -> None:
    winter = build_date_time(datetime(2026, 1, 5, 12, tzinfo=UTC), _DUTCH)
    assert winter.hex() == "07ea0105010d000000ffc400"
    summer = build_date_time(datetime(2026, 7, 6, 12, tzinfo=UTC), _DUTCH)
    assert summer.hex() == "07ea0706010e000000ff8880"


@pytest.mark.parametrize(("status", "utc_hour"), [(0x80, 0), (0x00, 1)])
def test_the_doubled_hour_without_deviation(status: int, utc_hour: int) -> None:
    octets = bytes.fromhex("07ea0a19 07 021e00ff 8000") + bytes((status,))
    assert parse_date_time(octets, _DUTCH) == datetime(2026, 10, 25, utc_hour, 30, tzinfo=UTC)


def test_unspecified_and_impossible_moments() -> None:
    assert parse_date_time(NOT_SPECIFIED, _DUTCH) is None
    assert parse_date_time(bytes(12), _DUTCH) is None
    unsure = bytes.fromhex("07ea0105010d00ffffffc4ff")
    assert parse_date_time(unsure, _DUTCH) == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert clock_status(unsure) == 0
    assert parse_date_time(bytes.fromhex("0001010101000000007fff00"), _DUTCH) is None
    assert parse_date_time(bytes.fromhex("000101010100000000ffc400"), _DUTCH) is None
    with pytest.raises(RemoteProtocolError):
        parse_date_time(b"\x07\xea", _DUTCH)


@given(st.binary(min_size=12, max_size=12))
@settings(max_examples=200)
def test_any_twelve_octets_are_a_moment_or_none(octets: bytes) -> None:
    moment = parse_date_time(octets, _DUTCH)
    assert moment is None or moment.tzinfo is UTC


def test_the_status_bits_come_through() -> None:
    octets = build_date_time(datetime(2026, 7, 6, 12, tzinfo=UTC), _DUTCH, STATUS_INVALID)
    assert clock_status(octets) == 0x81


@pytest.mark.parametrize(
    ("scaler", "value", "text"),
    [(-1, 2301, "230.1"), (-3, 5000, "5.000"), (0, 7, "7"), (2, 7, "700"), (-2, 0, "0.00")],
)
def test_scaled_values_are_exact(scaler: int, value: int, text: str) -> None:
    assert str(ScalerUnit(scaler, "V").scaled(value)) == text


def test_scaler_and_unit_as_a_structure() -> None:
    volts = ScalerUnit(-1, "V")
    assert ScalerUnit.from_data(volts.to_data()) == volts
    odd = structure(Data(DataType.INTEGER, 0), enum(99))
    assert ScalerUnit.from_data(odd).unit == "unit 99"
    with pytest.raises(RemoteProtocolError):
        ScalerUnit.from_data(structure(Data(DataType.INTEGER, 99), enum(30)))
    assert ScalerUnit(0, "").scaled(3) == Decimal(3)


@pytest.mark.parametrize(
    ("code", "kind"),
    [(3, AccessDenied), (4, NotSupported), (9, NotSupported), (11, NotSupported)],
)
def test_a_refusal_becomes_the_error_that_belongs_to_it(
    code: int, kind: type[MeterError]
) -> None:
    error = refusal("get 1-0:1.8.0 attribute 2", code)
    assert type(error) is kind
    assert f"({code})" in str(error)


def test_other_refusals_stay_plain() -> None:
    assert type(refusal("set", 12)) is MeterError
    assert result_name(200) == "other-reason"
    assert type(exception_refusal("get", 2)) is NotSupported
    assert type(exception_refusal("get", 6)) is MeterError


def test_octets_and_lengths() -> None:
    assert Octets(bytes.fromhex("83010000")).length() == 0x10000
    assert Octets(b"\x01\x02").rest() == b"\x01\x02"
    with pytest.raises(LocalProtocolError):
        length_octets(1 << 32)
