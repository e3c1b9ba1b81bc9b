from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import msgspec
import pytest

import resources
from fieldapp.domain import facts as f
from fieldapp.domain.flow import Need, Requirement, holds, parse_flow
from fieldapp.domain.operation import decode_payload, encode_payload
from fieldapp.domain.pending import check_of, open_checks, owed
from fieldapp.domain.preference import Preference
from fieldapp.domain.progress import Progress, replay
from fieldapp.domain.refusal import refusals, refuses_both
from fieldapp.domain.requirements import missing_in, way_taken
from fieldapp.domain.rules import advance
from fieldapp.domain.status import VisitState
from fieldapp.domain.steps import awaited, blockers, current_step, steps_of, traits
from fieldapp.domain.work_order import Refusal, Visit, WorkKind
from fieldapp.errors import MissingEvidence, RuleError
from tests.fieldapp.domain.cases import (
    ANALOGUE,
    CASES,
    DIGITAL,
    FAULT,
    PLACEMENT,
    PREFERENCE,
    SMART,
    Case,
    ways_of,
)
from tests.fieldapp.domain.working import (
    CHOICE,
    EANS,
    NEW,
    NOW,
    close,
    make_visit,
    meeting,
    started,
    state,
    waiver,
    work,
)

WITHOUT_WAY = {
    *(f"identity:{carrier}" for carrier in "EG"),
    *(f"confirm:{c}" for c in ("tester_proven_before", "voltage_free", "tester_proven_after")),
    *("measure:gas_tightness", "answer:gas_tight"),
    *("confirm:joints_tight", "confirm:pipe_capped_tight"),
}
"""LMRA, meter identity, voltage-free and gas tightness (trade.md, Evidence has ways out)."""
OTHERWISE = {"preference", "action"}
"""The preference goes to the office, and an action may be none."""


def codes(visit: Visit, progress: Progress | None = None) -> list[str]:
    return [step.code for step in steps_of(visit, progress or Progress())]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_kind_and_variant_is_worked_to_the_end(case: Case) -> None:
    visit = case.visit
    done = work(visit, started(visit), case.deed)
    assert done.state is VisitState.DONE
    assert blockers(visit, done) == ()
    assert replay(done.facts) == done
    wire = tuple(decode_payload(encode_payload(fact, b"s" * 16)).fact for fact in done.facts)
    assert replay(wire) == done
    again = msgspec.json.decode(msgspec.json.encode(visit), type=Visit)
    assert again == visit


def requirements() -> Iterator[tuple[str, str, Requirement]]:
    for kind in WorkKind:
        for step in parse_flow(resources.read_text(f"flows/{kind}-2.toml")).steps:
            for need in step.needs:
                yield kind.value, step.code, need


def test_every_mandatory_item_but_four_names_its_alternatives() -> None:
    without = {need.code for _, _, need in requirements() if not need.ways_out}
    assert without - OTHERWISE == WITHOUT_WAY


def test_questions_have_answers_and_not_all_of_them_stop() -> None:
    asked = [need for _, _, need in requirements() if need.need is Need.ANSWER]
    assert len(asked) > 5
    for need in asked:
        assert set(need.stops) < set(need.options), need.code


def test_definitions_depend_on_traits_that_there_are() -> None:
    questions = {n.about: set(n.options) for _, _, n in requirements() if n.need is Need.ANSWER}
    plain = {"electricity", "gas", "E+G", "E", "G", "smart", "digital", "one_phase"}
    plain |= {"three_phase", "old_E", "old_G", "old_smart", "choice_known", "waived.choice"}
    plain |= {"waived.placed:E", "waived.placed:G"}
    plain |= {"action.replaced"}
    for kind in WorkKind:
        for step in parse_flow(resources.read_text(f"flows/{kind}-2.toml")).steps:
            for when in (step.when, *(need.when for need in step.needs)):
                for trait in (t.removeprefix("!") for group in when for t in group):
                    _, _, said = trait.partition("said.")
                    item, _, answer = said.partition(".")
                    assert trait in plain or answer in questions.get(item, set()), trait


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_way_out_of_every_item_closes_the_visit(case: Case) -> None:
    visit = case.visit
    tried, ways = 0, tuple(ways_of(case))
    for taken in ways:
        progress = started(visit)
        while (step := current_step(visit, progress)) is not None:
            for need in step.needs:
                if need.code not in missing_in(visit, progress, step):
                    continue
                if (step.code, need.code) == taken[:2]:
                    progress = advance(visit, progress, waiver(step.code, need, taken[2]))
                    tried += 1
                    continue
                said = case.deed if need.need is Need.ACTION else ""
                for fact in meeting(visit, progress, step.code, need, said):
                    progress = advance(visit, progress, fact)
            progress = advance(visit, progress, f.StepDone(at=NOW, step=step.code))
        assert close(visit, progress).state is VisitState.DONE
    assert tried == len(ways)


