"""Opens the line to a meter behind an optical head: sign-on, rate, HDLC link.

In comes an open port, out comes a line with a meter at its other end. Rule: every way of
opening is tried in the order in which Dutch meters are found (mode E at 9600, at 300, HDLC at
once), first of all the one that this head was opened by last; silence ends each of them, and no
way is tried twice.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from hardware.drivers.optical_line import (
    Framing,
    Line,
    OpticalLine,
    OpticalOptions,
    WrapperLine,
)
from hardware.drivers.optical_way import DUTCH_BAUD, Memory, Way
from hardware.drivers.p1 import P1Driver
from hardware.errors import (
    HardwareError,
    NobodyAnswers,
    NotSupported,
    PortLocked,
    PortTimeout,
    RemoteProtocolError,
    WrongPort,
)
from hardware.hdlc.address import Address
from hardware.hdlc.events import Breach, LinkBroken
from hardware.hdlc.link import Link
from hardware.hdlc.parameters import Parameters
from hardware.hdlc.transitions import Role
from hardware.iec62056.handshake import Failed, Handshake, P1PortFound, Reason
from hardware.iec62056.messages import BREAK, with_parity
from hardware.p1.telegram import Telegram
from hardware.port import Port
from hardware.pump import Pump
from hardware.wrapper.connection import Role as WrapperRole
from hardware.wrapper.connection import Wrapper

_P1_EVENTS = 4


async def open_line(port: Port, options: OpticalOptions) -> Line:
    """Try the ways of opening that `options` allows until a meter answers.

    The wrapper asks nobody: whether a meter is there shows at its first answer.

    Raises:
        NobodyAnswers: nothing answers.
        WrongPort: P1 telegrams come in.
        PortLocked: the meter refuses the link (DM).
        NotSupported: the meter answers the sign-on but offers no HDLC.
        RemoteProtocolError: an answer that leads nowhere, or a line that is never quiet.
        PortGone: unplugged.
    """
    pump = Pump(port, options.timing)
    if options.framing is Framing.WRAPPER:
        await port.configure(replace(port.line, baud=options.baud or DUTCH_BAUD))
        return WrapperLine(pump, Wrapper(WrapperRole.CLIENT, options.client, options.server))
    memory = Memory(options, port.name)
    ways = memory.ways()
    for way in ways:
        try:
            return await _by(way, pump, options, memory)
        except PortTimeout:
            continue
        except P1PortFound as e:
            raise WrongPort(f"{port.name}: P1 telegrams") from e
        except RemoteProtocolError as e:
            raise _translated(e) from e
    if pump.stats.bytes_received:
        await _name_disturbance(port, options.p1_wait_s)
    raise NobodyAnswers(port.name, f"no answer to {', '.join(str(way) for way in ways)}")


async def _by(way: Way, pump: Pump, options: OpticalOptions, memory: Memory) -> OpticalLine:
    await pump.port.configure(replace(pump.port.line, baud=way.baud))
    if way.framing is Framing.MODE_E:
        await _sign_on(pump)
    size, window = min(way.max_info, options.max_info), options.window
    link = Link(
        Role.CLIENT,
        Address(options.client),
        Address(options.server, options.physical),
        Parameters(size, size, window, window),
    )
    line = OpticalLine(pump, link, memory.ended)
    try:
        await pump.connect(link)
    except asyncio.CancelledError:
        await line.close(in_order=False)
        raise
    memory.opened(way)
    return line


async def _sign_on(pump: Pump) -> None:
    """Mode E; a meter that stops half-way is told to begin anew, for the next way's sake."""
    try:
        await pump.sign_on(Handshake.client(retries=0))
    except PortTimeout as e:
        if e.detail == Reason.NOT_CONFIRMED.name:
            await pump.send(with_parity(BREAK))
        raise


def _translated(error: RemoteProtocolError) -> HardwareError:
    """The refusals that are answers of the meter and no breach of the protocol."""
    match error.args:
        case (text, LinkBroken(reason=Breach.REFUSED)):
            return PortLocked(text)
        case (text, Failed(reason=Reason.NOT_MODE_E)):
            return NotSupported(text)
        case _:
            return error


async def _name_disturbance(port: Port, wait_s: float) -> None:
    """Listen to a line that nobody is asked on; returns where it is quiet by itself.

    Raises:
        WrongPort: telegrams of the customer port come in.
        RemoteProtocolError: something else does.
    """
    driver = P1Driver(port)
    now = asyncio.get_running_loop().time
    deadline = now() + wait_s
    for _ in range(_P1_EVENTS):
        try:
            event = await driver.next_event(deadline - now())
        except PortTimeout:
            return
        except RemoteProtocolError as e:
            raise RemoteProtocolError(f"{port.name}: noise") from e
        if isinstance(event, Telegram) and event.readings:
            raise WrongPort(f"{port.name}: P1 telegrams")
    raise RemoteProtocolError(f"{port.name}: noise")
