import asyncio
import errno
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo

from hardware import device_line, serial_port
from hardware.errors import PortBusy, PortGone
from hardware.port import LineSettings, Port
from hardware.serial_port import PortInfo, SerialPort, list_ports, open_port
from hardware.simulators.hosting import HostedPty, open_pty

posix = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")


def reader_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("port ")]


@pytest.fixture
async def pty() -> AsyncIterator[HostedPty]:
    hosted = open_pty()
    yield hosted
    await hosted.port.close()
    assert reader_threads() == []


async def read_exactly(port: Port, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = await port.read(5)
        assert more, f"only {data!r}"
        data += more
    return data


@posix
async def test_octets_go_both_ways_through_a_pseudo_terminal(pty: HostedPty) -> None:
    port = await open_port(pty.path, LineSettings(baud=9600))
    every = bytes(range(256))
    await port.write(every)
    assert await read_exactly(pty.port, 256) == every
    await pty.port.write(every)
    assert await read_exactly(port, 256) == every
    await port.close()


@posix
async def test_the_meter_sees_each_speed_the_client_sets(pty: HostedPty) -> None:
    port = await open_port(pty.path, LineSettings(baud=300))
    assert pty.port.line.baud == 300
    await port.configure(LineSettings(baud=9600))
    assert pty.port.line.baud == 9600
    assert port.line.baud == 9600
    await port.close()


@posix
async def test_another_speed_is_heard_as_other_octets(pty: HostedPty) -> None:
    await pty.port.configure(LineSettings(baud=9600))
    port = await open_port(pty.path, LineSettings(baud=300))
    await port.write(b"/?!\r\n")
    garbled = await pty.port.read(5)
    assert garbled
    assert b"/?!" not in garbled
    await port.configure(LineSettings(baud=9600))
    await port.write(b"/?!\r\n")
    assert await read_exactly(pty.port, 5) == b"/?!\r\n"
    await port.close()


@posix
async def test_a_client_can_come_again(pty: HostedPty) -> None:
    for baud in (9600, 19200):
        port = await open_port(pty.path, LineSettings(baud=baud))
        await port.write(b"hello")
        assert await read_exactly(pty.port, 5) == b"hello"
        await port.close()


@posix
async def test_pulling_the_plug_ends_a_waiting_read_promptly(pty: HostedPty) -> None:
    port = await open_port(pty.path)
    waiting = asyncio.create_task(port.read(60))
    await asyncio.sleep(0)
    await pty.port.close()
    async with asyncio.timeout(5):
        with pytest.raises(PortGone):
            await waiting
        with pytest.raises(PortGone):
            await port.write(b"x")
        with pytest.raises(PortGone):
            await port.configure(LineSettings())
    await port.close()


@posix
async def test_what_came_before_the_plug_was_pulled_is_still_there(pty: HostedPty) -> None:
    port = await open_port(pty.path)
    await pty.port.write(b"last words")
    first = await port.read(5)
    await pty.port.close()
    rest = b"last words".removeprefix(first)
    assert not rest or await port.read(5) == rest
    with pytest.raises(PortGone):
        await port.read(5)
    await port.close()


@posix
async def test_closing_ends_a_waiting_read_and_twice_is_allowed(pty: HostedPty) -> None:
    port = await open_port(pty.path)
    waiting = asyncio.create_task(port.read(60))
    await asyncio.sleep(0)
    await port.close()
    await port.close()
    with pytest.raises(PortGone):
        await waiting
    with pytest.raises(PortGone):
        await port.read(0)


@posix
async def test_a_bug_in_a_driver_leaves_nobody_waiting(
    pty: HostedPty, monkeypatch: pytest.MonkeyPatch
) -> None:
    def buggy(_wire: object) -> bytes:
        raise ZeroDivisionError

    shown: list[object] = []
    monkeypatch.setattr(threading, "excepthook", shown.append)
    monkeypatch.setattr(device_line.SerialWire, "read", buggy)
    port = await open_port(pty.path)
    with pytest.raises(PortGone):
        await port.read(60)
    await port.close()
    assert len(shown) == 1


@posix
async def test_a_second_program_finds_the_port_busy(pty: HostedPty) -> None:
    port = await open_port(pty.path)
    with pytest.raises(PortBusy) as caught:
        await open_port(pty.path)
    assert caught.value.port == pty.path
    await port.close()


@pytest.mark.parametrize(
    "name",
    ["/dev/no-such-port", "nowhere://x", "socket://", "socket://127.0.0.1:1", "socket://a:b"],
)
async def test_what_is_not_there_is_gone(name: str) -> None:
    with pytest.raises(PortGone) as caught:
        await open_port(name)
    assert caught.value.port == name
    assert reader_threads() == []


async def test_a_file_is_no_port(tmp_path: Path) -> None:
    file = tmp_path / "telegram.txt"
    file.write_text("x")
    with pytest.raises(PortGone):
        await open_port(str(file))


async def test_silence_is_no_octets() -> None:
    port = await open_port("loop://")
    assert await port.read(0.01) == b""
    assert await port.read(0) == b""
    await port.write(b"abc")
    assert await read_exactly(port, 3) == b"abc"
    await port.configure(LineSettings(baud=300, seven_even=True))
    assert port.line.seven_even
    await port.close()


def source(server: asyncio.Server) -> str:
    return "socket://{}:{}".format(*server.sockets[0].getsockname())


async def test_a_socket_carries_more_than_its_buffers_hold() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        port = await open_port(source(server))
        await port.configure(LineSettings(baud=300))
        assert port.line.baud == 300
        message = bytes(range(256)) * 40_000
        writing = asyncio.create_task(port.write(message))
        assert await read_exactly(port, len(message)) == message
        await writing
        await port.close()


async def test_the_other_end_hanging_up_is_gone() -> None:
    def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"bye")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port: SerialPort = await open_port(source(server))
        assert await read_exactly(port, 3) == b"bye"
        with pytest.raises(PortGone):
            await port.read(5)
        await port.close()
    assert reader_threads() == []


