"""What visits left behind, as the office tells it: values only.

Shapes of `/v1/planning/checks` and `/v1/planning/follow-ups`. Unknown fields are passed over;
times are aware. Rule: nothing is computed here.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec


class CheckLine(msgspec.Struct, frozen=True, kw_only=True):
    """A pending check; `number` is the visit's, `until` the last day to prove it."""

    id: str
    what: str
    visit: str
    number: str
    proven_by: str
    until: date
    state: str
    settled_at: datetime | None = None
    settled_by: str = ""


class FollowUpLine(msgspec.Struct, frozen=True, kw_only=True):
    """Work that has to follow a visit; `planned_as` is the id of the visit made of it."""

    id: str
    visit: str
    number: str
    work: str
    reason: str
    state: str
    asked_at: datetime
    planned_as: str | None = None
