import asyncio
import contextlib
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from hardware.errors import PortGone, RemoteProtocolError
from hardware.hdlc.address import Address
from hardware.hdlc.events import ApduReceived
from hardware.hdlc.link import Link
from hardware.hdlc.parameters import Parameters
from hardware.hdlc.transitions import Role
from hardware.iec62056.handshake import Handshake
from hardware.iec62056.messages import Identification
from hardware.port import LineSettings, Port, memory_pair
from hardware.pump import Pump
from hardware.serial_port import open_port
from hardware.simulators import hosted as hosted_room
from hardware.simulators.hosting import host, open_pty
from hardware.simulators.line import ThrottledPort

posix = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
either = pytest.mark.parametrize("where", [pytest.param("pty", marks=posix), "tcp"])
CLIENT, SERVER = Address(16), Address(1, 17)
IDENTIFICATION = Identification("ISK", "5", "MT382-1000", "2")


@contextlib.asynccontextmanager
async def hosted(
    serve: Callable[[Port], Awaitable[None]], where: str, baud: int | None = None
) -> AsyncIterator[str]:
    ready = asyncio.get_running_loop().create_future()
    listen = None if where == "pty" else "127.0.0.1:0"
    hosting = asyncio.create_task(
        host(
            serve,
            listen=listen,
            pty=listen is None,
            throttle_baud=baud,
            on_ready=ready.set_result,
        )
    )
    try:
        async with asyncio.timeout(5):
            yield await ready
    finally:
        hosting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await hosting


async def meter(port: Port) -> None:
    """Signs on at 300, goes on at what was chosen, and answers messages reversed."""
    pump = Pump(port)
    while True:
        await port.configure(LineSettings(baud=300))
        await pump.await_event(Handshake.meter(IDENTIFICATION, reaction_s=0.05), 60)
        link = Link(Role.METER, CLIENT, SERVER, Parameters(2030, 2030))
        await pump.await_event(link, 60)
        while isinstance(event := await pump.await_event(link, 60), ApduReceived):
            await pump.send(link.send(event.apdu[::-1]))


async def session(source: str) -> Pump:
    port = await open_port(source, LineSettings(baud=300))
    try:
        pump = Pump(port)
        await pump.sign_on(Handshake.client(retries=0))
        link = Link(Role.CLIENT, CLIENT, SERVER, Parameters(2030, 2030))
        await pump.connect(link)
        message = bytes(range(256)) * 20
        assert await pump.request(link, message) == message[::-1]
        await pump.disconnect(link)
    finally:
        await port.close()
    return pump


@either
async def test_two_sessions_with_a_hosted_meter(where: str) -> None:
    async with hosted(meter, where) as source:
        for _ in range(2):
            pump = await session(source)
            assert pump.port.line.baud == 9600
            assert pump.stats.bytes_received > 5120


@either
async def test_a_throttled_line_takes_the_time_of_its_octets(where: str) -> None:
    async def echo(port: Port) -> None:
        while True:
            await port.write(await port.read(60))

    async with hosted(echo, where, baud=19200) as source:
        port = await open_port(source)
        began = time.monotonic()
        await port.write(bytes(200))
        heard = 0
        while heard < 200:
            heard += len(await port.read(5))
        took = time.monotonic() - began
        await port.close()
    at_least = (200 + 19) * 10 / 19200
    assert at_least <= took < at_least + 1


async def test_tcp_serves_each_connection_and_none_stops_another() -> None:
    async def serve(port: Port) -> None:
        data = await port.read(60)
        if data == b"bad":
            raise RemoteProtocolError("bad")
        await port.write(data * 2)
        await port.read(60)

    async with hosted(serve, "tcp") as source:
        bad, good = await open_port(source), await open_port(source)
        await bad.write(b"bad")
        with pytest.raises(PortGone):
            await bad.read(5)
        await good.write(b"x")
        assert await good.read(5) == b"xx"
        await good.close()
        late = await open_port(source)
        await late.write(b"y")
        assert await late.read(5) == b"yy"
        await bad.close()
        await late.close()


async def test_stopping_the_host_hangs_up_on_its_clients() -> None:
    async def serve(port: Port) -> None:
        assert await port.read(0.001) == b""
        await port.configure(LineSettings(baud=300))
        assert port.line.baud == 300
        await port.write(b"here")
        await port.read(60)

    tasks = asyncio.all_tasks()
    async with hosted(serve, "tcp") as source:
        port = await open_port(source)
        assert await port.read(5) == b"here"
    with pytest.raises(PortGone):
        await port.read(5)
    await port.close()
    assert asyncio.all_tasks() == tasks


