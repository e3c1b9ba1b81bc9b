"""The back office as a web application: rooms put together, nothing decided.

In come settings; out comes a FastAPI application around one open office, which is closed when
the application stops.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter
from fastapi import FastAPI
from sqlalchemy import QueuePool
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from fieldapp.clock import Clock
from sync.server import (
    changed_api,
    descriptors,
    files_api,
    health,
    holders,
    intake_api,
    laptop_api,
    leftovers,
    people_api,
    planning_api,
    problems,
    waiting_room,
)
from sync.server.attempts import Attempts
from sync.server.entrance import Desk, Entrance, waiting_for_a_thread
from sync.server.figures import Figures
from sync.server.limits import Limits
from sync.server.metrics import Metrics
from sync.server.objects import StoreBusy
from sync.server.office import Office
from sync.server.openapi import DescribedApp
from sync.server.settings import ServerSettings
from sync.server.stopping import Stopping
from sync.server.uploads import Uploads
from sync.server.waiting_room import WaitingRoom

__all__ = ["OfficeApp", "ServerSettings", "create_app"]

_FAILURES = 30
_LEAST_FAILURES = 5


class OfficeApp(DescribedApp):
    """The application behind its entrance."""

    def build_middleware_stack(self) -> ASGIApp:
        """See `Starlette.build_middleware_stack`; the entrance stands before all of it."""
        return Entrance(super().build_middleware_stack(), self.state.desk)


def create_app(
    settings: ServerSettings,
    clock: Clock | None = None,
    *,
    process: int = 1,
    processes: int = 1,
) -> FastAPI:
    """The application, with its office open; `process` is its number among `processes`.

    Raises:
        OfficeUnavailable: folder, key file, database or store for files can't be had.
    """
    app = OfficeApp(title="fieldapp back office", version="1", lifespan=_close_at_the_end)
    office = _open(settings, clock)
    app.state.office = office
    # each process counts for itself, so each lets its share through
    share = max(_LEAST_FAILURES, _FAILURES // processes)
    app.state.attempts = Attempts(office.clock, most=share)
    app.state.limits = Limits(office.clock)
    waiting = min(waiting_room.MOST, descriptors.to_wait(descriptors.raised()))
    app.state.waiting_room = WaitingRoom(office.database, office.clock, waiting)
    app.state.uploads = Uploads()
    app.state.stopping = Stopping()
    app.state.readiness = health.Readiness(office)
    app.state.metrics = Metrics(process)
    app.state.sync_desk = syncs = CapacityLimiter(laptop_api.SYNCS_AT_ONCE)
    app.state.desk = desk = Desk(
        office.clock,
        app.state.metrics,
        app.state.stopping,
        lambda: waiting_for_a_thread() + syncs.statistics().tasks_waiting,
    )
    app.state.figures = Figures(office) if process == 1 else None
    _watch(app, desk)
    problems.install(app)
    app.add_exception_handler(holders.Erased, problems.on_erased)
    app.add_exception_handler(StoreBusy, problems.on_no_room)
    app.router.routes.insert(0, laptop_api.STRAIGHT)
    for room in (
        laptop_api,
        changed_api,
        files_api,
        planning_api,
        people_api,
        intake_api,
        health,
    ):
        app.include_router(room.router)
    return app


def _open(settings: ServerSettings, clock: Clock | None) -> Office:
    office = Office.open(settings, clock)
    try:
        office.check_files()
    except BaseException:
        office.close()
        raise
    return office


def _watch(app: FastAPI, desk: Desk) -> None:
    """What is counted besides requests: the queue, the pool, the office as a whole."""
    metrics: Metrics = app.state.metrics
    metrics.gauge("work_waiting", "Pieces of work that wait for a thread", desk.waiting)
    pool = app.state.office.database.engine.pool
    if isinstance(pool, QueuePool):
        metrics.gauge("database_connections", "Of the pool, in use", pool.checkedout)
    if app.state.figures is not None:
        metrics.collect(app.state.figures)


@asynccontextmanager
async def _close_at_the_end(app: FastAPI) -> AsyncIterator[None]:
    office: Office = app.state.office
    cleaning = asyncio.create_task(_let_leftovers_go(office))
    try:
        yield
    finally:
        cleaning.cancel()
        await asyncio.wait({cleaning})
        await app.state.waiting_room.close()
        await run_in_threadpool(office.close)


async def _let_leftovers_go(office: Office) -> None:
    while True:
        await run_in_threadpool(leftovers.let_go, office)
        await asyncio.sleep(leftovers.EVERY_S)
