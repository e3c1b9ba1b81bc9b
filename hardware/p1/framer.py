"""Cuts a stream of octets into P1 telegrams and noise; a machine without IO or clock.

`feed` octets as they come, then ask `next_event` until it answers `NEED_DATA`; `close` at the
end of the input. Out come `TelegramBytes` and `Noise`, which together are exactly the input:
no octet is lost or invented, and how the stream was split over `feed` makes no difference.

The checksum decides. From each `/` the first end whose checksum holds is a telegram, so a `/`
or `!` inside an identification or a damaged neighbour does no harm. Only where none holds does
the next `/` split. "None holds" is known as soon as a later telegram holds, or has run from
its `/` to its end line as well, or a frame that is no telegram begins, or when `max_telegram`
octets or 32 marks have gone by.
Versions 2.2 and 3.0 have no checksum: there the end line itself decides, and at once, and only
the parity of a 7E1 line can tell damage.
"""

from collections import deque

from hardware.errors import LocalProtocolError
from hardware.p1.cause import Cause, looks_like
from hardware.p1.foreign import HEADER, SEAL, frame_from
from hardware.p1.integrity import WITHOUT_BIT_7, Crc, holds, unchecked, without_parity
from hardware.p1.marks import (
    CLOSED_FORMS,
    GLUED,
    IDENTIFICATION,
    OPEN_FORMS,
    SPOILED,
    UNDECIDED,
    WHOLE,
    End,
    Frame,
    Start,
)
from hardware.p1.pieces import NEED_DATA, Need, Noise, NoiseReason, TelegramBytes

__all__ = ["NEED_DATA", "Framer", "Need", "Noise", "NoiseReason", "TelegramBytes"]

MAX_TELEGRAM = 16384
"""Octets; the text message alone may be 2048 (DSMR P1 5.0.2 sets no maximum)."""

_NOISE_CHUNK = 4096
_SAMPLE = 64
_MAX_PENDING = 32
_CHECKSUM_AGE = (b"0-0:1.0.0(", b"1-3:0.2.8(")


