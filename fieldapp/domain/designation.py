"""Who may do which work: a technician's designations (aanwijzing) against what the work asks.

In come the activities of a visit, a matrix that says which level each asks at least, and what a
technician was designated for; out comes the first activity that is not covered on a day. Rule:
a technician of whom no designation is known is judged by nobody here; the operator sets them
(trade.md, "LMRA and aanwijzing").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import msgspec

SOON = timedelta(days=14)
"""A designation that ends within it is worth a warning."""


class Scheme(StrEnum):
    """Of which set of rules: electricity (BEI) or gas (VIAG)."""

    BEI = "BEI"
    VIAG = "VIAG"


class Designation(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One designation of a technician.

    Attributes:
        activities: those that it covers; empty: all that its level covers.
        start, until: the first and the last day.
        supervisor: whom to call about it.
    """

    scheme: Scheme
    level: str
    start: date
    until: date
    activities: tuple[str, ...] = ()
    supervisor: str = ""
    supervisor_phone: str = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The lowest level with which an activity may be done."""

    activity: str
    scheme: Scheme
    level: str


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """Activity by lowest level, under one version; `levels` rise."""

    version: int
    levels: dict[Scheme, tuple[str, ...]]
    rules: tuple[Asked, ...]

    def asked(self, activity: str) -> Asked | None:
        """What an activity asks; None for one that the matrix does not know."""
        return next((rule for rule in self.rules if rule.activity == activity), None)

    def reaches(self, has: Designation, asked: Asked) -> bool:
        """Whether a designation is of this scheme and at least of this level."""
        ranks = self.levels.get(asked.scheme, ())
        known = has.level in ranks and asked.level in ranks
        return (
            has.scheme is asked.scheme
            and known
            and ranks.index(has.level) >= ranks.index(asked.level)
        )


class Permit(msgspec.Struct, frozen=True, kw_only=True):
    """What a technician may do: the office's matrix and his designations, under one version."""

    version: str
    matrix: Matrix
    designations: tuple[Designation, ...] = ()


@dataclass(frozen=True, slots=True)
class Lacking:
    """An activity that is not covered, and whom to call: of the nearest designation."""

    asked: Asked
    supervisor: str = ""
    supervisor_phone: str = ""


def lacking(permit: Permit | None, activities: Iterable[str], on: date) -> Lacking | None:
    """The first of these activities that the technician may not do on this day.

    None where he may do all, and where nobody ever designated him for anything.
    """
    if permit is None or not permit.designations:
        return None
    for asked in _asked(permit, activities):
        if not any(one.start <= on <= one.until for one in _covering(permit, asked)):
            nearest = [one for one in permit.designations if one.scheme is asked.scheme]
            called = next(iter(nearest or permit.designations))
            return Lacking(asked, called.supervisor, called.supervisor_phone)
    return None


def expiring(permit: Permit | None, activities: Iterable[str], on: date) -> date | None:
    """The last day on which all these activities are covered, where it is near; else None."""
    if permit is None or not permit.designations or lacking(permit, activities, on):
        return None
    ends = [
        max(one.until for one in _covering(permit, asked) if one.start <= on <= one.until)
        for asked in _asked(permit, activities)
    ]
    soon = [end for end in ends if end - on <= SOON]
    return min(soon, default=None)


def _asked(permit: Permit, activities: Iterable[str]) -> tuple[Asked, ...]:
    found = (permit.matrix.asked(activity) for activity in activities)
    return tuple(one for one in found if one is not None)


def _covering(permit: Permit, asked: Asked) -> tuple[Designation, ...]:
    return tuple(
        one
        for one in permit.designations
        if permit.matrix.reaches(one, asked)
        and (not one.activities or asked.activity in one.activities)
    )


def parse_matrix(toml: str) -> Matrix:
    """Read a matrix.

    Raises:
        msgspec.DecodeError: not TOML, or not of this shape.
    """
    return msgspec.toml.decode(toml, type=Matrix)
