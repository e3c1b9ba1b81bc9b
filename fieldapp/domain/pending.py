"""Pending checks: what of a visit can't be proven on site in minutes.

In come a visit, its progress and a date; out come the checks that closing it may leave open,
each with who proves it and until when (trade.md "Status", pending checks). Rule: what a way out
left to the office or the head-end is owed and can't be left out; the others are proposals, and
the technician takes away what was proven.
"""

from __future__ import annotations

from datetime import date, timedelta

from fieldapp.domain import facts as f
from fieldapp.domain.progress import Progress
from fieldapp.domain.steps import placed_kind
from fieldapp.domain.work_order import Commodity, MeterKind, Visit, WorkKind

HEAD_END = "head_end"
PENDING = "pending"
"""The way out that leaves a requirement to a pending check."""
FIRST_CONTACT, GAS_VALUE, MBUS_KEY = "first_contact", "gas_value", "mbus_key"
PREFERENCE, COUPLING = "preference", "coupling"

_IN_USE = "in_use"
_WITHIN_DAYS = {FIRST_CONTACT: 14, GAS_VALUE: 3, MBUS_KEY: 3, PREFERENCE: 14, COUPLING: 7}
CODES = tuple(_WITHIN_DAYS)
"""Everything that can be left to be proven."""

_LEFT_BY = {"modem": FIRST_CONTACT, "coupled:G": COUPLING, "telegram": GAS_VALUE}


def open_checks(visit: Visit, progress: Progress) -> tuple[str, ...]:
    """Codes of all checks that this visit may leave open, the owed ones first."""
    codes = (
        *owed(progress),
        *_of_placement(visit, progress),
        *_of_coupling(progress),
    )
    return tuple(dict.fromkeys(codes))


def owed(progress: Progress) -> tuple[str, ...]:
    """Codes of the checks that must be named when the visit is closed."""
    left = [PREFERENCE] if progress.of(f.PreferenceDeferred) else []
    left += [
        _LEFT_BY[waiver.requirement]
        for waiver in progress.of(f.WaivedRequirement)
        if waiver.way_out == PENDING and waiver.requirement in _LEFT_BY
    ]
    return tuple(dict.fromkeys(left))


def check_of(code: str, today: date) -> f.PendingCheck:
    """The check with its last day."""
    until = today + timedelta(days=_WITHIN_DAYS[code])
    return f.PendingCheck(what=code, by=HEAD_END, until=until)


def _of_placement(visit: Visit, progress: Progress) -> tuple[str, ...]:
    if visit.kind is not WorkKind.PLACEMENT or visit.connection("E") is None:
        return ()
    if placed_kind(visit, progress) is not MeterKind.SMART:
        return ()
    if visit.connection(Commodity.GAS.value) is not None:
        return (FIRST_CONTACT, GAS_VALUE, MBUS_KEY)
    return (FIRST_CONTACT,)


def _of_coupling(progress: Progress) -> tuple[str, ...]:
    """A device shows its value within the hour after coupling, its key once it is used."""
    open_keys: dict[int, bool] = {}
    for fact in progress.facts:
        if isinstance(fact, f.MbusCoupled):
            open_keys[fact.channel] = fact.key_status != _IN_USE
        elif isinstance(fact, f.MbusDecoupled):
            open_keys.pop(fact.channel, None)
    if not open_keys:
        return ()
    return (GAS_VALUE, MBUS_KEY) if any(open_keys.values()) else (GAS_VALUE,)
