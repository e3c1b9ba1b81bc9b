"""The health of a followed port, said when it ends: one JSON object, or a line and findings.

What came in goes in as it comes; printed lines come out at the end. Rule: this machine's clock
is nobody's measure here, so a clock that is off is said as a difference and no more.
"""

from __future__ import annotations

import tomllib

import resources
from fieldapp.clock import SystemClock
from hardware.p1.damage import Damage
from hardware.p1.framer import Noise
from hardware.p1.health import Health, LineFinding
from hardware.p1.line_watch import Arrival, LineWatch
from hardware.p1.telegram import Telegram
from ui.cli.output import emit_json, warn

_LANGUAGE = "en"


class Followed:
    """Watches one port."""

    def __init__(self) -> None:
        self._watch = LineWatch()
        self._clock = SystemClock()

    def take(self, event: Telegram | Noise, raw: bytes) -> None:
        """Count what came in just now."""
        now, elapsed_s = self._clock.now(), self._clock.monotonic_s()
        self._watch.take(Arrival(event, raw, now, elapsed_s))

    def say(self, *, json: bool) -> None:
        """Print how the line is; on standard error for people."""
        health = self._watch.health
        if json:
            emit_json(health_object(health))
            return
        warn(_line(health))
        for finding in health.findings:
            warn(told(finding))


def health_object(health: Health) -> dict[str, object]:
    """The JSON object of a line's health."""
    clock = health.clock
    return {
        "kind": "health",
        "telegrams": health.telegrams,
        "damaged": health.damaged,
        "lost": health.lost,
        "noise": health.noise,
        "noise_bytes": health.noise_octets,
        "gaps": health.gaps,
        "longest_gap_s": health.longest_gap_s,
        "interval_s": health.interval_s,
        "expected_s": health.expected_s or None,
        "clock_s": None if clock is None else clock.offset_s,
        "clock_margin_s": None if clock is None else clock.margin_s,
        "damage": None if health.damage is None else _damage_object(health.damage),
        "findings": [_finding_object(finding) for finding in health.findings],
    }


def _damage_object(damage: Damage) -> dict[str, object]:
    return {
        "trace": damage.trace.value,
        "line": damage.line,
        "number": damage.number,
        "received": damage.received,
        "sent": damage.sent,
    }


def _finding_object(finding: LineFinding) -> dict[str, object]:
    return {
        "code": finding.code.value,
        "severity": finding.severity.value,
        "channel": finding.channel or None,
        "count": finding.count or None,
        "value": finding.value,
        "unit": finding.unit,
        "limit": finding.limit,
        "text": finding.text,
        "other": finding.other,
    }


def told(finding: LineFinding) -> str:
    """A finding in words: what, where, what to do."""
    words = tomllib.loads(resources.read_text(f"words/{_LANGUAGE}/meter.toml"))
    key = f"finding_{finding.code}"
    where = [f"{key}_at"] if finding.text and f"{key}_at" in words else []
    numbers = {
        "channel": finding.channel,
        "count": finding.count,
        "value": f"{finding.value} {finding.unit}".rstrip(),
        "limit": f"{finding.limit} {finding.unit}".rstrip(),
        "text": finding.text,
        "other": finding.other,
    }
    lines = [words[name].format(**numbers).rstrip(".") for name in (key, *where, f"{key}_do")]
    return f"{'. '.join(lines)}."


def _line(health: Health) -> str:
    rhythm = "" if health.interval_s is None else f", one every {health.interval_s} s"
    faults = f"{health.damaged} damaged, {health.lost} missed"
    return f"The line: {health.telegrams} telegrams{rhythm}, {faults}."
