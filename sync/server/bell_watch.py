"""Hears the bell of an office's database, in a thread of its own with a line of its own.

In comes the database; out go, to whoever was named, the technicians that have something new. On
PostgreSQL it waits for notifications (LISTEN), on SQLite it asks once a second whether the file
has changed (`PRAGMA data_version`, some microseconds) and only then what. Rule: what may have
been missed is told as None, never passed over; no line of the pool is held.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from sync.server.bell import CHANNEL, Whom, heard
from sync.server.database import OfficeDatabase

POLL_S = 1.0
"""Between two looks at a SQLite file, and at most until a stop is heeded."""

_CHECKED = 60
"""After so many looks a silent line is asked whether it still stands."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0

_STANDING = """
SELECT region, technician, last FROM counters
UNION ALL SELECT region, technician, version FROM vans
UNION ALL SELECT region, technician, scheme || ' ' || activities || ' ' || level || ' ' ||
  starts || ' ' || until || ' ' || supervisor || ' ' || supervisor_phone FROM designations
UNION ALL SELECT region, technician, 'withdrawn ' || id FROM laptops
  WHERE withdrawn_at IS NOT NULL
UNION ALL SELECT s.region, l.technician, s.state || ' ' || s.header_sha256 FROM set_aside s
  JOIN laptops l ON l.region = s.region AND l.id = s.laptop
"""
"""What every technician would hear, in short; whatever `ring` is called for shows in it."""

Tell = Callable[[frozenset[Whom] | None], None]
Standing = frozenset[tuple[Any, ...]]


class BellWatch:
    """The thread; started once, stopped once.

    Args:
        tell: gets the technicians, or None: nothing is heard for a while.
        ready: called when everything is heard from now on. Both are called in the thread.
    """

    def __init__(self, database: OfficeDatabase, tell: Tell, ready: Callable[[], None]) -> None:
        self._database = database
        self._tell = tell
        self._ready = ready
        self._stop = threading.Event()
        self._pause_s = FIRST_PAUSE_S
        self._thread = threading.Thread(target=self._run, name="bell", daemon=True)
        self._follow = self._notes if database.is_postgres else self._poll

    def start(self) -> None:
        """Begin to hear."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; waits until it is gone."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    self._follow_one_line()
                except (SQLAlchemyError, self._database.driver_error, OSError):
                    self._tell(None)
                    self._stop.wait(self._pause_s)
                    self._pause_s = min(LONGEST_PAUSE_S, 2 * self._pause_s)
        finally:
            self._tell(None)

    def _follow_one_line(self) -> None:
        line = self._database.own_line()
        try:
            self._follow(line)
        finally:
            line.close()

    def _hears(self) -> None:
        self._pause_s = FIRST_PAUSE_S
        self._ready()

    def _notes(self, line: Any) -> None:
        line.execute(f"LISTEN {CHANNEL}")
        self._hears()
        looks = 0
        while not self._stop.is_set():
            for note in line.notifies(timeout=POLL_S):
                self._tell(heard(note.payload))
                if self._stop.is_set():
                    break
            looks += 1
            if looks % _CHECKED == 0:
                line.execute("SELECT 1")

    def _poll(self, line: Any) -> None:
        version, before = _version(line), _standing(line)
        self._hears()
        while not self._stop.wait(POLL_S):
            now = _version(line)
            if now == version:
                continue
            version, standing = now, _standing(line)
            changed = frozenset((row[0], row[1]) for row in standing ^ before)
            before = standing
            if changed:
                self._tell(changed)


def _version(line: Any) -> int:
    (version,) = line.execute("PRAGMA data_version").fetchone()
    return int(version)


def _standing(line: Any) -> Standing:
    return frozenset(line.execute(_STANDING).fetchall())
