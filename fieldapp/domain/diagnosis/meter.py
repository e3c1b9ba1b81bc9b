"""Rules about the meter itself: battery, errors, alarms, and the customer's choice in it.

Rule: each alarm and error bit is one rule's business, so that none is told twice and none is
passed over; the bits of fraud are never told here (see `fraud`).
"""

from __future__ import annotations

from fieldapp.domain.diagnosis.answers import absent, found, open_question, ruled_out, unread
from fieldapp.domain.diagnosis.finding import Evidence, Finding, Origin, Severity
from fieldapp.domain.diagnosis.fraud import TRACES
from fieldapp.domain.diagnosis.observations import Observations
from fieldapp.domain.diagnosis.reasons import Advice, Why
from fieldapp.domain.diagnosis.state import STATUS, Channel, State

_BROKEN = (
    "program_memory_error",
    "ram_error",
    "nv_memory_error",
    "measurement_system_error",
    "watchdog_error",
)
_BATTERY = ("replace_battery", "battery_voltage_low")
_MBUS = tuple(f"mbus{n}_" for n in (1, 2, 3, 4))
_DEVICE_BATTERY = ("replace_battery", "dead_battery", "battery_low", "battery_consumption")
_ELSEWHERE = (
    *_BROKEN,
    *_BATTERY,
    *TRACES,
    *(f"{channel}communication_error" for channel in _MBUS),
    *(f"{channel}{name}" for channel in _MBUS for name in _DEVICE_BATTERY),
    "clock_invalid",
    "phase_outage_l",
    "voltage_sag_l",
    "voltage_swell_l",
)
"""Bits that another rule looks at."""
_UNSET = 0


def meter_errors(seen: Observations) -> Finding:
    """The meter found its own memory, measurement or program at fault."""
    state = seen.state
    if state is None:
        return unread(seen)
    noted = (*state.lit(*_BROKEN), *(e.evidence for e in seen.events(*_BROKEN)))
    if noted:
        grave = (Severity.FAULT, Advice.REPLACE_METER)
        return found(Why.ERRORS, grave, noted, names=_names(noted))
    return _none(state, Why.NO_ERRORS)


def alarms(seen: Observations) -> Finding:
    """Any other alarm or error bit that is set."""
    state = seen.state
    if state is None:
        return unread(seen)
    lit = tuple(bit for bit in state.lit("") if not bit.name.startswith(_ELSEWHERE))
    if lit:
        grave = (Severity.NOTE, Advice.CLEAR_ALARMS)
        return found(Why.ALARMS, grave, lit, names=_names(lit))
    return _none(state, Why.NO_ALARMS)


def battery(seen: Observations) -> Finding:
    """The battery of the meter, or of a device behind it."""
    state = seen.state
    if state is None:
        return unread(seen)
    device_names = tuple(f"{channel}{name}" for channel in _MBUS for name in _DEVICE_BATTERY)
    names = (*_BATTERY, *device_names)
    noted = (
        *state.lit(*names),
        *(event.evidence for event in seen.events(*names)),
        *(bit for channel in state.channels or () for bit in _of_device(channel)),
    )
    if noted:
        grave = (Severity.WARNING, Advice.REPLACE_BATTERY)
        return found(Why.BATTERY_LOW, grave, noted, names=_names(noted))
    return _none(state, Why.BATTERY_FINE)


def preference(seen: Observations) -> Finding:
    """What the meter holds about remote reading against what the customer chose."""
    status = seen.status
    if status is None:
        return absent(seen, "preference", "administrative_status")
    evidence = (
        Evidence("administrative_status", str(status.value), "", Origin.P0, STATUS, status.at),
    )
    grave = (Severity.WARNING, Advice.WRITE_CHOICE)
    if seen.wanted_status is None:
        return open_question(Why.NO_CHOICE, Advice.ASK_CUSTOMER, evidence, status=status.value)
    values = {"status": status.value, "wanted": seen.wanted_status}
    if status.value == seen.wanted_status:
        return ruled_out(Why.STATUS_AS_CHOSEN, evidence, **values)
    why = Why.STATUS_UNSET if status.value == _UNSET else Why.STATUS_DIFFERS
    return found(why, grave, evidence, **values)


def _of_device(channel: Channel) -> list[Evidence]:
    ref = f"0-{channel.number}:24.2.6"
    return [
        Evidence(f"mbus{channel.number}_{bit}", "1", "", Origin.P0, ref)
        for bit in channel.status
        if bit in _DEVICE_BATTERY
    ]


def _none(state: State, why: Why) -> Finding:
    """Nothing is set; where the meter kept its registers to itself, nothing is known."""
    if state.refused("alarm_register", "error_register") and not state.lit(""):
        return open_question(Why.REFUSED)
    return ruled_out(why)


def _names(evidence: tuple[Evidence, ...]) -> str:
    return ", ".join(dict.fromkeys(one.name for one in evidence))
