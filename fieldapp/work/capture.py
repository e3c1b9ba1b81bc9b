"""Reads a recording of any length: what was in it, what was wrong, and where.

In comes a `Source`; out come steps that tell how far it is, and at the end a `Summary`. A plain
generator over plain values, so it runs in this process bit by bit or in another one whole.
Rule: memory does not grow with the recording: lines are columns, lists are bounded and say how
many more there were, and places are marked ever further apart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from fieldapp.store.recordings import Piece
from fieldapp.work.capture_series import Column, Series
from fieldapp.work.capture_source import Source
from fieldapp.work.quantities import Key, quantities
from hardware.p1.framer import NEED_DATA, Framer, Noise, TelegramBytes
from hardware.p1.identity import equipment_id
from hardware.p1.telegram import Telegram, parse

MOST_FLAWS, MOST_MARKS = 500, 2048
UNTIMED = datetime(1970, 1, 1, tzinfo=UTC)
"""Where a recording without any time begins: each telegram then counts for its interval."""
_FAST_S, _SLOW_S = 1, 10
_GAP = 3.5
_EPOCH = UNTIMED


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong at a place of the recording.

    Attributes:
        kind: `damaged`, `noise`, `unread` (a line that can't be read), `gap`, `clock_back` (the
            meter's clock), `exchanged` (another meter from here on), `cut` (its end is
            missing).
        amount: octets of noise, lines that can't be read, seconds of a gap or of the clock.
        about: the line, the reason, or the new number.
    """

    kind: str
    place: int
    at: datetime | None
    amount: int = 0
    about: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A telegram that can be found again: its moment and the place to read on from."""

    at: datetime
    place: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a recording holds.

    Attributes:
        meters: the numbers of the meters that spoke, in order.
        octets: what was read, `noise_octets` of which belong to no telegram.
        flaws: the first of them; `flaw_counts` has all of each kind.
        lines: columns of `width_s` seconds, in seconds since 1970 in UTC.
        untimed: it tells no time; moments count from `UNTIMED` at the version's interval.
    """

    telegrams: int = 0
    octets: int = 0
    noise_octets: int = 0
    first: datetime | None = None
    last: datetime | None = None
    versions: tuple[str, ...] = ()
    meters: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    flaw_counts: dict[str, int] = field(default_factory=dict)
    lines: dict[Key, tuple[Column, ...]] = field(default_factory=dict)
    width_s: float = 1.0
    marks: tuple[Mark, ...] = ()
    untimed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """How far reading is, in places of the source."""

    done: int
    size: int


def digest(source: Source, every: int = 1) -> Generator[Step, None, Summary]:
    """Read it all; `every` so many pieces a step, each a few milliseconds of work.

    Raises:
        OSError: it can't be read.
        StoreCorrupt: one of our own that was damaged.
    """
    reader, size = _Reader(), source.size
    for count, piece in enumerate(source.pieces(), 1):
        reader.feed(piece)
        if count % every == 0:
            yield Step(piece.end, size)
    reader.close()
    return reader.summary()


class _Open(NamedTuple):
    """A piece, and how many octets came before it."""

    piece: Piece
    began: int


class _Marks:
    """Every telegram, then every second one, every fourth: never more than a fixed number."""

    def __init__(self) -> None:
        self._kept: list[Mark] = []
        self._every = 1
        self._seen = 0

    def add(self, mark: Mark) -> None:
        """Take the next telegram's."""
        if self._seen % self._every == 0:
            self._kept.append(mark)
        self._seen += 1
        if len(self._kept) > MOST_MARKS:
            self._kept = self._kept[::2]
            self._every *= 2

    def kept(self) -> tuple[Mark, ...]:
        """Those that are kept, in order."""
        return tuple(self._kept)


