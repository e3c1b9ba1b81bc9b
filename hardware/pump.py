"""The pump: moves octets between a port and one protocol machine, and owns time and retries.

In: a `Port` and a machine (`Handshake`, `Link`, or anything with `feed`, `next_event` and
`timed_out`). Out: the machine's own events. Octets that an event wants on the line are sent
here, speed changes are made here, and neither is handed out.

Rule: silence never hangs. Each wait has an end, after which the machine says what to send
again; when it has no more tries the answer is `PortTimeout`. A frame that is damaged or stops
half-way is asked for again as soon as the line is quiet. The pump starts no task: a cancelled
call leaves nothing behind, and the port stays as it was.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol, TypeVar

from hardware.echo import Echo
from hardware.errors import PortTimeout, RemoteProtocolError
from hardware.hdlc.events import ApduReceived, Connected, Disconnected, LinkBroken, Outgoing
from hardware.hdlc.link import Link
from hardware.hdlc.parameters import Parameters
from hardware.iec62056.handshake import (
    Done,
    Failed,
    Handshake,
    P1PortFound,
    Reason,
    Send,
    SwitchBaud,
)
from hardware.port import Port

BITS_PER_CHARACTER = 10
_SLACK_S = 1.0
"""For the gaps in a slow answer."""

E_co = TypeVar("E_co", covariant=True)
E = TypeVar("E")


class Machine(Protocol[E_co]):
    """A protocol machine. Its `NEED_DATA` is an enum member of that name."""

    @property
    def longest(self) -> int:
        """Octets of the longest answer; all that may come in one go counts."""
        ...

    @property
    def is_torn(self) -> bool:
        """Whether what came is damaged, or stops in the middle."""
        ...

    def feed(self, data: bytes, /) -> None:
        """Take octets."""
        ...

    def next_event(self) -> E_co:
        """The next event, or `NEED_DATA`."""
        ...

    def timed_out(self) -> object:
        """Octets to send again, or (anything else) the end."""
        ...


@dataclass(frozen=True, slots=True)
class Timing:
    """How long to wait, seconds.

    Attributes:
        response_s: from the end of what was sent to the first octet.
        inter_octet_s: between octets of a frame. The wire allows 25 ms (DSMR P3, class 23);
            operating systems add gaps of their own.
    """

    response_s: float = 1.5
    inter_octet_s: float = 0.25


@dataclass(frozen=True, slots=True)
class WireStats:
    """What went over the line.

    Attributes:
        bytes_sent: octets out, repeats included.
        bytes_received: octets in, noise included, our own echo not.
        round_trips: times that something was sent and something came back.
        seconds: spent in exchanges.
        line_seconds: what all these octets take on the line at the rates in force.
        bytes_echoed: our own octets that the head gave back; 0 with most heads.
        pause_seconds: waited because the sign-on's standard says so.
    """

    bytes_sent: int = 0
    bytes_received: int = 0
    round_trips: int = 0
    seconds: float = 0.0
    line_seconds: float = 0.0
    bytes_echoed: int = 0
    pause_seconds: float = 0.0

    def __add__(self, more: WireStats) -> WireStats:
        """What went over the line in both together."""
        return WireStats(
            *(getattr(self, name) + getattr(more, name) for name in self.__slots__)
        )


class Pump:
    """One port with whatever machine speaks on it now.

    Attributes:
        port: the line; the pump never closes it.
        timing: the limits; may be changed between calls.
        stats: what went over the line so far.
    """

    def __init__(
        self,
        port: Port,
        timing: Timing = Timing(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` gives seconds that only grow."""
        self.port = port
        self.timing = timing
        self.stats = WireStats()
        self._clock = clock
        self._echo = Echo()
        self._asked = False
        self._unanswered = 0
        self._line_free_at = clock()
        self._heard_at = self._line_free_at

    async def sign_on(self, machine: Handshake) -> Done:
        """Client: sign on; afterwards the port stands at the rate of the answer.

        Returns when the next message may leave: the reaction time counts for the reader too.

        Raises:
            PortTimeout: no meter answered, or it did not confirm; `detail` is the name of
                the `Reason` (`SILENCE`, `GARBLED`, `NOT_CONFIRMED`).
            P1PortFound: a P1 telegram came in.
            RemoteProtocolError: the meter answered and this leads to no HDLC; `args[1]` is
                the `Failed` event with the identification.
        """
        event = await self.exchange(machine)
        if isinstance(event, Done):
            await self._pause_since(self._heard_at, event.identification.reaction_s)
            return event
        if isinstance(event, Failed) and event.reason is Reason.P1_PORT:
            raise P1PortFound("a P1 telegram on this port", event)
        raise RemoteProtocolError(f"sign-on: {_reason(event)}", event)

    async def connect(self, link: Link, offer: Parameters | None = None) -> Connected:
        """Client: open the HDLC link; `offer` in place of the link's own.

        Raises:
            PortTimeout: no answer.
            RemoteProtocolError: refused or broken; `args[1]` is the `LinkBroken` event.
        """
        return _expect(Connected, await self.exchange(link, link.connect(offer)))

    async def request(self, link: Link, apdu: bytes) -> bytes:
        """Client: send one message and wait for the answering one.

        Raises:
            PortTimeout: no answer after all retries.
            RemoteProtocolError: the link broke; `args[1]` is the `LinkBroken` event.
        """
        return _expect(ApduReceived, await self.exchange(link, link.send(apdu))).apdu

    async def next_message(self, link: Link) -> bytes:
        """Client: let the meter go on speaking and wait for its next message; as `request`."""
        return _expect(ApduReceived, await self.exchange(link, link.poll())).apdu

    async def disconnect(self, link: Link) -> None:
        """Client: close the HDLC link.

        Raises:
            PortTimeout: no answer.
            RemoteProtocolError: the answer was none to a DISC.
        """
        _expect(Disconnected, await self.exchange(link, link.disconnect()))

    async def exchange(self, machine: Machine[E], outgoing: bytes = b"") -> E:
        """Send `outgoing`, then hear and do what the machine wants until it has an event.

        Raises:
            PortTimeout: silence, and the machine has no more tries.
            PortGone: the line went away.
        """
        started = self._clock()
        self._unanswered = 0
        try:
            if outgoing:
                await self.send(outgoing)
            while (event := await self._advance(machine)) is None:
                if not await self._hear(machine):
                    await self._again(machine)
            return event
        finally:
            self._add(seconds=self._clock() - started)

    async def await_event(self, machine: Machine[E], timeout_s: float) -> E:
        """Meter, listener: wait for the machine's next event; asks nothing by itself.

        What the machine answers on its own (segments of a long message) starts the time anew;
        noise does not.

        Raises:
            PortTimeout: no event within `timeout_s`, however much was heard.
            PortGone: the line went away.
        """
        began = self._clock()
        while (event := await self._advance(machine)) is None:
            left = max(began, self._line_free_at) + timeout_s - self._clock()
            data = await self._read(left) if left > 0 else None
            if data is None:
                raise PortTimeout(self.port.name, "no request")
            machine.feed(data)
        return event

    async def send(self, data: bytes) -> None:
        """Put `data` on the line as it is; returns when it has left.

        Raises:
            PortGone: the line went away.
        """
        seconds = self._line_seconds(data)
        # A simulated line may return at once: the time on the wire passes all the same.
        self._line_free_at = self._clock() + seconds
        self._echo.sent(data)
        await self.port.write(data)
        self._line_free_at = max(self._line_free_at, self._clock())
        self._asked = True
        self._unanswered = 0
        self._add(bytes_sent=len(data), line_seconds=seconds)

    async def _advance(self, machine: Machine[E]) -> E | None:
        """The machine's next event that is for the caller; None when it needs octets."""
        while True:
            event = machine.next_event()
            match event:
                case Outgoing(data):
                    await self.send(data)
                case Send(data, after_s):
                    await self._pause_since(self._heard_at, after_s)
                    await self.send(data)
                case SwitchBaud(baud, after_s):
                    await self._switch(machine, baud, after_s)
                case Enum(name="NEED_DATA"):
                    return None
                case _:
                    return event

    async def _switch(self, machine: Machine[E], baud: int, after_s: float) -> None:
        """Change the rate; what came at the old one goes to the machine first."""
        await self._pause_since(self._line_free_at, after_s)
        machine.feed(await self._read(0) or b"")
        await self.port.configure(replace(self.port.line, baud=baud))

    async def _pause_since(self, moment: float, seconds: float) -> None:
        left = moment + seconds - self._clock()
        if left > 0:
            self._add(pause_seconds=left)
            await asyncio.sleep(left)

    async def _hear(self, machine: Machine[E]) -> bool:
        """Feed one answer's octets; True as soon as they may make an event, False on silence.

        Noise does not shorten the wait for the answer, and stretches it no further than the
        longest answer takes, nor past as many octets as that is where a line brings more than
        its rate; what is left of a frame ends it early, because the rest of it comes at once
        or not at all.
        """
        due = self._line_free_at + self.timing.response_s
        quiet = self._heard_at + self.timing.inter_octet_s
        whole = due + machine.longest * self._octet_s + _SLACK_S
        until = quiet if machine.is_torn else max(due, quiet)
        left = min(until, whole) - self._clock()
        most = machine.longest + self.timing.response_s / self._octet_s
        if left <= 0 or self._unanswered > most:
            return False
        data = await self._read(left)
        if data is None:
            return False
        self._unanswered += len(data)
        machine.feed(data)
        return True

    async def _again(self, machine: Machine[E]) -> None:
        again = machine.timed_out()
        if not isinstance(again, bytes):
            raise PortTimeout(self.port.name, _reason(again))
        await self.send(again)

    async def _read(self, timeout_s: float) -> bytes | None:
        """What the other end said, empty where it was only our echo; None on silence."""
        heard = await self.port.read(timeout_s)
        if not heard:
            return None
        self._heard_at = self._clock()
        data = self._echo.heard(heard)
        self._add(bytes_echoed=self._echo.octets - self.stats.bytes_echoed)
        if data:
            turn, self._asked = self._asked, False
            self._add(
                bytes_received=len(data),
                round_trips=int(turn),
                line_seconds=self._line_seconds(data),
            )
        return data

    @property
    def _octet_s(self) -> float:
        return BITS_PER_CHARACTER / self.port.line.baud

    def _line_seconds(self, data: bytes) -> float:
        return len(data) * self._octet_s

    def _add(self, **more: float) -> None:
        now = self.stats
        self.stats = replace(
            now, **{name: getattr(now, name) + by for name, by in more.items()}
        )


def _expect(kind: type[E], event: object) -> E:
    if isinstance(event, kind):
        return event
    detail = event.detail if isinstance(event, LinkBroken) else kind.__name__
    raise RemoteProtocolError(f"HDLC: {_reason(event)} {detail}".rstrip(), event)


def _reason(event: object) -> str:
    if isinstance(event, Failed | LinkBroken):
        return event.reason.name
    return type(event).__name__
