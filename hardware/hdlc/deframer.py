"""Finds HDLC frames in a stream of octets that also carries noise and damage.

Octets go in by `feed`; `next_event` answers with a `Frame`, with `Noise` (octets that belong
to no frame), with `Broken` (began as a frame and failed a check), or with `NEED_DATA`.
Any way of cutting the stream into pieces gives the same answers.

Rule: no damage can wedge it. A frame is believed only when its length, closing flag and both
checksums hold; a candidate that fails costs its opening flag alone, and the search goes on
one octet later. The header checksum is looked at as soon as it is there, so a flag inside
data that happens to announce a long frame holds up nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from hardware.errors import RemoteProtocolError
from hardware.hdlc.frames import (
    FLAG,
    MIN_LENGTH,
    Frame,
    frame_length,
    header_holds,
    parse_frame,
    parse_header,
)


class NeedData(Enum):
    """The type of `NEED_DATA`."""

    NEED_DATA = auto()


NEED_DATA = NeedData.NEED_DATA


@dataclass(frozen=True, slots=True)
class Noise:
    """Octets outside any frame, at most `NOISE_PIECE` at a time."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """A frame that failed a check; `octets` from its flag to the next flag."""

    reason: str
    octets: bytes


NOISE_PIECE = 256
_HOLD = 65536


class Deframer:
    """One direction of a line. Holds at most 64 kB; older octets are then given up as noise."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._judged = 0

    def feed(self, data: bytes) -> None:
        """Take octets as they came."""
        self._buffer += data
        if len(self._buffer) > _HOLD:
            del self._buffer[: len(self._buffer) - _HOLD]

    def next_event(self) -> Frame | Noise | Broken | NeedData:
        """The next answer; call again until `NEED_DATA`."""
        while True:
            start = self._buffer.find(FLAG)
            if start > 0 or (start < 0 and len(self._buffer) >= NOISE_PIECE):
                return Noise(self._take(min(start if start > 0 else NOISE_PIECE, NOISE_PIECE)))
            if start < 0 or len(self._buffer) < 2:
                return NEED_DATA
            if self._buffer[1] & 0xF0 == 0xA0:
                return self._candidate()
            # A closing flag, or fill between frames.
            del self._buffer[0]

    @property
    def is_partial(self) -> bool:
        """Whether a frame has begun and its end is still to come."""
        return len(self._buffer) > 1 and self._buffer[0] == FLAG

    def drop_partial(self) -> None:
        """Forget an unfinished frame: the line fell silent in the middle of it."""
        self._buffer.clear()

    def _take(self, count: int) -> bytes:
        octets = bytes(self._buffer[:count])
        del self._buffer[:count]
        return octets

    def _candidate(self) -> Frame | Broken | NeedData:
        """Judge the octets after the opening flag at the front of the buffer."""
        self._judged = 1 + MIN_LENGTH
        try:
            return self._judge()
        except RemoteProtocolError as error:
            # Only up to what was judged: what came behind it must not change the answer.
            next_flag = self._buffer.find(FLAG, 1, self._judged)
            return Broken(str(error), self._take(next_flag if next_flag > 0 else self._judged))

    def _judge(self) -> Frame | NeedData:
        if len(self._buffer) < self._judged:
            return NEED_DATA
        length = frame_length(bytes(self._buffer[1:3]))
        body = bytes(self._buffer[1 : 1 + length])
        header = parse_header(body)
        if header is not None and header_holds(body, header) is False:
            self._judged = 1 + header.size + 2
            raise RemoteProtocolError("HDLC header checksum")
        if len(self._buffer) < length + 2:
            return NEED_DATA
        self._judged = length + 2
        if self._buffer[length + 1] != FLAG:
            raise RemoteProtocolError("no flag where the HDLC length ends")
        frame = parse_frame(body)
        # The closing flag stays: it may also open the next frame (IEC 62056-46, 6.4.2.1).
        del self._buffer[: length + 1]
        return frame
