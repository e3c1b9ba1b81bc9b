from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

import resources
from fieldapp.domain import facts as f
from fieldapp.domain.flow import parse_flow, parse_lmra
from fieldapp.domain.operation import decode_payload, encode_payload
from fieldapp.domain.preference import Choice, Preference, Requester
from fieldapp.domain.progress import Progress, replay
from fieldapp.domain.requirements import missing_in
from fieldapp.domain.rules import advance
from fieldapp.domain.status import NotDoneReason, VisitState
from fieldapp.domain.steps import blockers, current_step, steps_of
from fieldapp.domain.work_order import (
    Address,
    Commodity,
    Connection,
    Customer,
    Meter,
    MeterKind,
    MeterRegister,
    Visit,
    WorkKind,
)
from fieldapp.errors import FieldAppError, IllegalTransition, MissingEvidence, RuleError

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
EAN = "871687100000000012"
OLD, NEW = "E0044007382246019", "E0044007382246020"
LMRA = parse_lmra(resources.read_text("lmra/lmra-1.toml"))
REGISTERS = (
    MeterRegister(obis="1-0:1.8.1", unit="kWh", digits=6),
    MeterRegister(obis="1-0:1.8.2", unit="kWh", digits=6),
)


def make_visit(
    kind: WorkKind, variant: str = "E", meter_kind: MeterKind = MeterKind.SMART
) -> Visit:
    return Visit(
        id="v1",
        number="V-1",
        kind=kind,
        region="westland",
        window_start=NOW,
        window_end=NOW,
        customer=Customer(holder="h1", name="Test"),
        address=Address(street="Dijk", number="1", postcode="2671 AB", place="Naaldwijk"),
        connections=(
            Connection(
                ean=EAN,
                commodity=Commodity.ELECTRICITY,
                capacity="3x25A",
                meter=Meter(number=OLD, kind=MeterKind.SMART, registers=REGISTERS),
            ),
        ),
        flow=parse_flow(resources.read_text(f"flows/{kind}-1.toml")),
        lmra=LMRA,
        variant=variant,
        meter_kind=meter_kind,
        new_meters=(Meter(number=NEW, kind=MeterKind.SMART, registers=REGISTERS),),
    )


def lmra(answer: str = "yes") -> f.LmraAnswered:
    return f.LmraAnswered(
        at=NOW, version=1, answers={q.code: answer for q in LMRA.questions}, by="T1"
    )


STARTED: tuple[f.AnyFact, ...] = (
    f.VisitAccepted(at=NOW),
    f.VisitTravelling(at=NOW),
    f.VisitArrived(at=NOW),
    lmra(),
    f.VisitStarted(at=NOW),
)


def walk(visit: Visit, *facts: f.AnyFact, progress: Progress | None = None) -> Progress:
    progress = progress or Progress()
    for fact in facts:
        progress = advance(visit, progress, fact)
    return progress


def reading(moment: str, meter: str, obis: str, **changed: object) -> f.ReadingTaken:
    values: dict[str, object] = {
        "at": NOW,
        "moment": moment,
        "ean": EAN,
        "meter": meter,
        "obis": obis,
        "digits": "001234",
        "value": Decimal(1234),
        "unit": "kWh",
        "settlement": Decimal(1234),
        "channel": f.Channel.P1,
    }
    return f.ReadingTaken(**(values | changed))  # type: ignore[arg-type]  # a dict of any field


def contact(step: str, found: str = OLD) -> f.MeterContacted:
    return f.MeterContacted(
        at=NOW, step=step, channel=f.Channel.P0, purpose="placement", expected=OLD, found=found
    )


def photo(slot: str) -> f.EvidenceAdded:
    return f.EvidenceAdded(at=NOW, slot=slot, sha256="0" * 64, size=1, media_type="image/png")


def seal(position: str) -> f.SealRecorded:
    return f.SealRecorded(at=NOW, position=position, number="1", action="removed")


def tick(item: str) -> f.ItemConfirmed:
    return f.ItemConfirmed(at=NOW, item=item)


