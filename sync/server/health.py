"""Whether this process lives, and whether it can do its work.

In comes an open office; out come small JSON objects: `/v1/health` costs nothing and says `ok`
or `stopping`; `/v1/ready` looks at the database, the files and the key and says of each `ok` or
`failing`. Rule: no secret, no address and no text of an error goes out, and however often it is
asked, it looks once a second at most.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from math import inf

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from sync.server.objects import StoreBusy
from sync.server.office import Office
from sync.server.stopping import Stopping
from sync.server.tables import offices
from sync.server.vault import Vault, VaultError

LEAST_ROOM = 256 * 1024 * 1024
"""Octets that must be free where the files lie."""

OK, STOPPING, FAILING, DEGRADED = "ok", "stopping", "failing", "degraded"
_FRESH_S = 1.0
_NOTHING = "ready/"  # no object has such a name; asking shows that the store answers

router = APIRouter(prefix="/v1", tags=["health"])


class Readiness:
    """What the last look at the office found."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._looks: dict[str, Callable[[Office], bool]] = {
            "database": _database,
            "files": _files,
            "key": _key,
        }
        self._looking = asyncio.Lock()
        self._found: dict[str, str] = {}
        self._at_s = -inf

    async def checks(self) -> dict[str, str]:
        """Each part and whether it does its work."""
        async with self._looking:
            now_s = self._office.clock.monotonic_s()
            if not self._found or not 0 <= now_s - self._at_s < _FRESH_S:
                self._found = await run_in_threadpool(self._look)
                self._at_s = now_s
        return dict(self._found)

    def _look(self) -> dict[str, str]:
        return {
            part: OK if works(self._office) else FAILING for part, works in self._looks.items()
        }


@router.get("/health")
async def health(request: Request) -> Response:
    """Whether requests are taken; 503 from the moment that this process is to end."""
    return _answer(STOPPING if _stopping(request).begun else OK)


@router.get("/ready")
async def ready(request: Request) -> Response:
    """Whether the office can do its work: 503 where the database or the files fail.

    A key file that is gone or changed is `degraded` with status 200: everything goes on until
    the next start, so it is an alarm and no reason to turn laptops away.
    """
    if _stopping(request).begun:
        return _answer(STOPPING)
    readiness = request.app.state.readiness
    if not isinstance(readiness, Readiness):
        raise TypeError("the application has no readiness")
    checks = await readiness.checks()
    if FAILING in (checks["database"], checks["files"]):
        return _answer(FAILING, checks)
    return _answer(OK if checks["key"] == OK else DEGRADED, checks)


def _stopping(request: Request) -> Stopping:
    stopping = request.app.state.stopping
    if not isinstance(stopping, Stopping):
        raise TypeError("the application does not know when it stops")
    return stopping


def _answer(status: str, checks: dict[str, str] | None = None) -> Response:
    told = {"status": status} | ({"checks": checks} if checks is not None else {})
    code = 503 if status in {STOPPING, FAILING} else 200
    return JSONResponse(told, code, {"Cache-Control": "no-store"})


def _database(office: Office) -> bool:
    try:
        with office.database.reading() as c:
            return bool(c.execute(select(offices.c.id)).scalar_one() == office.vault.office)
    except SQLAlchemyError:
        return False


def _files(office: Office) -> bool:
    try:
        office.objects.lying(_NOTHING)
        if office.settings.files_url:
            return True
        return shutil.disk_usage(office.settings.files).free >= LEAST_ROOM
    except (OSError, StoreBusy):
        return False


def _key(office: Office) -> bool:
    """Whether a restart would find the same key."""
    try:
        return Vault.read(office.settings.key_file).office == office.vault.office
    except (OSError, VaultError):
        return False