@posix
async def test_a_meter_that_returns_ends_its_pseudo_terminal() -> None:
    sources: list[str] = []

    async def serve(port: Port) -> None:
        await port.write(b"bye")

    await host(serve, pty=True, on_ready=sources.append)
    with pytest.raises(PortGone):
        await open_port(sources[0])


@pytest.mark.parametrize("listen", ["nowhere", "127.0.0.1:99999", "256.1.1.1:0"])
async def test_what_cannot_be_listened_on(listen: str) -> None:
    with pytest.raises(PortGone):
        await host(meter, listen=listen, on_ready=lambda _: None)


async def test_one_kind_of_line_is_wanted() -> None:
    with pytest.raises(ValueError, match="either"):
        await host(meter, on_ready=lambda _: None)
    with pytest.raises(ValueError, match="either"):
        await host(meter, listen="127.0.0.1:0", pty=True, on_ready=lambda _: None)


@posix
async def test_a_client_that_does_not_read_does_not_stop_the_meter() -> None:
    pty = open_pty()
    port = await open_port(pty.path)
    await port.close()
    async with asyncio.timeout(10):
        await pty.port.write(bytes(1 << 20))
    await pty.port.close()
    await pty.port.close()
    for call in (pty.port.read(0), pty.port.write(b"x")):
        with pytest.raises(PortGone):
            await call
    assert pty.port.line == LineSettings()


@posix
async def test_more_than_the_meter_takes_at_once_waits_in_the_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hosted_room, "_PIECE", 100)
    pty = open_pty()
    port = await open_port(pty.path)
    message = bytes(range(256)) * 8
    await port.write(message)
    heard = b""
    while len(heard) < len(message):
        for _ in range(5):
            await asyncio.sleep(0)
        piece = await pty.port.read(5)
        assert len(piece) <= 200
        heard += piece
    assert heard == message
    await port.close()
    await pty.port.close()


@posix
async def test_a_client_that_reads_slowly_gets_all() -> None:
    pty = open_pty()
    port = await open_port(pty.path)
    message = bytes(range(256)) * 2000
    writing = asyncio.create_task(pty.port.write(message))
    heard = b""
    while len(heard) < len(message):
        heard += await port.read(5)
    assert heard == message
    await writing
    assert await pty.port.read(0.001) == b""
    await port.close()
    await pty.port.close()


@posix
async def test_a_pseudo_terminal_closed_in_the_middle_of_a_write() -> None:
    pty = open_pty()
    writing = asyncio.create_task(pty.port.write(bytes(1 << 20)))
    await asyncio.sleep(0)
    await pty.port.close()
    with pytest.raises(PortGone):
        await writing


@posix
async def test_no_more_pseudo_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left() -> tuple[int, int]:
        raise OSError("out of pty devices")

    monkeypatch.setattr("pty.openpty", none_left)
    with pytest.raises(PortGone):
        open_pty()


async def test_a_client_that_breaks_off_is_gone() -> None:
    ends: list[object] = []
    ended = asyncio.Event()

    async def serve(port: Port) -> None:
        await port.write(b"here")
        for call in (port.read(60), port.write(bytes(1 << 20))):
            try:
                await call
            except PortGone as error:
                ends.append(type(error.__cause__))
        ended.set()

    async with hosted(serve, "tcp") as source:
        address, number = source.removeprefix("socket://").split(":")
        client = socket.create_connection((address, int(number)))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await asyncio.to_thread(client.recv, 4)
        client.close()
        await ended.wait()
    assert ends == [ConnectionResetError, ConnectionResetError]


@posix
async def test_an_answer_waits_for_a_client_that_changes_its_speed_late() -> None:
    pty = open_pty()
    await pty.port.configure(LineSettings(baud=9600))
    port = await open_port(pty.path, LineSettings(baud=300))
    answering = asyncio.create_task(pty.port.write(b"answer"))
    await asyncio.sleep(0)
    await port.configure(LineSettings(baud=9600))
    assert await port.read(5) == b"answer"
    await answering
    await port.configure(LineSettings(baud=300))
    for _ in range(100):
        await pty.port.write(b"answer")
        assert await port.read(5) != b"answer"
    await port.close()
    await pty.port.close()


async def test_a_throttled_line_paces_both_ways_at_the_rate_in_force() -> None:
    near, far = memory_pair()
    slow = ThrottledPort(near, 300)
    assert await slow.read(0.001) == b""
    await slow.configure(LineSettings(baud=1000))
    assert slow.line.baud == near.line.baud == 1000
    assert slow.name == near.name
    began = time.monotonic()
    await far.write(bytes(4))
    heard = b""
    while len(heard) < 4:
        heard += await slow.read(1)
    assert time.monotonic() - began >= 0.04
    began = time.monotonic()
    await slow.write(b"abc")
    assert time.monotonic() - began >= 0.03
    assert await far.read(1) == b"abc"
    await slow.close()
