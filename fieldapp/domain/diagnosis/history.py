"""Rules about what happened on the net: dips and swells, power failures.

Rule: events count from the last visit on, else thirty days; a counter that runs since the meter
was made proves nothing about that time unless it is zero, or moved during this visit.
"""

from __future__ import annotations

from collections.abc import Iterable

from fieldapp.domain.diagnosis.answers import absent, found, open_question, ruled_out
from fieldapp.domain.diagnosis.finding import Evidence, Finding, Origin, Severity
from fieldapp.domain.diagnosis.observations import Observations, Outage
from fieldapp.domain.diagnosis.reasons import Advice, Why
from fieldapp.domain.diagnosis.state import Quantity, State

_DIPS = ("voltage_sag_l", "voltage_swell_l", "under_voltage_l", "over_voltage_l")
_DIP_COUNTERS = ("voltage_sags_l", "voltage_swells_l")
_FAILURE_COUNTERS = ("power_failures", "long_power_failures")
_FAILURE_LOG = "power_failure"
_OUTAGES = "phase_outage_l"
_QUALITY_LOGS = ("power_quality", "power_quality_extended")
SHOWN = 10
"""So many rows of a log are enough to see a pattern."""


def voltage_dips(seen: Observations) -> Finding:
    """Voltage that fell or rose for a while."""
    grave = (Severity.WARNING, Advice.REPORT_QUALITY)
    moved = _moved(seen, _DIP_COUNTERS)
    if moved:
        return found(Why.DIPS_IN_VISIT, grave, moved, count=len(moved) // 2)
    events = seen.events(*_DIPS)
    if events:
        times = [event.at for event in events if event.at is not None]
        return found(
            Why.DIPS,
            grave,
            (event.evidence for event in events[-SHOWN:]),
            count=len(events),
            phases=_phases(event.name for event in events),
            last=max(times, default=seen.now),
        )
    state = seen.state
    counters = _counters(seen, _DIP_COUNTERS)
    if state is not None and state.has_log(*_QUALITY_LOGS):
        return ruled_out(Why.NO_DIPS, _evidence(counters), since=seen.since)
    return _by_totals(seen, counters, Why.NO_DIPS)


def power_failures(seen: Observations) -> Finding:
    """The whole connection, or a phase, without power."""
    outages = _outages(seen)
    rows = tuple(o for o in outages or () if o.end is None or o.end >= seen.since)
    gone = seen.events(_OUTAGES)
    evidence = (*(_row(o) for o in rows[-SHOWN:]), *(e.evidence for e in gone[-SHOWN:]))
    if evidence:
        times = [o.end for o in rows if o.end] + [e.at for e in gone if e.at]
        return found(
            Why.FAILURES,
            (Severity.WARNING, Advice.REPORT_FAILURES),
            evidence,
            count=len(rows) + len(gone),
            longest_s=max((o.duration_s for o in rows), default=0),
            last=max(times, default=seen.now),
        )
    if outages is not None:
        return ruled_out(Why.NO_FAILURES, since=seen.since)
    return _by_totals(seen, _counters(seen, _FAILURE_COUNTERS), Why.NO_FAILURES)


def _outages(seen: Observations) -> tuple[Outage, ...] | None:
    """The long failures, oldest first, by P0 else P1; None where there is no such log."""
    state = seen.state
    if state is not None and state.has_log(_FAILURE_LOG):
        rows = (Outage(event.at, event.code) for event in state.log(_FAILURE_LOG))
        return tuple(sorted(rows, key=lambda o: o.end or seen.now))
    if seen.p1 is not None and seen.p1.outages is not None:
        return tuple(sorted(seen.p1.outages, key=lambda o: o.end or seen.now))
    return None


def _by_totals(seen: Observations, counters: list[Quantity], none: Why) -> Finding:
    """Counters without times: they tell something only where they are zero."""
    if not counters:
        return absent(seen)
    total = sum(int(counter.value) for counter in counters)
    if not total:
        return ruled_out(none, _evidence(counters), since=seen.since)
    return open_question(Why.TOTALS_ONLY, None, _evidence(counters), count=total)


def _moved(seen: Observations, names: tuple[str, ...]) -> list[Evidence]:
    """Counters that went up between the state before and the state after, each with both."""
    if seen.before is None or seen.after is None:
        return []
    first, last = State(seen.before, seen.before_at), State(seen.after, seen.after_at)
    moved: list[Evidence] = []
    for name in _each_phase(names):
        before, after = first.quantity(name), last.quantity(name)
        if before is not None and after is not None and after.value > before.value:
            moved += [before.evidence, after.evidence]
    return moved


def _counters(seen: Observations, names: tuple[str, ...]) -> list[Quantity]:
    found_ones = (seen.quantity(name) for name in _each_phase(names))
    return [one for one in found_ones if one is not None]


def _each_phase(names: tuple[str, ...]) -> list[str]:
    return [
        f"{name}{phase}" if name.endswith("_l") else name
        for name in names
        for phase in ((1, 2, 3) if name.endswith("_l") else (0,))
    ]


def _row(outage: Outage) -> Evidence:
    return Evidence(
        _FAILURE_LOG, str(outage.duration_s), "s", Origin.EVENT, _FAILURE_LOG, outage.end
    )


def _evidence(counters: list[Quantity]) -> tuple[Evidence, ...]:
    return tuple(counter.evidence for counter in counters)


def _phases(names: Iterable[str]) -> str:
    return ", ".join(sorted({name[-2:].upper() for name in names}))
