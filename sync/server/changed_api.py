"""`GET /v1/changed`: tells a laptop that there is something new, and nothing of what it is.

In comes what the laptop has stored; out goes an event stream (WHATWG HTML, 9.2) that ends with
its one event: at once where the office is past the laptop, else when something changes. Without
one it ends after some minutes, and the laptop comes again. Rule: the credential first, no data
in an event, and no thread or line to the database while it waits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from sync.server import stock
from sync.server.changes import last_number
from sync.server.designations import permit_of
from sync.server.doors import TheLaptop, TheOffice
from sync.server.laptops import Laptop, find
from sync.server.office import Office
from sync.server.problems import ProblemError
from sync.server.waiting_room import WaitingRoom, Word
from sync.wire import CHANGED, EVENT_STREAM

router = APIRouter(prefix="/v1", tags=["laptops"])

_OPENING = b": listening\n\n"
_BEAT = b":\n\n"
_CHANGED = f"event: {CHANGED}\ndata:\n\n".encode()
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class Stored:
    """What a laptop says it has, as in `wire.SyncRequest`; None: it does not say."""

    cursor: int
    van: str | None
    permit: str | None


def stored(cursor: int = 0, van: str | None = None, permit: str | None = None) -> Stored:
    """Read the query."""
    return Stored(cursor, van, permit)


def current_room(request: Request) -> WaitingRoom:
    """Where laptops wait in this application."""
    room = request.app.state.waiting_room
    if not isinstance(room, WaitingRoom):
        raise TypeError("the application has no waiting room")
    return room


@router.get("/changed", response_class=StreamingResponse)
async def changed(
    office: TheOffice,
    laptop: TheLaptop,
    has: Annotated[Stored, Depends(stored)],
    room: Annotated[WaitingRoom, Depends(current_room)],
) -> StreamingResponse:
    """Wait for something new; `text/event-stream` with one event, `changed`."""
    if laptop.withdrawn:
        raise ProblemError(403, "laptop-withdrawn")
    await room.ready()
    events = _events(room, office, laptop, has)
    return StreamingResponse(events, media_type=EVENT_STREAM, headers=_HEADERS)


async def _events(
    room: WaitingRoom, office: Office, laptop: Laptop, has: Stored
) -> AsyncIterator[bytes]:
    # it waits before the office looks: what is written in between is heard
    with room.waiter((laptop.region, laptop.technician)) as waiter:
        yield _OPENING
        word = Word.BEAT
        if await run_in_threadpool(is_past, office, laptop, has):
            word = Word.CHANGED
        while word is Word.BEAT:
            word = await waiter.next()
            if word is Word.BEAT:
                yield _BEAT
        if word is Word.CHANGED:
            yield _CHANGED


def is_past(office: Office, laptop: Laptop, has: Stored) -> bool:
    """Whether a sync would bring this laptop anything."""
    with office.database.reading() as c:
        now_known = find(c, laptop.id)
        if now_known is None or now_known.withdrawn:
            return True
        if has.cursor != last_number(c, now_known):
            return True
        if has.van is not None and has.van != stock.version_of(c, now_known):
            return True
        if has.permit is None:
            return False
        return has.permit != permit_of(c, laptop.region, laptop.technician).version
