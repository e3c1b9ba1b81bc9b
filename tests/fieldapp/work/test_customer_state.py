from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fieldapp.domain.diagnosis import RULES, Finding, Observations, Verdict, diagnose
from fieldapp.work.customer_state import customer_line, line_of, state_of_line
from hardware.p1.line_watch import Arrival, LineWatch
from hardware.p1.rhythm import interval_s
from hardware.p1.telegram import parse
from hardware.simulators.p1 import MeterSpec, P1Meter
from tests.hardware.p1.conftest import RECORDINGS, path_name

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
GAS = "G0039001936990619"


def _answers(raw: bytes, at: datetime = NOW, gas: str = "") -> dict[str, Finding]:
    """What the rules say of one telegram that came five times."""
    watch, telegram = LineWatch(), parse(raw)
    for n in range(5):
        watch.take(Arrival(telegram, raw, at, float(n * interval_s(telegram))))
    line = line_of(telegram, watch.health, at)
    assert customer_line(state_of_line(line)) == line
    known = Observations(now=at, p1=line, phases=3, gas=gas, feeds_in=True)
    return {answer.rule: answer for answer in diagnose(known)}


def _simulated(version: str) -> dict[str, Finding]:
    spec = MeterSpec(version=version, phases=3, gas_number=GAS, seed=7)
    return _answers(P1Meter(spec).telegram(NOW), gas=GAS)


@pytest.mark.parametrize(
    ("version", "voltage", "breaker", "valve"),
    [
        ("2.2", "no_voltage_in_p1", "breaker_closed", "valve_open"),
        ("3.0", "no_voltage_in_p1", "breaker_closed", "valve_open"),
        ("4.2", "no_voltage_in_p1", "no_switch", "no_switch"),
        ("5.0", "voltage_within", "no_switch", "no_switch"),
        ("be", "voltage_within", "breaker_closed", "valve_open"),
    ],
)
def test_what_each_version_of_p1_lets_a_rule_see(
    version: str, voltage: str, breaker: str, valve: str
) -> None:
    answers = _simulated(version)
    assert answers["voltage_low"].why == voltage
    assert answers["breaker_open"].why == breaker
    assert answers["valve_closed"].why == valve
    assert answers["device_coupling"].why == "device_as_planned"
    found = [rule for rule, answer in answers.items() if answer.verdict is Verdict.FOUND]
    assert found == []


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.txt")), ids=path_name)
def test_every_rule_answers_to_a_real_telegram(path: Path) -> None:
    raw = path.read_bytes()
    at = parse(raw).time or NOW
    answers = _answers(raw, at)
    assert tuple(answers) == RULES
    found = {rule for rule, answer in answers.items() if answer.verdict is Verdict.FOUND}
    assert found <= {"device_silent"}
