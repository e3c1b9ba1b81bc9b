"""Refusals of a meter: what was offered and not taken, now and before.

In come a visit and its progress; out come all offers with their dates, and whether both kinds
of meter are refused. Rule: each offer is recorded with its date; after the second the office
sees what to report to the regulator (trade.md "Placement").
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from fieldapp.domain import facts as f
from fieldapp.domain.progress import Progress
from fieldapp.domain.work_order import MeterKind, Refusal, Visit

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_BOTH = frozenset({MeterKind.SMART, MeterKind.DIGITAL})


def refusals(visit: Visit, progress: Progress) -> tuple[Refusal, ...]:
    """Every offer that was refused, the earliest first."""
    now = (Refusal(fact.offered, _day(fact)) for fact in progress.of(f.RefusalRecorded))
    return tuple(sorted((*visit.refusals, *now), key=lambda refusal: refusal.on))


def refuses_both(visit: Visit, progress: Progress) -> bool:
    """Whether neither a smart nor a digital meter is taken, by what was said last."""
    last = progress.last(f.RefusalRecorded)
    if last is None or last.accepted_instead is not None:
        return False
    return {refusal.offered for refusal in refusals(visit, progress)} >= _BOTH


def _day(fact: f.RefusalRecorded) -> date:
    return fact.at.astimezone(_AMSTERDAM).date()
