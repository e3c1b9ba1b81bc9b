from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from fieldapp.domain.diagnosis import Severity
from fieldapp.domain.diagnosis.observations import Measured
from fieldapp.domain.diagnosis.reasons import Advice
from tests.fieldapp.domain.diagnosis.scene import (
    NOW,
    ago,
    ask,
    event,
    found,
    healthy,
    logs,
    over_p1,
    port,
    seen,
    volts,
)


def test_a_phase_without_voltage_is_told_with_the_time_it_went() -> None:
    gone = logs(power_quality=[event("phase_outage_l2", ago(days=12))])
    finding = found("phase_missing", seen(healthy(phases=volts("230", "0", "231"), logs=gone)))
    assert (finding.why, finding.severity) == ("phase_gone_since", Severity.FAULT)
    assert finding.values == {"phases": "L2", "volts": "0", "since": ago(days=12)}
    assert [(e.ref, e.value) for e in finding.evidence if e.name == "voltage_l2"] == [
        ("1-0:52.7.0", "0")
    ]


def test_an_outage_that_ended_does_not_date_another() -> None:
    rows = [event("phase_outage_l2", ago(days=12)), event("phase_returned_l2", ago(days=11))]
    state = healthy(phases=volts("230", "99.9", "231"), logs=logs(power_quality=rows))
    assert found("phase_missing", seen(state)).why == "phase_gone"


def test_phases_that_are_there() -> None:
    assert ask("phase_missing", seen())[:2] == ("ruled_out", "phases_there")


@pytest.mark.parametrize(
    ("rule", "values", "verdict", "told"),
    [
        ("voltage_low", ("206.9", "231"), "found", {"phases": "L1", "volts": "206.9"}),
        ("voltage_low", ("207", "231"), "ruled_out", {"low": "207", "high": "231"}),
        ("voltage_low", ("99", "231"), "ruled_out", {"low": "99", "high": "231"}),
        ("voltage_high", ("230", "253.1"), "found", {"phases": "L2", "volts": "253.1"}),
        ("voltage_high", ("230", "253"), "ruled_out", {"low": "230", "high": "253"}),
    ],
)
def test_limits_of_voltage(
    rule: str, values: tuple[str, ...], verdict: str, told: dict[str, str]
) -> None:
    answered, _, parameters = ask(rule, seen(healthy(phases=volts(*values))))
    assert (answered, parameters) == (verdict, told)


def test_one_phase_high_and_one_low_is_a_loose_neutral() -> None:
    finding = found("neutral_fault", seen(healthy(phases=volts("281", "178.5", "236"))))
    assert (finding.severity, finding.advice) == (Severity.CRITICAL, Advice.SWITCH_OFF)
    assert finding.values == {
        "high_phase": "L1",
        "high": "281",
        "low_phase": "L2",
        "low": "178.5",
    }


def test_a_neutral_that_was_loose_for_a_moment() -> None:
    rows = [event("voltage_swell_l1", ago(days=3)), event("voltage_sag_l3", ago(days=3))]
    finding = found("neutral_fault", seen(healthy(logs=logs(power_quality=rows))))
    assert (finding.why, len(finding.evidence)) == ("voltages_were_apart", 2)


@pytest.mark.parametrize(
    ("first", "second"),
    [("voltage_swell_l1", "voltage_sag_l1"), ("voltage_swell_l1", "voltage_swell_l2")],
)
def test_what_is_no_pattern_of_a_neutral(first: str, second: str) -> None:
    rows = [event(first, ago(days=3)), event(second, ago(days=3))]
    state = healthy(logs=logs(power_quality=rows))
    assert ask("neutral_fault", seen(state))[:2] == ("ruled_out", "voltages_together")


def test_a_swell_and_a_sag_hours_apart_are_two_things() -> None:
    rows = [event("voltage_swell_l1", ago(days=3)), event("voltage_sag_l3", ago(days=2))]
    state = healthy(logs=logs(power_quality=rows))
    assert ask("neutral_fault", seen(state))[0] == "ruled_out"


def test_with_one_phase_a_neutral_does_not_show() -> None:
    state = healthy(phases=volts("230"))
    assert ask("neutral_fault", seen(state))[:2] == ("not_examined", "one_phase")


RULES = ("phase_missing", "voltage_low", "voltage_high", "neutral_fault")


@pytest.mark.parametrize("rule", RULES)
def test_no_voltage_anywhere_says_why(rule: str) -> None:
    p1_only = seen(before=None, p1=port(version="42"))
    assert ask(rule, p1_only)[:2] == ("not_examined", "no_voltage_in_p1")
    assert ask(rule, seen(before=None))[:2] == ("not_examined", "not_read")
    kept = healthy(phases=[], left_out=["voltage_l1: read-write-denied"])
    assert ask(rule, seen(kept))[:2] == ("not_examined", "refused")
    lacks = healthy(phases=[], left_out=["voltage_l1: object-undefined"])
    assert ask(rule, seen(lacks))[:2] == ("not_examined", "not_in_version")


@pytest.mark.parametrize("rule", RULES[:3])
def test_a_telegram_or_an_instrument_will_do(rule: str) -> None:
    heard = seen(before=None, p1=port(over_p1("voltage_l1", "230.4", "V")))
    assert ask(rule, heard)[0] == "ruled_out"
    measured = Measured("voltage_l1_n", Decimal("190"), "V", NOW, "FLUKE-12")
    finding = found("voltage_low", seen(before=None, measurements=(measured,)))
    assert (finding.evidence[0].source, finding.evidence[0].ref) == ("measured", "FLUKE-12")


def test_the_last_that_is_known_counts() -> None:
    later = over_p1("voltage_l1", "260", "V", NOW + timedelta(seconds=5))
    assert found("voltage_high", seen(p1=port(later))).values["volts"] == "260"
