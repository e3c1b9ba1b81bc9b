"""All rules of the present set by code, and the one call that asks every one of them.

In come observations, out comes one finding a rule, in the order of `RULES`. Rule: every rule
always answers; which findings are confidential is said here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from fieldapp.domain.diagnosis import (
    clock,
    connection,
    devices,
    fraud,
    history,
    meter,
    ports,
    voltages,
)
from fieldapp.domain.diagnosis.codes import RULES
from fieldapp.domain.diagnosis.finding import Finding
from fieldapp.domain.diagnosis.observations import Observations

Rule = Callable[[Observations], Finding]

_RULES: Mapping[str, Rule] = {
    "neutral_fault": voltages.neutral_fault,
    "phase_missing": voltages.phase_missing,
    "voltage_low": voltages.voltage_low,
    "voltage_high": voltages.voltage_high,
    "phase_order": connection.phase_order,
    "direction_swapped": connection.direction_swapped,
    "breaker_open": connection.breaker_open,
    "valve_closed": connection.valve_closed,
    "voltage_dips": history.voltage_dips,
    "power_failures": history.power_failures,
    "meter_errors": meter.meter_errors,
    "alarms": meter.alarms,
    "battery": meter.battery,
    "clock_off": clock.clock_off,
    "preference": meter.preference,
    "device_coupling": devices.device_coupling,
    "device_silent": devices.device_silent,
    "modem": ports.modem,
    "p1_line": ports.p1_line,
    "p0_closed": ports.p0_closed,
    "fraud": fraud.fraud,
}
CONFIDENTIAL = frozenset({"fraud"})
"""For the file's document only, whatever the answer."""


def diagnose(seen: Observations) -> tuple[Finding, ...]:
    """Every rule's answer."""
    return tuple(answer(code, seen) for code in RULES)


def answer(code: str, seen: Observations) -> Finding:
    """One rule's answer.

    Raises:
        KeyError: no rule of this set.
    """
    finding = _RULES[code](seen)
    return msgspec.structs.replace(finding, rule=code, confidential=code in CONFIDENTIAL)