@posix
async def test_a_write_to_a_real_line_returns_when_it_has_left(
    pty: HostedPty, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [3, 1]
    monkeypatch.setattr(device_line.SerialWire, "_has_line", lambda _: True)
    monkeypatch.setattr(
        device_line.SerialWire, "unsent", lambda _: waiting.pop(0) if waiting else 0
    )
    port = await open_port(pty.path, LineSettings(baud=9600))
    began = time.monotonic()
    await port.write(bytes(48))
    assert time.monotonic() - began >= 0.05
    assert waiting == []
    await port.close()


@posix
async def test_a_line_that_goes_away_while_it_drains(
    pty: HostedPty, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_wire: object) -> int:
        raise OSError(errno.EIO, "gone")

    monkeypatch.setattr(device_line.SerialWire, "_has_line", lambda _: True)
    monkeypatch.setattr(device_line.SerialWire, "unsent", gone)
    port = await open_port(pty.path)
    with pytest.raises(PortGone):
        await port.write(b"x")
    await port.close()


@posix
async def test_what_nobody_reads_stays_in_the_driver(
    pty: HostedPty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serial_port, "MAX_BACKLOG", 100)
    port = await open_port(pty.path)
    await pty.port.write(bytes(300))
    heard = b""
    while len(heard) < 300:
        heard += await port.read(5)
    await port.close()


@posix
async def test_a_setting_that_is_refused_ends_nothing(pty: HostedPty) -> None:
    port = await open_port(pty.path)
    with pytest.raises(PortGone):
        await port.configure(LineSettings(baud=-1))
    assert port.line == LineSettings()
    await port.write(b"x")
    assert await pty.port.read(5) == b"x"
    await port.close()


def test_windows_hides_its_error_number_in_the_text() -> None:
    denied = OSError("could not open port 'COM4': PermissionError(13, 'Access is denied.')")
    missing = OSError("could not open port 'COM9': FileNotFoundError(2, '...')")
    assert isinstance(serial_port._translated("COM4", denied), PortBusy)
    assert isinstance(serial_port._translated("COM9", missing), PortGone)


def test_adapters_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    head = ListPortInfo("/dev/ttyUSB1")
    head.vid, head.pid, head.serial_number = 0x0403, 0x6001, "A1"
    head.description, head.manufacturer = "IR head", "FTDI"
    plain = ListPortInfo("/dev/ttyS0")
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [head, plain])
    assert list_ports() == [
        PortInfo("/dev/ttyS0"),
        PortInfo("/dev/ttyUSB1", "IR head", "FTDI", "A1", "0403:6001"),
    ]


@posix
async def test_a_cancelled_opening_leaves_no_thread(pty: HostedPty) -> None:
    opening = asyncio.create_task(open_port(pty.path))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    for thread in reader_threads():
        await asyncio.to_thread(thread.join, 5)


def test_the_ports_of_this_machine_have_names() -> None:
    assert all(port.device for port in list_ports())
