"""The files of one sync: signatures, thumbnails, photos and captures, each on its own.

A file travels in pieces from where the office's copy ends, so a broken line costs one piece at
most. It counts as delivered when the office, asked again, says that it has it whole, which it
says only after reading it back. Operations that come up meanwhile go between two pieces, and
files take their place among those that are left; what `departures` holds back on a metered
connection stays. Rule: a file that can't go is noted and left for the next run, and one on
which the line breaks again and again goes last; so none stops the others, and only the office's
word takes one off the list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from fieldapp.clock import Clock
from fieldapp.errors import StoreCorrupt, StoreError, WorkerGone
from fieldapp.store import attachments, departures, device, thumbnails
from fieldapp.store.attachments import Attachment
from fieldapp.store.database import Database
from fieldapp.store.departures import Rank
from fieldapp.store.transaction import Transaction
from sync.client import tus
from sync.client.network import Network
from sync.client.report import FileRefused, FileSent, Tally
from sync.client.session import Session
from sync.client.tus import Place
from sync.errors import BadWire, OfficeFault, Offline, Refused, SyncError, TryLater

T = TypeVar("T")

PIECE = 256 * 1024
SMALLEST_PIECE = 16 * 1024
_BEFORE_LARGER = 8
_ASKS = 5
"""So often a file's place is asked for in a run: the last time must say that it is whole."""

_FILES = frozenset({"files"})
_BREAKS = 2
"""So often in a row the line breaks on a file, and the others go before it."""

_BUSY_IN_A_ROW = 2
"""So many files that are told to come later, and it is the office and not the file."""


