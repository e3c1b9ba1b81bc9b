"""The three ways to answer, in short.

Rule: a rule names no code of its own; the registry does. Values go in as they are and become
exact text here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from fieldapp.domain.diagnosis.finding import Evidence, Finding, Severity, Verdict
from fieldapp.domain.diagnosis.observations import Observations
from fieldapp.domain.diagnosis.reasons import Advice, Why

Value = str | int | Decimal | datetime
Values = dict[str, Value]


def found(
    why: Why,
    grave: tuple[Severity, Advice],
    evidence: Iterable[Evidence] = (),
    **values: Value,
) -> Finding:
    """It is so; `grave` is how bad that is and what to do."""
    severity, advice = grave
    return Finding(
        rule="",
        verdict=Verdict.FOUND,
        why=why,
        values=_texts(values),
        evidence=tuple(evidence),
        advice=advice,
        severity=severity,
    )


def ruled_out(why: Why, evidence: Iterable[Evidence] = (), **values: Value) -> Finding:
    """It was looked at and is not so."""
    return Finding(
        rule="",
        verdict=Verdict.RULED_OUT,
        why=why,
        values=_texts(values),
        evidence=tuple(evidence),
    )


def open_question(
    why: Why,
    advice: Advice | None = None,
    evidence: Iterable[Evidence] = (),
    **values: Value,
) -> Finding:
    """It could not be looked at."""
    return Finding(
        rule="",
        verdict=Verdict.NOT_EXAMINED,
        why=why,
        values=_texts(values),
        evidence=tuple(evidence),
        advice=advice or "",
    )


def absent(seen: Observations, *beginnings: str) -> Finding:
    """Why nothing is known of the objects whose names begin so."""
    state = seen.state
    if state is None:
        return unread(seen)
    if beginnings and state.refused(*beginnings):
        return open_question(Why.REFUSED)
    return open_question(Why.NOT_IN_VERSION, version=state.version)


def unread(seen: Observations) -> Finding:
    """Why the state was not read."""
    if seen.p0.reason:
        return open_question(Why.NO_ACCESS, Advice.READ_STATE, reason=seen.p0.reason)
    return open_question(Why.NOT_READ, Advice.READ_STATE)


def _texts(values: Values) -> dict[str, str]:
    return {name: _text(value) for name, value in values.items()}


def _text(value: Value) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
