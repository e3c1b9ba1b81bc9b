"""The back office as a web application: rooms put together, nothing decided.

In come settings; out comes a FastAPI application around one open office, which is closed when
the application stops.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from fieldapp.clock import Clock
from sync.server import (
    files_api,
    holders,
    intake_api,
    laptop_api,
    leftovers,
    planning_api,
    problems,
)
from sync.server.attempts import Attempts
from sync.server.objects import StoreBusy
from sync.server.office import Office
from sync.server.openapi import DescribedApp
from sync.server.settings import ServerSettings
from sync.server.uploads import Uploads

__all__ = ["ServerSettings", "create_app"]


def create_app(settings: ServerSettings, clock: Clock | None = None) -> FastAPI:
    """The application, with its office open.

    Raises:
        OfficeUnavailable: folder, key file, database or store for files can't be had.
    """
    app = DescribedApp(title="fieldapp back office", version="1", lifespan=_close_at_the_end)
    app.state.office = _open(settings, clock)
    app.state.attempts = Attempts(app.state.office.clock, most=30)
    app.state.uploads = Uploads()
    problems.install(app)
    app.add_exception_handler(holders.Erased, problems.on_erased)
    app.add_exception_handler(StoreBusy, problems.on_no_room)
    for room in (laptop_api, files_api, planning_api, intake_api):
        app.include_router(room.router)
    app.add_api_route("/v1/health", health, methods=["GET"], tags=["health"])
    return app


def _open(settings: ServerSettings, clock: Clock | None) -> Office:
    office = Office.open(settings, clock)
    try:
        office.check_files()
    except BaseException:
        office.close()
        raise
    return office


@asynccontextmanager
async def _close_at_the_end(app: FastAPI) -> AsyncIterator[None]:
    office: Office = app.state.office
    cleaning = asyncio.create_task(_let_leftovers_go(office))
    try:
        yield
    finally:
        cleaning.cancel()
        await asyncio.wait({cleaning})
        await run_in_threadpool(office.close)


async def _let_leftovers_go(office: Office) -> None:
    while True:
        await run_in_threadpool(leftovers.let_go, office)
        await asyncio.sleep(leftovers.EVERY_S)


async def health() -> dict[str, str]:
    """Whether requests are taken."""
    return {"status": "ok"}
