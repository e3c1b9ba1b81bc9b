"""The laptops' endpoints: enrol, token, new incarnation, sync.

Bodies are the structs of `sync.wire`. Rule: what takes time is plain functions in threads, a
sync in one of a few of its own; only reading a body is asynchronous.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Request, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sync.server import laptops
from sync.server.attempts import Attempts
from sync.server.auth import Ticket
from sync.server.bodies import (
    PACKED_BODY,
    PLAIN_BODY,
    SMALL_BODY,
    read_body,
    read_packed,
    reply,
    unpacked,
)
from sync.server.doors import (
    TheLaptop,
    TheOffice,
    attempt_of,
    client_of,
    current_attempts,
    current_office,
    laptop_token,
    note_caller,
    proves_itself,
    ticket_of,
)
from sync.server.exchange import sync
from sync.server.office import Office
from sync.server.openapi import json_answer, json_body
from sync.wire import (
    ChallengeAnswer,
    EnrolAnswer,
    EnrolRequest,
    IncarnationAnswer,
    SyncAnswer,
    SyncRequest,
    TokenAnswer,
    TokenRequest,
    decode,
)

router = APIRouter(prefix="/v1", tags=["laptops"])

SYNCS_AT_ONCE = 8
"""In one process: more threads only wait for each other, and PostgreSQL's processes too."""


async def small_body(request: Request) -> bytes:
    """The body of a request that needs no credential: kept small."""
    return await read_body(request, SMALL_BODY, SMALL_BODY)


SmallBody = Annotated[bytes, Depends(small_body)]


TheAttempts = Annotated[Attempts, Depends(current_attempts)]


@router.post(
    "/enrol", openapi_extra=json_body(EnrolRequest), responses=json_answer(EnrolAnswer)
)
def enrol(
    request: Request, office: TheOffice, attempts: TheAttempts, body: SmallBody
) -> Response:
    """Tie a laptop to a technician with a one-time code."""
    with attempts.guard(f"enrol {client_of(request)}"):
        return reply(request, laptops.enrol(office, decode(body, EnrolRequest)))


@router.post(
    "/token",
    openapi_extra=json_body(TokenRequest),
    responses=json_answer(ChallengeAnswer, TokenAnswer),
)
def token(
    request: Request, office: TheOffice, attempts: TheAttempts, body: SmallBody
) -> Response:
    """Get a challenge, or a token for a signed one."""
    wanted = decode(body, TokenRequest)
    with attempts.guard(attempt_of(request, wanted)):
        return reply(request, laptops.give_token(office, wanted))


@router.post("/incarnations", responses=json_answer(IncarnationAnswer))
def incarnation(request: Request, office: TheOffice, laptop: TheLaptop) -> Response:
    """Start anew after a restore or a re-installation."""
    return reply(request, laptops.new_incarnation(office, laptop))


@router.post("/sync", openapi_extra=json_body(SyncRequest), responses=json_answer(SyncAnswer))
async def one_sync(request: Request) -> Response:
    """Push operations, pull changes."""
    office = current_office(request)
    desk: CapacityLimiter = request.app.state.sync_desk
    if proves_itself(request):
        token = await to_thread.run_sync(laptop_token, request, office, limiter=desk)
    else:
        token = laptop_token(request, office)
    who = ticket_of(office, token)
    note_caller(request, who.laptop)
    packed = await read_packed(request, PACKED_BODY)
    asked = _Asked(request, office.clock.monotonic_s(), packed)
    return await to_thread.run_sync(_sync, asked, office, who, limiter=desk)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that is here whole, and since when."""

    request: Request
    at_s: float
    packed: bytes


def _sync(asked: _Asked, office: Office, who: Ticket) -> Response:
    """All of a sync that takes time, at one go."""
    request, packed = asked.request, asked.packed
    request.app.state.desk.waited_s = office.clock.monotonic_s() - asked.at_s
    wanted = decode(unpacked(request, packed, PLAIN_BODY), SyncRequest)
    answer = sync(office, who, wanted)
    request.app.state.metrics.synced(answer.verdicts, told=bool(answer.changes))
    return reply(request, answer)


class _Straight:
    """`one_sync` as a plain ASGI application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = STRAIGHT  # as the framework would, for whoever counts by routes
        response = await one_sync(Request(scope, receive, send))
        await response(scope, receive, send)


STRAIGHT = Route("/v1/sync", _Straight(), methods=["POST"])
"""To stand before the router: the framework's own way to `one_sync` takes as long as a sync."""
