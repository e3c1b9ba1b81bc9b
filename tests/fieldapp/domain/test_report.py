from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.domain import facts as f
from fieldapp.domain.pending import check_of
from fieldapp.domain.preference import Choice, Preference, Requester
from fieldapp.domain.progress import Progress, replay
from fieldapp.domain.report import Report, Setting, report_of
from fieldapp.domain.report_deeds import Agreement
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.work_order import MeterKind, Origin, Visit, WorkKind
from tests.fieldapp.domain.told import KINDS, finding, with_facts, worked
from tests.fieldapp.domain.working import CHOICE, EANS, NEW, NOW, OLD, make_visit, started

LATER = NOW + timedelta(minutes=5)
SECRET = "geheim-xyzzy"


def codes(report: Report) -> list[str]:
    return [deed.code for deed in report.deeds]


def agreed(visit: Visit, progress: Progress, *more: f.AnyFact) -> tuple[Agreement, ...]:
    return report_of(visit, with_facts(progress, *more)).agreed


def test_a_placement_tells_meters_readings_choice_and_signature() -> None:
    visit, progress = worked(WorkKind.PLACEMENT, "E+G")
    report = report_of(visit, progress)
    told = {(deed.code, deed.number, deed.carrier) for deed in report.deeds}
    assert {
        ("removed", OLD["E"], "E"),
        ("placed_smart", NEW["E"], "E"),
        ("removed", OLD["G"], "G"),
        ("placed", NEW["G"], "G"),
    } <= told
    assert "gas_tight.tight" in codes(report)
    assert {(r.moment, r.carrier, r.meter) for r in report.readings} == {
        ("final", "E", OLD["E"]),
        ("final", "G", OLD["G"]),
        ("start", "E", NEW["E"]),
        ("start", "G", NEW["G"]),
    }
    assert report.choice == CHOICE
    assert report.setting == Setting(Preference.OFF, 1, NOW)
    assert report.agreed == (Agreement("own_readings"),)
    assert {photo.slot for photo in report.photos} == {
        "old_meter",
        "old_gas_meter",
        "new_meter",
        "new_gas_meter",
    }
    assert report.signature is not None
    assert (report.arrived, report.ended, report.complaint) == (NOW, NOW, "")


@pytest.mark.parametrize(("kind", "variant"), KINDS)
def test_each_kind_tells_what_was_done_and_read(kind: WorkKind, variant: str) -> None:
    report = report_of(*worked(kind, variant))
    assert report.deeds
    assert report.read
    assert "front" not in report.read
    assert report.state == "done"


def test_a_fault_tells_the_customers_words_and_what_was_found() -> None:
    visit, progress = worked(WorkKind.FAULT)
    progress = with_facts(
        progress, finding("phase_missing"), finding("phase_missing"), finding("fraud_cover")
    )
    report = report_of(visit, progress)
    assert report.complaint == "Het display knippert"
    assert report.found == ("phase_missing",)
    assert "action.repaired" in codes(report)
    assert report.choice is None


def test_the_last_of_each_reading_photo_and_deed_counts() -> None:
    visit, progress = worked(WorkKind.PLACEMENT)
    first = progress.of(f.ReadingTaken)[0]
    again = msgspec.structs.replace(first, digits="001299", origin=Origin.CUSTOMER, at=LATER)
    photo = f.EvidenceAdded(
        at=LATER, slot="old_meter", sha256="1" * 64, size=1, media_type="image/jpeg"
    )
    clock = f.ClockSet(at=LATER, meter="", before_s=Decimal(1), after_s=Decimal(0))
    report = report_of(visit, with_facts(progress, again, photo, clock))
    same = [r for r in report.readings if (r.meter, r.obis) == (first.meter, first.obis)]
    assert [(r.digits, r.origin) for r in same if r.moment == first.moment] == [
        ("001299", Origin.CUSTOMER)
    ]
    assert [p.sha256 for p in report.photos if p.slot == "old_meter"] == ["1" * 64]
    assert [d.at for d in report.deeds if d.code == "clock_set"] == [LATER]


