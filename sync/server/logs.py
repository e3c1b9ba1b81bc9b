"""The server's log: one JSON object a line on standard error, without customers' data.

In come log records of this floor and of uvicorn; out go time, level, name and event, with ids
only, and the number of the request that a record belongs to. Rule: no request body, no query,
no header and no path beyond its template is written.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

from sync.server.entrance import request_id

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
        return json.dumps(told)


def _where(record: logging.LogRecord) -> list[str]:
    """The places of a traceback, without the values that stood there."""
    places = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-8:]


def install(stream: TextIO | None = None, level: str = "info") -> None:
    """Send every record of this process from this level on to standard error as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
