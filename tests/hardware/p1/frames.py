"""Frames that stand on customer ports and are no telegrams, and what is found among octets."""

from collections.abc import Iterable

from hardware.checksums import crc16_x25
from hardware.p1.builder import frame
from hardware.p1.encrypted import Keys, seal
from hardware.p1.framer import NEED_DATA, Framer, Noise, TelegramBytes

PLAIN = frame("Lux5", ["1-0:1.8.0(000001.000*kWh)"], checksum=True)
SEALED = seal(PLAIN * 8, Keys(bytes(range(16))), b"SAG\x01\x02\x03\x04\x05", 7)


def hdlc(information: bytes) -> bytes:
    """A frame as a pushing meter sends it, from a meter to its customer (ISO/IEC 13239)."""
    size = 2 + 1 + 2 + 1 + 2 + len(information) + 2
    head = bytes((0xA0 | size >> 8, size & 0xFF, 0x41, 0x08, 0x83, 0x13))
    checked = head + crc16_x25(head).to_bytes(2, "little") + information
    return b"\x7e" + checked + crc16_x25(checked).to_bytes(2, "little") + b"\x7e"


PUSH = hdlc(b"\xe6\xe7\x00\x0f\x40\x00\x00\x00" + bytes(range(120)))
"""A data-notification; among its octets stand `/`, `!` and a line end."""
SNRM = bytes.fromhex("7ea00703219 30f017e".replace(" ", ""))
"""What a client asks an optical port."""
MBUS_PUSH = bytes.fromhex("68fafa6853ff000167db084b464d") + bytes(range(100))
"""The first octets of a sealed push behind the header of an M-Bus frame."""


def events_of(chunks: Iterable[bytes], **options: int) -> list[TelegramBytes | Noise]:
    framer, events = Framer(**options), []
    for chunk in chunks:
        framer.feed(chunk)
        while (event := framer.next_event()) is not NEED_DATA:
            events.append(event)
    framer.close()
    while (event := framer.next_event()) is not NEED_DATA:
        events.append(event)
    return events
