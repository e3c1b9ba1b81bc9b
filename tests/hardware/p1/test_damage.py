"""Where a damaged telegram was damaged, told from what it should have been."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.p1.builder import with_wrong_checksum
from hardware.p1.damage import Damage, Trace, locate
from hardware.p1.integrity import judge
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.uart import with_even_parity

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)


def pair(seed: int) -> tuple[bytes, bytes]:
    """A telegram and the one a second later."""
    meter = P1Meter(MeterSpec("5.0", 3, seed=seed))
    return meter.telegram(NOON), meter.telegram(NOON + timedelta(seconds=1))


def line_of(raw: bytes, at: int) -> int:
    return raw.count(b"\n", 0, at) + 1


def test_one_wrong_bit_is_found_with_its_character() -> None:
    chance, told = random.Random(3), Counter[bool]()
    for seed in range(60):
        before, whole = pair(seed)
        at, bit = chance.randrange(1, len(whole) - 8), chance.randrange(8)
        spoiled = bytearray(whole)
        spoiled[at] ^= 1 << bit
        if judge(bytes(spoiled)) == "ok":
            continue
        found = locate(bytes(spoiled), before)
        assert found is not None
        assert found.number == line_of(whole, at)
        told[found.trace is Trace.BIT] += 1
    assert told[True] > 55


def test_what_was_sent_is_said() -> None:
    before, whole = pair(1)
    at = whole.index(b"1-0:32.7.0(") + 11
    spoiled = whole[:at] + bytes((whole[at] ^ 0x04,)) + whole[at + 1 :]
    found = locate(spoiled, before)
    assert found is not None
    assert (found.trace, found.sent) == (Trace.BIT, chr(whole[at]))
    assert found.received == chr(whole[at] ^ 0x04)
    assert found.line.startswith("1-0:32.7.0(")
    assert locate(spoiled) == found


def test_several_wrong_characters_are_found_by_their_line() -> None:
    chance, missed = random.Random(9), 0
    for seed in range(40):
        before, whole = pair(seed)
        at = chance.randrange(1, len(whole) - 12)
        burst = bytes(octet ^ chance.randrange(1, 128) for octet in whole[at : at + 3])
        spoiled = whole[:at] + burst + whole[at + 3 :]
        found = locate(spoiled, before)
        lines = {line_of(whole, at), line_of(whole, at + 1), line_of(whole, at + 2)}
        missed += found is None or found.number not in lines
    assert missed <= 1


def test_lost_octets_show_as_another_form_or_a_missing_line() -> None:
    before, whole = pair(2)
    at = whole.index(b"1-0:2.8.1(") + 12
    found = locate(whole[:at] + whole[at + 3 :], before)
    assert found is not None
    assert (found.trace, found.line[:9]) == (Trace.FORM, "1-0:2.8.1")
    start, stop = whole.index(b"1-0:2.8.1("), whole.index(b"1-0:2.8.2(")
    gone = locate(whole[:start] + whole[stop:], before)
    assert gone is not None
    assert (gone.trace, gone.line[:9]) == (Trace.MISSING, "1-0:2.8.1")


def test_a_number_that_never_changes_did() -> None:
    before, whole = pair(2)
    own = b"4530303939303030303030303030313236"
    spoiled = whole.replace(own, own[:-4] + b"3732")
    found = locate(spoiled, before)
    assert found is not None
    assert (found.trace, found.line[:9]) == (Trace.CHANGED, "0-0:96.1.")


def test_a_checksum_of_which_one_bit_is_wrong() -> None:
    before, whole = pair(4)
    at = len(whole) - 3
    digit = next(d for d in b"0123456789ABCDEF" if (d ^ whole[at]).bit_count() == 1)
    spoiled = whole[:at] + bytes((digit,)) + whole[at + 1 :]
    found = locate(spoiled, before)
    assert found is not None
    assert (found.trace, found.number) == (Trace.CHECKSUM, line_of(whole, at))


@pytest.mark.parametrize("neighbour", [True, False])
def test_where_nothing_shows_nothing_is_said(*, neighbour: bool) -> None:
    before, whole = pair(5)
    assert locate(with_wrong_checksum(whole), before if neighbour else b"") is None


def test_parity_and_a_lost_end_do_no_harm() -> None:
    before, whole = pair(6)
    at = whole.index(b"1-0:32.7.0(") + 11
    spoiled = whole[:at] + bytes((whole[at] ^ 0x04,)) + whole[at + 1 :]
    seven_even = with_even_parity(spoiled)
    assert locate(seven_even, with_even_parity(before)) == locate(spoiled, before)
    assert locate(whole.replace(b"!", b"\x01"), before) == Damage(
        Trace.CHARACTER, f"\\x01{whole[-6:-2].decode()}", line_of(whole, len(whole) - 7)
    )


def test_on_a_line_with_parity_the_very_character_is_found() -> None:
    before, whole = (with_even_parity(octets) for octets in pair(7))
    at = whole.index(with_even_parity(b"1-0:32.7.0(")) + 12
    spoiled = whole[:at] + bytes((whole[at] ^ 0x10,)) + whole[at + 1 :]
    found = locate(spoiled, before)
    assert found is not None
    assert (found.trace, found.number) == (Trace.PARITY, line_of(whole, at))
    assert found.line.startswith("1-0:32.7.0(")
    end = whole.rindex(b"!") + 2
    found = locate(whole[:end] + bytes((whole[end] ^ 0x01,)) + whole[end + 1 :], before)
    assert found is not None
    assert (found.trace, found.line[:1]) == (Trace.PARITY, "!")
    # A single odd octet in plain text is 8N1, and damage of another kind.
    plain = pair(7)[1]
    other = locate(plain[:at] + bytes((plain[at] | 0x80,)) + plain[at + 1 :])
    assert other is not None
    assert other.trace is not Trace.PARITY


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_octets_raise_anything(raw: bytes, neighbour: bytes) -> None:
    found = locate(raw, neighbour)
    assert found is None or found.number >= 1
