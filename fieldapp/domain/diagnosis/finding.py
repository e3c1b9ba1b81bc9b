"""What a rule answers: found, ruled out or not examined, why, on what evidence, and what to do.

Out come frozen findings that travel to the office as they are. Rule: a finding holds codes and
exact values; the words for them are the screen's. A finding about fraud is confidential: it
belongs to the file's document, never to the customer's nor on a screen that is shown to him.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """The three answers, in the order in which they are read."""

    FOUND = "found"
    NOT_EXAMINED = "not_examined"
    RULED_OUT = "ruled_out"


class Severity(StrEnum):
    """How grave what was found is, gravest first."""

    CRITICAL = "critical"  # stop and switch off
    FAULT = "fault"  # this is broken
    WARNING = "warning"  # look into it
    NOTE = "note"  # know it


class Origin(StrEnum):
    """Where a piece of evidence comes from."""

    P0 = "p0"  # an object of the meter, by its OBIS code
    P1 = "p1"  # a line of a telegram, by its OBIS code
    EVENT = "event"  # a row of a log of the meter, by the log's name
    MEASURED = "measured"  # entered; by the instrument's number
    VISIT = "visit"  # what the visit's order or its facts say


class Evidence(msgspec.Struct, frozen=True):
    """One named value that a rule looked at.

    Attributes:
        name: of the quantity, event or fact.
        value: exact, as text; of an event with a length its length.
        unit: of the value, or empty.
        source: an `Origin`.
        ref: OBIS code, name of the log, or number of the instrument.
        at: when it was so, by the clock of its source; None where nobody says.
    """

    name: str
    value: str = ""
    unit: str = ""
    source: str = ""
    ref: str = ""
    at: datetime | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One rule's answer.

    Attributes:
        rule: its code, one of `RULES`.
        verdict: see `Verdict`.
        why: a `Why`.
        values: the exact parameters of `why`, as text.
        advice: an `Advice`; empty where there is nothing to do.
        severity: a `Severity` where something was found, else empty.
        confidential: for the file's document only.
    """

    rule: str
    verdict: Verdict
    why: Why
    values: dict[str, str] = {}
    evidence: tuple[Evidence, ...] = ()
    advice: str = ""
    severity: str = ""
    confidential: bool = False


