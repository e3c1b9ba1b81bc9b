"""The rules of the present set by their codes, in the order in which they are looked at.

Rule: a set is versioned; a finding says which set it was made by, and a code never changes its
meaning. A rule that is added, or that judges otherwise, makes a new version.
"""

from __future__ import annotations

VERSION = 1
RULES: tuple[str, ...] = (
    "neutral_fault",
    "phase_missing",
    "voltage_low",
    "voltage_high",
    "phase_order",
    "direction_swapped",
    "breaker_open",
    "valve_closed",
    "voltage_dips",
    "power_failures",
    "meter_errors",
    "alarms",
    "battery",
    "clock_off",
    "preference",
    "device_coupling",
    "device_silent",
    "modem",
    "p1_line",
    "p0_closed",
    "fraud",
)
"""Every one of them always answers."""
BY_HAND: tuple[str, ...] = (
    "meter_display",
    "connection_loose",
    "customer_installation",
    "other",
)
"""What only a person can see."""
