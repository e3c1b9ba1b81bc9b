"""The laptops' endpoints: enrol, token, new incarnation, sync.

Bodies are the structs of `sync.wire`. Rule: plain functions, which FastAPI runs in its thread
pool; only reading a body is asynchronous.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from sync.server import laptops
from sync.server.attempts import Attempts
from sync.server.bodies import PACKED_BODY, PLAIN_BODY, SMALL_BODY, read_body, reply
from sync.server.doors import (
    TheLaptop,
    TheOffice,
    attempt_of,
    client_of,
    current_attempts,
)
from sync.server.exchange import sync
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


async def small_body(request: Request) -> bytes:
    """The body of a request that needs no credential: kept small."""
    return await read_body(request, SMALL_BODY, SMALL_BODY)


SmallBody = Annotated[bytes, Depends(small_body)]


TheAttempts = Annotated[Attempts, Depends(current_attempts)]


async def sync_body(request: Request, _laptop: TheLaptop) -> bytes:
    """The body of a sync, read once its laptop is known."""
    return await read_body(request, PACKED_BODY, PLAIN_BODY)


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
def one_sync(
    request: Request,
    office: TheOffice,
    laptop: TheLaptop,
    body: Annotated[bytes, Depends(sync_body)],
) -> Response:
    """Push operations, pull changes."""
    answer = sync(office, laptop, decode(body, SyncRequest))
    request.app.state.metrics.synced(answer.verdicts, told=bool(answer.changes))
    return reply(request, answer)
