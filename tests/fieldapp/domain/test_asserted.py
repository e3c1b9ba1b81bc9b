"""Which fields a fact speaks of, and what a decision makes of a visit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from fieldapp.domain import asserted
from fieldapp.domain import facts as f
from fieldapp.domain.preference import Choice, Preference, Requester
from fieldapp.domain.work_order import Visit
from tests.westland import westland

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def visit() -> Visit:
    return next(one for one in westland(AT.date()) if one.variant == "E+G")


def test_what_a_fact_says_of_the_fields(visit: Visit) -> None:
    known = asserted.values(visit)
    meter, gas = known["meter.E"], known["meter.G"]
    other = f.OtherMeterFound(at=AT, expected=gas, found="G9", reason="read")
    seen = f.MeterContacted(
        at=AT, channel=f.Channel.P0, purpose="read", expected=meter, found=meter
    )
    written = f.LocationWritten(at=AT, meter=meter, before="", after="A1")
    choice = Choice(
        preference=Preference.OFF, by=Requester.HOLDER, verified="at_door", made_at=AT
    )
    mended = f.VisitCorrected(at=AT, field="access_note", old="", new="Bel", reason="x", by="T")
    assert asserted.asserted(known, other) == {"meter.G": "G9"}
    assert asserted.asserted(known, seen) == {"meter.E": meter}
    assert asserted.asserted(known, written) == {"location_code.E": "A1"}
    assert asserted.asserted(known, f.ChoiceRecorded(at=AT, choice=choice)) == {"choice": "off"}
    assert asserted.asserted(known, mended) == {"access_note": "Bel"}


def test_what_a_fact_does_not_say(visit: Visit) -> None:
    known = asserted.values(visit)
    silent = (
        f.OtherMeterFound(at=AT, expected="new one", found="X", reason="read"),
        f.LocationWritten(at=AT, meter="new one", before="", after="A1"),
        f.VisitCorrected(at=AT, field="seal", old="1", new="2", reason="x", by="T"),
        f.VisitStarted(at=AT),
        f.MeterPlaced(at=AT, ean="x", number="N", meter_kind=visit.meter_kind),
    )
    assert [asserted.asserted(known, fact) for fact in silent] == [{}] * len(silent)


@pytest.mark.parametrize(
    ("digits", "channel", "wider"),
    [
        ("1234567,8", f.Channel.DISPLAY, True),
        ("12345", f.Channel.DISPLAY, False),
        ("1234567.8", f.Channel.P1, False),
        ("zeven", f.Channel.DISPLAY, False),
    ],
)
def test_a_reading_with_more_digits_says_that_the_register_is_wider(
    visit: Visit, digits: str, channel: f.Channel, *, wider: bool
) -> None:
    known = asserted.values(visit)
    field = next(name for name in known if name.startswith("digits.E") and int(known[name]) < 7)
    taken = f.ReadingTaken(
        at=AT,
        moment="check",
        ean="x",
        meter=known["meter.E"],
        obis=field.split(".", 2)[2],
        digits=digits,
        value=Decimal(1),
        unit="kWh",
        settlement=Decimal(1),
        channel=channel,
    )
    assert asserted.asserted(known, taken) == ({field: "7"} if wider else {})


@pytest.mark.parametrize(
    ("before", "site", "office", "conflict"),
    [
        ("a", "b", "c", True),
        ("a", "b", "b", False),
        ("a", "b", "a", False),
        ("a", "a", "c", False),
        ("a", "a", "a", False),
        ("", "b", "c", True),
    ],
)
def test_only_two_different_changes_are_a_conflict(
    before: str, site: str, office: str, *, conflict: bool
) -> None:
    assert asserted.both_changed(before, site, office) is conflict


def test_every_field_takes_a_value_and_gives_it_back(visit: Visit) -> None:
    known = asserted.values(visit)
    for field, held in known.items():
        wanted = {"choice": "on", "digits": "9"}.get(field.partition(".")[0], "anders")
        if held == wanted:
            wanted = "off"
        changed = asserted.with_value(visit, field, wanted, AT)
        assert asserted.values(changed) == known | {field: wanted}
        back = asserted.with_value(changed, field, held, AT)
        assert asserted.values(back)[field] == held


def test_what_a_field_can_not_hold(visit: Visit) -> None:
    digits = next(name for name in asserted.values(visit) if name.startswith("digits."))
    for field, value in (
        ("choice", "maybe"),
        (digits, "0"),
        (digits, "veel"),
        ("meter.W", "1"),
        ("name", "x"),
    ):
        with pytest.raises(ValueError, match=r"."):
            asserted.with_value(visit, field, value, AT)


def test_a_decision_on_a_choice_is_the_latest_and_can_be_taken_back(visit: Visit) -> None:
    later = Choice(
        preference=Preference.ON,
        by=Requester.HOLDER,
        verified="at_door",
        made_at=AT + timedelta(days=1),
    )
    chosen = msgspec.structs.replace(visit, choices=(later,))
    decided = asserted.with_value(chosen, "choice", "off", AT)
    assert asserted.values(decided)["choice"] == "off"
    assert decided.choices[0] == later
    assert asserted.with_value(decided, "choice", "", AT) == chosen


def test_a_first_meter_and_none(visit: Visit) -> None:
    without = asserted.with_value(visit, "meter.E", "", AT)
    assert without.connection("E") is not None
    assert asserted.values(without)["meter.E"] == ""
    again = asserted.with_value(without, "meter.E", "E7", AT)
    assert asserted.values(again)["meter.E"] == "E7"
    gone = msgspec.structs.replace(
        visit,
        connections=tuple(msgspec.structs.replace(c, meter=None) for c in visit.connections),
    )
    assert not any(name.startswith("digits.") for name in asserted.values(gone))
