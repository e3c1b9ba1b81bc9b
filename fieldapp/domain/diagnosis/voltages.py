"""Rules about voltages: a phase that is gone, low, high, and a neutral that is loose.

Limits: 230 V plus and minus 10 % (EN 50160:2010, 4.2.2; Netcode elektriciteit 7.3). With a
loose neutral the star point moves: one phase rises while another falls, and what hangs on the
high one burns. Rule: voltages are those of the last readout, telegram or measurement.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from fieldapp.domain.diagnosis.answers import Values, absent, found, open_question, ruled_out
from fieldapp.domain.diagnosis.finding import Evidence, Finding, Severity
from fieldapp.domain.diagnosis.observations import Observations
from fieldapp.domain.diagnosis.reasons import Advice, Why
from fieldapp.domain.diagnosis.state import Event, Quantity

LOW_V, HIGH_V = Decimal(207), Decimal(253)
GONE_V = Decimal(100)
"""Below this a phase counts as gone."""
TOGETHER = timedelta(seconds=60)
"""A rise and a fall so close are one thing."""
_VOLTAGE = "voltage_l"
Volts = Mapping[int, Quantity]


def voltage_rule(volts: Decimal) -> str:
    """The rule that this voltage breaks, or nothing."""
    if volts < GONE_V:
        return "phase_missing"
    if volts < LOW_V:
        return "voltage_low"
    return "voltage_high" if volts > HIGH_V else ""


def phase_missing(seen: Observations) -> Finding:
    """A phase without voltage."""
    volts = seen.per_phase(_VOLTAGE)
    if not volts:
        return _no_voltage(seen)
    gone = {phase: v for phase, v in volts.items() if v.value < GONE_V}
    grave = (Severity.FAULT, Advice.CHECK_FUSES)
    if not gone:
        return ruled_out(Why.PHASES_THERE, _seen(volts), phases=_names(volts))
    first = min(gone.values(), key=lambda v: v.value)
    values: Values = {"phases": _names(gone), "volts": first.value}
    since = _outage(seen, tuple(gone))
    if since is None or since.at is None:
        return found(Why.PHASE_GONE, grave, _seen(volts), **values)
    evidence = (*_seen(volts), since.evidence)
    return found(Why.PHASE_GONE_SINCE, grave, evidence, **values, since=since.at)


def voltage_low(seen: Observations) -> Finding:
    """A phase below 207 V."""
    volts = seen.per_phase(_VOLTAGE)
    if not volts:
        return _no_voltage(seen)
    low = {p: v for p, v in volts.items() if GONE_V <= v.value < LOW_V}
    if not low:
        return _within(volts)
    phase = min(low, key=lambda p: low[p].value)
    grave = (Severity.WARNING, Advice.REPORT_VOLTAGE)
    return _out(Why.VOLTAGE_BELOW, grave, volts, phase)


def voltage_high(seen: Observations) -> Finding:
    """A phase above 253 V."""
    volts = seen.per_phase(_VOLTAGE)
    if not volts:
        return _no_voltage(seen)
    phase = max(volts, key=lambda p: volts[p].value)
    if volts[phase].value <= HIGH_V:
        return _within(volts)
    grave = (Severity.WARNING, Advice.REPORT_VOLTAGE)
    return _out(Why.VOLTAGE_ABOVE, grave, volts, phase)


def neutral_fault(seen: Observations) -> Finding:
    """One phase high while another is low, now or in the log of events."""
    volts = seen.per_phase(_VOLTAGE)
    grave = (Severity.CRITICAL, Advice.SWITCH_OFF)
    if len(volts) > 1:
        high = max(volts, key=lambda p: volts[p].value)
        low = min(volts, key=lambda p: volts[p].value)
        if volts[high].value > HIGH_V and volts[low].value < LOW_V:
            return found(
                Why.VOLTAGES_APART,
                grave,
                _seen(volts),
                high_phase=f"L{high}",
                high=volts[high].value,
                low_phase=f"L{low}",
                low=volts[low].value,
            )
    pair = _moved_apart(seen)
    if pair is not None:
        at = pair[0].at or seen.now
        evidence = (event.evidence for event in pair)
        return found(Why.VOLTAGES_WERE_APART, grave, evidence, since=at)
    if not volts:
        return _no_voltage(seen)
    if len(volts) == 1:
        return open_question(Why.ONE_PHASE, Advice.MEASURE, _seen(volts))
    return ruled_out(Why.VOLTAGES_TOGETHER, _seen(volts), phases=_names(volts))


def _moved_apart(seen: Observations) -> tuple[Event, Event] | None:
    """A rise and a fall of different phases within a minute of each other."""
    rises = _timed(seen.events("voltage_swell_l", "over_voltage_l"))
    falls = _timed(seen.events("voltage_sag_l", "under_voltage_l"))
    for at, rise in rises:
        for other, fall in falls:
            if rise.name[-1] != fall.name[-1] and abs(at - other) <= TOGETHER:
                return (rise, fall)
    return None


def _timed(events: tuple[Event, ...]) -> list[tuple[datetime, Event]]:
    return [(event.at, event) for event in events if event.at is not None]


def _outage(seen: Observations, phases: tuple[int, ...]) -> Event | None:
    """The first outage of these phases that has not ended, by the meter's log."""
    state = seen.state
    open_outages = []
    for phase in phases if state is not None else ():
        gone, back = f"phase_outage_l{phase}", f"phase_returned_l{phase}"
        rows = [] if state is None else list(state.events(gone, back))
        if rows and rows[-1].name == gone:
            open_outages.append(rows[-1])
    return min(open_outages, key=lambda event: event.at or seen.now, default=None)


def _out(why: Why, grave: tuple[Severity, Advice], volts: Volts, phase: int) -> Finding:
    return found(why, grave, _seen(volts), phases=f"L{phase}", volts=volts[phase].value)


def _within(volts: Volts) -> Finding:
    values = [v.value for v in volts.values()]
    return ruled_out(Why.VOLTAGE_WITHIN, _seen(volts), low=min(values), high=max(values))


def _no_voltage(seen: Observations) -> Finding:
    if seen.state is None and seen.p1 is not None:
        return open_question(Why.NO_VOLTAGE_IN_P1, Advice.READ_STATE, version=seen.p1.version)
    return absent(seen, _VOLTAGE)


def _seen(volts: Volts) -> tuple[Evidence, ...]:
    return tuple(v.evidence for v in volts.values())


def _names(phases: Mapping[int, object]) -> str:
    return ", ".join(f"L{phase}" for phase in phases)
