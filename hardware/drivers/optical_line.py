"""Opens the line to a meter behind an optical head: sign-on, rate, HDLC link.

In comes an open port, out comes a line that carries one APDU there and one back. Rule: every
way of opening is tried in the order in which Dutch meters are found (mode E at 9600, at 300,
HDLC at once), silence ends each of them, and no way is tried twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from hardware.drivers.optical_access import Authentication, Hls
from hardware.drivers.p1 import P1Driver
from hardware.errors import (
    HardwareError,
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
from hardware.hdlc.transitions import Role, State
from hardware.iec62056.handshake import Failed, Handshake, P1PortFound, Reason
from hardware.p1.telegram import Telegram
from hardware.port import Port
from hardware.pump import Pump, Timing, WireStats

DUTCH_BAUD, OLD_BAUD = 9600, 300
_P1_EVENTS = 4
_TIMING = Timing()


class Framing(StrEnum):
    """How the line is opened; `AUTO` tries all ways."""

    AUTO = "auto"
    MODE_E = "mode-e"
    HDLC = "hdlc"


@dataclass(frozen=True, slots=True)
class OpticalOptions:
    """How to reach a meter and as whom.

    Attributes:
        client: 1 management, 16 public.
        server: logical device, 1 in Dutch meters.
        physical: HDLC lower address, 17 in Dutch meters; None for a one-octet address.
        auth: none, LLS with `password`, or HLS with `hls`.
        password: octets of the LLS password; never shown.
        hls: keys and counters of HLS.
        framing: which ways of opening to try.
        baud: rate of the opening in place of 9600 and 300.
        timing: how long silence lasts before it is one.
        max_info: largest HDLC information field to offer, octets.
        p1_wait_s: how long a disturbed line is listened to for P1 telegrams, which a DSMR 4
            meter sends every 10 s.
    """

    client: int = 1
    server: int = 1
    physical: int | None = 17
    auth: Authentication = Authentication.LLS
    password: bytes = field(default=b"", repr=False)
    hls: Hls | None = None
    framing: Framing = Framing.AUTO
    baud: int | None = None
    timing: Timing = _TIMING
    max_info: int = 128
    p1_wait_s: float = 11.0


class ApduLine(Protocol):
    """What a conversation needs of a line: one APDU there, one back."""

    @property
    def name(self) -> str:
        """The name of the port."""
        ...

    @property
    def stats(self) -> WireStats:
        """What went over the line so far."""
        ...

    async def exchange(self, apdu: bytes) -> bytes:
        """Send one APDU and wait for the one that answers it."""
        ...

    async def receive(self) -> bytes:
        """Wait for one more APDU without asking again."""
        ...


class OpticalLine:
    """An `ApduLine` over an open HDLC link; made by `open_line`."""

    def __init__(self, pump: Pump, link: Link) -> None:
        self._pump = pump
        self._link = link

    @property
    def name(self) -> str:
        """The name of the port."""
        return self._pump.port.name

    @property
    def stats(self) -> WireStats:
        """What went over the line so far, opening included."""
        return self._pump.stats

    async def exchange(self, apdu: bytes) -> bytes:
        """Send one APDU and wait for the one that answers it.

        Raises:
            PortTimeout: no answer after all retries.
            RemoteProtocolError: the link broke.
        """
        return await self._pump.request(self._link, apdu)

    async def receive(self) -> bytes:
        """Hand over the word and wait for one more APDU.

        Raises:
            PortTimeout: none came after all retries.
            RemoteProtocolError: the link broke.
        """
        return await self._pump.next_message(self._link)

    async def close(self, *, in_order: bool) -> None:
        """DISC; wait for its confirmation only where the conversation ended `in_order`."""
        if self._link.state is not State.CONNECTED:
            return
        with suppress(HardwareError):
            if in_order:
                await self._pump.disconnect(self._link)
            else:
                await self._pump.send(self._link.disconnect())


async def open_line(port: Port, options: OpticalOptions) -> OpticalLine:
    """Try the ways of opening that `options` allows until a meter answers.

    Raises:
        PortTimeout: nothing answers.
        WrongPort: P1 telegrams come in.
        PortLocked: the meter refuses the link (DM).
        NotSupported: the meter answers the sign-on but offers no HDLC.
        RemoteProtocolError: an answer that leads nowhere, or a line that is never quiet.
        PortGone: unplugged.
    """
    pump = Pump(port, options.timing)
    tried = []
    for name, way in _ways(pump, options):
        tried.append(name)
        try:
            return await way()
        except PortTimeout:
            continue
        except P1PortFound as e:
            raise WrongPort(f"{port.name}: P1 telegrams") from e
        except RemoteProtocolError as e:
            raise _translated(e) from e
    if pump.stats.bytes_received:
        await _name_disturbance(port, options.p1_wait_s)
    raise PortTimeout(port.name, f"no answer to {', '.join(tried)}")


def _ways(
    pump: Pump, options: OpticalOptions
) -> list[tuple[str, Callable[[], Awaitable[OpticalLine]]]]:
    bauds = [options.baud] if options.baud else [DUTCH_BAUD, OLD_BAUD]

    def mode_e(baud: int) -> Callable[[], Awaitable[OpticalLine]]:
        return lambda: _by_mode_e(pump, options, baud)

    ways = []
    if options.framing is not Framing.HDLC:
        ways += [(f"mode E at {baud}", mode_e(baud)) for baud in bauds]
    if options.framing is not Framing.MODE_E:
        ways.append((f"HDLC at {bauds[0]}", lambda: _by_hdlc(pump, options, bauds[0])))
    return ways


async def _by_mode_e(pump: Pump, options: OpticalOptions, baud: int) -> OpticalLine:
    await pump.port.configure(replace(pump.port.line, baud=baud))
    await pump.sign_on(Handshake.client(retries=0))
    return await _linked(pump, options)


async def _by_hdlc(pump: Pump, options: OpticalOptions, baud: int) -> OpticalLine:
    await pump.port.configure(replace(pump.port.line, baud=baud))
    return await _linked(pump, options)


async def _linked(pump: Pump, options: OpticalOptions) -> OpticalLine:
    server = Address(options.server, options.physical)
    offer = Parameters(options.max_info, options.max_info)
    link = Link(Role.CLIENT, Address(options.client), server, offer)
    await pump.connect(link)
    return OpticalLine(pump, link)


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
