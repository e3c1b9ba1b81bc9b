"""Ports of simulated meters, on real pseudo-terminals, and what is found on them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial

import pytest

from hardware.drivers.p1_tuner import Patience, Verdict
from hardware.drivers.p1_tuning import Tuned, listen, tune
from hardware.errors import (
    BinaryPush,
    HardwareError,
    LineHeldLow,
    LineInverted,
    NoTelegrams,
    PortGone,
    RemoteProtocolError,
    TelegramsSealed,
    WrongPort,
    WrongSpeed,
)
from hardware.p1.cause import Cause
from hardware.p1.encrypted import Keys, seal
from hardware.port import LineControl, LineSettings, MemoryPort, Port, memory_pair
from hardware.serial_port import open_port
from hardware.simulators.hosting import host
from hardware.simulators.p1 import MeterSpec, P1Meter, serve
from hardware.simulators.p1_wire import Wire
from hardware.simulators.uart import garble
from tests.hardware.p1.frames import PUSH

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)
TELEGRAM = P1Meter(MeterSpec()).telegram(NOON)
QUICK = Patience(silent_s=2.0, whole_s=3.0)
SHORT = Patience(silent_s=0.05, whole_s=0.1)
SETTABLE = LineControl()
KEYS = Keys(bytes(range(16)))
posix = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")


@asynccontextmanager
async def meter_on_a_terminal(version: str, *faults: str) -> AsyncIterator[Port]:
    """The port of a meter that sends ten times a second, open."""
    meter = P1Meter(MeterSpec(version, 3))
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    run = partial(
        serve,
        source=meter,
        interval_s=0.1,
        clock=lambda: NOON,
        wire=Wire.of(meter.recipe.baud, faults),
    )
    hosting = asyncio.create_task(host(run, pty=True, on_ready=ready.set_result))
    port = await open_port(await ready)
    try:
        yield port
    finally:
        await port.close()
        hosting.cancel()
        with suppress(asyncio.CancelledError):
            await hosting


@posix
@pytest.mark.parametrize(
    ("version", "faults", "baud", "form"),
    [
        ("5.0", (), 115200, "8N1"),
        ("5.0", ("7e1",), 115200, "7E1"),
        ("5.0", ("wrong-speed",), 9600, "8N1"),
        ("2.2", (), 9600, "8N1"),
        ("3.0", ("7e1", "wrong-speed"), 115200, "7E1"),
    ],
)
async def test_speed_and_form_are_found(
    version: str, faults: tuple[str, ...], baud: int, form: str
) -> None:
    async with meter_on_a_terminal(version, *faults) as port:
        found = await tune(port, None, QUICK)
        assert (found.verdict.line.baud, found.verdict.form) == (baud, form)
        assert found.telegram.crc in {"ok", "absent"}
        again = await found.driver.next_telegram(2)
        assert again.header == found.telegram.header


@posix
async def test_the_second_time_nothing_is_tried() -> None:
    async with meter_on_a_terminal("2.2") as port:
        found = await tune(port, LineSettings(9600), QUICK)
        assert len(found.events) <= 2


@posix
@pytest.mark.parametrize(
    ("version", "baud"), [("5.0", 115200), ("2.2", 9600)], ids=["new", "old"]
)
async def test_an_inverted_line_is_told_from_noise(version: str, baud: int) -> None:
    async with meter_on_a_terminal(version, "inverted") as port:
        found = await listen(port, None, QUICK)
        assert isinstance(found, Verdict)
        assert (found.cause, found.line.baud) == (Cause.INVERTED, baud)


async def error_on(
    *pieces: bytes, control: LineControl = SETTABLE, keys: Keys | None = None
) -> HardwareError:
    near, far = memory_pair("p1")
    near.control = control
    for piece in pieces:
        await far.write(piece)
    with pytest.raises(HardwareError) as caught:
        await tune(near, None, SHORT, keys=keys)
    return caught.value


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (b"", NoTelegrams),
        (b"\0", LineHeldLow),
        (garble(TELEGRAM, 9600, 9600, inverted=True), LineInverted),
        (bytes.fromhex("7ea0070321930f017e") * 4, WrongPort),
        (PUSH, BinaryPush),
        (seal(TELEGRAM, KEYS, b"XMX00001", 1), TelegramsSealed),
        (b"/ISK5\\2M550T-1012\r\n", WrongPort),
        (TELEGRAM[100:400], RemoteProtocolError),
        (b"hello there", RemoteProtocolError),
        (bytes.fromhex("f08199") * 40, RemoteProtocolError),
    ],
)
async def test_each_trouble_is_an_error_of_its_own(
    octets: bytes, kind: type[HardwareError]
) -> None:
    assert type(await error_on(octets)) is kind


async def test_the_speed_of_a_serial_server_is_its_own() -> None:
    error = await error_on(bytes(200), control=LineControl(speed=False))
    assert type(error) is WrongSpeed


@pytest.mark.parametrize(
    ("control", "request_line"),
    [(LineControl(), "unknown"), (LineControl(request=True), "both")],
)
async def test_silence_says_how_the_request_line_was_held(
    control: LineControl, request_line: str
) -> None:
    error = await error_on(control=control)
    assert isinstance(error, NoTelegrams)
    assert error.request == request_line


async def test_keys_open_what_is_sealed_and_others_do_not() -> None:
    near, far = memory_pair("p1")
    await far.write(seal(TELEGRAM, KEYS, b"XMX00001", 1))
    assert (await tune(near, None, SHORT, keys=KEYS)).telegram.crc == "ok"
    other = Keys(bytes(16))
    error = await error_on(seal(TELEGRAM, KEYS, b"XMX00001", 1), keys=other)
    assert type(error) is TelegramsSealed


async def test_a_cable_whose_request_line_hangs_the_other_way_is_read() -> None:
    near, far = memory_pair("p1")
    near.control = LineControl(request=True)
    heard = asyncio.create_task(listen(near, None, SHORT))
    sending = asyncio.create_task(_sends_when(far, lambda: not near.line.request))
    found = await heard
    sending.cancel()
    assert isinstance(found, Tuned)
    assert found.verdict.line == LineSettings(request=False)
    assert found.verdict.request == "both"


async def _sends_when(far: MemoryPort, holds: Callable[[], bool]) -> None:
    while True:
        if holds():
            await far.write(TELEGRAM)
        await asyncio.sleep(0.01)


async def test_noise_between_marks_is_no_telegram_yet() -> None:
    near, far = memory_pair("p1")
    await far.write(b"/x\r\n\r\n!0000\r\n" + TELEGRAM)
    found = await tune(near, None, QUICK)
    assert found.telegram.crc == "ok"
    assert len(found.events) > 1


async def test_a_port_that_goes_is_gone() -> None:
    near, far = memory_pair("p1")
    await far.write(TELEGRAM[:50])
    await far.close()
    with pytest.raises(PortGone):
        await tune(near, None, SHORT)


def test_faults_of_the_wire_go_together() -> None:
    wire = Wire.of(9600, {"inverted", "7e1", "wrong-speed"})
    assert wire == Wire(115200, seven_even=True, inverted=True)
    assert Wire.of(2400, {"wrong-speed"}).baud == 2400
    assert Wire().heard(TELEGRAM, 300) == TELEGRAM
