import io
from datetime import UTC, datetime

import pytest

from hardware.drivers.p1 import P1_LINE, P1Driver, read_source
from hardware.errors import PortGone, PortTimeout, RemoteProtocolError, WrongPort
from hardware.p1.builder import frame, with_wrong_checksum
from hardware.p1.encrypted import Keys, seal
from hardware.p1.framer import Noise
from hardware.p1.telegram import Telegram, parse
from hardware.port import LineSettings, MemoryPort, memory_pair
from hardware.simulators.p1 import MeterSpec, P1Meter

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)
GOOD = P1Meter().telegram(NOON)
BAD = with_wrong_checksum(GOOD)
KEYS = Keys(bytes(range(16)))


@pytest.fixture
def ends() -> tuple[MemoryPort, MemoryPort]:
    return memory_pair()


async def test_telegrams_and_noise_in_order(ends: tuple[MemoryPort, MemoryPort]) -> None:
    near, far = ends
    driver = P1Driver(near)
    await far.write(b"xyz" + GOOD)
    noise = await driver.next_event(1)
    assert isinstance(noise, Noise)
    assert noise.size == 3
    assert await driver.next_event(1) == parse(GOOD)


async def test_the_line_is_set_once_and_may_be_slow(
    ends: tuple[MemoryPort, MemoryPort],
) -> None:
    near, far = ends
    near.line = LineSettings(300)
    await far.write(GOOD)
    await P1Driver(near).next_telegram(1)
    assert near.line == P1_LINE
    await far.write(GOOD)
    await P1Driver(near, line=LineSettings(9600)).next_telegram(1)
    assert near.line == LineSettings(9600)


async def test_noise_is_passed_over_for_a_telegram(ends: tuple[MemoryPort, MemoryPort]) -> None:
    near, far = ends
    await far.write(b"x" * 9000 + GOOD)
    assert (await P1Driver(near).next_telegram(1)).crc == "ok"


async def test_a_damaged_telegram_comes_when_the_line_is_quiet(
    ends: tuple[MemoryPort, MemoryPort],
) -> None:
    near, far = ends
    await far.write(BAD)
    assert (await P1Driver(near).next_telegram(2)).crc == "bad"


async def test_nothing_at_all(ends: tuple[MemoryPort, MemoryPort]) -> None:
    near, _ = ends
    with pytest.raises(PortTimeout):
        await P1Driver(near).next_event(0.02)


async def test_octets_that_are_never_a_telegram(ends: tuple[MemoryPort, MemoryPort]) -> None:
    near, far = ends
    await far.write(b"/ISK5\\2M550T-1012\r\n")
    with pytest.raises(WrongPort, match="optical port identification"):
        await P1Driver(near).next_telegram(0.02)


async def test_a_cable_plugged_in_amid_a_sealed_telegram(
    ends: tuple[MemoryPort, MemoryPort],
) -> None:
    near, far = ends
    sealed = seal(GOOD, KEYS, b"XMX00001", 1)
    await far.write(sealed[400:] + sealed + sealed)
    with pytest.raises(RemoteProtocolError, match="encrypted"):
        await P1Driver(near).next_telegram(0.02)


async def test_the_port_goes(ends: tuple[MemoryPort, MemoryPort]) -> None:
    near, far = ends
    events = P1Driver(near).events(1)
    await far.write(GOOD)
    await far.close()
    assert await anext(events) == parse(GOOD)
    with pytest.raises(PortGone):
        await anext(events)


async def test_sealed_telegrams(ends: tuple[MemoryPort, MemoryPort]) -> None:
    near, far = ends
    sealed = seal(GOOD, KEYS, b"XMX00001", 1)
    await far.write(sealed)
    assert await P1Driver(near, keys=KEYS).next_telegram(1) == parse(GOOD)
    await far.write(sealed)
    with pytest.raises(RemoteProtocolError, match="encrypted"):
        await P1Driver(near).next_telegram(0.02)


def test_a_recording_from_a_file() -> None:
    old = P1Meter(MeterSpec(version="2.2")).telegram(NOON)
    events = list(read_source(io.BytesIO(b"\r\n" + GOOD + old + BAD + b"tail")))
    assert [event.crc for event in events if isinstance(event, Telegram)] == [
        "ok",
        "absent",
        "bad",
    ]
    assert [event.size for event in events if isinstance(event, Noise)] == [2, 4]


def test_a_pipe_is_read_as_it_comes() -> None:
    class Pipe:
        def __init__(self) -> None:
            self.chunks = [GOOD[:100], GOOD[100:], b"never asked for"]

        def read1(self, size: int, /) -> bytes:
            assert size > 0
            return self.chunks.pop(0)

    pipe = Pipe()
    assert next(read_source(pipe)) == parse(GOOD)
    assert pipe.chunks == [b"never asked for"]


def test_a_sealed_recording() -> None:
    sealed = b"".join(seal(GOOD, KEYS, b"XMX00001", n) for n in range(3))
    assert list(read_source(io.BytesIO(sealed), KEYS)) == [parse(GOOD)] * 3


def test_a_long_recording_needs_no_more_memory_than_a_short_one() -> None:
    class Endless:
        def __init__(self) -> None:
            self.left = 400

        def read1(self, _size: int, /) -> bytes:
            self.left -= 1
            return frame("X", ["1-0:1.8.1(1*kWh)"], checksum=True) * 50 if self.left else b""

    assert sum(1 for _ in read_source(Endless())) == 399 * 50