PLACEMENT: dict[str, tuple[f.AnyFact, ...]] = {
    "connection_and_meter": (contact("connection_and_meter"),),
    "final_readings": (
        *(reading("final", OLD, r.obis) for r in REGISTERS),
        photo("old_meter"),
    ),
    "old_seals": (seal("old_terminal_cover"),),
    "voltage_free": (tick("voltage_free"),),
    "mount": (
        f.MeterRemoved(at=NOW, ean=EAN, number=OLD),
        f.MeterPlaced(at=NOW, ean=EAN, number=NEW, meter_kind=MeterKind.SMART),
        tick("torque"),
        f.MeasurementEntered(at=NOW, name="voltage_l1_n", value=Decimal("231.2"), unit="V"),
        photo("new_meter"),
    ),
    "set_up": (
        contact("set_up", NEW),
        f.PreferenceApplied(at=NOW, meter=NEW, before=0, requested=Preference.OFF, after=1),
    ),
    "start_readings": tuple(reading("start", NEW, r.obis) for r in REGISTERS),
    "new_seals": (seal("new_terminal_cover"),),
    "confirm": (tick("leaflet"), photo("signature")),
}


def test_a_placement_from_the_first_step_to_closing() -> None:
    visit = make_visit(WorkKind.PLACEMENT)
    progress = walk(visit, *STARTED)
    for step in steps_of(visit, Progress()):
        assert current_step(visit, progress) == step
        assert missing_in(visit, progress, step)
        with pytest.raises(MissingEvidence):
            advance(visit, progress, f.StepDone(at=NOW, step=step.code))
        progress = walk(
            visit, *PLACEMENT[step.code], f.StepDone(at=NOW, step=step.code), progress=progress
        )
    assert current_step(visit, progress) is None
    closed = walk(visit, f.VisitClosed(at=NOW), progress=progress)
    assert closed.state is VisitState.DONE
    assert replay(closed.facts) == closed
    assert replay(tuple(_through_the_wire(fact) for fact in closed.facts)) == closed


def _through_the_wire(fact: f.AnyFact) -> f.AnyFact:
    return decode_payload(encode_payload(fact, b"s" * 16)).fact


def test_every_single_fact_of_a_step_is_needed() -> None:
    visit = make_visit(WorkKind.PLACEMENT)
    step = next(s for s in steps_of(visit, Progress()) if s.code == "mount")
    for left_out in range(len(PLACEMENT["mount"])):
        facts = [fact for i, fact in enumerate(PLACEMENT["mount"]) if i != left_out]
        assert len(missing_in(visit, walk(visit, *STARTED, *facts), step)) == 1


def test_closing_too_early_says_what_is_missing() -> None:
    visit = make_visit(WorkKind.READING_PREFERENCE)
    progress = walk(visit, *STARTED)
    with pytest.raises(MissingEvidence) as caught:
        advance(visit, progress, f.VisitClosed(at=NOW))
    assert caught.value.missing == blockers(visit, progress)
    assert "step:write_preference" in caught.value.missing


def test_a_preference_that_was_not_read_back_as_asked_is_not_settled() -> None:
    visit = make_visit(WorkKind.READING_PREFERENCE)
    wrong = f.PreferenceApplied(at=NOW, meter=OLD, before=2, requested=Preference.OFF, after=2)
    right = f.PreferenceApplied(at=NOW, meter=OLD, before=2, requested=Preference.OFF, after=1)
    late = f.PreferenceDeferred(at=NOW, requested=Preference.OFF, reason="p0_closed")
    step = steps_of(visit, Progress())[2]
    assert missing_in(visit, walk(visit, *STARTED, wrong), step)
    assert not missing_in(visit, walk(visit, *STARTED, wrong, right), step)
    assert not missing_in(visit, walk(visit, *STARTED, late), step)


def test_lmra_gates_the_start_and_every_start_after_a_pause() -> None:
    visit = make_visit(WorkKind.FAULT)
    there = walk(visit, *STARTED[:3])
    with pytest.raises(MissingEvidence):
        advance(visit, there, f.VisitStarted(at=NOW))
    with pytest.raises(RuleError, match="lmra_no"):
        walk(visit, lmra("no"), f.VisitStarted(at=NOW), progress=there)
    half = f.LmraAnswered(at=NOW, version=1, answers={"cupboard_safe": "yes"}, by="T1")
    with pytest.raises(MissingEvidence, match="lmra:"):
        walk(visit, half, f.VisitStarted(at=NOW), progress=there)
    paused = walk(visit, *STARTED, f.VisitPaused(at=NOW))
    with pytest.raises(MissingEvidence):
        advance(visit, paused, f.VisitStarted(at=NOW))
    again = walk(visit, lmra(), f.VisitStarted(at=NOW), progress=paused)
    assert again.state is VisitState.STARTED


