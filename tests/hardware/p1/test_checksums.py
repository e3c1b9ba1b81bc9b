from hypothesis import given
from hypothesis import strategies as st

from hardware.checksums import crc16_arc, crc16_x25


def bitwise(data: bytes, polynomial: int, start: int) -> int:
    register = start
    for octet in data:
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (polynomial if register & 1 else 0)
    return register


def test_published_check_values() -> None:
    assert crc16_arc(b"123456789") == 0xBB3D
    assert crc16_x25(b"123456789") == 0x906E


def test_start_values_differ() -> None:
    assert crc16_arc(b"") == 0
    assert crc16_x25(b"") == 0


@given(st.binary(max_size=200))
def test_both_agree_with_the_definition(data: bytes) -> None:
    assert crc16_arc(data) == bitwise(data, 0xA001, 0)
    assert crc16_x25(data) == bitwise(data, 0x8408, 0xFFFF) ^ 0xFFFF


@given(st.binary(max_size=200))
def test_an_hdlc_frame_with_its_own_checksum_leaves_the_fixed_residue(data: bytes) -> None:
    framed = data + crc16_x25(data).to_bytes(2, "little")
    assert crc16_x25(framed) ^ 0xFFFF == 0xF0B8
