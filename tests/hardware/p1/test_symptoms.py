"""What octets that make no telegram say about the line."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.p1.cause import Cause
from hardware.p1.inversion import upright
from hardware.p1.symptoms import Examination, examine
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.p1_countries import RECIPES
from hardware.simulators.uart import garble, with_even_parity

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)
PUSHED = bytes.fromhex("7ea0070321930f017e")


def telegram(version: str = "5.0", seed: int = 1) -> bytes:
    return P1Meter(MeterSpec(version, 3, seed=seed)).telegram(NOON)


@pytest.mark.parametrize("version", sorted(RECIPES))
@pytest.mark.parametrize("parity", [False, True])
@pytest.mark.parametrize("missed", [0, 33, 150])
def test_an_inverted_line_is_read_back(version: str, missed: int, *, parity: bool) -> None:
    sent = telegram(version)
    sent = with_even_parity(sent) if parity else sent
    heard = garble(sent, 115200, 115200, inverted=True)[missed : missed + 128]
    found = examine(heard)
    assert found.cause is Cause.INVERTED
    assert "(" in found.text


def test_what_is_read_back_is_what_was_sent() -> None:
    heard = garble(telegram(), 9600, 9600, inverted=True)
    text = upright(heard)
    assert "\\2SIM-50\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(260603120000S)\r\n" in text


def test_a_receiver_that_begins_the_next_character_at_once_is_understood_too() -> None:
    # As some do behind a character without a stop bit. Worked out by hand for `1-0:1.8.1(1`:
    # the stop bit is a 1 and so low here, and counts as the start bit of the next octet.
    sent = b"/X\r\n\r\n1-0:1.8.1(1)\r\n1-0:1.8.2(1)\r\n!\r\n"
    levels = [1 - bit for octet in sent for bit in (0, *(octet >> n & 1 for n in range(8)), 1)]
    levels += [0] * 12
    heard, at, is_high = bytearray(), levels.index(1), True
    while at < len(levels) - 10:
        if is_high and levels[at]:
            at += 1
            continue
        heard.append(sum(levels[at + 1 + n] << n for n in range(8)))
        is_high = bool(levels[at + 9])
        at += 9
    assert "1-0:1.8.2(1)" in upright(bytes(heard))


@pytest.mark.parametrize(
    ("sent", "heard", "slower_by"),
    [(9600, 115200, 10), (19200, 115200, 6), (38400, 115200, 3), (57600, 115200, 2)],
)
@pytest.mark.parametrize("inverted", [False, True])
def test_a_slower_sender_is_told_by_its_shortest_run(
    sent: int, heard: int, slower_by: int, *, inverted: bool
) -> None:
    octets = garble(telegram("2.2"), sent, heard, inverted=inverted)[:64]
    assert examine(octets) == Examination(Cause.WRONG_SPEED, slower_by)


@pytest.mark.parametrize("inverted", [False, True])
def test_a_faster_sender_fits_nothing(*, inverted: bool) -> None:
    octets = garble(telegram(), 115200, 9600, inverted=inverted)
    assert examine(octets[:64]) == Examination(Cause.UNREADABLE)


def test_noise_is_never_more_than_noise() -> None:
    chance = random.Random(8)
    found = {examine(chance.randbytes(128)).cause for _ in range(40)}
    assert found == {Cause.UNREADABLE}


@pytest.mark.parametrize(
    ("octets", "cause"),
    [
        (b"", Cause.NOTHING),
        (b"\0", Cause.LOW),
        (b"\0\0\0", Cause.LOW),
        (bytes(5), Cause.WRONG_SPEED),
        (PUSHED, Cause.HDLC),
        (b"\x00\x7e\xa0" + PUSHED, Cause.HDLC),
        (b"\x7e\xa0\x07\x03\x21\x93\x0f\x02\x00" * 3, Cause.UNREADABLE),
        (b"\xdb\x08SAG", Cause.ENCRYPTED),
        (b"\xdb\x08SAGY\x05\xe0\xa5\x10\x82\x01\x2d\x30\x00\xff", Cause.ENCRYPTED),
        (b"\xdb\x08\xff\xff\xff\xff\xff\xff\xff\xff\x99\x01\x2d\x99", Cause.UNREADABLE),
        (b"(000123.456*kWh)\r\n1-0:1.8.2(", Cause.CUT_OFF),
        (b"/ISK5\\2M550T-1012\r\n", Cause.OPTICAL),
        (b"AT+CREG?\r\n", Cause.TEXT),
    ],
)
def test_what_else_comes(octets: bytes, cause: Cause) -> None:
    assert examine(octets).cause is cause


@given(st.binary(max_size=300))
def test_no_octets_raise_anything(octets: bytes) -> None:
    assert isinstance(examine(octets), Examination)
