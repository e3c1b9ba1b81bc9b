"""Rules about how the connection is wired and switched: order, direction, breaker, valve.

Rule: the order of phases stands in no Dutch meter, so it is measured; a breaker, limiter or
valve is told by old and Belgian meters over P1 only (P1 4.0.4, e-MUCS; gone from 4.0.7 on).
"""

from __future__ import annotations

from collections.abc import Iterable

from fieldapp.domain.diagnosis.answers import absent, found, open_question, ruled_out
from fieldapp.domain.diagnosis.finding import Evidence, Finding, Origin, Severity
from fieldapp.domain.diagnosis.observations import Measured, Observations
from fieldapp.domain.diagnosis.reasons import Advice, Why
from fieldapp.domain.diagnosis.state import Quantity

PHASE_ORDER, DIRECTION = "phase_order", "energy_direction"
"""Measurements: above 0 is to the right (L1, L2, L3), or towards the customer."""
_ON = 1
_UNSWITCHED = ("42", "50", "51", "52", "55")
"""Versions of P1 of meters that may not have a switch (DSMR Main 4.2.2, 4.2.2)."""
_CHANNELS = range(1, 5)


def phase_order(seen: Observations) -> Finding:
    """The order of the phases, as it was measured."""
    if seen.phases == 1:
        return ruled_out(Why.NO_ORDER)
    measured = seen.measured(PHASE_ORDER)
    if measured is None:
        return open_question(Why.NOT_MEASURED, Advice.MEASURE)
    evidence = (_entered(measured),)
    if measured.value > 0:
        return ruled_out(Why.ORDER_RIGHT, evidence)
    return found(Why.ORDER_LEFT, (Severity.WARNING, Advice.SWAP_PHASES), evidence)


def direction_swapped(seen: Observations) -> Finding:
    """Energy that goes back where nobody knows of a source."""
    grave = (Severity.WARNING, Advice.CHECK_DIRECTION)
    measured = seen.measured(DIRECTION)
    if measured is not None and measured.value <= 0:
        return found(Why.MEASURED_BACKWARDS, grave, (_entered(measured),))
    back = seen.per_phase("power_by_client_l")
    total = seen.quantity("power_by_client")
    known = [*back.values(), *([total] if total else [])]
    if not known:
        if seen.state is None and seen.p1 is not None:
            return open_question(Why.NO_POWER_VALUES)
        return absent(seen, "power_by_client")
    feeding = [one for one in known if one.value > 0]
    if not feeding:
        return ruled_out(Why.FEEDS_NOTHING, _evidence(known))
    most = max(feeding, key=_watts)
    where = next((f"L{p}" for p, one in back.items() if one is most), "")
    if seen.feeds_in:
        return ruled_out(Why.FEEDS_IN_KNOWN, _evidence(known), watts=_watts(most))
    phases = where or ", ".join(f"L{p}" for p, one in back.items() if one.value > 0)
    return found(
        Why.FEEDS_IN, grave, _evidence(known), watts=_watts(most), phases=phases or "L1, L2, L3"
    )


def breaker_open(seen: Observations) -> Finding:
    """The meter's own breaker is off, or its limiter lets nothing through."""
    grave = (Severity.FAULT, Advice.CALL_OFFICE)
    breaker = seen.quantity("breaker_position")
    limiter = seen.quantity("limiter_threshold")
    known = [one for one in (breaker, limiter) if one is not None]
    if breaker is not None and breaker.value != _ON:
        return found(Why.BREAKER_OPEN, grave, _evidence(known), position=breaker.value)
    if limiter is not None and limiter.value == 0:
        return found(Why.LIMITER_ZERO, grave, _evidence(known))
    if breaker is not None:
        return ruled_out(Why.BREAKER_CLOSED, _evidence(known))
    return _no_switch(seen)


def valve_closed(seen: Observations) -> Finding:
    """The valve of a gas meter is shut."""
    names = ("valve_position", *(f"mbus{n}_valve_position" for n in _CHANNELS))
    known = [one for name in names if (one := seen.quantity(name)) is not None]
    shut = [one for one in known if one.value != _ON]
    if shut:
        grave = (Severity.FAULT, Advice.CALL_OFFICE)
        return found(Why.VALVE_CLOSED, grave, _evidence(known), position=shut[0].value)
    return ruled_out(Why.VALVE_OPEN, _evidence(known)) if known else _no_switch(seen)


def _no_switch(seen: Observations) -> Finding:
    """No such line: a newer meter has none, of an older one it is not known."""
    version = seen.p1.version if seen.p1 is not None else ""
    state = seen.state
    if version in _UNSWITCHED or (state is not None and state.version not in {"", "dsmr22"}):
        return ruled_out(Why.NO_SWITCH)
    if seen.p1 is None:
        return open_question(Why.NO_P1, Advice.READ_P1)
    return open_question(Why.NO_SWITCH_LINE)


def _watts(quantity: Quantity) -> int:
    """Whole watts; a telegram has kW."""
    return int(quantity.value * 1000 if quantity.unit == "kW" else quantity.value)


def _entered(measured: Measured) -> Evidence:
    return Evidence(
        measured.name,
        str(measured.value),
        measured.unit,
        Origin.MEASURED,
        measured.instrument,
        measured.at,
    )


def _evidence(quantities: Iterable[Quantity]) -> tuple[Evidence, ...]:
    return tuple(quantity.evidence for quantity in quantities)
