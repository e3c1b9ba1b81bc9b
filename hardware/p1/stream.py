"""Octets of a customer port in, telegrams and noise out: the machines of this room in a row.

`feed` octets, ask `next_event` until `NEED_DATA`, `close` at the end: first sealed frames are
opened (only with keys), then the stream is cut, then each telegram is read. Rule: nothing is
dropped on the way; what is no telegram comes out as `Noise`, and `raw` holds the octets of
either, so that the octets of all events in a row are the input.
"""

from hardware.p1.encrypted import Keys, Unsealer
from hardware.p1.framer import Framer, Need, Noise, TelegramBytes
from hardware.p1.telegram import Telegram, parse


class TelegramStream:
    """The row of machines; events come in the order of the octets.

    Attributes:
        raw: the octets of the event that was handed out last, opened if they were sealed.
    """

    def __init__(self, keys: Keys | None = None) -> None:
        self.raw = b""
        self._fed = bytearray()
        self._framer = Framer()
        self._unsealer = None if keys is None else Unsealer(keys)

    def feed(self, data: bytes) -> None:
        """Take the next octets of the line.

        Raises:
            LocalProtocolError: after `close`.
        """
        self._take(data if self._unsealer is None else self._unsealer.feed(data))

    def next_event(self) -> Telegram | Noise | Need:
        """The next telegram or noise; `NEED_DATA` when none is certain yet."""
        event = self._framer.next_event()
        if isinstance(event, TelegramBytes):
            self.raw = event.raw
            del self._fed[: len(event.raw)]
            return parse(event.raw, event.crc)
        if isinstance(event, Noise):
            self.raw = bytes(self._fed[: event.size])
            del self._fed[: event.size]
        return event

    def settle(self) -> None:
        """The line has gone quiet, see `Framer.settle`."""
        self._framer.settle()

    def close(self) -> None:
        """The input has ended; what is left comes out of `next_event`."""
        if self._unsealer is not None:
            self._take(self._unsealer.close())
        self._framer.close()

    def _take(self, clear: bytes) -> None:
        self._framer.feed(clear)
        self._fed += clear
