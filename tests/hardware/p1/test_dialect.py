from datetime import UTC, datetime
from pathlib import Path

import pytest

from hardware.p1.builder import frame
from hardware.p1.dialect import Dialect, dialect_of
from hardware.p1.telegram import parse
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.p1_countries import RECIPES

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)
SIMULATED = {
    "2.2": Dialect.DSMR_2_2,
    "3.0": Dialect.DSMR_3_0,
    "4.0": Dialect.DSMR_4_0,
    "4.2": Dialect.DSMR_4_2,
    "5.0": Dialect.DSMR_5_0,
    "be": Dialect.FLUVIUS,
    "lu": Dialect.SMARTY,
    "se": Dialect.SWEDEN,
    "hu": Dialect.HUNGARY,
    "ie": Dialect.IRELAND,
    "at": Dialect.AUSTRIA,
    "de": Dialect.Q3D,
    "heat": Dialect.HEAT,
}
PUBLISHED = {
    "esy5q3da1004_v304.txt": Dialect.Q3D,
    "esy5q3db1024_v304.txt": Dialect.Q3D,
    "fluvius_v171.txt": Dialect.FLUVIUS,
    "fluvius_v171_alt.txt": Dialect.FLUVIUS,
    "iskra_ie.txt": Dialect.IRELAND,
    "sagemcom_t210_d_r.txt": Dialect.AUSTRIA,
    "unpadded_crc.txt": Dialect.HEAT,
    "v2_2.txt": Dialect.DSMR_2_2,
    "v3.txt": Dialect.DSMR_3_0,
    "v4_2.txt": Dialect.DSMR_4_2,
    "v5.txt": Dialect.DSMR_5_0,
    "v5_eon_hu.txt": Dialect.HUNGARY,
    "v5_two_mbus.txt": Dialect.DSMR_5_0,
}


@pytest.mark.parametrize("version", RECIPES)
@pytest.mark.parametrize("phases", [1, 3])
@pytest.mark.parametrize("gas", [False, True])
def test_a_meter_is_known_by_its_own_telegram(version: str, phases: int, *, gas: bool) -> None:
    meter = P1Meter(MeterSpec(version=version, phases=phases, gas=gas))
    octets = meter.telegram(NOON).removesuffix(meter.recipe.behind)
    assert dialect_of(parse(octets)) is SIMULATED[version]


def test_published_telegrams_are_known(recording: Path) -> None:
    octets = recording.read_bytes().split(b"\r\n  ")[0]
    assert dialect_of(parse(octets)) is PUBLISHED[recording.name]


@pytest.mark.parametrize(
    ("lines", "dialect"),
    [
        ([], Dialect.UNKNOWN),
        (["1-3:0.2.8(93)"], Dialect.UNKNOWN),
        (["1-3:0.2.8(5x)"], Dialect.DSMR_5_0),
        (["1-3:0.2.8(40)", "1-0:1.8.1(1.0*kWh)"], Dialect.DSMR_4_0),
        (["0-0:1.0.0(170102192002W)"], Dialect.UNKNOWN),
        (["0-0:1.0.0(170102192002W)", "1-0:1.8.1(1.0*kWh)"], Dialect.UNKNOWN),
        (["1-0:1.8.1(1.0*kWh)"], Dialect.DSMR_3_0),
        (["1-0:1.8.1(1.0*kWh)", "7-0:0.0.0(3030)"], Dialect.DSMR_2_2),
        (["0-0:42.0.0(3030)", "1-0:1.8.1(1.0*kWh)"], Dialect.DSMR_2_2),
        (["1-0:1.8.1(1.0*kWh)", "0-0:17.0.0(016*A)"], Dialect.DSMR_3_0),
    ],
)
def test_what_shows_little_is_not_guessed(lines: list[str], dialect: Dialect) -> None:
    assert dialect_of(parse(frame("X", lines, checksum=True))) is dialect


def test_how_often_a_kind_sends() -> None:
    assert [Dialect.DSMR_5_0.interval_s, Dialect.FLUVIUS.interval_s] == [1, 1]
    assert {Dialect.DSMR_2_2.interval_s, Dialect.DSMR_4_2.interval_s} == {10}
    assert Dialect.UNKNOWN.interval_s is None
