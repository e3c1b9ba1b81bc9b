"""Rules about the ways into the meter: customer port, optical port, and its own modem.

Limits: a signal below -105 dBm loses messages; five sound telegrams make a line sound. Rule: a
silent optical port proves nothing about the meter unless the same meter answers on P1.
"""

from __future__ import annotations

from decimal import Decimal

from fieldapp.domain.diagnosis.answers import absent, found, open_question, ruled_out, unread
from fieldapp.domain.diagnosis.finding import Evidence, Finding, Origin, Severity
from fieldapp.domain.diagnosis.observations import LineFault, Observations
from fieldapp.domain.diagnosis.reasons import Advice, Why
from fieldapp.domain.diagnosis.state import number

WEAK_DBM = Decimal(-105)
ENOUGH = 5
_REGISTERED = frozenset({"home", "roaming"})
_OF_METER = frozenset({"clock_off", "clock_unsure", "clock_set", "old_value", "no_value"})
"""What a line's health tells of the meter and of devices; other rules look at those."""
_LOCKED = ("PortLocked", "port_locked")
_SILENT = ("NobodyAnswers", "PortTimeout")
_WITHOUT_MODEM_OBJECT = frozenset({"dsmr22"})


def modem(seen: Observations) -> Finding:
    """Whether the meter's modem is in the network, and how well it hears it."""
    state = seen.state
    if state is None:
        return unread(seen)
    held = state.modem
    if held is None:
        without = state.version in _WITHOUT_MODEM_OBJECT
        return absent(seen) if without else open_question(Why.NO_MODEM)
    registration = str(held.get("registration") or "")
    operator, dbm = str(held.get("operator") or ""), number(held.get("signal_dbm"))
    evidence = (
        Evidence("registration", registration, "", Origin.P0, "", state.at),
        *(
            ()
            if dbm is None
            else (Evidence("signal", f"{dbm:f}", "dBm", Origin.P0, "", state.at),)
        ),
    )
    grave = (Severity.WARNING, Advice.CHECK_ANTENNA)
    if registration not in _REGISTERED:
        return found(Why.NOT_REGISTERED, grave, evidence, registration=registration)
    if dbm is not None and dbm < WEAK_DBM:
        return found(Why.WEAK_SIGNAL, grave, evidence, dbm=dbm, operator=operator)
    return ruled_out(Why.REGISTERED, evidence, operator=operator or "?")


def p1_line(seen: Observations) -> Finding:
    """Whether telegrams come in whole."""
    port = seen.p1
    if port is None:
        return open_question(Why.NO_P1, Advice.READ_P1)
    faults = [fault for fault in port.faults if fault.code not in _OF_METER]
    if faults:
        codes = ", ".join(dict.fromkeys(fault.code for fault in faults))
        grave = (Severity.WARNING, Advice.CHECK_CABLE)
        evidence = (_of_line(fault, seen) for fault in faults)
        return found(Why.LINE_FAULTS, grave, evidence, faults=codes, telegrams=port.telegrams)
    if port.telegrams < ENOUGH:
        return open_question(Why.TOO_FEW_TELEGRAMS, Advice.READ_P1, telegrams=port.telegrams)
    return ruled_out(Why.LINE_SOUND, telegrams=port.telegrams)


def p0_closed(seen: Observations) -> Finding:
    """Whether the optical port lets anybody in."""
    access = seen.p0
    if access.answered_at is not None:
        evidence = (Evidence("optical_port", "", "", Origin.VISIT, "", access.answered_at),)
        return ruled_out(Why.P0_ANSWERS, evidence)
    grave = (Severity.FAULT, Advice.OFFICE_OPENS_P0)
    last = access.failures[-1] if access.failures else ""
    if last in _LOCKED or access.reason in _LOCKED:
        return found(Why.P0_LOCKED, grave, reason=last or access.reason)
    if last in _SILENT and access.p1_answered:
        return found(Why.P0_SILENT, grave, count=len(access.failures))
    if last:
        return open_question(Why.P0_FAILED, Advice.READ_STATE, reason=last)
    if access.reason:
        return open_question(Why.NO_ACCESS, Advice.READ_STATE, reason=access.reason)
    return open_question(Why.P0_NOT_TRIED, Advice.READ_STATE)


def _of_line(fault: LineFault, seen: Observations) -> Evidence:
    at = seen.p1.at if seen.p1 is not None else None
    value = str(fault.count) if fault.value is None else f"{fault.value:f}"
    return Evidence(f"line_{fault.code}", value, fault.unit, Origin.P1, "", at)
