"""What can happen on a line, as values that a schedule is made of.

Rule: values only; `line` carries them out.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What happens to one request."""

    CUT_UP = "cut_up"  # the office gets the first bytes of it, and then the line breaks
    CUT_DOWN = "cut_down"  # the laptop gets the first bytes of the answer
    TWICE = "twice"  # the office gets it once more after the answer
    BEFORE = "before"  # the office gets it once before, on another line
    LATE = "late"  # it gets nowhere now; the office gets it some time later
    INSTEAD = "instead"  # something else answers, and the office hears nothing
    AFTER = "after"  # the office does it, and something else answers


class Fault(msgspec.Struct, frozen=True, array_like=True):
    """One fault.

    Attributes:
        nth: which request of the sync it happens to, from 0; of those about files if it is so.
        kind: what happens.
        at: for a cut, the place in 1/1000 of all bytes; else which of `ANSWERS` comes.
        files: whether only requests about files are counted.
    """

    nth: int
    kind: Kind
    at: int = 0
    files: bool = False

    def place(self, size: int) -> int:
        """After how many of `size` bytes the cut is."""
        return size * self.at // 1000


_PROBLEM = (
    b'{"type":"urn:fieldapp:%b","title":"","status":%d,"detail":""}',
    b"application/problem+json",
)
_PAGE = b"<html><body>Welcome to the hotel</body></html>"


def _answer(status: int, body: bytes, media_type: bytes, *headers: bytes) -> bytes:
    head = [
        b"HTTP/1.1 %d Whatever" % status,
        b"Content-Type: " + media_type,
        b"Content-Length: %d" % len(body),
        *headers,
    ]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def _problem(status: int, name: bytes, *headers: bytes) -> bytes:
    body, media_type = _PROBLEM
    return _answer(status, body % (name, status), media_type, *headers)


ANSWERS: tuple[bytes, ...] = (
    _answer(200, _PAGE, b"text/html"),
    _answer(302, b"", b"text/html", b"Location: http://login.example/"),
    _answer(409, _PAGE, b"text/html"),
    _problem(409, b"conflict"),
    _answer(423, b"", b"text/plain"),
    _problem(423, b"locked", b"Retry-After: 1"),
    _problem(429, b"too-many-requests", b"Retry-After: 1"),
    _answer(429, b"", b"text/plain"),
    _answer(500, b"Internal Server Error", b"text/plain"),
    _answer(502, _PAGE, b"text/html"),
    _problem(503, b"busy", b"Retry-After: 1"),
    _answer(503, b"", b"text/plain"),
    _answer(504, b"", b"text/plain"),
    _problem(401, b"unauthorized"),
    _answer(200, b"{}", b"application/json"),
    b"SSH-2.0-OpenSSH_9.6\r\n",
)
"""What answers in an office's place: login pages, proxies, a busy office, no office at all."""


def instead_of(fault: Fault) -> bytes:
    """The answer that comes."""
    return ANSWERS[fault.at % len(ANSWERS)]
