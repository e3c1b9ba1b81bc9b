"""The marks in a stream by which it is cut: where something may begin or end.

Rule: positions count from the first octet of the stream, so that they stay when octets go.
"""

import re
from typing import NamedTuple


class Start(NamedTuple):
    """A `/`; `fresh` when it opens a line and an end line came before it."""

    at: int
    fresh: bool


class End(NamedTuple):
    """A possible end: `bang` is where its `!` stands, `stop` the first octet behind it."""

    bang: int
    stop: int
    digits: bytes
    opens_line: bool


class Frame(NamedTuple):
    """A frame that is no telegram: from `at` to `stop`, as its header says."""

    at: int
    stop: int


class EndForms(NamedTuple):
    """The forms of an end line; they differ only in whether the input's end ends a line."""

    numbered: re.Pattern[bytes]
    spoiled: re.Pattern[bytes]


def _end_forms(line_end: bytes) -> EndForms:
    return EndForms(
        numbered=re.compile(rb"!([0-9A-Fa-f]{0,4})(?:%b)" % line_end),
        spoiled=re.compile(rb"![^!/\r\n]{1,16}(?:%b)" % line_end),
    )


OPEN_FORMS = _end_forms(rb"\r\n|\n|\r(?=[^\n])")
CLOSED_FORMS = _end_forms(rb"\r\n|\n|\r|\Z")
WHOLE = re.compile(rb"(/[^!]*!)([0-9A-F]{4})\r\n")
"""A telegram in its plainest form: what is checked, and the checksum."""
GLUED = re.compile(rb"!([0-9A-Fa-f]{4})(?=[^\r\n])")
"""An end line without a line end: the next telegram follows at once."""
UNDECIDED = re.compile(rb"![^!/\r\n]{0,16}\r?\Z")
"""An end line that may still go on."""
IDENTIFICATION = re.compile(rb"/[A-Za-z]{3}[0-9A-Za-z-]")
"""How an identification begins: the maker's three letters (IEC 62056-21, 6.3.2)."""
SPOILED = b"?"
"""Stands for the digits of an end line that has something else there."""