def test_a_choice_that_is_not_made_leaves_nothing_to_write() -> None:
    visit = make_visit(PREFERENCE)
    progress = started(visit)
    for code in ("connection_and_meter", "choice"):
        step = current_step(visit, progress)
        assert step is not None
        assert step.code == code
        need = step.needs[0]
        facts = meeting(visit, progress, code, need)
        if code == "choice":
            facts = (waiver(code, need, "no_choice"),)
        for fact in (*facts, f.StepDone(at=NOW, step=code)):
            progress = advance(visit, progress, fact)
    assert codes(visit, progress) == ["connection_and_meter", "choice", "confirm"]


def test_the_steps_of_the_variants() -> None:
    both = codes(make_visit(PLACEMENT, "E+G"))
    assert {"mount", "mount_gas", "couple", "set_up", "customer_port"} <= set(both)
    electric = codes(make_visit(PLACEMENT, "E"))
    assert not {c for c in electric if "gas" in c or c == "couple"}
    gas = codes(make_visit(PLACEMENT, "G"))
    assert not {"mount", "voltage_free", "set_up", "measure", "switch_off"} & set(gas)
    assert {"gas_off", "mount_gas", "couple"} <= set(gas)
    digital = codes(make_visit(PLACEMENT, "E+G", DIGITAL))
    assert not {"set_up", "couple", "customer_port", "choice"} & set(digital)
    first = codes(make_visit(PLACEMENT, "E", old=None))
    assert not {"final_readings", "old_seals", "connection_and_meter"} & set(first)


def test_a_digital_placement_tells_about_own_readings() -> None:
    needs = [
        {need.code for step in steps_of(make_visit(PLACEMENT, "E", kind), Progress())
         for need in step.needs}
        for kind in (SMART, DIGITAL)
    ]  # fmt: skip
    assert [("confirm:own_readings_told" in asked) for asked in needs] == [False, True]


def test_a_smart_meter_refused_at_the_door_becomes_a_digital_placement() -> None:
    visit = make_visit(PLACEMENT, "E")
    refused = f.RefusalRecorded(at=NOW, offered=SMART, accepted_instead=DIGITAL)
    progress = advance(visit, started(visit), refused)
    assert "set_up" not in codes(visit, progress)
    assert "digital" in traits(visit, progress)


@pytest.mark.parametrize(("phases", "count"), [(1, 1), (3, 6)])
def test_voltages_follow_the_phases(phases: int, count: int) -> None:
    visit = make_visit(PLACEMENT, "E", phases=phases)
    (step,) = (s for s in steps_of(visit, Progress()) if s.code == "measure")
    assert sum(need.need is Need.MEASURE for need in step.needs) == count


def test_a_replacement_adds_the_steps_of_a_placement_to_a_fault() -> None:
    visit = make_visit(FAULT, "E")
    progress = started(visit)
    assert "mount" not in codes(visit, progress)
    replaced = f.ActionTaken(at=NOW, step="action", action="replaced")
    steps = codes(visit, advance(visit, progress, replaced))
    assert steps.index("action") < steps.index("mount") < steps.index("state_after")
    assert steps.index("voltage_free") < steps.index("mount")


def test_a_leak_inside_leaves_the_gas_off_and_asks_for_work() -> None:
    visit = make_visit(PLACEMENT, "G", old=ANALOGUE)
    progress = started(visit)
    leak = f.QuestionAnswered(at=NOW, step="gas_off", item="gas_tight", answer="leak_inside")
    steps = codes(visit, advance(visit, progress, leak))
    assert "gas_on" not in steps
    assert "gas_stays_off" in steps
    outside = f.QuestionAnswered(
        at=NOW, step="gas_off", item="gas_tight", answer="leak_network"
    )
    steps = codes(visit, advance(visit, progress, outside))
    assert {"gas_on", "network_leak"} <= set(steps)


def test_medical_equipment_stops_the_work_until_it_is_arranged() -> None:
    visit = make_visit(PLACEMENT, "E")
    progress = started(visit)
    (step,) = (s for s in steps_of(visit, progress) if s.code == "tell_customer")
    (need,) = (n for n in step.needs if n.about == "medical_equipment")
    for answer, open_ in (("yes", True), ("arranged", False), ("yes", True), ("no", False)):
        for fact in meeting(visit, progress, step.code, need, answer):
            progress = advance(visit, progress, fact)
        assert (need.code in missing_in(visit, progress, step)) is open_, answer


def test_an_answer_that_stops_the_work_keeps_the_visit_open_whenever_it_is_given() -> None:
    visit = make_visit(PLACEMENT, "E")
    (*facts, _closed) = work(visit, started(visit)).facts
    progress = replay(facts)
    for answer, closes in (("swapped", False), ("right", True)):
        said = f.QuestionAnswered(
            at=NOW, step="measure", item="energy_direction", answer=answer
        )
        progress = advance(visit, progress, said)
        if closes:
            assert close(visit, progress).state is VisitState.DONE
        else:
            with pytest.raises(MissingEvidence, match="answer:energy_direction"):
                close(visit, progress)


