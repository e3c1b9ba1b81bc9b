"""The server's log: one JSON object a line on standard error, without customers' data.

In come log records of this floor and of uvicorn; out go time, level, name and event, with ids
only, and the number of the request that a record belongs to. Rule: no request body, no query,
no header and no path beyond its template is written.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import TextIO

import msgspec

from sync.server.entrance import request_id

_MOST_WAITING = 10_000
_GATHER_S = 0.05
"""So long lines are gathered before they are written: to wake a thread for each costs more than
the line does."""

_LAST_WORDS_S = 2.0
_END = ""

_OWN = (
    "route",
    "status",
    "ms",
    "received",
    "sent",
    "laptop",
    "count",
    "request",
    "member",
    "ended",
    "again_in_s",
)


class JsonLines(logging.Formatter):
    """One record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter.format`."""
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "name": record.name,
            "event": record.getMessage(),
            "pid": record.process,
        }
        told |= {name: getattr(record, name) for name in _OWN if hasattr(record, name)}
        if "request" not in told and (number := request_id.get()):
            told["request"] = number
        if record.exc_info and record.exc_info[0] is not None:
            told["error"] = record.exc_info[0].__name__
            told["where"] = _where(record)
        return msgspec.json.encode(told).decode()


def _where(record: logging.LogRecord) -> list[str]:
    """The places of a traceback, without the values that stood there."""
    places = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-8:]


class Writer(logging.Handler):
    """Writes lines from a thread of its own: a log that nobody reads holds nobody up.

    Args:
        write: takes lines with their ends; may block, and may fail.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self._write = write
        self._waiting: SimpleQueue[str] = SimpleQueue()
        self._left_out = 0
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Line up; what finds no place is counted and left out."""
        if self._waiting.qsize() < _MOST_WAITING:
            self._waiting.put(self.format(record) + "\n")
        else:
            self._left_out += 1

    def close(self) -> None:
        """Write what waits, unless nobody reads it."""
        self._ends.set()
        self._waiting.put(_END)
        self._thread.join(_LAST_WORDS_S)
        super().close()

    def _run(self) -> None:
        lines: list[str] = []
        while _END not in lines:
            lines = [self._waiting.get()]
            self._ends.wait(_GATHER_S)
            lines += self._lying()
            with suppress(OSError):
                self._write("".join(lines))
            if self._left_out:
                told, self._left_out = self._left_out, 0
                logging.getLogger(__name__).warning("lines left out", extra={"count": told})

    def _lying(self) -> Iterator[str]:
        with suppress(Empty):
            while True:
                yield self._waiting.get_nowait()


def _to_standard_error(line: str) -> None:
    """Past Python's own buffer, whose lock would be held for ever where nobody reads."""
    rest = line.encode()
    while rest:
        rest = rest[os.write(sys.stderr.fileno(), rest) :]


@contextmanager
def written(stream: TextIO | None = None, level: str = "info") -> Iterator[None]:
    """Write every record of this process from this level on as JSON lines.

    To standard error where there is no stream; at the end all is as it was before.
    """
    handler = Writer(stream.write if stream else _to_standard_error)
    root, access = logging.getLogger(), logging.getLogger("uvicorn.access")
    before = (root.handlers[:], root.level, access.disabled)
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    access.disabled = True
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.handlers[:], access.disabled = before[0], before[2]
        root.setLevel(before[1])
        handler.close()
