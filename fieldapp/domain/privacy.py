"""Purposes: why a meter is read or written, and what each purpose allows.

Every contact with a meter names one. The table below is the rule; the work rooms ask it before
any byte goes out. Sources: trade.md "Purposes"; Gedragscode Slim Netbeheer.
"""

from __future__ import annotations

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
    READ_INTERVALS = "read_intervals"
    SET_CLOCK = "set_clock"
    CLEAR_ALARMS = "clear_alarms"
    COUPLE_MBUS = "couple_mbus"
    DECOUPLE_MBUS = "decouple_mbus"
    WRITE_LOCATION = "write_location"
    WRITE_MESSAGE = "write_message"


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
    }
)
"""What changes the meter: only in a visit under way, or in the workshop."""

_ALLOWED: dict[Purpose, frozenset[MeterAction]] = {
    Purpose.PLACEMENT: frozenset(_A) - {_A.READ_INTERVALS},
    Purpose.READING_PREFERENCE: frozenset(
        {_A.IDENTIFY, _A.READ_PREFERENCE, _A.WRITE_PREFERENCE}
    ),
    Purpose.FAULT: frozenset(
        {
            _A.IDENTIFY,
            _A.READ_REGISTERS,
            _A.RETRIEVE_STATE,
            _A.READ_PREFERENCE,
            _A.READ_INTERVALS,
            _A.SET_CLOCK,
            _A.CLEAR_ALARMS,
            _A.COUPLE_MBUS,
            _A.DECOUPLE_MBUS,
            _A.WRITE_MESSAGE,
        }
    ),
    Purpose.REMOVAL: frozenset(
        {_A.IDENTIFY, _A.READ_REGISTERS, _A.RETRIEVE_STATE, _A.DECOUPLE_MBUS}
    ),
    Purpose.WORKSHOP: frozenset(_A),
}


def purpose_of(kind: WorkKind) -> Purpose:
    """The purpose that a visit of this kind gives."""
    return Purpose(kind.value)


def allows(purpose: Purpose, action: MeterAction) -> bool:
    """Whether `purpose` gives a right to `action`."""
    return action in _ALLOWED[purpose]


def check_purpose(purpose: Purpose, action: MeterAction) -> None:
    """Raise `PurposeRefused` unless `purpose` allows `action`."""
    if not allows(purpose, action):
        raise PurposeRefused(purpose, action)