def test_no_meter_comes_off_before_the_work_is_voltage_free() -> None:
    visit = make_visit(PLACEMENT, "E")
    progress = started(visit)
    off = f.MeterRemoved(at=NOW, step="mount", ean=EANS["E"], number="E1")
    with pytest.raises(RuleError, match=r"comes_after: (final_readings|voltage_free)"):
        advance(visit, progress, off)
    assert awaited(visit, progress, "mount") in {"final_readings", "voltage_free"}
    assert awaited(visit, progress, "tell_customer") == ""
    assert awaited(visit, progress, "no_such_step") == ""


def test_one_meter_is_not_placed_at_two_connections() -> None:
    visit = make_visit(PLACEMENT, "E+G")
    placed = f.MeterPlaced(at=NOW, ean=EANS["E"], number=NEW["E"], meter_kind=SMART)
    progress = advance(visit, started(visit), placed)
    assert advance(visit, progress, placed).of(f.MeterPlaced) == (placed, placed)
    with pytest.raises(RuleError, match="meter_used_twice"):
        advance(visit, progress, msgspec.structs.replace(placed, ean=EANS["G"]))


def test_what_goes_through_the_office_has_to_be_named_when_closing() -> None:
    visit = make_visit(PREFERENCE)
    progress = started(visit)
    deferred = f.PreferenceDeferred(at=NOW, requested=Preference.OFF, reason="no_key")
    chosen = f.ChoiceRecorded(at=NOW, choice=CHOICE)
    for fact in (chosen, deferred):
        progress = advance(visit, progress, fact)
    done = replace(progress, steps_done=frozenset(codes(visit, progress)))
    assert owed(done) == ("preference",)
    with pytest.raises(MissingEvidence, match="pending:preference"):
        advance(visit, done, f.VisitClosed(at=NOW))
    named = f.VisitClosed(at=NOW, pending=(check_of("preference", NOW.date()),))
    assert advance(visit, done, named).state is VisitState.DONE
    first = make_visit(PREFERENCE, version=1)
    assert advance(first, done, f.VisitClosed(at=NOW)).state is VisitState.DONE


def test_a_modem_that_has_no_network_is_the_first_contacts_business() -> None:
    visit = make_visit(PLACEMENT, "E+G")
    progress = started(visit)
    need = Requirement(need=Need.MODEM, ways_out=("pending",))
    coupled = Requirement(need=Need.COUPLED, about="G", ways_out=("pending",))
    done = replace(
        progress, facts=(waiver("s", need, "pending"), waiver("c", coupled, "pending"))
    )
    assert owed(done) == ("first_contact", "coupling")
    assert open_checks(visit, done)[:2] == ("first_contact", "coupling")
    assert way_taken(done, "s", need) == "pending"
    assert way_taken(done, "elsewhere", need) == ""


@pytest.mark.parametrize(
    ("need", "parts", "met"),
    [
        (Need.CLOCK, {"clock": {"deviation_s": "-59.9"}}, True),
        (Need.CLOCK, {"clock": {"deviation_s": "60"}}, False),
        (Need.CLOCK, {"clock": {"deviation_s": None}}, False),
        (Need.CLOCK, {"clock": None}, False),
        (Need.CLOCK, {"clock": {"deviation_s": "soon"}}, False),
        (Need.ALARMS, {"alarms": [], "errors": []}, True),
        (Need.ALARMS, {"alarms": [], "errors": ["memory"]}, False),
        (Need.MODEM, {"modem": {"registration": "roaming"}}, True),
        (Need.MODEM, {"modem": {"registration": "searching"}}, False),
    ],
)
def test_what_the_state_of_the_meter_proves(
    need: Need, parts: dict[str, object], *, met: bool
) -> None:
    visit = make_visit(FAULT)
    (step,) = (s for s in steps_of(visit, Progress()) if s.code == "state_before")
    asked = msgspec.structs.replace(step, needs=(Requirement(need=need),))
    told = state("state_before", "before", "E0044007382246019", **parts)
    other = state("state_before", "before", "E0044007382246099", **parts)
    progress = started(visit)
    assert missing_in(visit, advance(visit, progress, other), asked)
    assert (missing_in(visit, advance(visit, progress, told), asked) == ()) is met


def test_groups_of_traits() -> None:
    assert holds((), frozenset())
    assert holds((("a", "b"), ("!c",)), {"b"})
    assert not holds((("a", "b"), ("!c",)), {"b", "c"})
    assert not holds((("a",), ("b",)), {"a"})


def test_offers_that_were_refused_are_told_with_their_day() -> None:
    before = Refusal(SMART, date(2025, 5, 6))
    visit = msgspec.structs.replace(make_visit(PLACEMENT), refusals=(before,))
    progress = started(visit)
    assert (refusals(visit, progress), refuses_both(visit, progress)) == ((before,), False)
    refused = f.RefusalRecorded(at=NOW, offered=DIGITAL)
    both = advance(visit, progress, refused)
    assert refusals(visit, both) == (before, Refusal(DIGITAL, NOW.date()))
    assert refuses_both(visit, both)
    taken = f.RefusalRecorded(at=NOW, offered=SMART, accepted_instead=DIGITAL)
    assert not refuses_both(visit, advance(visit, both, taken))
