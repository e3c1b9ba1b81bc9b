"""Everything this server says no with, as RFC 9457 problem documents.

`raise ProblemError(…)` anywhere below an endpoint ends as `application/problem+json` with a
stable `type`. Rule: no text of a request, no customer's data and no inner detail is repeated.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from sync.errors import BadWire
from sync.wire import Problem, encode

_URN = "urn:fieldapp:"
_TITLES = {
    400: "Bad request",
    401: "Sign in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    410: "Gone",
    412: "Precondition failed",
    413: "Too large",
    415: "Unsupported media type",
    422: "Not valid",
    423: "Locked",
    429: "Too many requests",
    460: "Checksum mismatch",
    500: "Internal error",
    503: "Busy",
    507: "No room",
}

FULL_RETRY_S = 60

_SQLITE_FULL, _POSTGRES_FULL = 13, "53100"


class ProblemError(Exception):
    """Ends the request with this problem.

    Args:
        status: of HTTP.
        name: what follows `urn:fieldapp:` in the stable type.
        detail: for a person; never data of a customer.
        headers: to send along.
    """

    def __init__(
        self,
        status: int,
        name: str,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name)
        self.status = status
        self.name = name
        self.detail = detail
        self.headers = dict(headers or {})


def unauthorized() -> ProblemError:
    """The same answer for every credential that is not good."""
    return ProblemError(401, "unauthorized", headers={"WWW-Authenticate": "Bearer"})


def busy(retry_after_s: int = 1) -> ProblemError:
    """The database or a file is held by another request; it is worth trying again."""
    return ProblemError(503, "busy", headers={"Retry-After": str(retry_after_s)})


def full() -> ProblemError:
    """The office's disk has no room; what was sent stays with whoever sent it."""
    return ProblemError(507, "office-full", headers={"Retry-After": str(FULL_RETRY_S)})


def answer(error: ProblemError) -> Response:
    """The problem as a response."""
    title = _TITLES.get(error.status, "Error")
    problem = Problem(
        type=_URN + error.name, title=title, status=error.status, detail=error.detail
    )
    return Response(
        encode(problem),
        status_code=error.status,
        headers=error.headers,
        media_type="application/problem+json",
    )


def install(app: FastAPI) -> None:
    """Translate every error that can reach the edge."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(BadWire, _on_bad_wire)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(OperationalError, _on_busy)
    app.add_exception_handler(IntegrityError, _on_busy)  # a race: the next try finds the row
    app.add_exception_handler(PoolTimeout, _on_busy)
    app.add_exception_handler(OSError, _on_system)
    app.add_exception_handler(Exception, _on_bug)


def _on_problem(_request: Request, error: Exception) -> Response:
    if isinstance(error, ProblemError):
        return answer(error)
    return answer(ProblemError(500, "internal"))


def _on_bad_wire(_request: Request, _error: Exception) -> Response:
    return answer(ProblemError(400, "malformed"))


def _on_invalid(_request: Request, error: Exception) -> Response:
    """Names the fields, never their values."""
    places = ""
    if isinstance(error, RequestValidationError):
        places = "; ".join(
            ".".join(str(part) for part in e["loc"]) + f": {e['type']}"
            for e in error.errors()[:20]
        )
    return answer(ProblemError(422, "not-valid", places))


def _on_http(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return answer(ProblemError(status, f"http-{status}", headers=headers))


def on_erased(_request: Request, _error: Exception) -> Response:
    """What was asked for was sealed for a holder whose key is gone."""
    return answer(ProblemError(410, "holder-erased"))


def on_no_room(_request: Request, _error: Exception) -> Response:
    """The store for files is full or does not answer."""
    return answer(ProblemError(503, "no-room", headers={"Retry-After": "60"}))


def _on_busy(_request: Request, error: Exception) -> Response:
    return answer(full() if _is_full(error) else busy())


def _is_full(error: Exception) -> bool:
    """Whether it is the database's way of saying that its disk has no room."""
    why: object = getattr(error, "orig", None)
    return (
        getattr(why, "sqlite_errorcode", None) == _SQLITE_FULL
        or getattr(why, "sqlstate", None) == _POSTGRES_FULL
    )


def _on_system(_request: Request, error: Exception) -> Response:
    no_room = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    return answer(full() if no_room else ProblemError(500, "internal"))


def _on_bug(_request: Request, _error: Exception) -> Response:
    return answer(ProblemError(500, "internal"))
