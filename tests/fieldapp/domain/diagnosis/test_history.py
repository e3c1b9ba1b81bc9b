from __future__ import annotations

from datetime import timedelta

import pytest

from fieldapp.domain.diagnosis.observations import Outage
from tests.fieldapp.domain.diagnosis.scene import (
    NOW,
    VISITED,
    ago,
    ask,
    event,
    found,
    healthy,
    logs,
    over_p1,
    port,
    seen,
)


def test_dips_since_the_last_visit() -> None:
    rows = [
        event("voltage_sag_l1", ago(days=30)),
        event("voltage_sag_l1", ago(days=6)),
        event("voltage_swell_l3", ago(days=5)),
    ]
    finding = found("voltage_dips", seen(healthy(logs=logs(power_quality=rows))))
    assert finding.values == {"count": "2", "phases": "L1, L3", "last": ago(days=5)}
    assert [(e.source, e.ref) for e in finding.evidence] == [("event", "power_quality")] * 2
    assert ask("voltage_dips", seen())[:2] == ("ruled_out", "no_dips")
    assert ask("voltage_dips", seen())[2] == {"since": VISITED.isoformat()}


def test_without_an_earlier_visit_thirty_days_count() -> None:
    rows = [event("voltage_sag_l1", ago(days=25))]
    state = healthy(logs=logs(power_quality=rows))
    assert ask("voltage_dips", seen(state, last_visit=None))[0] == "found"
    old = healthy(logs=logs(power_quality=[event("voltage_sag_l1", ago(days=32))]))
    assert ask("voltage_dips", seen(old, last_visit=None))[0] == "ruled_out"


def test_a_counter_that_moved_during_the_visit() -> None:
    after = healthy(counters={"voltage_sags_l1": 2})
    finding = found("voltage_dips", seen(after=after, after_at=NOW))
    assert (finding.why, finding.values) == ("dips_in_visit", {"count": "1"})
    assert [e.value for e in finding.evidence] == ["0", "2"]


@pytest.mark.parametrize(
    ("rule", "counter"),
    [("voltage_dips", "voltage_sags_l2"), ("power_failures", "long_power_failures")],
)
def test_counters_alone_tell_something_only_at_zero(rule: str, counter: str) -> None:
    held = healthy(logs={}, counters={counter: 3})
    assert ask(rule, seen(held)) == ("not_examined", "totals_only", {"count": "3"})
    none = healthy(logs={}, counters={counter: 0})
    assert ask(rule, seen(none))[0] == "ruled_out"
    assert ask(rule, seen(healthy(logs={}, counters={})))[1] == "not_in_version"
    assert ask(rule, seen(before=None))[1] == "not_read"


def test_power_failures_and_phases_that_dropped_out() -> None:
    rows = [event("power_failure", ago(days=9), 1260), event("power_failure", ago(days=90), 60)]
    dropped = [event("phase_outage_l2", ago(days=2))]
    held = healthy(logs=logs(power_failure=rows, power_quality=dropped))
    finding = found("power_failures", seen(held))
    assert finding.values == {"count": "2", "longest_s": "1260", "last": ago(days=2)}
    assert ask("power_failures", seen())[:2] == ("ruled_out", "no_failures")


def test_power_failures_of_a_telegram() -> None:
    outages = (
        Outage(NOW - timedelta(days=4), 300),
        Outage(NOW - timedelta(days=400), 9000),
    )
    heard = seen(before=None, p1=port(outages=outages))
    assert found("power_failures", heard).values["longest_s"] == "300"
    unknown = seen(before=None, p1=port(outages=(Outage(None, 300),)))
    assert found("power_failures", unknown).values["last"] == NOW.isoformat()
    empty = seen(before=None, p1=port(outages=()))
    assert ask("power_failures", empty)[0] == "ruled_out"
    counted = seen(before=None, p1=port(over_p1("power_failures", "7")))
    assert ask("power_failures", counted)[1] == "totals_only"
