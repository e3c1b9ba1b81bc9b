from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.diagnosis import (
    RULES,
    VERSION,
    Finding,
    Severity,
    Verdict,
    diagnose,
    difference,
)
from fieldapp.domain.diagnosis.reasons import Advice, Why
from fieldapp.domain.preference import Preference
from fieldapp.errors import IllegalTransition, PurposeRefused
from fieldapp.store.transaction import Transaction
from fieldapp.work.contact import Target
from fieldapp.work.customer_state import customer_line
from fieldapp.work.findings import Findings, Said, observe
from fieldapp.work.listening import Listening
from fieldapp.work.visit import WayOut, stored_visit
from hardware.dsmr.objects import Version
from hardware.errors import HardwareError, WrongMeter
from hardware.simulators import optical
from hardware.simulators.optical_faults import Fault, Line
from hardware.simulators.optical_state import GasMeter, Grid, OpticalMeter

if TYPE_CHECKING:
    from tests.fieldapp.work.metering.conftest import Site

OLD_E, OLD_G = "E0044007382246019", "G0007001234567809"
OTHER = "E0099000000000126"
CALM = Grid(sags=(0, 0, 0))
Spoil = Callable[[OpticalMeter], None]


def _healthy(site: Site, profile: Version = Version.SMR500) -> OpticalMeter:
    """A meter that nothing is wrong with: gas heard this hour, the choice as it was made."""
    meter = OpticalMeter(
        OLD_E, site.clock.now, profile, grid=CALM, counters={}, administrative_status=1
    )
    hour = site.clock.now().replace(minute=0, second=0, microsecond=0)
    meter.channels[0] = GasMeter(OLD_G, 1_284_305, hour)
    meter.log("standard", 3, at=site.clock.now() - timedelta(days=21))
    return meter


def _on_bench(site: Site, meter: OpticalMeter) -> None:
    site.bench.meters["p0"] = optical.OpticalSimulator(
        meter, optical.Framing.HDLC, Line()
    ).serve


async def _begin(site: Site, variant: str = "E+G") -> Target:
    began = await site.begin("fault", variant, step="state_before")
    return replace(began, source="p0")


async def _answers(site: Site, target: Target) -> dict[str, Finding]:
    def look(c: Transaction) -> tuple[Finding, ...]:
        return diagnose(observe(c, stored_visit(c, target.visit), site.clock))

    return {finding.rule: finding for finding in await site.db.read(look)}


async def _read(site: Site, meter: OpticalMeter) -> dict[str, Finding]:
    target = await _begin(site)
    _on_bench(site, meter)
    await site.metering.retrieve_state(target, "before")
    return await _answers(site, target)


def _found(answers: dict[str, Finding]) -> dict[str, str]:
    return {rule: a.why for rule, a in answers.items() if a.verdict is Verdict.FOUND}


@pytest.mark.parametrize("profile", Version)
async def test_nothing_is_found_on_a_healthy_meter(site: Site, profile: Version) -> None:
    answers = await _read(site, _healthy(site, profile))
    assert tuple(answers) == RULES
    assert _found(answers) == {}


