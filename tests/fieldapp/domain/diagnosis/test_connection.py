from __future__ import annotations

from decimal import Decimal

import pytest

from fieldapp.domain.diagnosis.connection import DIRECTION, PHASE_ORDER
from fieldapp.domain.diagnosis.observations import Measured
from tests.fieldapp.domain.diagnosis.scene import (
    NOW,
    ask,
    found,
    healthy,
    over_p1,
    port,
    powers,
    seen,
)


def _measured(name: str, value: int) -> tuple[Measured, ...]:
    return (Measured(name, Decimal(value), "", NOW, "DT-9"),)


def test_the_order_of_phases_is_measured_or_not_known() -> None:
    assert ask("phase_order", seen())[:2] == ("not_examined", "not_measured")
    assert ask("phase_order", seen(phases=1))[:2] == ("ruled_out", "no_order")
    right = seen(measurements=_measured(PHASE_ORDER, 1))
    assert ask("phase_order", right)[:2] == ("ruled_out", "order_right")
    left = found("phase_order", seen(measurements=_measured(PHASE_ORDER, -1)))
    assert (left.why, left.evidence[0].ref) == ("order_left", "DT-9")


def test_feed_in_without_a_known_source() -> None:
    state = healthy(phases=powers(power_by_client="845", power_by_client_l2="845"))
    finding = found("direction_swapped", seen(state))
    assert finding.values == {"watts": "845", "phases": "L2"}
    known = seen(state, feeds_in=True)
    assert ask("direction_swapped", known)[:2] == ("ruled_out", "feeds_in_known")
    total = healthy(phases=powers(power_by_client="845"))
    assert found("direction_swapped", seen(total)).values["phases"] == "L1, L2, L3"
    assert ask("direction_swapped", seen())[:2] == ("ruled_out", "feeds_nothing")


def test_feed_in_over_p1_is_in_watts_too() -> None:
    heard = seen(before=None, p1=port(over_p1("power_by_client_l3", "1.204", "kW")))
    assert found("direction_swapped", heard).values == {"watts": "1204", "phases": "L3"}


def test_a_direction_that_was_measured_goes_first() -> None:
    finding = found("direction_swapped", seen(measurements=_measured(DIRECTION, -1)))
    assert finding.why == "measured_backwards"
    fits = seen(measurements=_measured(DIRECTION, 1))
    assert ask("direction_swapped", fits)[0] == "ruled_out"


def test_no_powers_by_direction() -> None:
    assert ask("direction_swapped", seen(before=None, p1=port()))[1] == "no_power_values"
    old = healthy(phases=[], identity={"version": "dsmr22"})
    assert ask("direction_swapped", seen(old))[1] == "not_in_version"


@pytest.mark.parametrize(
    ("position", "verdict", "why"),
    [
        ("0", "found", "breaker_open"),
        ("2", "found", "breaker_open"),
        ("1", "ruled_out", "breaker_closed"),
    ],
)
def test_a_breaker_over_p1(position: str, verdict: str, why: str) -> None:
    heard = seen(before=None, p1=port(over_p1("breaker_position", position), version="40"))
    assert ask("breaker_open", heard)[:2] == (verdict, why)


def test_a_limiter_that_lets_nothing_through() -> None:
    shut = port(over_p1("limiter_threshold", "0", "kW"), version="50217")
    assert found("breaker_open", seen(before=None, p1=shut)).why == "limiter_zero"
    wide = port(over_p1("limiter_threshold", "999.9", "kW"), version="40")
    assert ask("breaker_open", seen(before=None, p1=wide))[1] == "no_switch_line"


@pytest.mark.parametrize("name", ["valve_position", "mbus2_valve_position"])
def test_a_valve_over_p1(name: str) -> None:
    shut = seen(before=None, p1=port(over_p1(name, "0"), version=""))
    assert found("valve_closed", shut).values == {"position": "0"}
    wide = seen(before=None, p1=port(over_p1(name, "1"), version=""))
    assert ask("valve_closed", wide)[:2] == ("ruled_out", "valve_open")


@pytest.mark.parametrize("rule", ["breaker_open", "valve_closed"])
def test_meters_that_have_no_switch(rule: str) -> None:
    assert ask(rule, seen())[:2] == ("ruled_out", "no_switch")
    assert ask(rule, seen(before=None, p1=port()))[:2] == ("ruled_out", "no_switch")
    belgian = seen(before=None, p1=port(version="50217"))
    assert ask(rule, belgian)[:2] == ("not_examined", "no_switch_line")
    assert ask(rule, seen(before=None))[:2] == ("not_examined", "no_p1")
    old = healthy(identity={"version": "dsmr22"})
    assert ask(rule, seen(old))[:2] == ("not_examined", "no_p1")
