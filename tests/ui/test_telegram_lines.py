from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.p1.builder import with_wrong_checksum
from hardware.p1.catalogue import CATALOGUE
from hardware.p1.framer import Framer, TelegramBytes
from hardware.p1.telegram import WRONG_PARITY, parse
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.p1_countries import RECIPES
from hardware.simulators.uart import with_even_parity
from ui.presenters.live_table import TABLED, everything, group_of
from ui.presenters.telegram_lines import LineKind, lines_of

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


def telegram(version: str = "5.0") -> bytes:
    framer = Framer()
    framer.feed(P1Meter(MeterSpec(version, 3, seed=3)).telegram(NOON))
    found = framer.next_event()
    assert isinstance(found, TelegramBytes)
    return found.raw


@pytest.mark.parametrize("version", sorted(set(RECIPES) - {"lu"}))
def test_every_line_is_there_with_what_it_means(version: str) -> None:
    raw = telegram(version)
    lines = lines_of(raw)
    assert "\r\n".join(line.text for line in lines) + "\r\n" == raw.decode("latin-1")
    told = [reading for line in lines if line.code for reading in line.readings]
    assert list(dict.fromkeys(map(repr, told))) == list(map(repr, parse(raw).readings))
    assert lines[0].kind is LineKind.HEADER
    assert lines[-1].kind is LineKind.CHECKSUM
    assert all(line.holds for line in lines)


def test_both_checksums_are_told() -> None:
    last = lines_of(telegram())[-1]
    assert last.received == last.computed == telegram()[-6:-2].decode()
    bad = lines_of(with_wrong_checksum(telegram()))[-1]
    assert not bad.holds
    assert bad.computed == last.computed
    assert bad.received != bad.computed
    lone = lines_of(telegram().replace(b"\r\n", b"\n"))[-1]
    assert (lone.received, lone.computed, lone.reason) == (last.received, last.computed, "ok")
    old = lines_of(telegram("3.0"))[-1]
    assert (old.received, old.reason, old.holds) == ("", "absent", True)


@pytest.mark.parametrize("version", ["3.0", "4.2"])
def test_a_line_with_a_damaged_character_of_7e1_is_marked_and_the_others_are_read(
    version: str,
) -> None:
    whole = with_even_parity(telegram(version))
    at = whole.index(with_even_parity(b"1-0:1.8.1(")) + 12
    found = lines_of(whole[:at] + bytes([whole[at] ^ 8]) + whole[at + 1 :])
    for one, sound in zip(found, lines_of(whole), strict=True):
        if sound.code == "1-0:1.8.1":
            assert (one.kind, one.reason) == (LineKind.DAMAGED, WRONG_PARITY)
            assert (one.code, one.readings) == (sound.code, ())
            assert "\\x" in one.text
        elif sound.kind is LineKind.CHECKSUM:
            assert (one.text, one.received) == (sound.text, sound.received)
            assert one.reason == ("bad" if sound.received else "absent")
            assert one.computed != sound.computed
        else:
            assert one == sound


def test_unknown_and_damaged_lines_are_marked() -> None:
    raw = b"/X\r\n\r\n1-0:1.8.1(x)\r\n9-9:9.9.9(1)\r\nwhat?\r\n1-0:1.7.0(00.5*kW)\r\n!\r\n"
    kinds = [line.kind for line in lines_of(raw)]
    assert kinds == [
        LineKind.HEADER,
        LineKind.BLANK,
        LineKind.DAMAGED,
        LineKind.UNKNOWN,
        LineKind.DAMAGED,
        LineKind.READING,
        LineKind.CHECKSUM,
    ]
    damaged = lines_of(raw)[2]
    assert (damaged.code, damaged.reason, damaged.holds) == ("1-0:1.8.1", "not a number", False)
    assert lines_of(raw)[5].readings[0].value == Decimal("00.5")


def test_a_value_on_two_lines_stands_beside_both() -> None:
    lines = [line for line in lines_of(telegram("3.0")) if "24.3.0" in line.code]
    assert len(lines) == 2
    assert lines[0].readings == lines[1].readings
    assert lines[0].readings[0].unit == "m3"


def test_noise_is_shown_as_it_came() -> None:
    (line,) = lines_of(b"\x00abc\xff\r\n")
    assert (line.kind, line.text, line.holds) == (LineKind.NOISE, r"\x00abc\xff", False)
    assert lines_of(b"") == ()


@given(st.binary(max_size=200), st.booleans())
def test_any_octets_are_shown(octets: bytes, starts: bool) -> None:  # noqa: FBT001 - a case
    raw = b"/" + octets if starts else octets
    for line in lines_of(raw):
        assert line.text.isprintable()


@pytest.mark.parametrize("version", sorted(set(RECIPES) - {"lu"}))
def test_every_reading_has_one_place(version: str) -> None:
    found = parse(telegram(version))
    every = everything(found)
    placed = [reading for group in every.groups for reading in group.readings]
    placed += every.failures
    rest = [r for r in found.readings if r not in placed]
    groups = {group_of(str(reading.obis)) for reading in rest}
    assert groups <= {"devices", "quality", "failures"}
    assert len(placed) == len({id(reading) for reading in placed})
    assert all(group.name in {*TABLED, "other"} for group in every.groups)


def test_every_code_of_the_catalogue_has_a_group_of_its_own() -> None:
    assert [code for code in CATALOGUE if group_of(code) == "other"] == []
    assert group_of("1-0:199.8.0") == "other"


def test_the_log_tells_when_a_failure_began() -> None:
    raw = (
        b"/X\r\n\r\n1-0:99.97.0(3)(0-0:96.7.19)(101208152415W)(0000000240*s)"
        b"(632525252525S)(0000000001*s)(101208151004W)(999999999999*s)\r\n"
        b"1-0:32.32.0(00002)\r\n1-0:52.36.0(00005)\r\n!\r\n"
    )
    every = everything(parse(raw))
    assert every.outages is not None
    first, second, third = every.outages
    assert first.end is not None
    assert first.start == datetime(2010, 12, 8, 14, 20, 15, tzinfo=UTC)
    assert (second.start, second.end) == (None, None)
    assert (third.start, third.duration_s) == (None, 999_999_999_999)
    assert [(q.phase, q.sags, q.swells) for q in every.quality] == [(1, 2, None), (2, None, 5)]
