"""The command line's mouth: everything that a command prints goes through here.

Plain values go in; whole lines come out, flushed at once so that a program reading the other
end of a pipe never waits for a buffer. Rule: nothing else in `ui.cli` writes to standard
output or standard error.
"""

import json
import sys
from datetime import datetime
from decimal import Decimal
from typing import NoReturn, TextIO

import typer


def emit_json(obj: object) -> None:
    """Print one JSON object as one line of ASCII on standard output.

    Decimals become their exact text and aware times ISO 8601 with offset.

    Raises:
        TypeError: `obj` holds something that has no JSON form here, or a naive time.
    """
    _write(sys.stdout, json.dumps(obj, default=_plain))


def emit_line(text: str) -> None:
    """Print one line for people; what the terminal can't show is escaped, never an error."""
    _write(sys.stdout, text)


def progress(text: str) -> None:
    """Show how far the command is, in place; empty: wipe it.

    Only where a person looks on and standard output goes somewhere else.
    """
    if sys.stderr.isatty() and not sys.stdout.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def warn(text: str) -> None:
    """Print `text` as one line on standard error; the command goes on."""
    _write(sys.stderr, " ".join(text.split()))


def fail(text: str) -> NoReturn:
    """Print `text` as one line on standard error and end the command with exit status 1."""
    warn(text)
    raise typer.Exit(1)


def _write(stream: TextIO, line: str) -> None:
    encoding = stream.encoding or "utf-8"
    showable = line.encode(encoding, "backslashreplace").decode(encoding)
    stream.write(f"{showable}\n")
    stream.flush()


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.isoformat()
    raise TypeError(f"no JSON form for {type(value).__name__}")
