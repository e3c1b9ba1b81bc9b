"""What a receiver makes of a line at another speed, or turned round."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.p1.integrity import without_parity
from hardware.simulators.uart import garble, with_even_parity

RATES = st.sampled_from([300, 9600, 19200, 115200])


@settings(max_examples=100, deadline=None)
@given(octets=st.binary(max_size=40), sent=RATES, heard=RATES, inverted=st.booleans())
def test_garbling_is_what_the_rates_make_of_octets(
    octets: bytes, sent: int, heard: int, *, inverted: bool
) -> None:
    spoiled = garble(octets, sent, heard, inverted=inverted)
    assert garble(octets, sent, heard, inverted=inverted) == spoiled
    if sent == heard and not inverted:
        assert spoiled == octets
    assert len(spoiled) <= max(1, heard // sent + 1) * 5 * len(octets) + inverted
    if not octets:
        assert spoiled == b""


def test_a_receiver_twice_as_fast_hears_every_bit_twice() -> None:
    # 0x55 at 9600 is 0 1010 1010 1 on the line; at 19200 each level is seen twice. The
    # tenth level is low where a stop bit should be: the next character begins at level 12.
    assert garble(b"\x55", 9600, 19200) == bytes([0b01100110, 0b11100110])
    assert garble(b"\x00", 300, 9600) == b"\x00"


def test_a_much_slower_sender_is_all_zeros_and_a_spike_is_no_start_bit() -> None:
    assert set(garble(b"1-0:1.8.1(000001.000*kWh)", 9600, 115200)) == {0}
    # One bit of 115200 is a twelfth of the receiver's: high again when it looks twice.
    assert garble(b"\xff", 115200, 9600) == b""


def test_an_inverted_character_begins_where_the_sender_rose() -> None:
    # 0x55 sends 0 1010 1010 1; inverted and resting low: 1 0101 0101 0. The first fall is at
    # its second level, and from there the receiver finds a start bit, 0 1 0 1 ... and a break.
    assert garble(b"\x55", 9600, 9600, inverted=True) == bytes([0b01010101])
    # 0x00 is 0 0000 0000 1: high for nine bits, then low for good.
    assert garble(b"\x00", 9600, 9600, inverted=True) == b"\x00"
    assert garble(b"", 9600, 9600, inverted=True) == b""


@pytest.mark.parametrize(("plain", "sent"), [(b"/", b"\xaf"), (b"I", b"\xc9"), (b"!", b"\x21")])
def test_even_parity_stands_in_the_eighth_bit(plain: bytes, sent: bytes) -> None:
    assert with_even_parity(plain) == sent
    assert without_parity(sent) == plain
