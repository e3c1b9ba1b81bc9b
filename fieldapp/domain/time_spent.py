"""Time spent on a visit: on the road, at work, standing still.

In come its facts in order; out come three lengths. Rule: by what the technician told, nothing
is guessed; what a colleague did before it was handed over counts as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from fieldapp.domain.progress import STATE_AFTER, Progress
from fieldapp.domain.status import VisitState

_NONE = timedelta()
_ROAD, _WORK, _STILL = "road", "work", "still"
_COUNTS_AS = {
    VisitState.TRAVELLING: _ROAD,
    VisitState.ON_SITE: _WORK,
    VisitState.STARTED: _WORK,
    VisitState.PAUSED: _STILL,
}


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """How long; zero where that never was."""

    on_the_road: timedelta = _NONE
    at_work: timedelta = _NONE
    standing_still: timedelta = _NONE


def time_spent(progress: Progress) -> TimeSpent:
    """The time from each move of the visit to the next; what is under way is not counted."""
    spent: dict[str, timedelta] = {}
    state, since = VisitState.PLANNED, None
    for fact in progress.facts:
        after = STATE_AFTER.get(type(fact))
        if after is None:
            continue
        _add(spent, _COUNTS_AS.get(state, ""), since, fact.at)
        state, since = after, fact.at
    return TimeSpent(spent.get(_ROAD, _NONE), spent.get(_WORK, _NONE), spent.get(_STILL, _NONE))


def _add(
    spent: dict[str, timedelta], kind: str, since: datetime | None, until: datetime
) -> None:
    if since is not None and until > since:
        spent[kind] = spent.get(kind, _NONE) + (until - since)
