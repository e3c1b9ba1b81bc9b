"""Endpoints of what people see and decide: conflicts, what was set aside, and the laptops.

Rule: a user's token and role come before the body, the region is the user's, and what shows a
customer's data is in the audit trail.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from sync.server import awaited, deciding, quarantine
from sync.server.bodies import SMALL_BODY, read_body
from sync.server.dayfile import Name, Strict
from sync.server.doors import Role, TheOffice, User, having
from sync.server.forms import checked
from sync.server.openapi import json_body

router = APIRouter(prefix="/v1", tags=["conflicts"])

Looks = Annotated[User, Depends(having(Role.DISPATCHER, Role.DESK))]
Decides = Annotated[User, Depends(having(Role.DISPATCHER))]
Judges = Annotated[User, Depends(having(Role.DISPATCHER, Role.ADMINISTRATOR))]
Hours = Annotated[int, Query(ge=1, le=240)]

MOST_WORDS = 500


class LookedAt(Strict):
    """What a decision was made on, as the conflict was shown."""

    state: Name
    operation: Name
    now: str | None = None


class Decision(Strict):
    """What to keep of a conflict; `value` goes with `merge`.

    `basis`: decide only where it is still as it was looked at.
    """

    keep: deciding.Keep
    value: Annotated[str, Field(max_length=MOST_WORDS)] = ""
    basis: LookedAt | None = None


class Dropping(Strict):
    """Why an operation is left out."""

    reason: Annotated[str, Field(min_length=1, max_length=MOST_WORDS)]


async def decision_body(request: Request, _user: Decides) -> bytes:
    """A decision about a conflict."""
    return await read_body(request, SMALL_BODY, SMALL_BODY)


async def dropping_body(request: Request, _user: Judges) -> bytes:
    """A reason."""
    return await read_body(request, SMALL_BODY, SMALL_BODY)


@router.get("/conflicts")
def list_conflicts(
    office: TheOffice, user: Looks, state: Name = "open"
) -> list[deciding.Conflict]:
    """What site and office made two different things of, without the values."""
    return deciding.listed(office, user, state)


@router.get("/conflicts/{which}")
def look_at_conflict(office: TheOffice, user: Looks, which: str) -> deciding.Opened:
    """One conflict with both values; the look is in the audit trail."""
    return deciding.look(office, user, which)


@router.post("/conflicts/{which}", openapi_extra=json_body(Decision))
def decide_conflict(
    office: TheOffice,
    user: Decides,
    which: str,
    body: Annotated[bytes, Depends(decision_body)],
) -> deciding.Opened:
    """Keep the technician's value, the office's or another one; or say that it was seen."""
    wanted = checked(Decision, body)
    basis = deciding.Basis(**wanted.basis.model_dump()) if wanted.basis else None
    chosen = deciding.Chosen(wanted.keep, wanted.value, basis)
    return deciding.decide(office, user, which, chosen)


@router.get("/quarantine", tags=["quarantine"])
def list_quarantine(
    office: TheOffice, user: Judges, state: Name = "open"
) -> list[quarantine.SetAside]:
    """Operations that were set aside for a person."""
    return quarantine.listed(office, user, state)


@router.get("/quarantine/{which}", tags=["quarantine"])
def look_at_quarantine(office: TheOffice, user: Judges, which: str) -> quarantine.Shown:
    """One of them with what it says; the look is in the audit trail."""
    return quarantine.look(office, user, which)


@router.post("/quarantine/{which}/take", tags=["quarantine"])
def take_quarantine(
    office: TheOffice, user: Judges, which: str, seen: Name | None = None
) -> quarantine.Shown:
    """Judge and apply it as any fact, once; only while its state is as it was `seen`."""
    return quarantine.take(office, user, which, seen)


@router.post("/quarantine/{which}/drop", tags=["quarantine"], openapi_extra=json_body(Dropping))
def drop_quarantine(
    office: TheOffice,
    user: Judges,
    which: str,
    body: Annotated[bytes, Depends(dropping_body)],
    seen: Name | None = None,
) -> quarantine.Shown:
    """Leave it out, with a reason; it is kept. Only while its state is as it was `seen`."""
    return quarantine.drop(office, user, which, checked(Dropping, body).reason, seen)


@router.get("/laptops", tags=["laptops"])
def list_laptops(
    office: TheOffice, user: Decides, silent_h: Hours = awaited.SILENT_AFTER_H
) -> list[awaited.Awaited]:
    """Per laptop what has not arrived yet, and when it was last heard of."""
    return awaited.listed(office, user, silent_h)