def test_a_register_is_told_with_its_tariff() -> None:
    visit, progress = worked(WorkKind.REMOVAL)
    connection = visit.connections[0]
    assert connection.meter is not None
    low = tuple(
        msgspec.structs.replace(r, tariff="low" if r.obis.endswith("1") else "normal")
        for r in connection.meter.registers
    )
    meter = msgspec.structs.replace(connection.meter, registers=low)
    visit = msgspec.structs.replace(
        visit, connections=(msgspec.structs.replace(connection, meter=meter),)
    )
    told = {r.obis: r.tariff for r in report_of(visit, progress).readings}
    assert told["1-0:1.8.1"] == "low"
    assert told["1-0:1.8.2"] == "normal"


def test_what_can_not_be_set_here_is_never_told_as_done() -> None:
    visit, progress = worked(WorkKind.READING_PREFERENCE)
    left = f.PreferenceDeferred(at=LATER, requested=Preference.OFF, reason="port_locked")
    assert report_of(visit, with_facts(progress, left)).setting == Setting(
        Preference.OFF, None, LATER
    )
    bare = started(make_visit(WorkKind.READING_PREFERENCE))
    assert report_of(visit, bare).setting is None


def test_a_choice_made_elsewhere_is_told_only_where_the_work_is_about_it() -> None:
    known = Choice(
        preference=Preference.ON, by=Requester.HOLDER, verified="contact_code", made_at=NOW
    )
    for kind, told in ((WorkKind.PLACEMENT, known), (WorkKind.REMOVAL, None)):
        visit = msgspec.structs.replace(make_visit(kind), choices=(known,))
        assert report_of(visit, started(visit)).choice == told


def test_what_was_agreed_is_told_once_and_without_notes() -> None:
    visit, progress = worked(WorkKind.REMOVAL, "E+G")
    facts = (
        f.ItemConfirmed(at=NOW, item="gas_left_off"),
        f.ItemConfirmed(at=NOW, item="installer_advised"),
        f.ItemConfirmed(at=NOW, item="installer_advised"),
        f.QuestionAnswered(at=NOW, item="appliances", answer="customer_told", note=SECRET),
        f.FollowUpAsked(at=NOW, work=WorkKind.FAULT, reason="gas_leak_inside", note=SECRET),
        f.RefusalRecorded(
            at=NOW,
            offered=MeterKind.SMART,
            accepted_instead=MeterKind.DIGITAL,
            note=SECRET,
        ),
        f.RefusalRecorded(at=NOW, offered=MeterKind.DIGITAL),
        f.ComplaintRecorded(at=NOW, text=SECRET),
        f.WaivedRequirement(
            at=NOW, requirement="readings:final.E", way_out="unreadable", reason=SECRET
        ),
    )
    assert agreed(visit, progress, *facts) == (
        Agreement("gas_left_off"),
        Agreement("installer_advised"),
        Agreement("relight"),
        Agreement("follow_up", "fault"),
        Agreement("refused", "smart"),
        Agreement("instead", "digital"),
        Agreement("refused", "digital"),
        Agreement("complaint"),
        Agreement("estimated", "final.E"),
    )


@pytest.mark.parametrize("meter_kind", [MeterKind.SMART, MeterKind.DIGITAL])
def test_who_is_not_read_remotely_sends_readings(meter_kind: MeterKind) -> None:
    visit = make_visit(WorkKind.PLACEMENT, meter_kind=meter_kind)
    own = Agreement("own_readings") in agreed(visit, started(visit))
    assert own is (meter_kind is MeterKind.DIGITAL)
    told = f.ItemConfirmed(at=NOW, item="own_readings_told")
    assert Agreement("own_readings") in agreed(visit, started(visit), told)


def test_why_nobody_signed_is_told() -> None:
    visit, progress = worked(WorkKind.FAULT)
    facts = tuple(
        x
        for x in progress.facts
        if not (isinstance(x, f.EvidenceAdded) and x.slot == "signature")
    )
    report = report_of(visit, replay(facts))
    assert (report.signature, report.unsigned) == (None, "")
    way = f.WaivedRequirement(at=NOW, requirement="signature", way_out="refused", reason=SECRET)
    assert report_of(visit, replay((*facts, way))).unsigned == "refused"


def test_a_visit_without_work_tells_why_and_no_more() -> None:
    visit = make_visit(WorkKind.FAULT)
    left = f.VisitNotDone(at=LATER, reason=NotDoneReason.NO_ACCESS, text=SECRET)
    report = report_of(visit, with_facts(started(visit), left))
    assert (report.not_done, report.ended) == (NotDoneReason.NO_ACCESS, LATER)
    assert SECRET not in str(report)