class Framer:
    """The machine; see the module's docstring for its rule."""

    def __init__(self, max_telegram: int = MAX_TELEGRAM) -> None:
        self._max = max_telegram
        self._raw = bytearray()
        self._clear = bytearray()
        self._gone = 0
        self._scanned = 0
        self._starts: deque[Start] = deque()
        self._ends: deque[End] = deque()
        self._events: deque[TelegramBytes | Noise] = deque()
        self._forms = OPEN_FORMS
        self._closed = False
        self._may_hold_frames = False
        self._sought = 0
        self._frame = Frame(0, 0)
        self._frame_cause = Cause.HDLC

    def feed(self, data: bytes) -> None:
        """Take the next octets of the stream, any number of them.

        Raises:
            LocalProtocolError: after `close`.
        """
        if self._closed:
            raise LocalProtocolError("fed after close")
        self._raw += data
        if data.isascii():
            self._clear += data
        else:
            self._clear += data.translate(WITHOUT_BIT_7)
            self._may_hold_frames = True

    def next_event(self) -> TelegramBytes | Noise | Need:
        """The next piece of the stream, in order; `NEED_DATA` when none is certain yet."""
        while not self._events:
            if not self._advance():
                return NEED_DATA
        return self._events.popleft()

    def settle(self) -> None:
        """The line has gone quiet: decide telegrams whose end line is the last thing read.

        Without this a damaged telegram is only certain when the next one has come. One that
        is still under way is left alone.
        """
        while self._advance():
            pass
        if self._ends and self._ends[-1].stop == self._gone + len(self._clear):
            self._split_until(len(self._starts))

    def close(self) -> None:
        """The input has ended: what is left comes out of `next_event` now."""
        self._closed = True
        self._forms = CLOSED_FORMS

    def _advance(self) -> bool:
        """Take one step; False when that needs more octets."""
        if self._may_hold_frames:
            found = self._seek_frame()
            if found is not None:
                return found
        if not self._starts:
            return self._take_whole() or self._skip_noise()
        window = self._max + 1
        bang = self._clear.find(b"!", self._scanned - self._gone, window)
        slash = self._clear.find(b"/", self._scanned - self._gone, window if bang < 0 else bang)
        if slash >= 0:
            return self._take_start(slash)
        if bang >= 0:
            return self._take_end(bang)
        self._scanned = self._gone + min(len(self._clear), window)
        return self._wait()

    def _wait(self) -> bool:
        """Nothing to decide in what came so far, unless it is too much or the last."""
        if len(self._clear) > self._max:
            return self._split()
        return self._closed and self._split()

    def _seek_frame(self) -> bool | None:
        """Take the frame that begins before the next mark, if any; None where none does.

        False when more octets must tell. Frames begin with octets that are no text.
        """
        first = max(self._sought, self._gone) - self._gone
        limit = self._max - HEADER if self._starts else _NOISE_CHUNK
        scanned = self._scanned - self._gone
        marks = (self._clear.find(mark, scanned, limit) for mark in (b"/", b"!"))
        stop = min(limit, len(self._clear), *(mark for mark in marks if mark >= 0))
        at, size = frame_from(self._raw, first, stop)
        if size is None and not self._closed:
            return False
        if not size:
            self._sought = self._gone + (stop if size == 0 else at + 1)
            return None if size == 0 else True
        self._begin_frame(Frame(self._gone + at, self._gone + at + size))
        return True

    def _begin_frame(self, frame: Frame) -> None:
        """Nothing that began before a frame can be a telegram any more."""
        while self._starts:
            self._split(frame.at)
        self._put_noise(frame.at - self._gone, NoiseReason.OUTSIDE)
        self._sought = self._scanned = frame.at + 1
        self._frame = frame

    def _take_whole(self) -> bool:
        """The usual case, all at once: a telegram that has come whole and undamaged.

        Its first end line holds, so no later one is needed; the long way finds the same.
        """
        found = WHOLE.match(self._raw, 0, self._max)
        if found is None or not holds(found[1], found[2]):
            return False
        self._put_telegram(found.end(), "ok")
        return True

    def _skip_noise(self) -> bool:
        """Outside a telegram: hand out noise up to the next `/`, in pieces of fixed size."""
        start = self._clear.find(b"/", 0, _NOISE_CHUNK + 1)
        size = min(len(self._clear), _NOISE_CHUNK) if start < 0 else start
        if start < 0 and size < _NOISE_CHUNK and not (self._closed and size):
            return False
        self._put_noise(size, NoiseReason.OUTSIDE)
        if self._clear.startswith(b"/"):
            self._starts.append(Start(self._gone, fresh=False))
            self._scanned = self._gone + 1
        return True

    def _take_start(self, at: int) -> bool:
        if at + 1 > self._max or len(self._starts) >= _MAX_PENDING:
            return self._split()
        after_end = any(end.opens_line for end in self._ends)
        fresh = after_end and self._opens_line(at)
        self._starts.append(Start(self._gone + at, fresh))
        self._scanned = self._gone + at + 1
        return True

    def _take_end(self, bang: int) -> bool:
        glued = GLUED.match(self._clear, bang)
        if glued is not None and glued.end() <= self._max:
            end = self._end(bang, glued.end(), glued[1])
            if self._complete(end):
                return True
        if not self._closed and UNDECIDED.match(self._clear, bang):
            return self._wait()
        return self._judge_end(bang, self._end_at(bang))

    def _end(self, bang: int, stop: int, digits: bytes) -> End:
        return End(self._gone + bang, self._gone + stop, digits, self._opens_line(bang))

    def _end_at(self, bang: int) -> End | None:
        """The end line at `bang`, or None where this `!` is just a character."""
        opens_line = self._opens_line(bang)
        found = self._forms.numbered.match(self._clear, bang)
        if found is not None and (found[1] or opens_line):
            return self._end(bang, found.end(), found[1])
        found = self._forms.spoiled.match(self._clear, bang)
        if found is not None and opens_line:
            return self._end(bang, found.end(), SPOILED)
        return None

    def _judge_end(self, bang: int, end: End | None) -> bool:
        stop = bang + 1 if end is None else end.stop - self._gone
        if stop > self._max:
            return self._split()
        if end is None:
            self._scanned = self._gone + stop
        elif not self._complete(end):
            self._remember(end)
        return True

    def _complete(self, end: End) -> bool:
        """Hand out the telegram that ends here, if the checksum or its absence says so."""
        index = self._holding_start(end)
        if index is None:
            return False
        self._split_until(index)
        self._put_telegram(end.stop - self._gone, "ok" if end.digits else "absent")
        return True

    def _holding_start(self, end: End) -> int | None:
        """Which start this end belongs to for certain."""
        bang = end.bang - self._gone
        if not end.digits:
            last = self._starts[-1].at - self._gone
            dated = any(self._clear.find(mark, last, bang) >= 0 for mark in _CHECKSUM_AGE)
            return None if dated else self._last_header()
        if end.digits == SPOILED:
            return None
        for index, start in enumerate(self._starts):
            checked = without_parity(bytes(self._raw[start.at - self._gone : bang + 1]))
            if holds(checked, end.digits):
                return index
        return None

    def _last_header(self) -> int:
        """The last start, unless it is a `/` inside the identification that began before it."""
        index = len(self._starts) - 1
        while index:
            before, at = (self._starts[n].at - self._gone for n in (index - 1, index))
            inside = self._clear.find(b"\n", before, at) < 0
            if not inside or IDENTIFICATION.match(self._clear, at):
                break
            index -= 1
        return index

    def _remember(self, end: End) -> None:
        """An end that fits no start: it settles older starts when it ends a fresh one."""
        self._ends.append(end)
        self._scanned = end.stop
        if end.opens_line:
            fresh = [index for index, start in enumerate(self._starts) if start.fresh]
            self._split_until(fresh[-1] if fresh else 0)
        if len(self._ends) > _MAX_PENDING:
            self._split()

    def _split_until(self, index: int) -> None:
        """Give up on the first `index` starts."""
        for _ in range(index):
            self._split()

    def _split(self, until: int | None = None) -> bool:
        """Give up on the first start: what stands before the next `/` is damaged.

        `until` is where the last start's part stops, if not with the octets.
        """
        self._starts.popleft()
        following = self._starts[0].at if self._starts else until
        room = min(len(self._clear), self._max)
        limit = room if following is None else following - self._gone
        ends = [end for end in self._ends if end.stop - self._gone <= limit]
        if not ends:
            too_long = following is None and len(self._clear) > self._max
            self._put_noise(limit, NoiseReason.TOO_LONG if too_long else NoiseReason.NO_END)
            return True
        end = next((end for end in ends if end.opens_line), ends[-1])
        self._put_telegram(end.stop - self._gone, "bad" if end.digits else "absent")
        if following is not None:
            self._put_noise(following - self._gone, NoiseReason.OUTSIDE)
        return True

    def _put_noise(self, size: int, reason: NoiseReason) -> None:
        if size:
            sample = bytes(self._raw[: min(size, _SAMPLE)])
            self._events.append(Noise(size, sample, reason, self._cause(sample)))
            self._drop(size)

    def _cause(self, sample: bytes) -> Cause:
        """What the next octets are; the rest of a frame is what its beginning was."""
        if not self._frame.at <= self._gone < self._frame.stop:
            return looks_like(sample)
        if self._gone == self._frame.at:
            sealed, looks = sample.startswith(SEAL[:1]), looks_like(sample)
            pushed = Cause.PUSH if looks is Cause.PUSH else Cause.HDLC
            self._frame_cause = Cause.ENCRYPTED if sealed else pushed
        return self._frame_cause

    def _put_telegram(self, size: int, crc: Crc) -> None:
        raw = bytes(self._raw[:size])
        self._events.append(TelegramBytes(raw, unchecked(raw) if crc == "absent" else crc))
        self._drop(size)

    def _drop(self, size: int) -> None:
        """Forget the first `size` octets and every mark that stood in them."""
        del self._raw[:size], self._clear[:size]
        self._gone += size
        self._scanned = max(self._scanned, self._gone)
        while self._starts and self._starts[0].at < self._gone:
            self._starts.popleft()
        while self._ends and self._ends[0].bang < self._gone:
            self._ends.popleft()

    def _opens_line(self, at: int) -> bool:
        return at > 0 and self._clear[at - 1] in b"\r\n"
