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
    EXPORT_TRACE = "export_trace"


_A = MeterAction
_ALLOWED: dict[Purpose, frozenset[MeterAction]] = {
    Purpose.PLACEMENT: frozenset(_A),
    Purpose.READING_PREFERENCE: frozenset(
        {_A.IDENTIFY, _A.READ_PREFERENCE, _A.WRITE_PREFERENCE}
    ),
    Purpose.FAULT: frozenset(
        {
            _A.IDENTIFY,
            _A.READ_REGISTERS,
            _A.RETRIEVE_STATE,
            _A.READ_PREFERENCE,
            _A.EXPORT_TRACE,
        }
    ),
    Purpose.REMOVAL: frozenset(
        {_A.IDENTIFY, _A.READ_REGISTERS, _A.RETRIEVE_STATE, _A.EXPORT_TRACE}
    ),
    Purpose.WORKSHOP: frozenset(_A),
}


def purpose_of(kind: WorkKind) -> Purpose:
    """The purpose that a visit of this kind gives."""
    return Purpose(kind.value)


def check_purpose(purpose: Purpose, action: MeterAction) -> None:
    """Raise `PurposeRefused` unless `purpose` allows `action`."""
    if action not in _ALLOWED[purpose]:
        raise PurposeRefused(purpose, action)
