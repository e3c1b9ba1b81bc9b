"""The dispatcher's endpoints: import, plan, board, publish, status, changes of one visit.

Rule: a user's token with the role of dispatcher comes before the body, and the region is the
user's, never the body's.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from sync.server import (
    arranging,
    board,
    checks,
    follow_ups,
    importing,
    overview,
    planning,
    visit_files,
)
from sync.server.arranging import PlanChange
from sync.server.bodies import PACKED_BODY, PLAIN_BODY, SMALL_BODY, read_body
from sync.server.dayfile import DayFile, Name, Strict
from sync.server.doors import Role, TheOffice, User, having
from sync.server.forms import checked
from sync.server.openapi import json_body

router = APIRouter(prefix="/v1/planning", tags=["planning"])

Dispatcher = Annotated[User, Depends(having(Role.DISPATCHER))]


class DayOnly(Strict):
    """Which day."""

    date: date


class VisitChange(Strict):
    """What a dispatcher changes about one visit: `technician` null means back to the pool.

    `confirmed`: also one who is not designated for it.
    """

    technician: Name | None = None
    cancelled: bool = False
    confirmed: bool = False


async def day_file_body(request: Request, _user: Dispatcher) -> bytes:
    """A day file, which may be large."""
    return await read_body(request, PACKED_BODY, PLAIN_BODY)


async def small_body(request: Request, _user: Dispatcher) -> bytes:
    """Everything else a dispatcher sends."""
    return await read_body(request, SMALL_BODY, SMALL_BODY)


async def draft_body(request: Request, _user: Dispatcher) -> bytes:
    """A day's draft: a placement for each of its visits at most."""
    return await read_body(request, PACKED_BODY, PLAIN_BODY)


SmallBody = Annotated[bytes, Depends(small_body)]
DraftBody = Annotated[bytes, Depends(draft_body)]


@router.post("/import", openapi_extra=json_body(DayFile))
def import_day(
    office: TheOffice, user: Dispatcher, body: Annotated[bytes, Depends(day_file_body)]
) -> importing.Imported:
    """Take a day file in; the same file again changes nothing."""
    return importing.import_day(office, user, checked(DayFile, body))


@router.post("/plan", openapi_extra=json_body(DayOnly))
def plan(office: TheOffice, user: Dispatcher, body: SmallBody) -> planning.Plan:
    """Assign the day's free visits and order the routes."""
    return planning.plan_day(office, user, checked(DayOnly, body).date)


@router.post("/publish", openapi_extra=json_body(PlanChange))
def publish(office: TheOffice, user: Dispatcher, body: DraftBody) -> dict[str, int]:
    """Carry a draft out and let the day's assigned visits travel, all at once or not at all."""
    wanted = checked(PlanChange, body)
    published = planning.publish_day(
        office, user, wanted.date, lambda c: arranging.place(office, c, user, wanted)
    )
    return {"published": published}


@router.post("/preview", openapi_extra=json_body(PlanChange))
def preview(
    office: TheOffice, user: Dispatcher, body: DraftBody
) -> list[arranging.TechnicianChange]:
    """What publishing would change for whom; nothing is changed."""
    return arranging.preview(office, user, checked(PlanChange, body))


@router.get("/board")
def show_board(office: TheOffice, user: Dispatcher, on: date) -> board.Board:
    """A day's visits and technicians, without any customer's data."""
    return board.board(office, user, on)


@router.get("/places")
def show_places(office: TheOffice, user: Dispatcher, on: date) -> list[board.Place]:
    """Where a day's visits are; the look is in the audit trail."""
    return board.places(office, user, on)


@router.get("/status")
def status(
    office: TheOffice, user: Dispatcher, on: date | None = None
) -> list[overview.DayLine]:
    """The region's visits of a day, or of all days, and how far they are."""
    return overview.day(office, user, on)


@router.get("/visits/{visit}", response_class=Response)
def look(office: TheOffice, user: Dispatcher, visit: str) -> Response:
    """One visit whole, by id or number; the look is in the audit trail."""
    found = overview.whole(office, user, visit)
    return Response(overview.as_json(found), media_type="application/json")


@router.get("/visits/{visit}/files")
def list_files(office: TheOffice, user: Dispatcher, visit: str) -> list[visit_files.VisitFile]:
    """A visit's files, recorded and here, by id or number; the look is in the audit trail."""
    return visit_files.listed(office, user, visit)


@router.get("/visits/{visit}/files/{which}", response_class=Response)
def look_at_picture(office: TheOffice, user: Dispatcher, visit: str, which: str) -> Response:
    """A picture that is here, by the `look` of its line; each look is in the audit trail."""
    kind, content = visit_files.picture(office, user, visit, which)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=kind, headers=headers)


@router.get("/checks")
def list_checks(
    office: TheOffice, user: Dispatcher, state: Name = "open"
) -> list[checks.Check]:
    """What visits left to be proven; those whose day has passed have become follow-ups."""
    return checks.listed(office, user, state)


@router.post("/checks/{check}/{what}/proven")
def prove_check(office: TheOffice, user: Dispatcher, check: str, what: str) -> checks.Check:
    """Close a pending check: it was proven."""
    return checks.prove(office, user, check, what)


@router.get("/follow-ups")
def list_follow_ups(
    office: TheOffice, user: Dispatcher, state: Name = "open"
) -> list[follow_ups.FollowUp]:
    """Work that has to follow a visit."""
    return follow_ups.listed(office, user, state)


@router.post("/follow-ups/{which}/plan", openapi_extra=json_body(DayOnly))
def plan_follow_up(
    office: TheOffice, user: Dispatcher, which: str, body: SmallBody
) -> follow_ups.FollowUp:
    """Make a visit of it, in the pool of a day."""
    return follow_ups.plan(office, user, which, checked(DayOnly, body).date)


@router.post("/follow-ups/{which}/drop")
def drop_follow_up(office: TheOffice, user: Dispatcher, which: str) -> follow_ups.FollowUp:
    """Say that it is not needed."""
    return follow_ups.drop(office, user, which)


@router.patch("/visits/{visit}", openapi_extra=json_body(VisitChange))
def change(
    office: TheOffice, user: Dispatcher, visit: str, body: SmallBody
) -> dict[str, object]:
    """Give a visit to another technician or back to the pool, or cancel it."""
    wanted = checked(VisitChange, body)
    row = (
        planning.cancel(office, user, visit)
        if wanted.cancelled
        else planning.reassign(
            office, user, visit, wanted.technician, confirmed=wanted.confirmed
        )
    )
    return {
        "id": row.id,
        "number": row.number,
        "technician": row.technician,
        "version": row.version,
        "cancelled": row.cancelled,
    }
