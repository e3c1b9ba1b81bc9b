from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from fieldapp.domain.diagnosis import Severity, diagnose
from fieldapp.domain.diagnosis.observations import LaptopClock, Status
from tests.fieldapp.domain.diagnosis.scene import (
    NOW,
    ago,
    ask,
    event,
    found,
    healthy,
    logs,
    port,
    seen,
)


def _clock(off: str, unsure: str = "1.0", flags: tuple[str, ...] = ()) -> dict[str, object]:
    time = {"time": NOW.isoformat(), "deviation_s": off, "uncertainty_s": unsure}
    return healthy(clock={**time, "flags": list(flags)})


@pytest.mark.parametrize(
    ("off", "verdict", "why"),
    [
        ("95", "found", "clock_off"),
        ("-62.1", "found", "clock_off"),
        ("61", "not_examined", "clock_undecided"),
        ("-59", "not_examined", "clock_undecided"),
        ("57.9", "ruled_out", "clock_fits"),
    ],
)
def test_the_clock_and_how_sure_that_is(off: str, verdict: str, why: str) -> None:
    answered = ask("clock_off", seen(_clock(off)))
    assert answered[:2] == (verdict, why)
    assert answered[2]["uncertainty_s"] == "2.0"


def test_the_laptops_own_error_is_taken_off() -> None:
    laptop = LaptopClock(Decimal("-90"), Decimal("0.5"))
    assert ask("clock_off", seen(_clock("95"), laptop=laptop)) == (
        "ruled_out",
        "clock_fits",
        {"deviation_s": "5.0", "uncertainty_s": "1.5"},
    )


def test_a_laptop_nobody_vouches_for_claims_nothing() -> None:
    unsure = seen(_clock("95"), laptop=None)
    assert ask("clock_off", unsure)[:2] == ("not_examined", "laptop_clock_unsure")


def test_a_clock_that_doubts_itself_or_tells_no_time() -> None:
    assert found("clock_off", seen(_clock("1", flags=("invalid", "summer")))).values == {
        "names": "invalid"
    }
    lit = healthy(alarms=["clock_invalid"])
    assert found("clock_off", seen(lit)).values == {"names": "clock_invalid"}
    none = healthy(clock={"time": None, "deviation_s": None, "uncertainty_s": "1"})
    assert found("clock_off", seen(none)).why == "clock_no_time"


def test_the_clock_of_a_telegram() -> None:
    heard = seen(before=None, p1=port(clock_s=Decimal(-95), clock_margin_s=Decimal(10)))
    assert found("clock_off", heard).values["deviation_s"] == "-90.0"
    assert ask("clock_off", seen(before=None, p1=port()))[1] == "not_read"


def test_a_battery_that_runs_down() -> None:
    lit = healthy(alarms=["replace_battery"])
    noted = healthy(logs=logs(standard=[event("battery_voltage_low", ago(days=3), 8)]))
    for state, name in ((lit, "replace_battery"), (noted, "battery_voltage_low")):
        assert found("battery", seen(state)).values == {"names": name}
    channels = healthy()["mbus"]
    channels[0]["status"] = ["battery_low", "p0_enabled"]
    device = found("battery", seen(healthy(mbus=channels)))
    assert device.values == {"names": "mbus1_battery_low"}
    assert ask("battery", seen())[:2] == ("ruled_out", "battery_fine")


def test_errors_of_the_meter_itself() -> None:
    broken = healthy(errors=["nv_memory_error"], alarms=["watchdog_error"])
    finding = found("meter_errors", seen(broken))
    assert (finding.severity, finding.values["names"]) == (
        Severity.FAULT,
        "watchdog_error, nv_memory_error",
    )
    assert ask("meter_errors", seen())[:2] == ("ruled_out", "no_errors")
    kept = healthy(left_out=["alarm_register_1: read-write-denied"])
    assert ask("meter_errors", seen(kept))[:2] == ("not_examined", "refused")


def test_other_alarms() -> None:
    lit = healthy(alarms=["power_up", "alarm_1_bit_7", "thd_over_limit_l1"])
    finding = found("alarms", seen(lit))
    assert finding.values == {"names": "power_up, alarm_1_bit_7, thd_over_limit_l1"}
    assert finding.severity == Severity.NOTE
    assert ask("alarms", seen())[:2] == ("ruled_out", "no_alarms")


