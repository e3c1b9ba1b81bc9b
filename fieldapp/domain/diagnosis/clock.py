"""The rule about the meter's clock: off by more than it may be, as far as that can be told.

In comes what the meter's clock said, and what is known of the laptop's own; out comes a finding
with the deviation and its uncertainty. Limit: 60 s, beyond which the meter marks intervals when
it is set (1-0:0.9.11, trade.md "Time"). Rule: within the uncertainty nothing is claimed.
"""

from __future__ import annotations

from decimal import Decimal

from fieldapp.domain.diagnosis.answers import absent, found, open_question, ruled_out
from fieldapp.domain.diagnosis.finding import Evidence, Finding, Origin, Severity
from fieldapp.domain.diagnosis.observations import Observations
from fieldapp.domain.diagnosis.reasons import Advice, Why
from fieldapp.domain.diagnosis.state import CLOCK

LIMIT_S = Decimal(60)
_DOUBTS = ("invalid", "doubtful")
_DOUBTING = ("clock_invalid",)
_GRAVE = (Severity.WARNING, Advice.SET_CLOCK)
_TENTH = Decimal("0.1")


def clock_off(seen: Observations) -> Finding:
    """The meter's clock against the office's time."""
    state = seen.state
    if state is not None and state.clock:
        doubts = [flag for flag in state.clock_flags if flag in _DOUBTS]
        lit = state.lit(*_DOUBTING)
        if doubts or lit:
            names = ", ".join(dict.fromkeys([*doubts, *(bit.name for bit in lit)]))
            return found(Why.CLOCK_DOUBTED, _GRAVE, (*_clock(seen), *lit), names=names)
        if state.clock_time is None or state.deviation_s is None:
            return found(Why.CLOCK_NO_TIME, _GRAVE, _clock(seen))
        return _judged(seen, state.deviation_s, state.uncertainty_s)
    if seen.p1 is not None and seen.p1.clock_s is not None:
        half = seen.p1.clock_margin_s / 2
        return _judged(seen, seen.p1.clock_s + half, half)
    return absent(seen, "clock")


def _judged(seen: Observations, deviation_s: Decimal, own_s: Decimal) -> Finding:
    """The deviation from the office's time, with everything that makes it unsure."""
    if seen.laptop is None:
        off = deviation_s.quantize(_TENTH)
        evidence = _clock(seen)
        return open_question(
            Why.LAPTOP_CLOCK_UNSURE, Advice.SYNCHRONISE, evidence, deviation_s=off
        )
    true_s = deviation_s + seen.laptop.offset_s
    unsure_s = own_s + seen.laptop.uncertainty_s
    values = {
        "deviation_s": true_s.quantize(_TENTH),
        "uncertainty_s": unsure_s.quantize(_TENTH),
    }
    evidence = (*_clock(seen), _laptop(seen.laptop.offset_s))
    if abs(true_s) - unsure_s > LIMIT_S:
        return found(Why.CLOCK_OFF, _GRAVE, evidence, **values)
    if abs(true_s) + unsure_s <= LIMIT_S:
        return ruled_out(Why.CLOCK_FITS, evidence, **values)
    return open_question(Why.CLOCK_UNDECIDED, Advice.SYNCHRONISE, evidence, **values)


def _clock(seen: Observations) -> tuple[Evidence, ...]:
    state = seen.state
    if state is not None and state.clock:
        off = "" if state.deviation_s is None else str(state.deviation_s)
        return (Evidence("clock", off, "s", Origin.P0, CLOCK, state.clock_time),)
    if seen.p1 is not None and seen.p1.clock_s is not None:
        return (Evidence("clock", str(seen.p1.clock_s), "s", Origin.P1, CLOCK, seen.p1.at),)
    return ()


def _laptop(offset_s: Decimal) -> Evidence:
    return Evidence("laptop_clock", f"{offset_s:f}", "s", Origin.VISIT)