@pytest.mark.parametrize(
    ("spoil", "rule", "why"),
    [
        (
            lambda m: setattr(m, "grid", Grid(voltages=(2301, 0, 2298), sags=(0, 0, 0))),
            "phase_missing",
            "phase_gone",
        ),
        (
            lambda m: setattr(m, "grid", Grid(voltages=(2790, 1821, 2298), sags=(0, 0, 0))),
            "neutral_fault",
            "voltages_apart",
        ),
        (
            lambda m: setattr(m, "grid", Grid(powers=(-640, 80, 0), sags=(0, 0, 0))),
            "direction_swapped",
            "feeds_in",
        ),
        (
            lambda m: m.log("power_quality", 94, at=m.clock() - timedelta(days=3)),
            "voltage_dips",
            "dips",
        ),
        (
            lambda m: m.log("power_failure", 1260, at=m.clock() - timedelta(days=3)),
            "power_failures",
            "failures",
        ),
        (lambda m: setattr(m, "clock_error_s", 95), "clock_off", "clock_off"),
        (lambda m: m.alarms.update({1: 1 << 1}), "battery", "battery_low"),
        (lambda m: setattr(m, "errors", 1 << 11), "meter_errors", "errors"),
        (lambda m: m.alarms.update({1: 1 << 2}), "alarms", "alarms"),
        (lambda m: m.log("fraud", 42, at=m.clock() - timedelta(days=3)), "fraud", "traces"),
        (lambda m: setattr(m, "administrative_status", 2), "preference", "status_differs"),
        (lambda m: m.channels.__setitem__(0, None), "device_coupling", "not_coupled"),
        (
            lambda m: m.channels.__setitem__(
                0, replace(m.channels[0], captured=m.clock() - timedelta(hours=9))
            ),
            "device_silent",
            "device_stale",
        ),
        (lambda m: setattr(m, "modem_registration", 2), "modem", "not_registered"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_fault_in_the_meter_is_found_and_nothing_else(
    site: Site, spoil: Spoil, rule: str, why: str
) -> None:
    meter = _healthy(site)
    spoil(meter)
    found = _found(await _read(site, meter))
    also = {"phase_missing": set(), "neutral_fault": {"voltage_low", "voltage_high"}}
    assert found.pop(rule) == why
    assert set(found) == also.get(rule, set())


async def test_all_answers_are_kept_at_once_with_their_evidence(site: Site) -> None:
    target = await _begin(site)
    meter = _healthy(site)
    meter.clock_error_s = 95
    _on_bench(site, meter)
    await site.metering.retrieve_state(target, "before")
    progress = await Findings(site.db, site.clock).record(target.visit, "findings")
    kept = progress.of(f.FindingRecorded)
    assert tuple(fact.rule for fact in kept) == RULES
    assert {fact.rules for fact in kept} == {VERSION}
    assert {fact.step for fact in kept} == {"findings"}
    (clock,) = [fact for fact in kept if fact.rule == "clock_off"]
    assert (clock.verdict, clock.why, clock.advice) == (
        "found",
        Why.CLOCK_OFF,
        Advice.SET_CLOCK,
    )
    assert clock.severity == Severity.WARNING
    assert clock.evidence[0].ref == "0-0:1.0.0"
    assert [fact.rule for fact in kept if fact.confidential] == ["fraud"]
    sent = msgspec.json.decode(msgspec.json.encode(clock), type=f.AnyFact)
    assert sent == clock


def test_a_finding_of_an_older_laptop_is_a_persons() -> None:
    old = (
        b'{"kind":"finding_recorded","at":"2026-03-02T07:30:00Z","rule":"r","verdict":"found",'
    )
    fact = msgspec.json.decode(old + b'"why":"klem los"}', type=f.AnyFact)
    assert isinstance(fact, f.FindingRecorded)
    assert (fact.is_by_hand, fact.values, fact.evidence) == (True, {}, ())


async def test_what_a_person_says_goes_before_the_rule(site: Site) -> None:
    target = await _begin(site)
    room = Findings(site.db, site.clock)
    await room.say(target.visit, "findings", Said("fraud", "found", "zegel doorgeknipt"))
    progress = await room.record(target.visit, "findings")
    by_hand, *ruled = progress.of(f.FindingRecorded)
    assert (by_hand.is_by_hand, by_hand.confidential) == (True, True)
    assert [fact.rule for fact in ruled] == [rule for rule in RULES if rule != "fraud"]


async def test_nothing_is_kept_before_the_work_began(site: Site) -> None:
    visit = site.plan("fault", "E")
    await site.store(visit)
    with pytest.raises(IllegalTransition):
        await Findings(site.db, site.clock).record(visit.id, "findings")


async def test_this_visits_own_traces_are_no_fraud(site: Site) -> None:
    began = await site.begin("placement", "E+G", step="set_up")
    target = replace(began, source="p0")
    meter = _healthy(site)
    meter.administrative_status = 2
    _on_bench(site, meter)
    await site.metering.apply_preference(target, Preference.OFF)
    meter.login_failed()
    meter.locked_until = site.clock.now() - timedelta(hours=1)
    await site.metering.retrieve_state(target, "after")
    fraud = (await _answers(site, target))["fraud"]
    assert (fraud.verdict, fraud.why) == (Verdict.RULED_OUT, Why.NO_TRACES)
    assert fraud.values["own"] == "2"


async def test_the_state_after_is_compared_with_the_state_before(site: Site) -> None:
    target = await _begin(site)
    meter = _healthy(site)
    meter.grid = Grid(voltages=(2301, 0, 2298), sags=(0, 0, 0))
    _on_bench(site, meter)
    await site.metering.retrieve_state(target, "before")
    assert "phase_missing" in _found(await _answers(site, target))
    meter.grid = Grid(sags=(0, 1, 0))
    await site.metering.retrieve_state(target, "after")
    answers = await _answers(site, target)
    assert _found(answers) == {"voltage_dips": "dips_in_visit"}
    states = (await site.work.stored(target.visit)).progress.of(f.StateRetrieved)
    changed = {c.name for c in difference(states[0].state, states[1].state)}
    assert changed == {"voltage_l2", "voltage_sags_l2", "communication"}


async def test_an_optical_port_that_is_silent_beside_a_p1_that_speaks(site: Site) -> None:
    target = await _begin(site)
    meter = _healthy(site)
    line = Line(frozenset({Fault.SILENCE}))
    site.bench.meters["p0"] = optical.OpticalSimulator(meter, optical.Framing.HDLC, line).serve
    with pytest.raises(HardwareError):
        await site.metering.retrieve_state(target, "before")
    assert (await _answers(site, target))["p0_closed"].why is Why.P0_FAILED
    site.bench.meters["p1"] = site.sends(*[site.telegram()] * 5)
    await site.metering.listening.judge_line(replace(target, source="p1"))
    silent = (await _answers(site, target))["p0_closed"]
    assert (silent.verdict, silent.why) == (Verdict.FOUND, Why.P0_SILENT)


async def test_a_way_out_says_why_the_state_is_missing(site: Site) -> None:
    target = await _begin(site)
    way = WayOut("state:before", "no_access", "kast op slot")
    await site.work.waive(target.visit, "state_before", way)
    answers = await _answers(site, target)
    assert answers["battery"].values == {"reason": "no_access"}


async def test_five_telegrams_judge_the_line_and_the_connection(site: Site) -> None:
    target = replace(await _begin(site), source="p1")
    site.bench.meters["p1"] = site.sends(*[site.telegram() for _ in range(5)])
    fact = await site.metering.listening.judge_line(target)
    assert (fact.channel, fact.moment) == (f.Channel.P1, "p1")
    line = customer_line(fact.state)
    assert line is not None
    assert (line.telegrams, line.numbers) == (5, {1: OLD_G})
    assert not [one for one in line.quantities if one.name.startswith("energy")]
    answers = await _answers(site, target)
    assert _found(answers) == {}
    assert answers["voltage_low"].evidence[0].source == "p1"
    for rule in ("p1_line", "breaker_open", "device_silent", "device_coupling"):
        assert answers[rule].verdict is Verdict.RULED_OUT, answers[rule]
    assert await site.bench.all_closed()
    assert (await site.outcomes())[-1] == ("keep_telegram", "done")


async def test_damaged_telegrams_are_a_fault_of_the_line(site: Site) -> None:
    target = replace(await _begin(site), source="p1")
    whole = site.telegram()
    broken = whole.replace(b"1-0:32.7.0(", b"1-0:32.7.0[")
    site.bench.meters["p1"] = site.sends(whole, broken, *[whole] * 4)
    await site.metering.listening.judge_line(target)
    line = (await _answers(site, target))["p1_line"]
    assert (line.verdict, line.values["faults"]) == (Verdict.FOUND, "damaged")


async def test_few_telegrams_are_kept_and_prove_little(site: Site) -> None:
    target = replace(await _begin(site), source="p1")
    site.bench.meters["p1"] = site.sends(site.telegram())
    listening = Listening(site.db, site.clock, site.bench.tools(0.3))
    await listening.judge_line(target)
    assert (await _answers(site, target))["p1_line"].why is Why.TOO_FEW_TELEGRAMS


async def test_a_cable_on_another_meter_is_not_judged(site: Site) -> None:
    target = replace(await _begin(site), source="p1")
    site.bench.meters["p1"] = site.sends(*[site.telegram(meter_number=OTHER)] * 5)
    with pytest.raises(WrongMeter):
        await site.metering.listening.judge_line(target)
    facts = (await site.work.stored(target.visit)).progress
    assert facts.of(f.StateRetrieved) == ()
    assert await site.bench.all_closed()


async def test_a_purpose_that_keeps_no_telegram(site: Site) -> None:
    target = replace(await site.begin("reading_preference"), source="p1")
    with pytest.raises(PurposeRefused):
        await site.metering.listening.judge_line(target)
    assert site.bench.opened == []


@pytest.mark.parametrize(
    "state",
    [{}, {"at": "x"}, {"at": "2026-11-24T09:30:00Z", "clock_s": "NaN"}],
)
def test_a_state_of_another_make_is_passed_over(state: dict[str, str]) -> None:
    assert customer_line(state) is None
