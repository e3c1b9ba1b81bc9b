"""On a 7E1 line the parity tells which characters were damaged; their lines are not read."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from hardware.p1.cause import Cause, looks_like
from hardware.p1.damage import Trace
from hardware.p1.framer import NEED_DATA
from hardware.p1.integrity import as_characters, judge, parity_errors
from hardware.p1.line_watch import Arrival, LineWatch
from hardware.p1.stream import TelegramStream
from hardware.p1.telegram import WRONG_PARITY, Telegram, TelegramReader, parse
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.uart import with_even_parity

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)
VERSIONS = ["2.2", "3.0", "4.2"]


def telegram(version: str, second: int = 0) -> bytes:
    meter = P1Meter(MeterSpec(version, 1, seed=1))
    return with_even_parity(meter.telegram(NOON + timedelta(seconds=second)))


def spoiled(raw: bytes, at: int, bit: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]


def heard(octets: bytes) -> list[Telegram]:
    stream, found = TelegramStream(), []
    stream.feed(octets)
    stream.close()
    while (event := stream.next_event()) is not NEED_DATA:
        if isinstance(event, Telegram):
            found.append(event)
    return found


def place_of(raw: bytes, text: bytes) -> int:
    return raw.index(with_even_parity(text)) + len(text)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("bit", [0, 2, 7])
def test_the_damaged_line_is_named_and_the_others_are_read(version: str, bit: int) -> None:
    whole = telegram(version)
    raw = spoiled(whole, place_of(whole, b"1-0:1.8.1(0"), bit)
    (sound,), (found,) = heard(whole), heard(raw)
    assert sound.crc == ("ok" if version == "4.2" else "absent")
    assert found.crc == "bad"
    left = [one for one in sound.readings if str(one.obis) != "1-0:1.8.1"]
    assert list(found.readings) == left
    (error,) = found.errors
    assert error.reason == WRONG_PARITY
    assert error.line.startswith("1-0:1.8.1(0")
    assert not error.line.isascii()
    assert judge(raw) == "bad"
    assert parse(raw) == found


@pytest.mark.parametrize("version", VERSIONS)
def test_no_damaged_character_makes_another_reading(version: str) -> None:
    whole, chance = telegram(version), random.Random(3)
    (sound,) = heard(whole)
    said = {(one.obis, one.value, one.unit, one.time, one.name) for one in sound.readings}
    reader = TelegramReader()
    assert reader.read(whole, sound.crc) == sound
    for at in range(whole.rindex(b"\n!")):
        raw = spoiled(whole, at, chance.randrange(8))
        marks = {whole[at] & 0x7F, raw[at] & 0x7F} & {*b"/!"}
        came = heard(raw)
        assert marks or len(came) == 1, raw
        for found in came:
            assert found.crc == "bad", raw
            assert {(r.obis, r.value, r.unit, r.time, r.name) for r in found.readings} <= said
            assert marks or len(found.readings) >= len(said) - 3, raw
        if raw[0] & 0x7F == 0x2F:
            assert reader.read(raw, "bad") == parse(raw, "bad")


@pytest.mark.parametrize("line", [b"0-1:24.3.0(", b"m3)\r\n("])
def test_a_value_on_two_lines_needs_both(line: bytes) -> None:
    whole = telegram("3.0")
    raw = spoiled(whole, place_of(whole, line), 1)
    (found,) = heard(raw)
    assert "0-1:24.3.0" not in [str(one.obis) for one in found.readings]
    assert WRONG_PARITY in [error.reason for error in found.errors]
    assert len(found.errors) == 2


def test_odd_octets_of_8n1_are_no_parity_errors() -> None:
    plain = P1Meter(MeterSpec("2.2", 1, seed=1)).telegram(NOON)
    raw = spoiled(plain, plain.index(b"1-0:1.8.1(") + 12, 7)
    (found,) = heard(raw)
    assert parity_errors(raw) == []
    assert (found.crc, [error.reason for error in found.errors]) == ("absent", ["not a number"])
    assert as_characters(raw) == raw


def test_it_counts_as_damaged_and_the_place_is_told() -> None:
    watch = LineWatch()
    for second, bit in ((0, None), (10, 3), (20, None)):
        raw = telegram("2.2", second)
        if bit is not None:
            raw = spoiled(raw, place_of(raw, b"1-0:1.8.2(0"), bit)
        (event,) = heard(raw)
        watch.take(Arrival(event, raw, NOON + timedelta(seconds=second), float(second)))
    health = watch.health
    assert (health.telegrams, health.damaged) == (2, 1)
    assert health.damage is not None
    assert (health.damage.trace, health.damage.line[:9]) == (Trace.PARITY, "1-0:1.8.2")


def test_noise_of_a_line_with_parity_is_still_known_for_what_it_is() -> None:
    cut = telegram("3.0")[:64]
    assert looks_like(cut) is Cause.CUT_OFF
    assert looks_like(spoiled(cut, 30, 4)) is Cause.CUT_OFF
