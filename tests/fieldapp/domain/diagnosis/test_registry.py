from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.domain.diagnosis import BY_HAND, RULES, VERSION, Verdict, diagnose, difference
from fieldapp.domain.diagnosis.observations import (
    CustomerLine,
    LaptopClock,
    LineFault,
    Measured,
    Observations,
    OpticalAccess,
    Outage,
    Status,
)
from tests.fieldapp.domain.diagnosis.scene import (
    NOW,
    event,
    healthy,
    logs,
    over_p1,
    seen,
    volts,
)


def test_every_rule_answers_once_and_a_healthy_meter_has_nothing() -> None:
    answers = diagnose(seen())
    assert tuple(answer.rule for answer in answers) == RULES
    assert Verdict.FOUND not in {answer.verdict for answer in answers}
    assert VERSION == 1
    assert not set(RULES) & set(BY_HAND)


def test_where_nothing_is_known_nothing_is_claimed() -> None:
    answers = diagnose(Observations(now=NOW))
    assert {answer.verdict for answer in answers} == {Verdict.NOT_EXAMINED}
    assert [a.rule for a in answers if not a.why] == []


def test_what_changed_by_the_work() -> None:
    before = healthy(
        phases=volts("230", "0", "231"),
        alarms=["phase_outage_l2", "fraud_attempt"],
        preference={"value": 2},
        clock={"deviation_s": "95", "uncertainty_s": "1"},
    )
    after = healthy(
        phases=volts("230", "229", "231"),
        counters={"power_failures": 1, "voltage_sags_l1": 0},
        preference={"value": 1},
        mbus=[],
        modem={"registration": "searching", "operator": "20408", "signal_dbm": -90},
        identity={"version": "smr500", "firmware": {"core": "5.0.18"}},
        logs=logs(standard=[event("power_returned", NOW.isoformat(), 2)], fraud=[{}]),
    )
    changes = {(c.kind, c.name): (c.before, c.after) for c in difference(before, after)}
    assert changes == {
        ("clock", "deviation"): ("95", "2.0"),
        ("voltage", "voltage_l2"): ("0", "229"),
        ("counter", "power_failures"): ("0", "1"),
        ("preference", "administrative_status"): ("2", "1"),
        ("alarm", "phase_outage_l2"): ("1", ""),
        ("device", "mbus1"): ("G0007001234567809", ""),
        ("modem", "registration"): ("home", "searching"),
        ("firmware", "core"): ("5.0.17", "5.0.18"),
        ("log", "standard"): ("0", "1"),
    }
    assert difference(healthy(), healthy()) == ()


_PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
_WORD = st.sampled_from(
    (
        "voltage_l1",
        "voltage_sag_l2",
        "mbus1_tamper_case",
        "failed_login",
        "clock_invalid",
        "gas",
        "home",
        "230.1",
        "NaN",
        "1E+9",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "2026-11-24T09:30:00",
        NOW.isoformat(),
    )
)
_ANY = st.recursive(
    _PLAIN | _WORD,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
_KEYS = st.sampled_from(
    (
        "name",
        "value",
        "unit",
        "obis",
        "time",
        "code",
        "channel",
        "device",
        "equipment_id",
        "register",
        "status",
        "key_status",
        "registration",
        "signal_dbm",
        "version",
        "flags",
        "deviation_s",
        "uncertainty_s",
        "firmware",
    )
)
_PART = (
    _ANY
    | st.dictionaries(_KEYS, _WORD | _ANY, max_size=6)
    | st.lists(st.dictionaries(_KEYS, _WORD | _ANY, max_size=4), max_size=3)
)
_STATE = st.dictionaries(
    st.sampled_from(tuple(healthy())),
    _PART
    | st.dictionaries(st.sampled_from(("fraud", "power_quality", "power_failure")), _PART),
    max_size=6,
)
_TIMES = st.integers(0, 3_000_000).map(lambda minutes: NOW - timedelta(minutes=minutes))
_NUMBERS = st.decimals(min_value=-(10**6), max_value=10**6, places=3)


@st.composite
def _observations(draw: st.DrawFn) -> Observations:
    now = draw(_TIMES)
    line = CustomerLine(
        at=now,
        version=draw(st.sampled_from(("", "40", "42", "50", "50217"))),
        quantities=(
            over_p1(draw(_WORD), str(draw(_NUMBERS)), "V", draw(_TIMES)),
            over_p1("breaker_position", str(draw(_NUMBERS))),
        ),
        outages=draw(st.none() | st.just((Outage(None, 3), Outage(now, 1)))),
        telegrams=draw(st.integers(0, 9)),
        faults=(LineFault(draw(st.text())),),
        clock_s=draw(st.none() | _NUMBERS),
    )
    return Observations(
        now=now,
        before=draw(st.none() | _STATE),
        before_at=draw(st.none() | _TIMES),
        after=draw(st.none() | _STATE),
        after_at=draw(st.none() | _TIMES),
        p1=draw(st.none() | st.just(line)),
        measurements=(Measured(draw(st.text()), draw(_NUMBERS), "V", now),),
        phases=draw(st.integers(0, 3)),
        gas=draw(st.text(max_size=17)),
        feeds_in=draw(st.booleans()),
        wanted_status=draw(st.none() | st.integers(0, 3)),
        status=draw(st.none() | st.just(Status(9, now))),
        last_visit=draw(st.none() | _TIMES),
        laptop=draw(st.none() | st.just(LaptopClock(Decimal(3), Decimal(1)))),
        p0=OpticalAccess(reason=draw(st.text())),
        contacts=(draw(_TIMES), now - timedelta(minutes=1)),
    )


@given(_observations())
def test_no_observations_raise_and_each_rule_answers(known: Observations) -> None:
    answers = diagnose(known)
    assert tuple(answer.rule for answer in answers) == RULES
    for answer in answers:
        assert bool(answer.severity) == (answer.verdict is Verdict.FOUND)


@settings(max_examples=40)
@given(_STATE, _STATE)
def test_no_pair_of_states_raises(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert difference(before, before) == ()
    difference(before, after)
