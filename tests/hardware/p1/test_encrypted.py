import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.p1.builder import frame
from hardware.p1.encrypted import Keys, Unsealer, seal
from hardware.p1.framer import NEED_DATA, Noise
from hardware.p1.stream import TelegramStream
from hardware.p1.telegram import Telegram

KEYS = Keys(bytes(range(16)))
TITLE = b"SAG\x01\x02\x03\x04\x05"
PLAIN = frame("Lux5", ["1-0:1.8.0(000001.000*kWh)"], checksum=True)
SEALED = seal(PLAIN, KEYS, TITLE, 7)


def test_the_frame_has_the_published_layout() -> None:
    assert SEALED.startswith(b"\xdb\x08" + TITLE + b"\x82")
    assert int.from_bytes(SEALED[11:13], "big") == len(PLAIN) + 17
    assert SEALED[13:18] == b"\x30\x00\x00\x00\x07"
    assert len(SEALED) == 13 + 17 + len(PLAIN)


def test_nist_vector_of_gcm_through_the_unsealer() -> None:
    """AES-128-GCM of 16 zero octets under a zero key is known; only the tag differs here."""
    zero = Keys(bytes(16), bytes(16))
    sealed = seal(bytes(16), zero, bytes(8), 0)
    assert sealed[18:34].hex() == "0388dace60b6a392f328c2b971b2fe78"
    assert Unsealer(zero).feed(sealed) == bytes(16)


@given(
    st.lists(st.sampled_from([SEALED, PLAIN, b"\xdb", b"\xdb\x08x", SEALED[:50]])), st.data()
)
def test_any_split_opens_the_same_and_the_rest_passes_through(
    parts: list[bytes], draw: st.DataObject
) -> None:
    data = b"".join(parts)
    cut = draw.draw(st.integers(0, len(data)))
    whole, split = Unsealer(KEYS), Unsealer(KEYS)
    expected = whole.feed(data) + whole.close()
    assert split.feed(data[:cut]) + split.feed(data[cut:]) + split.close() == expected
    assert len(expected) == len(data) - whole.opened * (len(SEALED) - len(PLAIN))


@given(st.binary(max_size=100))
def test_other_octets_pass_through(data: bytes) -> None:
    unsealer = Unsealer(KEYS)
    assert unsealer.feed(data) + unsealer.close() == data


def test_a_wrong_key_opens_nothing_and_loses_nothing() -> None:
    unsealer = Unsealer(Keys(bytes(16)))
    assert unsealer.feed(SEALED) + unsealer.close() == SEALED
    assert (unsealer.opened, unsealer.refused) == (0, 1)


@pytest.mark.parametrize("length", [b"\x10", b"\x80", b"\x83", b"\x81\x05", b"\x82\xff\xff"])
def test_impossible_lengths_are_no_frames(length: bytes) -> None:
    data = b"\xdb\x08" + TITLE + length + b"\x30" * 30
    unsealer = Unsealer(KEYS)
    assert unsealer.feed(data) == data


def test_short_lengths_are_understood() -> None:
    sealed = seal(b"/x!", KEYS, TITLE, 1)
    body = sealed[13:]
    for length in (bytes([len(body)]), b"\x81" + bytes([len(body)])):
        assert Unsealer(KEYS).feed(sealed[:10] + length + body) == b"/x!"


def test_sizes_are_checked() -> None:
    with pytest.raises(ValueError, match="16 octets"):
        Keys(b"short")
    with pytest.raises(ValueError, match="title"):
        seal(PLAIN, KEYS, b"short", 1)
    with pytest.raises(ValueError, match="16 kB"):
        seal(bytes(20_000), KEYS, TITLE, 1)


def test_keys_do_not_show_in_their_repr() -> None:
    assert "0001" not in repr(KEYS)
    assert repr(bytes(range(16))) not in repr(KEYS)


def test_a_stream_with_and_without_keys() -> None:
    with_keys = TelegramStream(KEYS)
    with_keys.feed(SEALED)
    telegram = with_keys.next_event()
    assert isinstance(telegram, Telegram)
    assert telegram.crc == "ok"
    without = TelegramStream()
    without.feed(SEALED)
    without.close()
    assert isinstance(without.next_event(), Noise)
    with_keys.feed(SEALED[:40])
    with_keys.close()
    assert isinstance(with_keys.next_event(), Noise)
    assert with_keys.next_event() is NEED_DATA
