from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hardware.drivers.p1 import P1Driver
from hardware.p1.encrypted import Keys, seal
from hardware.p1.framer import NEED_DATA, Noise
from hardware.p1.stream import TelegramStream
from hardware.p1.telegram import Telegram, parse
from hardware.port import memory_pair
from hardware.simulators.p1 import MeterSpec, P1Meter

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)
GOOD = P1Meter(MeterSpec("4.2", seed=2)).telegram(NOON)
KEYS = Keys(bytes(range(16)))
PARTS = st.lists(
    st.one_of(st.just(GOOD), st.just(GOOD[:200]), st.binary(max_size=60)), max_size=6
)


@given(PARTS, st.lists(st.integers(0, 3000), max_size=5))
def test_the_octets_of_all_events_are_the_input(parts: list[bytes], cuts: list[int]) -> None:
    octets = b"".join(parts)
    stream, told = TelegramStream(), b""
    ends = sorted(min(cut, len(octets)) for cut in cuts)
    for start, end in zip([0, *ends], [*ends, len(octets)], strict=True):
        stream.feed(octets[start:end])
        while (event := stream.next_event()) is not NEED_DATA:
            told += stream.raw
            assert isinstance(event, Telegram | Noise)
            assert not isinstance(event, Noise) or event.size == len(stream.raw)
    stream.close()
    while stream.next_event() is not NEED_DATA:
        told += stream.raw
    assert told == octets


def test_of_a_sealed_frame_the_opened_octets_are_told() -> None:
    stream = TelegramStream(KEYS)
    stream.feed(seal(GOOD, KEYS, b"XMX\x00\x00\x00\x00\x01", 1))
    assert stream.next_event() == parse(GOOD)
    assert stream.raw == GOOD


async def test_the_driver_tells_them_too() -> None:
    near, far = memory_pair()
    driver = P1Driver(near)
    await far.write(b"xyz" + GOOD)
    await driver.next_event(1)
    assert driver.raw == b"xyz"
    await driver.next_event(1)
    assert driver.raw == GOOD