class PieceSize:
    """How much goes at once: less on a line that breaks before a piece is through."""

    def __init__(self) -> None:
        self.octets = PIECE
        self._in_a_row = 0

    def went(self) -> None:
        """A piece got there; after several the next size is tried."""
        self._in_a_row += 1
        if self._in_a_row == _BEFORE_LARGER:
            self._in_a_row = 0
            self.octets = min(PIECE, 2 * self.octets)

    def failed(self) -> None:
        """The line broke on it; half of it may get through before the time is over."""
        self._in_a_row = 0
        self.octets = max(SMALLEST_PIECE, self.octets // 2)


class _Left(Exception):
    """The office's word, or somebody else's, on one file: it is left for the next run."""

    def __init__(self, why: SyncError) -> None:
        super().__init__(why)
        self.why = why


Key = tuple[str, str, str]
"""What tells a file from every other: its visit, its SHA-256, its original."""

Draw = Callable[[bytes], Awaitable[bytes]]
"""Makes a thumbnail of a photo's octets, JPEG of at most `thumbnails.LARGEST`; empty: can't."""


class Files:
    """The files of every run of an engine, one run at a time.

    Attributes:
        metered: whether the connection of now costs by what goes over it.
        draw: makes thumbnails; None: nobody here can.
        held: the files (visit, SHA-256) that the last run left for an unmetered connection.
        goes_at: when the first of those goes all the same, or None.
    """

    def __init__(self, db: Database, network: Network, clock: Clock) -> None:
        self.metered: Callable[[], bool] = lambda: False
        self.draw: Draw | None = None
        self.held: frozenset[tuple[str, str]] = frozenset()
        self.goes_at: datetime | None = None
        self._db = db
        self._network = network
        self._clock = clock
        self._size = PieceSize()
        self._breaks: Counter[Key] = Counter()
        self._tried: set[Key] = set()
        self._drawn: set[Key] = set()
        self._session: Session
        self._between: Callable[[], Awaitable[None]]

    async def run(
        self, session: Session, tally: Tally, between: Callable[[], Awaitable[None]]
    ) -> None:
        """Send every file that waits, in the order of `departures`.

        Args:
            session: with the office.
            tally: hears of every piece.
            between: is awaited before each file and piece, and sends what goes before files.

        Raises:
            Offline: the line broke, or the office is busy; the rest waits.
            SyncError: a file could not go for a reason that may be gone by itself; the others
                went. Or as `between`.
        """
        self._session, self._between = session, between
        self.held, self.goes_at = frozenset(), None
        self._tried, self._drawn = set(), set()
        later: SyncError | None = None
        busy = 0
        while busy < _BUSY_IN_A_ROW and (file := await self._next()) is not None:
            await between()
            error = await self._send(file, tally)
            busy = busy + 1 if isinstance(error, TryLater) else 0
            if error is not None and not isinstance(error, Refused):
                later = error
        if later is not None:
            raise later

    async def _next(self) -> Attachment | None:
        """The next that was not tried in this run; what was made meanwhile is among them."""
        await self._draw_thumbnails()
        queue = await self._db.read(departures.queue)
        for file in sorted(queue, key=lambda one: self._breaks[_key(one)] >= _BREAKS):
            if _key(file) in self._tried:
                continue
            self._tried.add(_key(file))
            if departures.rank(file) is not Rank.ORIGINAL or not await self._is_held(file):
                return file
        return None

    async def _draw_thumbnails(self) -> None:
        """Make those that are wanted; without one a photo goes all the same."""
        if self.draw is None:
            return
        for photo in await self._db.read(thumbnails.wanted):
            if _key(photo) not in self._drawn:
                self._drawn.add(_key(photo))
                with suppress(WorkerGone, StoreError, KeyError):
                    await self._draw(photo, self.draw)

    async def _draw(self, photo: Attachment, draw: Draw) -> None:
        plain = await self._db.read(
            lambda c: attachments.open_plain(c, photo.visit, photo.sha256)
        )
        small = await draw(plain)
        await self._db.write(lambda c: thumbnails.add(c, photo, small), touched=_FILES)

    async def _is_held(self, file: Attachment) -> bool:
        """Whether it is left for an unmetered connection; asked anew before each file."""
        if not self.metered():
            return False
        now = self._clock.now()
        held = await self._db.write(lambda c: departures.hold(c, now), touched=frozenset())
        times = [departures.goes_at(one, now) for one in held]
        self.held = frozenset((one.visit, one.sha256) for one in held)
        self.goes_at = min(times, default=None)
        return (file.visit, file.sha256) in self.held

    async def _send(self, file: Attachment, tally: Tally) -> SyncError | None:
        """Send a visit's file; answers what kept it from going."""
        try:
            was_there = await self._deliver(file, tally)
        except _Left as left:
            _note_refused(file, left.why, tally)
            return left.why
        except KeyError:
            return None  # it was let go meanwhile
        except StoreCorrupt as e:
            _note_refused(file, e, tally)
            return None
        await self._note_delivered(file, was_there=was_there)
        tally.note(_sent(file, file.size, delivered=True))
        return None

    async def _deliver(self, file: Attachment, tally: Tally) -> bool:
        """Until the office has it whole; answers whether it had before anything was sent."""
        for asked in range(_ASKS):
            place = await self._ask(file, lambda: tus.ask_place(self._session, file))
            if place.offset == file.size:
                return asked == 0
            await self._fill(file, place, tally)
        raise _Left(BadWire("the office never has the file whole"))

    async def _ask(self, file: Attachment, call: Callable[[], T]) -> T:
        """Ask the office something about a file; what is wrong with the line alone passes."""
        try:
            return await self._network(call)
        except (TryLater, OfficeFault, Refused, BadWire) as e:
            raise _Left(e) from e
        except Offline:
            self._breaks[_key(file)] += 1
            raise

    async def _fill(self, file: Attachment, place: Place, tally: Tally) -> None:
        """Send pieces until the office has all octets, or has the file otherwise than we."""
        here: Place | None = place
        while here is not None and here.offset < file.size:
            here = await self._send_piece(file, here)
            if here is not None:
                tally.note(_sent(file, here.offset, delivered=False))

    async def _send_piece(self, file: Attachment, place: Place) -> Place | None:
        await self._between()
        size = self._size.octets
        piece = await self._db.read(lambda c: _octets(c, file, place.offset, size))
        try:
            now = await self._ask(
                file, lambda: tus.send_piece(self._session, file, place, piece)
            )
        except Offline:
            self._size.failed()
            raise
        self._size.went()
        del self._breaks[_key(file)]
        return now

    async def _note_delivered(self, file: Attachment, *, was_there: bool) -> None:
        def note(c: Transaction) -> None:
            now = device.trusted_time(c, self._clock) or self._clock.now()
            if file.original:
                thumbnails.note_delivered(c, file, now)
            else:
                visit, sha256 = file.visit, file.sha256
                attachments.note_delivered(c, visit, sha256, now, was_there=was_there)

        await self._db.write(note, touched=_FILES)


def _key(file: Attachment) -> Key:
    return file.visit, file.sha256, file.original


def _octets(c: Transaction, file: Attachment, start: int, size: int) -> bytes:
    if file.original:
        return thumbnails.content(c, file)[start : start + size]
    return attachments.open_plain(c, file.visit, file.sha256, start, size)


def _sent(file: Attachment, offset: int, *, delivered: bool) -> FileSent:
    small = bool(file.original)
    return FileSent(file.sha256, file.visit, file.slot, file.size, offset, delivered, small)


def _note_refused(file: Attachment, error: SyncError | StoreError, tally: Tally) -> None:
    if not file.original:  # nobody misses a thumbnail
        tally.note(FileRefused(file.sha256, file.visit, file.slot, error))