@pytest.mark.parametrize(
    ("bit", "rule"),
    [
        ("clock_invalid", "clock_off"),
        ("replace_battery", "battery"),
        ("ram_error", "meter_errors"),
        ("fraud_attempt", "fraud"),
        ("configuration_changed", "fraud"),
        ("mbus1_fraud_attempt", "fraud"),
        ("mbus2_communication_error", "device_silent"),
        ("mbus1_device_discovered", "alarms"),
        ("thd_long_over_limit_l2", "alarms"),
        ("last_gasp", "alarms"),
    ],
)
def test_each_bit_is_one_rules_business(bit: str, rule: str) -> None:
    answers = diagnose(seen(healthy(alarms=[bit])))
    told = [a.rule for a in answers if any(e.name == bit for e in a.evidence)]
    assert told == [rule]


@pytest.mark.parametrize(
    ("held", "wanted", "verdict", "why"),
    [
        (2, 2, "ruled_out", "status_as_chosen"),
        (2, 1, "found", "status_differs"),
        (0, 1, "found", "status_unset"),
        (2, None, "not_examined", "no_choice"),
    ],
)
def test_the_customers_choice_and_the_meter(
    held: int, wanted: int | None, verdict: str, why: str
) -> None:
    now = seen(status=Status(held, NOW), wanted_status=wanted)
    assert ask("preference", now)[:2] == (verdict, why)


def test_a_meter_that_holds_no_choice() -> None:
    old = healthy(left_out=["preference: object-undefined"], identity={"version": "dsmr22"})
    assert ask("preference", seen(old, status=None))[1:] == (
        "not_in_version",
        {"version": "dsmr22"},
    )


@pytest.mark.parametrize("rule", ["battery", "meter_errors", "alarms", "fraud", "modem"])
def test_what_only_a_readout_tells(rule: str) -> None:
    assert ask(rule, seen(before=None))[:2] == ("not_examined", "not_read")


def test_the_traces_of_this_visit_are_left_out() -> None:
    touched = NOW - timedelta(minutes=10)
    ahead = _clock("30")
    ahead["logs"] = logs(
        fraud=[
            event("terminal_cover_removed", ago(minutes=15), 40),
            event("failed_login", (touched + timedelta(seconds=30)).isoformat(), 46),
            event("configuration_changed", (touched + timedelta(seconds=31)).isoformat(), 47),
        ]
    )
    ahead["alarms"] = ["configuration_changed", "fraud_attempt"]
    own = seen(ahead, contacts=(touched,))
    assert ask("fraud", own)[:2] == ("ruled_out", "no_traces")
    assert ask("fraud", own)[2]["own"] == "3"


def test_the_traces_of_others_are_for_the_file_only() -> None:
    rows = [
        event("terminal_cover_removed", ago(days=4), 40),
        event("failed_login", ago(days=3), 46),
        event("strong_dc_field_detected", ago(days=300), 42),
    ]
    finding = found("fraud", seen(healthy(logs=logs(fraud=rows)), contacts=(NOW,)))
    assert finding.confidential
    assert finding.values["names"] == "terminal_cover_removed, failed_login"
    quiet = [a for a in diagnose(seen()) if a.confidential]
    assert [a.rule for a in quiet] == ["fraud"]


def test_a_device_that_was_tampered_with() -> None:
    channels = healthy()["mbus"]
    channels[0]["status"] = ["tamper_case"]
    noted = logs(auxiliary=[event("mbus1_tamper_magnet", ago(days=1))])
    finding = found("fraud", seen(healthy(mbus=channels, logs=noted)))
    assert finding.values["names"] == "mbus1_tamper_magnet, mbus1_tamper_case"


def test_a_fraud_log_that_was_not_read() -> None:
    assert ask("fraud", seen(healthy(logs={})))[:2] == ("not_examined", "refused")


@pytest.mark.parametrize("off", ["99999999999", "999999999999999"])
def test_a_deviation_beyond_all_calendars_hides_no_trace(off: str) -> None:
    odd = _clock(off)
    odd["logs"] = logs(fraud=[event("failed_login", ago(days=3), 46)])
    assert found("fraud", seen(odd, contacts=(NOW,))).values["count"] == "1"
