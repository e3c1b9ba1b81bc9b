"""Purposes: why a meter is read or written, and what each purpose allows.

Every contact with a meter names one. The table below is the rule; the work rooms ask it before
any byte goes out. Sources: trade.md "Purposes"; Gedragscode Slim Netbeheer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fieldapp.domain.work_order import WorkKind
from fieldapp.errors import PurposeRefused


class Purpose(StrEnum):
    """Why."""

    PLACEMENT = "placement"
    READING_PREFERENCE = "reading_preference"
    FAULT = "fault"
    REMOVAL = "removal"
    WORKSHOP = "workshop"


class MeterAction(StrEnum):
    """What is done with the meter."""

    IDENTIFY = "identify"
    READ_REGISTERS = "read_registers"
    RETRIEVE_STATE = "retrieve_state"
    READ_PREFERENCE = "read_preference"
    WRITE_PREFERENCE = "write_preference"
    KEEP_TELEGRAM = "keep_telegram"
    RECORD = "record"
    EXPORT = "export"
    EXPORT_TRACE = "export_trace"
    READ_INTERVALS = "read_intervals"
    SET_CLOCK = "set_clock"
    CLEAR_ALARMS = "clear_alarms"
    COUPLE_MBUS = "couple_mbus"
    DECOUPLE_MBUS = "decouple_mbus"
    WRITE_LOCATION = "write_location"
    WRITE_MESSAGE = "write_message"
    RESET_METER = "reset_meter"


_A = MeterAction
WRITES = frozenset(
    {
        _A.WRITE_PREFERENCE,
        _A.SET_CLOCK,
        _A.CLEAR_ALARMS,
        _A.COUPLE_MBUS,
        _A.DECOUPLE_MBUS,
        _A.WRITE_LOCATION,
        _A.WRITE_MESSAGE,
        _A.RESET_METER,
    }
)
"""What changes the meter: only in a visit under way, or in the workshop."""

_ALLOWED: dict[Purpose, frozenset[MeterAction]] = {
    Purpose.PLACEMENT: frozenset(_A) - {_A.EXPORT, _A.READ_INTERVALS, _A.RESET_METER},
    Purpose.READING_PREFERENCE: frozenset(
        {_A.IDENTIFY, _A.READ_PREFERENCE, _A.WRITE_PREFERENCE}
    ),
    Purpose.FAULT: frozenset(
        {
            _A.IDENTIFY,
            _A.READ_REGISTERS,
            _A.RETRIEVE_STATE,
            _A.READ_PREFERENCE,
            _A.KEEP_TELEGRAM,
            _A.RECORD,
            _A.EXPORT,
            _A.EXPORT_TRACE,
            _A.READ_INTERVALS,
            _A.SET_CLOCK,
            _A.CLEAR_ALARMS,
            _A.COUPLE_MBUS,
            _A.DECOUPLE_MBUS,
            _A.WRITE_MESSAGE,
        }
    ),
    Purpose.REMOVAL: frozenset(
        {
            _A.IDENTIFY,
            _A.READ_REGISTERS,
            _A.RETRIEVE_STATE,
            _A.KEEP_TELEGRAM,
            _A.EXPORT_TRACE,
            _A.DECOUPLE_MBUS,
            _A.RESET_METER,
        }
    ),
    Purpose.WORKSHOP: frozenset(_A),
}


@dataclass(frozen=True, slots=True)
class Term:
    """How long live values may be written down for a purpose, and how long they then stay.

    Live P1 is finer than the interval data that the rules protect, so both have an end. A
    laptop of the workshop keeps what it read 24 h (trade.md "Purposes"); of a visit nothing
    stays longer than a delivered visit may (security.md "data kept too long": at most 7 days).
    """

    record: timedelta
    keep: timedelta


_NO_TERM = Term(timedelta(0), timedelta(0))
_TERMS = {
    Purpose.PLACEMENT: Term(timedelta(hours=1), timedelta(hours=24)),
    Purpose.FAULT: Term(timedelta(hours=24), timedelta(days=7)),
    Purpose.REMOVAL: Term(timedelta(0), timedelta(hours=24)),
    Purpose.WORKSHOP: Term(timedelta(hours=24), timedelta(hours=24)),
}


def purpose_of(kind: WorkKind) -> Purpose:
    """The purpose that a visit of this kind gives."""
    return Purpose(kind.value)


def purpose_for(kind: WorkKind, action: MeterAction, *, placed: bool) -> Purpose:
    """The purpose of one action in a visit of this kind.

    Once a meter was placed in it the visit is a placement too, whatever it began as: a fault
    that ends in another meter sets that meter up.
    """
    own = purpose_of(kind)
    if placed and not allows(own, action) and allows(Purpose.PLACEMENT, action):
        return Purpose.PLACEMENT
    return own


def term_of(purpose: Purpose) -> Term:
    """The longest that this purpose gives."""
    return _TERMS.get(purpose, _NO_TERM)


def kept_until(purpose: Purpose, now: datetime, wanted: timedelta) -> datetime:
    """When something written down now must be gone: as wanted, never later than the rule."""
    return now + min(wanted, term_of(purpose).keep)


def allows(purpose: Purpose, action: MeterAction) -> bool:
    """Whether `purpose` gives a right to `action`."""
    return action in _ALLOWED[purpose]


def check_purpose(purpose: Purpose, action: MeterAction) -> None:
    """Raise `PurposeRefused` unless `purpose` allows `action`."""
    if not allows(purpose, action):
        raise PurposeRefused(purpose, action)
