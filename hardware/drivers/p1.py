"""Reads the customer port of a meter, live or from a recording.

A `Port` or an open binary file in; `Telegram` and `Noise` out, in the order they stood on the
line. Rule: the driver never writes to the port, a P1 meter sends by itself; what it can't read
it names, so that a cable on the wrong port is told apart from a dead one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Protocol

from hardware.errors import PortTimeout, RemoteProtocolError, WrongPort
from hardware.p1.cause import Cause, likeliest, looks_like
from hardware.p1.encrypted import Keys
from hardware.p1.framer import NEED_DATA, Noise
from hardware.p1.stream import TelegramStream
from hardware.p1.telegram import Telegram
from hardware.port import LineSettings, Port

P1_LINE = LineSettings(115200)
"""Versions 4.0 and up; 2.2 and 3.0 send at 9600 (P1 3.0 5.1, 5.0.2 6.1)."""

_QUIET_S = 0.4
_SAMPLE = 256
_OPTICAL = {Cause.HDLC, Cause.OPTICAL}


class BinarySource(Protocol):
    """An open binary file or pipe whose `read1` returns what is there, `b""` at its end."""

    def read1(self, size: int, /) -> bytes:
        """At most `size` octets, at least one unless the source has ended."""
        ...


def read_source(source: BinarySource, keys: Keys | None = None) -> Iterator[Telegram | Noise]:
    """Everything that a recording or pipe holds, in constant memory."""
    stream = TelegramStream(keys)
    while chunk := source.read1(65536):
        stream.feed(chunk)
        yield from _drain(stream)
    stream.close()
    yield from _drain(stream)


def _drain(stream: TelegramStream) -> Iterator[Telegram | Noise]:
    while (event := stream.next_event()) is not NEED_DATA:
        yield event


class P1Driver:
    """One customer port; the caller opens and closes `port`."""

    def __init__(
        self,
        port: Port,
        *,
        line: LineSettings = P1_LINE,
        keys: Keys | None = None,
        stream: TelegramStream | None = None,
    ) -> None:
        """Go on with `stream` where another has begun to listen, else with a fresh one."""
        self._port = port
        self._line = line
        self._stream = stream or TelegramStream(keys)
        self._heard = 0
        self._sample = b""
        self._noise: Counter[Cause] = Counter()

    @property
    def raw(self) -> bytes:
        """The octets of the event that was handed out last."""
        return self._stream.raw

    async def next_event(self, timeout_s: float) -> Telegram | Noise:
        """The next telegram or piece of noise, within `timeout_s` seconds.

        A damaged telegram is handed out as soon as the line is quiet behind it.

        Raises:
            PortTimeout: not one octet came.
            WrongPort: the octets are those of an optical port.
            RemoteProtocolError: octets came, but no telegram; the text names what they
                look like.
            PortGone: the port was closed or unplugged.
        """
        deadline = await self._prepare(timeout_s)
        while True:
            event = self._stream.next_event()
            if event is not NEED_DATA:
                return event
            await self._receive(deadline)

    async def next_telegram(self, timeout_s: float) -> Telegram:
        """The next telegram in `timeout_s` seconds, whatever its `crc`; noise is passed over.

        Raises:
            PortTimeout, WrongPort, RemoteProtocolError, PortGone: as `next_event`.
        """
        deadline = await self._prepare(timeout_s)
        while True:
            event = self._stream.next_event()
            if isinstance(event, Telegram):
                return event
            if isinstance(event, Noise):
                self._noise[event.cause] += event.size
            else:
                await self._receive(deadline)

    async def events(self, timeout_s: float) -> AsyncIterator[Telegram | Noise]:
        """Telegrams and noise until the port goes or stays silent for `timeout_s` seconds.

        Raises:
            PortTimeout, WrongPort, RemoteProtocolError, PortGone: as `next_event`.
        """
        while True:
            yield await self.next_event(timeout_s)

    async def _prepare(self, timeout_s: float) -> float:
        """Set the line, forget what was heard before; returns the deadline."""
        if self._port.line != self._line:
            await self._port.configure(self._line)
        self._heard, self._sample = 0, b""
        self._noise.clear()
        return asyncio.get_running_loop().time() + timeout_s

    async def _receive(self, deadline: float) -> None:
        """Wait for octets; at the deadline say what was wrong."""
        left_s = deadline - asyncio.get_running_loop().time()
        if left_s <= 0:
            if not self._heard:
                raise PortTimeout(self._port.name, "no telegram")
            found = likeliest(self._noise) if self._noise else looks_like(self._sample)
            error = WrongPort if found in _OPTICAL else RemoteProtocolError
            raise error(f"{self._port.name}: no P1 telegram but {found}")
        data = await self._port.read(min(left_s, _QUIET_S))
        self._heard += len(data)
        self._sample = (self._sample + data)[:_SAMPLE]
        if data:
            self._stream.feed(data)
        else:
            self._stream.settle()