def test_checks_and_corrections_are_told() -> None:
    visit, progress = worked(WorkKind.PLACEMENT)
    check = check_of("first_contact", date(2026, 11, 24))
    shown, hidden = (
        f.VisitCorrected(at=LATER, field=field, old="1", new="2", reason="overgetypt", by="T1")
        for field in ("reading.1-0:1.8.1", "finding.fraud_cover")
    )
    closed = f.VisitClosed(at=LATER, pending=(check,))
    report = report_of(visit, with_facts(progress, closed, shown, hidden))
    assert report.checks == (check,)
    assert report.corrections == (shown,)


def test_what_was_read_from_its_front_only_is_told_so() -> None:
    visit = make_visit(WorkKind.FAULT)
    seen = f.MeterContacted(
        at=NOW,
        channel=f.Channel.NAMEPLATE,
        purpose="fault",
        expected=OLD["E"],
        found=OLD["E"],
    )
    assert report_of(visit, with_facts(started(visit), seen)).read == ("front",)
    checked = f.TelegramChecked(at=NOW, meter="", version="50", checksum="ok")
    assert "telegram" in report_of(visit, with_facts(started(visit), checked)).read


def hidden_facts() -> st.SearchStrategy[f.AnyFact]:
    """Facts that hold something the customer must never see."""
    slots = st.sampled_from(["cupboard", "access", "waived_signature", "other_meter", "report"])
    rules = st.sampled_from(["fraud_cover", "tamper_magnet", "fraud"])
    verdicts = st.sampled_from(["found", "ruled_out", "not_examined"])
    fields = st.sampled_from(["finding.fraud", "access_note", "note", "safety_note"])
    return st.one_of(
        st.builds(finding, rules.map(lambda rule: rule + SECRET), verdicts, st.just(SECRET)),
        st.builds(lambda rule: finding(rule, "ruled_out", SECRET), rules),
        slots.map(
            lambda slot: f.EvidenceAdded(
                at=NOW, slot=slot, sha256=SECRET, size=1, media_type="image/jpeg"
            )
        ),
        fields.map(
            lambda field: f.VisitCorrected(
                at=NOW, field=field, old=SECRET, new=SECRET, reason=SECRET, by="T1"
            )
        ),
        st.sampled_from(
            [
                f.ActionTaken(at=NOW, action="repaired", note=SECRET),
                f.QuestionAnswered(at=NOW, item="own_source", answer="none", note=SECRET),
                f.VisitPaused(at=NOW, reason=SECRET),
                f.DangerReported(at=NOW, danger=SECRET),
                f.ComplaintRecorded(at=NOW, text=SECRET),
                f.OtherMeterFound(at=NOW, expected="", found=SECRET, reason=SECRET),
                f.PreferenceDeferred(at=NOW, requested=Preference.ON, reason=SECRET),
                f.SealRecorded(at=NOW, position="x", number=SECRET, action="broken"),
                f.LocationWritten(at=NOW, meter="", before="", after=SECRET),
                f.StateRetrieved(
                    at=NOW,
                    moment="after",
                    channel=f.Channel.P0,
                    meter=OLD["E"],
                    state={"logs": {"fraud": [SECRET]}},
                ),
                f.WaivedRequirement(
                    at=NOW, requirement="identity:E", way_out="other", reason=SECRET
                ),
            ]
        ),
    )


@given(
    st.sampled_from(KINDS),
    st.lists(hidden_facts(), min_size=1, max_size=8),
    st.integers(min_value=0, max_value=60),
)
def test_nothing_that_is_the_offices_own_ever_gets_in(
    kind: tuple[WorkKind, str], hidden: list[f.AnyFact], at: int
) -> None:
    visit, progress = _WORKED[kind]
    facts = (*progress.facts[:at], *hidden, *progress.facts[at:])
    told = str(report_of(visit, replay(facts)))
    assert SECRET not in told
    for note in (visit.access_note, visit.safety_note, *EANS.values()):
        assert note not in told


_WORKED = {
    (kind, variant): (
        msgspec.structs.replace(visit, access_note=SECRET, safety_note=f"{SECRET}-2"),
        progress,
    )
    for kind, variant in KINDS
    for visit, progress in [worked(kind, variant)]
}
