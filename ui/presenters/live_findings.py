"""What a live telegram tells at once about the connection: rules with three answers.

In come the last reading and the line's health; out comes one `Finding` a rule. Rule: each rule
says found, ruled out or not examined, and why; the limits stand here with their source.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ui.presenters.live_line import LineHealth
from ui.presenters.live_reading import LiveReading

LOW_V, HIGH_V = Decimal(207), Decimal(253)
"""230 V plus and minus 10 % (EN 50160:2010, 4.2.2; Netcode elektriciteit 7.3)."""
GONE_V = Decimal(100)
"""Below this a phase counts as absent."""
CLOCK_LIMIT_S = 60
"""Above this setting the clock marks intervals (trade.md "Time")."""


class Answer(StrEnum):
    """What a rule found."""

    FOUND = "found"
    RULED_OUT = "ruled_out"
    NOT_EXAMINED = "not_examined"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's answer.

    Attributes:
        rule: `phase_absent`, `voltage_high`, `voltage_low` or `clock_off`.
        phase: 1 to 3 where it is about one, else 0.
        value: what was measured, in `unit`.
    """

    rule: str
    answer: Answer
    phase: int = 0
    value: Decimal | None = None
    unit: str = ""


def examine(reading: LiveReading, health: LineHealth) -> tuple[Finding, ...]:
    """Every rule's answer, found ones first."""
    answers = [*_voltages(reading), _clock(health)]
    return tuple(sorted(answers, key=lambda finding: list(Answer).index(finding.answer)))


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


def voltage_rule(volts: Decimal) -> str:
    """The rule that this voltage breaks, or nothing."""
    if volts < GONE_V:
        return "phase_absent"
    if volts < LOW_V:
        return "voltage_low"
    return "voltage_high" if volts > HIGH_V else ""


def _clock(health: LineHealth) -> Finding:
    if health.clock_s is None:
        return Finding("clock_off", Answer.NOT_EXAMINED)
    is_off = abs(health.clock_s) > CLOCK_LIMIT_S
    answer = Answer.FOUND if is_off else Answer.RULED_OUT
    return Finding("clock_off", answer, 0, Decimal(health.clock_s), "s")
