"""The back office as a web application: rooms put together, nothing decided.

In come settings; out comes a FastAPI application around one open office, which is closed when
the application stops.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from fieldapp.clock import Clock
from sync.server import files_api, holders, intake_api, laptop_api, planning_api, problems
from sync.server.attempts import Attempts
from sync.server.office import Office
from sync.server.openapi import DescribedApp
from sync.server.settings import ServerSettings
from sync.server.uploads import Uploads

__all__ = ["ServerSettings", "create_app"]


def create_app(settings: ServerSettings, clock: Clock | None = None) -> FastAPI:
    """The application, with its office open.

    Raises:
        OfficeUnavailable: folder, key file or database can't be had.
    """
    app = DescribedApp(title="fieldapp back office", version="1", lifespan=_close_at_the_end)
    app.state.office = Office.open(settings, clock)
    app.state.attempts = Attempts(app.state.office.clock, most=30)
    app.state.uploads = Uploads()
    app.state.sync_desk = CapacityLimiter(laptop_api.SYNCS_AT_ONCE)
    problems.install(app)
    app.add_exception_handler(holders.Erased, problems.on_erased)
    app.router.routes.insert(0, laptop_api.STRAIGHT)
    for room in (laptop_api, files_api, planning_api, intake_api):
        app.include_router(room.router)
    app.add_api_route("/v1/health", health, methods=["GET"], tags=["health"])
    return app


@asynccontextmanager
async def _close_at_the_end(app: FastAPI) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await run_in_threadpool(app.state.office.close)


async def health() -> dict[str, str]:
    """Whether requests are taken."""
    return {"status": "ok"}