class _Reader:
    """Counts what comes; the pieces whose octets the framer still holds are remembered."""

    def __init__(self) -> None:
        self._framer = Framer()
        self._series = Series()
        self._marks = _Marks()
        self._flaws: list[Flaw] = []
        self._counts: dict[str, int] = {}
        self._versions: list[str] = []
        self._meters: list[str] = []
        self._meter = ""
        self._open: deque[_Open] = deque()
        self._octets = self._passed = self._telegrams = self._noise = 0
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._untimed = False
        self._cut: Piece | None = None

    def feed(self, piece: Piece) -> None:
        """Take the next piece."""
        if piece.is_cut:
            self._cut = piece
            return
        self._open.append(_Open(piece, self._octets))
        self._octets += len(piece.octets)
        self._framer.feed(piece.octets)
        self._drain()

    def close(self) -> None:
        """There is no more."""
        self._framer.close()
        self._drain()
        if self._cut is not None:
            self._count(Flaw("cut", self._cut.place, self._last))

    def summary(self) -> Summary:
        """What was found."""
        return Summary(
            telegrams=self._telegrams,
            octets=self._octets,
            noise_octets=self._noise,
            first=self._first,
            last=self._last,
            versions=tuple(self._versions),
            meters=tuple(self._meters),
            flaws=tuple(self._flaws),
            flaw_counts=dict(self._counts),
            lines=self._series.lines(),
            width_s=self._series.width_s,
            marks=self._marks.kept(),
            untimed=self._untimed,
        )

    def _drain(self) -> None:
        while (event := self._framer.next_event()) is not NEED_DATA:
            if isinstance(event, TelegramBytes):
                self._telegram(parse(event.raw, event.crc))
                self._passed += len(event.raw)
            elif isinstance(event, Noise):
                self._noise += event.size
                self._flaw("noise", self._last, event.size, str(event.reason))
                self._passed += event.size

    def _telegram(self, telegram: Telegram) -> None:
        self._telegrams += 1
        if telegram.crc == "bad":
            self._flaw("damaged", self._last)
            return
        interval_s = _FAST_S if (telegram.version or "").startswith("5") else _SLOW_S
        at = self._moment(telegram, interval_s)
        self._note_time(at, interval_s)
        if telegram.errors:
            self._flaw("unread", at, len(telegram.errors), telegram.errors[0].line)
        self._note_meter(telegram, at)
        self._marks.add(Mark(at, self._place()))
        self._series.add((at - _EPOCH).total_seconds(), quantities(telegram))

    def _moment(self, telegram: Telegram, interval_s: int) -> datetime:
        """When it came, else when the meter says that it was, else one interval further."""
        known = self._piece().piece.at or telegram.time
        if known is not None:
            return known
        self._untimed = self._untimed or self._last is None
        return UNTIMED if self._last is None else self._last + timedelta(seconds=interval_s)

    def _note_time(self, at: datetime, interval_s: int) -> None:
        if self._last is not None:
            step_s = (at - self._last).total_seconds()
            if step_s > _GAP * interval_s:
                self._flaw("gap", self._last, round(step_s))
            elif step_s < 0:
                self._flaw("clock_back", at, round(-step_s))
        self._first = self._first or at
        self._last = at

    def _note_meter(self, telegram: Telegram, at: datetime) -> None:
        version, meter = telegram.version or "", equipment_id(telegram) or ""
        if version not in self._versions:
            self._versions.append(version)
        if meter != self._meter and self._meter:
            self._flaw("exchanged", at, 0, meter)
        self._meter = meter
        if meter and meter not in self._meters:
            self._meters.append(meter)

    def _flaw(self, kind: str, at: datetime | None, amount: int = 0, about: str = "") -> None:
        self._count(Flaw(kind, self._place(), at, amount, about))

    def _count(self, flaw: Flaw) -> None:
        self._counts[flaw.kind] = self._counts.get(flaw.kind, 0) + 1
        if len(self._flaws) < MOST_FLAWS:
            self._flaws.append(flaw)

    def _place(self) -> int:
        """Where to read on to meet the event at hand: its octet, else the piece it is in."""
        piece, began = self._piece()
        is_plain = piece.end - piece.place == len(piece.octets)
        return piece.place + (self._passed - began if is_plain else 0)

    def _piece(self) -> _Open:
        """The piece in which the event at hand begins; those before it are let go."""
        while self._passed >= self._open[0].began + len(self._open[0].piece.octets):
            self._open.popleft()
        return self._open[0]


def telegram_at(source: Source, mark: Mark, wanted: datetime) -> bytes:
    """The octets of the first telegram at or after a moment; `mark` is the last one before it.

    Raises:
        OSError, StoreCorrupt: as `digest`.
    """
    framer, found = Framer(), b""
    for piece in source.pieces(mark.place):
        framer.feed(piece.octets)
        while (event := framer.next_event()) is not NEED_DATA:
            if isinstance(event, TelegramBytes):
                found = event.raw
                at = piece.at or parse(event.raw, event.crc).time
                if at is None or at >= wanted:
                    return found
    return found
