from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from fieldapp.domain.diagnosis.observations import LineFault, OpticalAccess
from tests.fieldapp.domain.diagnosis.scene import (
    GAS,
    NOW,
    ago,
    ask,
    found,
    healthy,
    over_p1,
    port,
    seen,
)

OTHER = "G0055001020304025"


def _bus(*changes: dict[str, Any]) -> dict[str, Any]:
    device = healthy()["mbus"][0]
    rows = [{**device, "channel": n, **change} for n, change in enumerate(changes, 1)]
    return healthy(mbus=rows or [{"channel": 1, "device": ""}])


def test_the_gas_meter_of_the_visit() -> None:
    assert ask("device_coupling", seen()) == (
        "ruled_out",
        "device_as_planned",
        {"number": GAS, "channel": "1"},
    )
    other = found("device_coupling", seen(_bus({"equipment_id": OTHER})))
    assert (other.why, other.values["other"]) == ("other_device", OTHER)
    assert found("device_coupling", seen(_bus())).why == "not_coupled"
    twice = found("device_coupling", seen(_bus({}, {})))
    assert twice.values == {"number": GAS, "channels": "1, 2"}
    key = found("device_coupling", seen(_bus({"key_status": "key_set"})))
    assert (key.why, key.values["key"]) == ("key_not_in_use", "key_set")
    unnamed = ask("device_coupling", seen(_bus({"equipment_id": ""})))
    assert unnamed[:2] == ("not_examined", "device_unnamed")
    assert ask("device_coupling", seen(gas=""))[:2] == ("not_examined", "no_gas_here")


def test_a_device_that_is_silent_or_stale() -> None:
    silent = found("device_silent", seen(_bus({"register": None})))
    assert (silent.why, silent.values["number"]) == ("device_silent", GAS)
    stale = found("device_silent", seen(_bus({"register": {"time": ago(hours=5)}})))
    assert stale.values["age_min"] == "300"
    lit = {**_bus({}), "alarms": ["mbus1_communication_error"]}
    assert found("device_silent", seen(lit)).why == "device_error"
    assert ask("device_silent", seen())[:2] == ("ruled_out", "devices_heard")
    assert ask("device_silent", seen(_bus()))[:2] == ("not_examined", "no_device")


@pytest.mark.parametrize(
    ("version", "minutes", "verdict"),
    [
        ("50", 20, "found"),
        ("50", 10, "ruled_out"),
        ("42", 20, "ruled_out"),
        ("42", 130, "found"),
    ],
)
def test_devices_of_a_telegram(version: str, minutes: int, verdict: str) -> None:
    value = over_p1("mbus1_device_value", "1284.3", "m3", NOW - timedelta(minutes=minutes))
    heard = seen(before=None, p1=port(value, version=version, numbers={1: GAS}))
    assert ask("device_silent", heard)[0] == verdict
    assert ask("device_coupling", heard)[0] == "ruled_out"


def test_neither_port_tells_of_devices() -> None:
    for rule in ("device_silent", "device_coupling"):
        assert ask(rule, seen(before=None))[1] == "not_read"
        assert ask(rule, seen(healthy(mbus=[])))[1] == "not_read"


def test_the_modem() -> None:
    assert ask("modem", seen())[:2] == ("ruled_out", "registered")
    away = healthy(modem={"registration": "searching", "operator": ""})
    assert found("modem", seen(away)).values == {"registration": "searching"}
    weak = healthy(modem={"registration": "home", "operator": "KPN", "signal_dbm": -109})
    assert found("modem", seen(weak)).values == {"dbm": "-109", "operator": "KPN"}
    assert ask("modem", seen(healthy(modem=None)))[1] == "no_modem"
    old = healthy(modem=None, identity={"version": "dsmr22"})
    assert ask("modem", seen(old))[1] == "not_in_version"


def test_the_line_of_the_customer_port() -> None:
    noisy = port(
        telegrams=4,
        faults=(
            LineFault("damaged", 3),
            LineFault("gaps", 1, Decimal(12), "s"),
            LineFault("old_value", 0, Decimal(90), "min"),
        ),
    )
    finding = found("p1_line", seen(p1=noisy))
    assert finding.values == {"faults": "damaged, gaps", "telegrams": "4"}
    assert [(e.name, e.value) for e in finding.evidence] == [
        ("line_damaged", "3"),
        ("line_gaps", "12"),
    ]
    assert ask("p1_line", seen(p1=port()))[:2] == ("ruled_out", "line_sound")
    few = seen(p1=port(telegrams=2))
    assert ask("p1_line", few)[:2] == ("not_examined", "too_few_telegrams")
    assert ask("p1_line", seen())[:2] == ("not_examined", "no_p1")


@pytest.mark.parametrize(
    ("access", "verdict", "why"),
    [
        (OpticalAccess(answered_at=NOW), "ruled_out", "p0_answers"),
        (OpticalAccess(failures=("PortLocked",)), "found", "p0_locked"),
        (OpticalAccess(reason="port_locked"), "found", "p0_locked"),
        (OpticalAccess(p1_answered=True, failures=("PortTimeout",)), "found", "p0_silent"),
        (OpticalAccess(failures=("PortTimeout",)), "not_examined", "p0_failed"),
        (OpticalAccess(reason="no_key"), "not_examined", "no_access"),
        (OpticalAccess(), "not_examined", "p0_not_tried"),
    ],
)
def test_the_optical_port(access: OpticalAccess, verdict: str, why: str) -> None:
    assert ask("p0_closed", seen(p0=access))[:2] == (verdict, why)


def test_no_access_is_why_a_state_is_missing() -> None:
    shut = seen(before=None, p0=OpticalAccess(reason="no_access"))
    assert ask("battery", shut) == ("not_examined", "no_access", {"reason": "no_access"})
