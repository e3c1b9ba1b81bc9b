"""A line to a meter: how it may be reached, and what carries one APDU there and one back.

In come options and, from `optical_opening`, a machine that has a meter at its other end. Rule:
above a line nobody knows whether it is HDLC behind an optical head or the wrapper on TCP; an
HDLC line ends with DISC, however it ends.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import Protocol

from hardware.drivers.optical_access import Authentication, Hls
from hardware.drivers.optical_plain import PlainListener
from hardware.errors import HardwareError, RemoteProtocolError
from hardware.hdlc.events import Breach
from hardware.hdlc.link import Link
from hardware.hdlc.llc import LLC_SIZE
from hardware.hdlc.parameters import DEFAULT, MAX_INFO
from hardware.hdlc.transitions import State
from hardware.pump import Pump, Timing, WireStats
from hardware.wrapper.connection import ApduReceived, Wrapper
from hardware.wrapper.messages import MAX_LENGTH

_TIMING = Timing()
_SPOILING = {Breach.DAMAGED, Breach.NO_PROGRESS}


class Framing(StrEnum):
    """How the line is opened; `AUTO` tries all ways of an optical head."""

    AUTO = "auto"
    MODE_E = "mode-e"
    HDLC = "hdlc"
    WRAPPER = "wrapper"


class Ending(Enum):
    """How an HDLC session ended."""

    CLEAN = auto()
    """The meter confirmed the DISC, and no frame was damaged."""
    CLOSED = auto()
    """The meter confirmed the DISC."""
    DAMAGED = auto()
    """Large frames did not come through; the session may go on with small ones."""


class Notes(Protocol):
    """Short texts of the driver's own, kept by name from one session to the next."""

    def recall(self, name: str, /) -> str:
        """What was kept under this name; empty for nothing."""
        ...

    def keep(self, name: str, text: str, /) -> None:
        """Keep this from now on."""
        ...


class Oblivion:
    """Notes that are not kept: every session is the first."""

    def recall(self, _name: str, /) -> str:
        """See `Notes.recall`."""
        return ""

    def keep(self, _name: str, _text: str, /) -> None:
        """See `Notes.keep`."""


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
        max_info: largest HDLC information field to offer, octets; the meter grants less.
        window: most HDLC frames to offer before an answer; the meter grants less.
        p1_wait_s: how long a disturbed line is listened to for P1 telegrams, which a DSMR 4
            meter sends every 10 s.
        heads: by what way each head was opened last, by the name of its port.
        constants: scalers and units, by make and firmware of the meter.
        plain: hears each ciphered message of the session with its plain APDU.
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
    max_info: int = MAX_INFO
    window: int = 7
    p1_wait_s: float = 11.0
    heads: Notes = field(default_factory=Oblivion, repr=False, compare=False)
    constants: Notes = field(default_factory=Oblivion, repr=False, compare=False)
    plain: PlainListener | None = field(default=None, repr=False, compare=False)


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


class Line(ApduLine, Protocol):
    """An open line, to be closed."""

    @property
    def room(self) -> int:
        """Octets of a message that leave without waiting for the meter half-way."""
        ...

    async def renew(self) -> bool:
        """After a break: open it again in a way that suits a bad line; False: there is none."""
        ...

    async def close(self, *, in_order: bool) -> None:
        """Take leave of the meter; `in_order`: the conversation did not break off."""
        ...


class _Pumped:
    """What all lines have of their pump."""

    def __init__(self, pump: Pump) -> None:
        self._pump = pump

    @property
    def name(self) -> str:
        """The name of the port."""
        return self._pump.port.name

    @property
    def stats(self) -> WireStats:
        """What went over the line so far, opening included."""
        return self._pump.stats


class OpticalLine(_Pumped):
    """A `Line` over an open HDLC link; made by `open_line`."""

    def __init__(
        self, pump: Pump, link: Link, note: Callable[[Ending], None] = lambda _: None
    ) -> None:
        """`note` hears how it ended."""
        super().__init__(pump)
        self._link = link
        self._note = note

    async def exchange(self, apdu: bytes) -> bytes:
        """Send one APDU and wait for the one that answers it.

        Raises:
            PortTimeout: no answer after all retries.
            RemoteProtocolError: the link broke.
        """
        return await self._pump.request(self._link, apdu)

    @property
    def room(self) -> int:
        """What fits into one window of frames."""
        limits = self._link.limits
        return limits.transmit * limits.window_transmit - LLC_SIZE

    async def renew(self) -> bool:
        """A new link with small frames, where the line damaged larger ones.

        Raises:
            PortTimeout, RemoteProtocolError: the meter does not take it up.
        """
        link = self._link
        small = link.limits.receive <= DEFAULT.receive
        if link.state is not State.DISCONNECTED or link.breach not in _SPOILING or small:
            return False
        self._note(Ending.DAMAGED)
        await self._pump.connect(link, DEFAULT)
        return True

    async def receive(self) -> bytes:
        """Hand over the word and wait for one more APDU.

        Raises:
            PortTimeout: none came after all retries.
            RemoteProtocolError: the link broke.
        """
        return await self._pump.next_message(self._link)

    async def close(self, *, in_order: bool) -> None:
        """DISC; wait for its confirmation only where the conversation ended `in_order`."""
        with suppress(HardwareError):
            if in_order and self._link.state is State.CONNECTED:
                await self._pump.disconnect(self._link)
                self._note(Ending.CLOSED if self._link.damaged else Ending.CLEAN)
            else:
                await self._pump.send(self._link.disconnect())


class WrapperLine(_Pumped):
    """A `Line` over TCP; closing the connection is all the leave it takes."""

    def __init__(self, pump: Pump, wrapper: Wrapper) -> None:
        super().__init__(pump)
        self._wrapper = wrapper

    async def exchange(self, apdu: bytes) -> bytes:
        """Send one APDU and wait for the one that answers it.

        Raises:
            PortTimeout: no answer in time.
            RemoteProtocolError: what came is no wrapper.
        """
        return _apdu(await self._pump.exchange(self._wrapper, self._wrapper.send(apdu)))

    async def receive(self) -> bytes:
        """Wait for one more APDU without asking again; errors as `exchange`."""
        return _apdu(await self._pump.exchange(self._wrapper))

    @property
    def room(self) -> int:
        """TCP carries whatever the header can say."""
        return MAX_LENGTH

    async def renew(self) -> bool:
        """TCP damages nothing."""
        return False

    async def close(self, *, in_order: bool) -> None:
        """See `Line.close`."""


def _apdu(event: object) -> bytes:
    if isinstance(event, ApduReceived):
        return event.apdu
    raise RemoteProtocolError(f"wrapper: {event}", event)
