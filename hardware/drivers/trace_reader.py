"""Reads a capture as it grows: records in, messages with their meaning out.

Each direction is cut by itself into lines of text (sign-on, P1), HDLC frames and messages of
the wrapper; segments are put together before their APDU is read. Rule: every octet of the
capture is in exactly one message, secrets excepted, which leave as asterisks; and the reader
holds at most one unfinished message a direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hardware.drivers.trace_meaning import (
    LLC_REQUEST,
    LLC_RESPONSE,
    Meaning,
    meaning_of_frame,
    meaning_of_text,
    unknown,
)
from hardware.drivers.trace_wrapped import meaning_of_wrapped, wrapped_size
from hardware.errors import RemoteProtocolError
from hardware.hdlc.frames import FLAG, Frame, frame_length, parse_frame
from hardware.trace import Direction, Record
from hardware.trace_secrets import Secrets

MAX_HELD = 2304
"""Octets: more than the largest frame and the longest line of a telegram."""
_NEWLINE = 0x0A
_MAX_APDU = 65536


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a capture.

    Attributes:
        offset_s: when its last octet came or left, seconds since the capture began.
        octets: all of it, without its secrets.
        meaning: what it says; of a change of settings the kind is `line`.
    """

    direction: Direction
    offset_s: Decimal
    octets: bytes
    meaning: Meaning
    masked: bool = False


class TraceReader:
    """Reads one capture; `take` its records in order."""

    def __init__(self) -> None:
        self._ways = {Direction.SENT: _Way(), Direction.RECEIVED: _Way()}
        self._last = Decimal(0)

    def take(self, record: Record) -> list[Message]:
        """The messages that this record completes."""
        self._last = record.offset_s
        if record.direction is Direction.LINE:
            about = record.data.decode("ascii")
            meaning = Meaning("line", about)
            return [*self.settle(), Message(Direction.LINE, self._last, b"", meaning)]
        messages: list[Message] = []
        for direction, way in self._ways.items():
            if direction is not record.direction:
                messages += self._said(direction, way.settle())
        way = self._ways[record.direction]
        return messages + self._said(record.direction, way.take(record.data))

    def settle(self) -> list[Message]:
        """The line has gone quiet: what is unfinished comes out as it is."""
        found: list[Message] = []
        for direction, way in self._ways.items():
            found += self._said(direction, way.settle())
        return found

    def _said(self, direction: Direction, pieces: list[Piece]) -> list[Message]:
        return [Message(direction, self._last, *piece) for piece in pieces]


Piece = tuple[bytes, Meaning, bool]


class _Way:
    """One direction of the line."""

    def __init__(self) -> None:
        self._secrets = Secrets()
        self._held = bytearray()
        self._segments = b""

    def take(self, data: bytes) -> list[Piece]:
        self._held += data
        pieces: list[Piece] = []
        while (size := self._next_size()) > 0:
            octets = bytes(self._held[:size])
            del self._held[:size]
            pieces.append(self._piece(octets))
        return pieces

    def settle(self) -> list[Piece]:
        octets = bytes(self._held)
        self._held.clear()
        return [self._piece(octets)] if octets else []

    def _piece(self, octets: bytes) -> Piece:
        if wrapped_size(octets) == len(octets):
            shown, masked = Secrets().masked(octets)
            return shown, meaning_of_wrapped(shown), masked
        shown, masked = self._secrets.masked(octets)
        return shown, self._meaning(shown), masked

    def _next_size(self) -> int:
        """How many octets make the next message; 0: more must come."""
        held = self._held
        if not held:
            return 0
        if held[0] == FLAG:
            return self._frame_size()
        wrapped = wrapped_size(held)
        if wrapped is not None:
            return wrapped
        end = held.find(_NEWLINE) + 1
        flag = held.find(bytes([FLAG, 0xA0]))
        stops = [at for at in (end, flag) if at > 0]
        if stops:
            return min(stops)
        return MAX_HELD if len(held) >= MAX_HELD else 0

    def _frame_size(self) -> int:
        held = self._held
        if len(held) < 3:
            return 0
        if held[1] == FLAG:
            return 1
        try:
            size = frame_length(bytes(held[1:3])) + 2
        except RemoteProtocolError:
            return self._until_flag()
        if len(held) < size:
            return 0
        if held[size - 1] != FLAG:
            return self._until_flag()
        shared = len(held) > size and held[size] & 0xF0 == 0xA0
        return size - 1 if shared else size

    def _until_flag(self) -> int:
        at = self._held.find(FLAG, 1)
        return at if at > 0 else len(self._held)

    def _meaning(self, octets: bytes) -> Meaning:
        if octets[0] != FLAG:
            return meaning_of_text(octets) if octets[-1] == _NEWLINE else unknown(octets)
        body = octets[1:-1] if octets[-1] == FLAG else octets[1:]
        if not body:
            return Meaning("fill")
        try:
            frame = parse_frame(body)
        except RemoteProtocolError as e:
            return Meaning("broken", str(e), holds=False)
        whole = octets if octets[-1] == FLAG else octets + bytes([FLAG])
        return meaning_of_frame(frame, whole, self._apdu(frame))

    def _apdu(self, frame: Frame) -> bytes | None:
        """The whole message that this frame completes."""
        if not frame.information:
            return None
        self._segments = (self._segments + frame.information)[-_MAX_APDU:]
        if frame.segmented:
            return None
        whole, self._segments = self._segments, b""
        for llc in (LLC_REQUEST, LLC_RESPONSE):
            if whole.startswith(llc):
                return whole.removeprefix(llc)
        return whole
