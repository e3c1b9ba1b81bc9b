from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.errors import RemoteProtocolError
from hardware.p1.builder import frame
from hardware.p1.catalogue import CATALOGUE
from hardware.p1.layout import MOST_KNOWN, Layout, Layouts
from hardware.p1.telegram import TelegramReader, parse
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.p1_countries import RECIPES

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)
PLAIN = "1-0:1.7.0({}*kW)"
lines = st.builds(
    "{}({}".format,
    st.sampled_from([*CATALOGUE, "1-0:9.9.9", "1-0:1.8.0*255", "x"]),
    st.one_of(
        st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,3})?(\*(kWh|m3|A|foo))?\)", fullmatch=True),
        st.text("0123456789().*:-SWkh\xb2", max_size=20),
        st.sampled_from(["170102192002W)(1.5*m3)", "1)(0-0:96.7.19)(000104180320W)(5*s)", ")"]),
    ),
)


@settings(max_examples=40)
@given(st.lists(st.lists(lines, max_size=6), min_size=1, max_size=8))
def test_what_was_read_before_never_changes_what_is_read(bodies: list[list[str]]) -> None:
    reader = TelegramReader()
    for body in [*bodies, *bodies]:
        raw = frame("X", body, checksum=True)
        assert reader.read(raw, "ok") == parse(raw)


@pytest.mark.parametrize("version", RECIPES)
def test_a_meter_is_read_the_same_all_day(version: str) -> None:
    meter, reader = P1Meter(MeterSpec(version=version, phases=3)), TelegramReader()
    for step in range(40):
        raw = meter.telegram(NOON + timedelta(minutes=36 * step))
        raw = raw.removesuffix(meter.recipe.behind)
        telegram = parse(raw)
        assert reader.read(raw, telegram.crc) == telegram
        assert not telegram.errors


def test_what_is_no_telegram_is_none_for_a_reader_either() -> None:
    with pytest.raises(RemoteProtocolError):
        TelegramReader().read(b"x", "ok")


def test_a_layout_takes_apart_what_differs_in_digits_only() -> None:
    layout = Layout([PLAIN.format("00.244"), "0-0:96.14.0(0002)", "", "2C"])
    body = "\n".join([PLAIN.format("123456.7"), "0-0:96.14.0(0001)", "again", "(x)"])
    assert layout.take_apart(body) == ("123456.7", "0001)", "again", "(x)")
    for other in (PLAIN.format("-1.0"), PLAIN.format("1.0").replace("kW", "W"), "2C"):
        assert layout.take_apart("\n".join([other, *body.split("\n")[1:]])) is None
    assert layout.take_apart(body + "\n") is None


def test_a_layout_is_made_at_the_second_telegram_and_then_ever_more_seldom() -> None:
    layouts = Layouts()
    made = []
    for count in range(40):
        before = layouts.of("X")
        layouts.learn("X", [f"{count}"])
        if layouts.of("X") is not before:
            made.append(count)
    assert made == [1, 4, 9, 18, 35]


def test_meters_are_forgotten_before_they_are_too_many() -> None:
    layouts = Layouts()
    for _ in range(2):
        layouts.learn("first", [""])
    for number in range(MOST_KNOWN):
        assert layouts.of("first")
        layouts.learn(f"{number}", [""])
    assert layouts.of("first") is None
