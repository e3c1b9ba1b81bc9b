"""A recording under way: from a port into a file, message by message.

In come a wish and the contact it belongs to; out come rows as they are kept. Rule: nothing is
sent; a message is handed to the system before it is shown, and never with its secrets.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TextIO

from fieldapp.clock import Clock
from hardware.drivers.trace_reader import Message, TraceReader
from hardware.dsmr.identity import same_meter
from hardware.errors import PortGone, WrongMeter
from hardware.p1.framer import Need
from hardware.p1.identity import equipment_id
from hardware.p1.stream import TelegramStream
from hardware.p1.telegram import Telegram
from hardware.port import LineSettings, Port
from hardware.serial_port import open_port
from hardware.trace import Direction, Record, line_of, line_text
from ui.cli.wanted import Entry
from ui.presenters.trace_file import KEEP, TraceHead, head_lines, record_of, trouble
from ui.presenters.trace_rows import TraceRow, row_of

_PIECE_S = 0.5
_HELD = 1000
_TELEGRAM = frozenset({"p1_line", "p1_end", "empty_line", "unknown"})
"""What is held back in a visit until a telegram has said whose it is."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is recorded where, for how long (0: until it is stopped), and why."""

    source: str
    line: LineSettings
    file: Path
    seconds: float
    purpose: str


class Recording:
    """One recording.

    Attributes:
        kept: messages so far; `masked` of them had a secret.
    """

    def __init__(self, wish: Wish, clock: Clock, show: Callable[[TraceRow], None]) -> None:
        """Record `wish`; `show` gets each message that was kept."""
        self.kept = self.masked = 0
        self._wish = wish
        self._clock = clock
        self._show = show
        self._reader = TraceReader()
        self._telegrams = TelegramStream()
        self._expected: str | None = None
        self._held: deque[Message] = deque(maxlen=_HELD)

    async def run(self, contact: AbstractAsyncContextManager[Entry]) -> None:
        """Record until the time is over, the port goes away, or it is cancelled.

        Raises:
            FileTrouble: the file is there already, or can't be written.
            WrongMeter: the line is another meter's; the file is gone again.
            PortError: the port can't be opened.
            FieldAppError: as the contact.
        """
        async with contact as entry:
            self._expected = entry.meter
            port = await open_port(self._wish.source, self._wish.line)
            try:
                with self._file() as file:
                    await self._listen(port, file)
            finally:
                await port.close()

    @contextmanager
    def _file(self) -> Iterator[TextIO]:
        """A new file for this user only; it goes where it turns out to be another meter's."""
        path = self._wish.file
        try:
            with open(path, "x", encoding="ascii", opener=_private) as file:
                yield file
        except OSError as e:
            raise trouble(str(path), e) from e
        except WrongMeter:
            path.unlink(missing_ok=True)
            raise

    async def _listen(self, port: Port, file: TextIO) -> None:
        self._began, begun_s = self._clock.now(), self._clock.monotonic_s()
        head = TraceHead(self._began, self._wish.purpose, self._began + KEEP)
        file.write("\n".join(head_lines(head)) + "\n")
        setting = Record(Direction.LINE, Decimal(0), line_text(self._wish.line))
        self._keep(file, self._reader.take(setting))
        try:
            with suppress(TimeoutError, PortGone):
                async with asyncio.timeout(self._wish.seconds or None):
                    while True:
                        data = await port.read(_PIECE_S)
                        offset = Decimal(f"{self._clock.monotonic_s() - begun_s:.6f}")
                        self._heard(file, Record(Direction.RECEIVED, offset, data))
        finally:
            self._keep(file, self._reader.settle())

    def _heard(self, file: TextIO, record: Record) -> None:
        """Keep what came; an empty record says that the line is quiet."""
        found = self._reader.take(record) if record.data else self._reader.settle()
        self._check_meter(record.data)
        if self._expected is not None:
            self._held += [message for message in found if message.meaning.kind in _TELEGRAM]
            found = [message for message in found if message.meaning.kind not in _TELEGRAM]
        else:
            found = [*self._held, *found]
            self._held.clear()
        self._keep(file, found)

    def _check_meter(self, data: bytes) -> None:
        """The first whole telegram must be the expected meter's; from then on nobody's."""
        if self._expected is None:
            return
        self._telegrams.feed(data)
        while not isinstance(event := self._telegrams.next_event(), Need):
            if isinstance(event, Telegram) and event.crc != "bad":
                found = equipment_id(event) or ""
                if not same_meter(found, self._expected):
                    raise WrongMeter(self._expected, found)
                self._expected = None
                return

    def _keep(self, file: TextIO, messages: Iterable[Message]) -> None:
        for message in messages:
            self.kept += message.direction is not Direction.LINE
            self.masked += message.masked
            row = row_of(message, self.kept, self._began)
            file.write(line_of(record_of(row, self._began)) + "\n")
            file.flush()
            self._show(row)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
