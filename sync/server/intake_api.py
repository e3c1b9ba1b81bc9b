"""The public forms' endpoints; no credential, small bodies, always the same answer.

Rule: 202 with a reference for every well-formed form, whoever and whatever it names.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from sync.server import intake
from sync.server.bodies import SMALL_BODY, read_body
from sync.server.doors import TheOffice
from sync.server.forms import checked
from sync.server.openapi import json_body

router = APIRouter(prefix="/v1/intake", tags=["intake"])


async def form_body(request: Request) -> bytes:
    """A form: small."""
    return await read_body(request, SMALL_BODY, SMALL_BODY)


Body = Annotated[bytes, Depends(form_body)]


@router.post("/appointments", status_code=202, openapi_extra=json_body(intake.Appointment))
def appointment(office: TheOffice, body: Body) -> dict[str, str]:
    """Ask for a visit, or to move or cancel one."""
    return {"reference": intake.take(office, checked(intake.Appointment, body))}


@router.post(
    "/smart-meter-requests",
    status_code=202,
    openapi_extra=json_body(intake.SmartMeterRequest),
)
def smart_meter_request(office: TheOffice, body: Body) -> dict[str, str]:
    """Ask for a meter."""
    return {"reference": intake.take(office, checked(intake.SmartMeterRequest, body))}


@router.post("/preferences", status_code=202, openapi_extra=json_body(intake.PreferenceChoice))
def preference(office: TheOffice, body: Body) -> dict[str, str]:
    """Choose about remote reading."""
    return {"reference": intake.take(office, checked(intake.PreferenceChoice, body))}


@router.post("/faults", status_code=202, openapi_extra=json_body(intake.Fault))
def fault(office: TheOffice, body: Body) -> dict[str, str]:
    """Report a meter that does not work."""
    return {"reference": intake.take(office, checked(intake.Fault, body))}


@router.post("/complaints", status_code=202, openapi_extra=json_body(intake.Complaint))
def complaint(office: TheOffice, body: Body) -> dict[str, str]:
    """Complain."""
    return {"reference": intake.take(office, checked(intake.Complaint, body))}


@router.post("/readings", status_code=202, openapi_extra=json_body(intake.Reading))
def reading(office: TheOffice, body: Body) -> dict[str, str]:
    """Hand in own readings."""
    return {"reference": intake.take(office, checked(intake.Reading, body))}
