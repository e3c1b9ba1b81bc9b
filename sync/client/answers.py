"""What the office answered, or what answered in its place.

In comes one HTTP answer; out comes a message of the wire, or the error that says who has to
act. An office speaks JSON and RFC 9457 problem documents; an HTML page with status 200, a
redirect or a bare error page is something else on the line (a login page, a proxy). Rule:
nothing is believed that does not carry the office's content type.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from sync.errors import (
    BadWire,
    OfficeFault,
    Offline,
    Refused,
    SyncError,
    TryLater,
    Unauthorized,
)
from sync.wire import Problem, decode

M = TypeVar("M", bound=msgspec.Struct)
T = TypeVar("T")

OK = frozenset({200})
LONGEST_WAIT_S = 3600.0
"""A `Retry-After` beyond this is cut to it, so that a wrong date can't silence a laptop."""

WHO_ARE_YOU = frozenset(
    {
        "urn:fieldapp:laptop-unknown",
        "urn:fieldapp:laptop-withdrawn",
        "urn:fieldapp:enrolment-code-unknown",
        "urn:fieldapp:signature-wrong",
    }
)
"""Problem types that mean "enrol or sign in again", whatever their status."""

_WAITING = frozenset({408, 425, 502, 504})
_BUSY = frozenset({423, 429, 503})


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; header names in lower case, the body unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def check(answer: Answer, accepted: Collection[int] = OK) -> Answer:
    """The answer itself when its status is one of `accepted`.

    Raises:
        TryLater: 423, 429 or 503 with a time to wait.
        OfficeFault: 500; the office broke over this request.
        Offline: another 5xx, 408, or a busy office that names no time.
        Unauthorized: 401, or a problem that says so.
        Refused: a problem document with another 4xx.
        BadWire: a redirect, or an error that no office made.
    """
    if answer.status in accepted:
        return answer
    raise _error(answer)


def message(answer: Answer, kind: type[M]) -> M:
    """The message in an answer's body.

    Raises:
        BadWire: not JSON by its content type or by its bytes, or not of this shape.
    """
    if answer.media_type != "application/json":
        raise BadWire(f"{answer.media_type or 'no content type'} in place of JSON")
    return decode(answer.body, kind)


def plain(answer: Answer, kind: type[T]) -> T:
    """The body as plain JSON values of one kind (`dict[str, Any]`, `list[...]`).

    Raises:
        BadWire: as `message`.
    """
    if answer.media_type != "application/json":
        raise BadWire(f"{answer.media_type or 'no content type'} in place of JSON")
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.DecodeError, RecursionError) as e:
        raise BadWire(str(e)) from e


def number(answer: Answer, header: str) -> int:
    """A header that holds a count of bytes.

    Raises:
        BadWire: it is missing or is no such number.
    """
    text = answer.headers.get(header.lower(), "")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadWire(f"{header}: {text!r}")
    return int(text)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The wait named in `Retry-After` (RFC 9110, 10.2.3), in seconds; None where there is none.

    A date is taken against the answer's own `Date`, so that the laptop's clock plays no part.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(text)
        now = parsedate_to_datetime(headers.get("date", ""))
        wait_s = (until - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait_s, 0.0), LONGEST_WAIT_S)


def _error(answer: Answer) -> SyncError:
    problem = _problem(answer)
    if problem is not None and problem.type in WHO_ARE_YOU:
        return Unauthorized(problem.type)
    if answer.status >= 500 or answer.status in _WAITING | _BUSY:
        return _unavailable(answer)
    if problem is None:
        return BadWire(f"status {answer.status} ({answer.media_type or 'no content type'})")
    if answer.status == 401:
        return Unauthorized(problem.type)
    return Refused(problem.type, problem.detail or problem.title, answer.status)


def _unavailable(answer: Answer) -> Offline:
    wait_s = retry_after_s(answer.headers)
    if answer.status in _BUSY and wait_s is not None:
        return TryLater(wait_s)
    if answer.status == 500:
        return OfficeFault("status 500")
    return Offline(f"status {answer.status}")


def _problem(answer: Answer) -> Problem | None:
    if answer.media_type != "application/problem+json" or not 400 <= answer.status <= 599:
        return None
    try:
        return decode(answer.body, Problem)
    except BadWire:
        return None
