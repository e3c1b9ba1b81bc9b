"""The files of one sync: signatures, thumbnails, photos and captures, each on its own.

A file travels in pieces from where the office's copy ends, so a broken line costs one piece at
most. It counts as delivered when the office, asked again, says that it has it whole, which it
says only after reading it back. Operations that come up meanwhile go between two pieces; what
`departures` holds back on a metered connection is left. Rule: a file that can't go is noted and
left for the next run; it never stops the others, and only the office's word takes one off the
list.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

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

PIECE = 256 * 1024
SMALLEST_PIECE = 16 * 1024
_BEFORE_LARGER = 8
_ASKS = 5
"""So often a file's place is asked for in a run: the last time must say that it is whole."""

_FILES = frozenset({"files"})
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
        self._session: Session
        self._between: Callable[[], Awaitable[None]]

    async def run(
        self, session: Session, tally: Tally, between: Callable[[], Awaitable[None]]
    ) -> None:
        """Send every file that waits, in the order of `departures`.

        Args:
            session: with the office.
            tally: hears of every piece.
            between: is awaited before each piece, and sends what goes before files.

        Raises:
            Offline: the line broke, or the office is busy; the rest waits.
            SyncError: a file could not go for a reason that may be gone by itself; the others
                went. Or as `between`.
        """
        self._session, self._between = session, between
        self.held, self.goes_at = frozenset(), None
        await self._draw_thumbnails()
        later: SyncError | None = None
        busy = 0
        for file in await self._db.read(departures.queue):
            if departures.rank(file) is Rank.ORIGINAL and await self._is_held(file):
                continue
            error = await self._send(file, tally)
            busy = busy + 1 if isinstance(error, TryLater) else 0
            if error is not None and not isinstance(error, Refused):
                later = error
            if busy == _BUSY_IN_A_ROW:
                break
        if later is not None:
            raise later

    async def _draw_thumbnails(self) -> None:
        """Make those that are wanted; without one a photo goes all the same."""
        if self.draw is None:
            return
        for photo in await self._db.read(thumbnails.wanted):
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
        except (TryLater, OfficeFault, Refused, BadWire) as e:
            _note_refused(file, e, tally)
            return e
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
            place = await self._network(lambda: tus.ask_place(self._session, file))
            if place.offset == file.size:
                return asked == 0
            await self._fill(file, place, tally)
        raise BadWire("the office never has the file whole")

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
            now = await self._network(lambda: tus.send_piece(self._session, file, place, piece))
        except (TryLater, OfficeFault):
            raise  # the line is good
        except Offline:
            self._size.failed()
            raise
        self._size.went()
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
