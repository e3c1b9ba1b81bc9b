"""The planner's board as the office tells it: values only.

Shapes of `/v1/planning/board`, `places`, `preview` and `publish`. Unknown fields are passed
over; times are aware. Rule: nothing is computed here.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec


class VisitLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the office holds of a visit in the clear.

    Attributes:
        on_laptop: a laptop of its technician was told the newest version.
        conflicts: facts from the site that do not fit the plan and need a look.
    """

    id: str
    number: str
    kind: str
    state: str
    technician: str | None
    window_start: datetime
    window_end: datetime
    route_position: int
    version: int
    published: bool
    cancelled: bool
    on_laptop: bool
    operations: int = 0
    conflicts: int = 0


class BoardVisit(msgspec.Struct, frozen=True, kw_only=True):
    """One visit, and when the technician came and was through, by the device."""

    line: VisitLine
    arrived_at: datetime | None = None
    ended_at: datetime | None = None


class BoardTechnician(msgspec.Struct, frozen=True, kw_only=True):
    """One technician; `laptops` counts those in use."""

    id: str
    name: str
    laptops: int
    last_contact: datetime | None = None


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """A region's day at the office's moment `at`."""

    on: date
    at: datetime
    region: str
    technicians: tuple[BoardTechnician, ...]
    visits: tuple[BoardVisit, ...]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a visit is and what it asks; a customer's data."""

    id: str
    version: int
    street: str
    postcode: str
    place: str
    variant: str
    capacity: str = ""
    complaint: str = ""


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """A visit's new place; `technician` None is the pool, `version` and `was` are as seen."""

    visit: str
    technician: str | None
    position: int
    version: int
    was: str | None


class PlanChange(msgspec.Struct, frozen=True, kw_only=True):
    """A day's draft; `confirmed`: also where a technician is not designated for the work."""

    date: date
    placements: tuple[Placement, ...] = ()
    confirmed: bool = False


class TechnicianChange(msgspec.Struct, frozen=True, kw_only=True):
    """What publishing changes for one technician, by visit number."""

    technician: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reordered: tuple[str, ...] = ()
    under_way: tuple[str, ...] = ()
    total: int = 0
    undesignated: tuple[str, ...] = ()


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """How many visits were not under way before."""

    published: int