class Why(StrEnum):
    """The reason of an answer; each has a sentence in every language."""

    # nothing to look at
    NOT_READ = "not_read"
    NO_ACCESS = "no_access"
    NO_P1 = "no_p1"
    REFUSED = "refused"
    NOT_IN_VERSION = "not_in_version"
    NOT_MEASURED = "not_measured"
    NO_VOLTAGE_IN_P1 = "no_voltage_in_p1"
    NO_POWER_VALUES = "no_power_values"
    TOTALS_ONLY = "totals_only"
    # voltages
    PHASE_GONE = "phase_gone"
    PHASE_GONE_SINCE = "phase_gone_since"
    PHASES_THERE = "phases_there"
    VOLTAGE_BELOW = "voltage_below"
    VOLTAGE_ABOVE = "voltage_above"
    VOLTAGE_WITHIN = "voltage_within"
    VOLTAGES_APART = "voltages_apart"
    VOLTAGES_WERE_APART = "voltages_were_apart"
    VOLTAGES_TOGETHER = "voltages_together"
    ONE_PHASE = "one_phase"
    # phases and direction
    ORDER_LEFT = "order_left"
    ORDER_RIGHT = "order_right"
    NO_ORDER = "no_order"
    FEEDS_IN = "feeds_in"
    MEASURED_BACKWARDS = "measured_backwards"
    FEEDS_IN_KNOWN = "feeds_in_known"
    FEEDS_NOTHING = "feeds_nothing"
    # what happened on the net
    DIPS = "dips"
    DIPS_IN_VISIT = "dips_in_visit"
    NO_DIPS = "no_dips"
    FAILURES = "failures"
    NO_FAILURES = "no_failures"
    # switches
    BREAKER_OPEN = "breaker_open"
    LIMITER_ZERO = "limiter_zero"
    BREAKER_CLOSED = "breaker_closed"
    VALVE_CLOSED = "valve_closed"
    VALVE_OPEN = "valve_open"
    NO_SWITCH = "no_switch"
    NO_SWITCH_LINE = "no_switch_line"
    # the meter itself
    CLOCK_OFF = "clock_off"
    CLOCK_NO_TIME = "clock_no_time"
    CLOCK_DOUBTED = "clock_doubted"
    CLOCK_FITS = "clock_fits"
    CLOCK_UNDECIDED = "clock_undecided"
    LAPTOP_CLOCK_UNSURE = "laptop_clock_unsure"
    BATTERY_LOW = "battery_low"
    BATTERY_FINE = "battery_fine"
    ERRORS = "errors"
    NO_ERRORS = "no_errors"
    ALARMS = "alarms"
    NO_ALARMS = "no_alarms"
    TRACES = "traces"
    NO_TRACES = "no_traces"
    STATUS_DIFFERS = "status_differs"
    STATUS_UNSET = "status_unset"
    STATUS_AS_CHOSEN = "status_as_chosen"
    NO_CHOICE = "no_choice"
    # devices behind the meter
    DEVICE_SILENT = "device_silent"
    DEVICE_STALE = "device_stale"
    DEVICE_ERROR = "device_error"
    DEVICES_HEARD = "devices_heard"
    NO_DEVICE = "no_device"
    OTHER_DEVICE = "other_device"
    NOT_COUPLED = "not_coupled"
    COUPLED_TWICE = "coupled_twice"
    KEY_NOT_IN_USE = "key_not_in_use"
    DEVICE_AS_PLANNED = "device_as_planned"
    DEVICE_UNNAMED = "device_unnamed"
    NO_GAS_HERE = "no_gas_here"
    # ports and modem
    LINE_FAULTS = "line_faults"
    LINE_SOUND = "line_sound"
    TOO_FEW_TELEGRAMS = "too_few_telegrams"
    NOT_REGISTERED = "not_registered"
    WEAK_SIGNAL = "weak_signal"
    REGISTERED = "registered"
    NO_MODEM = "no_modem"
    P0_SILENT = "p0_silent"
    P0_LOCKED = "p0_locked"
    P0_ANSWERS = "p0_answers"
    P0_NOT_TRIED = "p0_not_tried"
    P0_FAILED = "p0_failed"


class Advice(StrEnum):
    """What to do about it; each has a sentence in every language."""

    SWITCH_OFF = "switch_off"
    CHECK_FUSES = "check_fuses"
    CHECK_TERMINALS = "check_terminals"
    REPORT_VOLTAGE = "report_voltage"
    SWAP_PHASES = "swap_phases"
    CHECK_DIRECTION = "check_direction"
    REPORT_QUALITY = "report_quality"
    REPORT_FAILURES = "report_failures"
    CALL_OFFICE = "call_office"
    SET_CLOCK = "set_clock"
    REPLACE_BATTERY = "replace_battery"
    REPLACE_METER = "replace_meter"
    CLEAR_ALARMS = "clear_alarms"
    FILE_FRAUD = "file_fraud"
    WRITE_CHOICE = "write_choice"
    CHECK_DEVICE = "check_device"
    COUPLE_DEVICE = "couple_device"
    RENEW_KEY = "renew_key"
    CHECK_CABLE = "check_cable"
    CHECK_ANTENNA = "check_antenna"
    OFFICE_OPENS_P0 = "office_opens_p0"
    # where nothing could be looked at
    READ_STATE = "read_state"
    READ_P1 = "read_p1"
    MEASURE = "measure"
    SYNCHRONISE = "synchronise"
    ASK_CUSTOMER = "ask_customer"
