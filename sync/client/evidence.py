"""The files of a visit, as the office tells it: values only.

Shape of `/v1/planning/visits/…/files`. Unknown fields are passed over; times are aware. Rule:
nothing is computed here.
"""

from __future__ import annotations

from datetime import datetime

import msgspec


class VisitFileLine(msgspec.Struct, frozen=True, kw_only=True):
    """One file; `look` is by what a picture of it is asked for, empty where there is none."""

    sha256: str
    slot: str
    media_type: str
    size: int
    announced: bool
    recorded_at: datetime | None = None
    complete_at: datetime | None = None
    look: str = ""
