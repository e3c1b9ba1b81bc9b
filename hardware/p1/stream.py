"""Octets of a customer port in, telegrams and noise out: the machines of this room in a row.

`feed` octets, ask `next_event` until `NEED_DATA`, `close` at the end: first sealed frames are
opened (only with keys), then the stream is cut, then each telegram is read. Rule: nothing is
dropped on the way; what is no telegram comes out as `Noise`.
"""

from hardware.p1.encrypted import Keys, Unsealer
from hardware.p1.framer import Framer, Need, Noise, TelegramBytes
from hardware.p1.telegram import Telegram, TelegramReader


class TelegramStream:
    """The row of machines; events come in the order of the octets."""

    def __init__(self, keys: Keys | None = None) -> None:
        self._framer = Framer()
        self._reader = TelegramReader()
        self._unsealer = None if keys is None else Unsealer(keys)

    def feed(self, data: bytes) -> None:
        """Take the next octets of the line.

        Raises:
            LocalProtocolError: after `close`.
        """
        self._framer.feed(data if self._unsealer is None else self._unsealer.feed(data))

    def next_event(self) -> Telegram | Noise | Need:
        """The next telegram or noise; `NEED_DATA` when none is certain yet."""
        event = self._framer.next_event()
        if isinstance(event, TelegramBytes):
            return self._reader.read(event.raw, event.crc)
        return event

    def settle(self) -> None:
        """The line has gone quiet, see `Framer.settle`."""
        self._framer.settle()

    def close(self) -> None:
        """The input has ended; what is left comes out of `next_event`."""
        if self._unsealer is not None:
            self._framer.feed(self._unsealer.close())
        self._framer.close()
