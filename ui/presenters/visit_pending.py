"""What of a visit can't be proven on site in minutes, and may be closed as pending.

In come the page and the date; out come the checks that this visit leaves open, each with who
proves it and until when (trade.md "Status", pending checks). Rule: proposals; the technician
decides which of them are still open, and a choice that goes through the office always is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from fieldapp.domain import facts as f
from fieldapp.domain.work_order import Commodity, MeterKind, WorkKind
from ui.presenters.visit_page import VisitPage

HEAD_END = "head_end"
_IN_USE = "in_use"
_WITHIN_DAYS = {"first_contact": 14, "gas_value": 3, "mbus_key": 3, "preference": 14}


@dataclass(frozen=True, slots=True)
class Pending:
    """A check that may stay open; `must` where it can't be ticked away."""

    check: f.PendingCheck
    must: bool = False


def pending_of(page: VisitPage, today: date) -> tuple[Pending, ...]:
    """The checks that closing this visit may leave open."""
    codes = dict.fromkeys((*_of_placement(page), *_of_coupling(page)), False)
    if page.deferred:
        codes["preference"] = True
    return tuple(Pending(_check(code, today), must) for code, must in codes.items())


def _of_placement(page: VisitPage) -> tuple[str, ...]:
    if page.kind is not WorkKind.PLACEMENT or page.meter_kind is not MeterKind.SMART:
        return ()
    if any(c.commodity is Commodity.GAS for c in page.connections):
        return ("first_contact", "gas_value", "mbus_key")
    return ("first_contact",)


def _of_coupling(page: VisitPage) -> tuple[str, ...]:
    """A device shows its value within the hour after coupling, its key once it is used."""
    open_keys: dict[int, bool] = {}
    for fact in page.facts:
        if isinstance(fact, f.MbusCoupled):
            open_keys[fact.channel] = fact.key_status != _IN_USE
        elif isinstance(fact, f.MbusDecoupled):
            open_keys.pop(fact.channel, None)
    if not open_keys:
        return ()
    return ("gas_value", "mbus_key") if any(open_keys.values()) else ("gas_value",)


def _check(code: str, today: date) -> f.PendingCheck:
    until = today + timedelta(days=_WITHIN_DAYS[code])
    return f.PendingCheck(what=code, by=HEAD_END, until=until)
