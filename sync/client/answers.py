"""What the office answered, or what answered in its place.

In comes one HTTP answer; out comes a message of the wire, or the error that says who has to
act. An office speaks JSON and RFC 9457 problem documents; an HTML page with status 200, a
redirect or a bare error page is something else on the line (a login page, a proxy). Rule:
nothing is believed that does not carry the office's content type.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from fieldapp.unreadable import UNREADABLE
from sync.errors import (
    BadWire,
    LoginPage,
    OfficeFault,
    OfficeFull,
    Offline,
    ProxyLocked,
    Refused,
    SyncError,
    TooOld,
    TryLater,
    Unauthorized,
)
from sync.wire import EVENT_STREAM, Problem, decode

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

_NUMBER = re.compile(r"[0-9A-Za-z._-]{1,64}")
TOO_OLD = "urn:fieldapp:protocol-too-old"

_BETWEEN: Mapping[int, type[BadWire]] = {407: ProxyLocked, 511: LoginPage}
"""What those between laptop and office say (RFC 9110, 15.5.8; RFC 6585, 6)."""

_FULL = 507
"""RFC 4918, 11.5."""

_PAGE = "text/html"
_FULL_WAIT_S = 60.0
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
        OfficeFull: 507, with a time to wait.
        OfficeFault: 500; the office broke over this request.
        Offline: another 5xx, 408, or a busy office that names no time.
        Unauthorized: 401, or a problem that says so.
        Refused: a problem document with another 4xx.
        BadWire: a redirect, or an error that no office made.
    """
    if answer.status in accepted:
        return answer
    error = _error(answer)
    error.request = _request(answer)
    raise error


def message(answer: Answer, kind: type[M]) -> M:
    """The message in an answer's body.

    Raises:
        BadWire: not JSON by its content type or by its bytes, or not of this shape.
    """
    _check_json(answer)
    return decode(answer.body, kind)


def plain(answer: Answer, kind: type[T]) -> T:
    """The body as plain JSON values of one kind (`dict[str, Any]`, `list[...]`).

    Raises:
        BadWire: as `message`.
    """
    _check_json(answer)
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except UNREADABLE as e:
        raise BadWire(str(e)) from e


def picture(answer: Answer) -> bytes:
    """The octets of a picture.

    Raises:
        BadWire: no picture by its content type.
    """
    if not answer.media_type.startswith("image/"):
        raise _stranger(answer, "a picture")
    return answer.body


def not_a_stream(answer: Answer) -> SyncError:
    """What stands in the place of an event stream: the office's no, or somebody else."""
    return _error(answer) if answer.status not in OK else _stranger(answer, EVENT_STREAM)


def _check_json(answer: Answer) -> None:
    if answer.media_type != "application/json":
        raise _stranger(answer, "JSON")


def _stranger(answer: Answer, wanted: str) -> BadWire:
    kind = answer.media_type or "no content type"
    return (LoginPage if kind == _PAGE else BadWire)(f"{kind} in place of {wanted}")


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
    if answer.status in _BETWEEN:
        return _BETWEEN[answer.status](f"status {answer.status}")
    if problem is not None and problem.type in WHO_ARE_YOU:
        return Unauthorized(problem.type)
    if answer.status >= 500 or answer.status in _WAITING | _BUSY:
        return _unavailable(answer)
    if problem is None:
        return BadWire(f"status {answer.status} ({answer.media_type or 'no content type'})")
    return _no(problem, answer.status)


def _no(problem: Problem, status: int) -> SyncError:
    if status == 401:
        return Unauthorized(problem.type)
    kind = TooOld if problem.type == TOO_OLD else Refused
    return kind(problem.type, problem.detail or problem.title, status)


def _request(answer: Answer) -> str:
    """The number that the office gave this request; a proxy's nonsense is left out."""
    said = answer.headers.get("x-request-id", "")
    return said if _NUMBER.fullmatch(said) else ""


def _unavailable(answer: Answer) -> Offline:
    wait_s = retry_after_s(answer.headers)
    if answer.status == _FULL:
        return OfficeFull(_FULL_WAIT_S if wait_s is None else wait_s)
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
