"""What a live telegram tells at once about the connection: rules with three answers.

In come the last reading and the line's health; out comes one `Finding` a rule. Rule: each rule
says found, ruled out or not examined, and why; limits are those of the domain's diagnosis.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from fieldapp.domain.diagnosis.voltages import HIGH_V, LOW_V, voltage_rule
from hardware.p1.health import CLOCK_LIMIT_S, Code, LineFinding, Severity
from ui.presenters.live_line import LineHealth
from ui.presenters.live_reading import LiveReading

__all__ = ["HIGH_V", "LOW_V", "Answer", "Finding", "examine", "voltage_rule"]
_CLOCK = {Code.CLOCK_OFF, Code.CLOCK_UNSURE}
_ENOUGH = 10
"""Telegrams without a fault before the line is called sound."""


class Answer(StrEnum):
    """What a rule found."""

    FOUND = "found"
    RULED_OUT = "ruled_out"
    NOT_EXAMINED = "not_examined"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's answer.

    Attributes:
        rule: `phase_missing`, `voltage_high`, `voltage_low`, `clock_off`, or a `Code` of the
            line's health.
        phase: 1 to 3 where it is about one, else 0.
        value: what was measured, in `unit`; `limit` what it is held to.
        severity: of the line's own findings; the others are warnings.
        channel, count, text, other: see `LineFinding`.
    """

    rule: str
    answer: Answer
    phase: int = 0
    value: Decimal | None = None
    unit: str = ""
    severity: Severity = Severity.WARNING
    channel: int = 0
    count: int = 0
    limit: Decimal | None = None
    text: str = ""
    other: str = ""


def examine(reading: LiveReading, health: LineHealth) -> tuple[Finding, ...]:
    """Every rule's answer, found ones first."""
    answers = [*_voltages(reading), *_line(health), _clock(health)]
    return tuple(sorted(answers, key=lambda finding: list(Answer).index(finding.answer)))


def _line(health: LineHealth) -> list[Finding]:
    """What the line's health finds; the clock has a rule of its own."""
    found = [f for f in health.watch.findings if f.code not in _CLOCK]
    if not found and health.watch.telegrams >= _ENOUGH:
        return [Finding("line", Answer.RULED_OUT)]
    return [_of_line(finding) for finding in found]


def _of_line(found: LineFinding) -> Finding:
    return Finding(
        found.code.value,
        Answer.FOUND,
        value=found.value,
        unit=found.unit,
        severity=found.severity,
        channel=found.channel,
        count=found.count,
        limit=found.limit,
        text=found.text,
        other=found.other,
    )


def _voltages(reading: LiveReading) -> list[Finding]:
    volts = [(n, phase.volts) for n, phase in enumerate(reading.phases, 1)]
    known = [(n, value) for n, value in volts if value is not None]
    if not known:
        return [Finding("voltage", Answer.NOT_EXAMINED)]
    found = [finding for n, value in known if (finding := _voltage(n, value)) is not None]
    return found or [Finding("voltage", Answer.RULED_OUT)]


def _voltage(phase: int, volts: Decimal) -> Finding | None:
    rule = voltage_rule(volts)
    return Finding(rule, Answer.FOUND, phase, volts, "V") if rule else None


def _clock(health: LineHealth) -> Finding:
    if health.clock_s is None:
        return Finding("clock_off", Answer.NOT_EXAMINED)
    clock = health.watch.clock
    if clock is not None:
        found = next((f for f in health.watch.findings if f.code in _CLOCK), None)
        return _of_line(found) if found else Finding("clock_off", Answer.RULED_OUT)
    is_off = abs(health.clock_s) > CLOCK_LIMIT_S
    answer = Answer.FOUND if is_off else Answer.RULED_OUT
    return Finding("clock_off", answer, 0, Decimal(health.clock_s), "s", limit=Decimal(1))