def test_ways_out_count_only_where_the_definition_names_them() -> None:
    visit = make_visit(WorkKind.PLACEMENT)
    progress = walk(visit, *STARTED)
    step = next(s for s in steps_of(visit, Progress()) if s.code == "confirm")
    refused = f.WaivedRequirement(
        at=NOW, step="confirm", requirement="signature", way_out="refused", reason="no pen"
    )
    invented = f.WaivedRequirement(
        at=NOW, step="confirm", requirement="confirm:leaflet", way_out="refused", reason="-"
    )
    progress = walk(visit, refused, invented, progress=progress)
    assert missing_in(visit, progress, step) == ("confirm:leaflet",)


def test_a_hand_reading_needs_a_photo() -> None:
    visit = make_visit(WorkKind.PLACEMENT)
    progress = walk(visit, *STARTED)
    by_hand = reading("final", OLD, "1-0:1.8.1", channel=f.Channel.DISPLAY)
    with pytest.raises(MissingEvidence):
        advance(visit, progress, by_hand)
    with_photo = reading("final", OLD, "1-0:1.8.1", channel=f.Channel.DISPLAY, photo="0" * 64)
    assert advance(visit, progress, with_photo).of(f.ReadingTaken) == (with_photo,)


def test_a_reading_of_another_meter_is_refused() -> None:
    visit = make_visit(WorkKind.PLACEMENT)
    with pytest.raises(RuleError, match="other_meter"):
        walk(visit, *STARTED, reading("final", "E0044000000000000", "1-0:1.8.1"))


@pytest.mark.parametrize("reason", NotDoneReason)
def test_not_done_from_the_door(reason: NotDoneReason) -> None:
    visit = make_visit(WorkKind.FAULT)
    there = walk(visit, *STARTED[:3])
    ended = f.VisitNotDone(at=NOW, reason=reason, photo="0" * 64)
    assert advance(visit, there, ended).state is VisitState.NOT_DONE


def test_nobody_home_asks_for_a_photo() -> None:
    visit = make_visit(WorkKind.FAULT)
    there = walk(visit, *STARTED[:3])
    with pytest.raises(MissingEvidence):
        advance(visit, there, f.VisitNotDone(at=NOW, reason=NotDoneReason.NOBODY_HOME))


def test_final_is_final_but_can_be_corrected() -> None:
    visit = make_visit(WorkKind.FAULT)
    ended = f.VisitNotDone(at=NOW, reason=NotDoneReason.OTHER, text="dog")
    progress = walk(visit, *STARTED, ended)
    with pytest.raises(IllegalTransition):
        advance(visit, progress, f.VisitStarted(at=NOW))
    with pytest.raises(IllegalTransition):
        advance(visit, progress, tick("leaflet"))
    corrected = f.VisitCorrected(
        at=NOW, field="reason", old="other", new="unsafe", reason="x", by="T1"
    )
    assert advance(visit, progress, corrected).state is VisitState.NOT_DONE


def test_work_before_the_start_is_refused() -> None:
    visit = make_visit(WorkKind.FAULT)
    with pytest.raises(IllegalTransition):
        advance(visit, Progress(), tick("leaflet"))


def test_digital_placement_has_no_set_up() -> None:
    digital = make_visit(WorkKind.PLACEMENT, meter_kind=MeterKind.DIGITAL)
    assert "set_up" not in {step.code for step in steps_of(digital, Progress())}
    assert "mount_gas" not in {step.code for step in steps_of(digital, Progress())}


def test_an_unknown_step_is_refused() -> None:
    visit = make_visit(WorkKind.FAULT)
    with pytest.raises(FieldAppError, match="no_such_step"):
        walk(visit, *STARTED, f.StepDone(at=NOW, step="dance"))


def test_a_choice_is_one_fact() -> None:
    visit = make_visit(WorkKind.READING_PREFERENCE)
    chosen = f.ChoiceRecorded(
        at=NOW,
        choice=Choice(
            preference=Preference.OFF, by=Requester.HOLDER, verified="at_door", made_at=NOW
        ),
    )
    assert not missing_in(visit, walk(visit, *STARTED, chosen), steps_of(visit, Progress())[1])
