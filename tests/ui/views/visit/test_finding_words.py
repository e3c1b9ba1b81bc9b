from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

import resources
from fieldapp.domain.diagnosis import BY_HAND, RULES, Evidence, Origin, Severity
from fieldapp.domain.diagnosis.reasons import Advice, Why
from fieldapp.domain.facts import FindingRecorded
from hardware.p1.health import Code
from ui.presenters.visit_findings import FindingRow, rows_kept
from ui.views.finding_words import (
    because,
    evidence_line,
    rule_name,
    says,
    shown_value,
    to_do,
)
from ui.views.language import Words

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
_OF_METER = {Code.CLOCK_OFF, Code.CLOCK_UNSURE, Code.CLOCK_SET, Code.OLD_VALUE, Code.NO_VALUE}


def _file(lang: str) -> dict[str, Any]:
    return tomllib.loads(resources.read_text(f"words/{lang}/findings.toml"))


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_code_has_words_and_no_words_are_left_over(lang: str) -> None:
    held = _file(lang)
    assert set(held["say"]) == set(Why)
    assert set(held["because"]) <= set(Why)
    assert set(held["do"]) == set(Advice)
    assert set(held["rule"]) == {*RULES, *BY_HAND, "reading", "reading_doubt"}
    assert set(held["fault"]) == set(Code) - _OF_METER
    assert set(held["source"]) == set(Origin)


def test_both_languages_fill_in_the_same_values() -> None:
    dutch, english = _file("nl"), _file("en")
    for table in ("say", "because"):
        for code, text in dutch[table].items():
            places = set(re.findall(r"{(\w+)}", text))
            assert places == set(re.findall(r"{(\w+)}", english[table][code])), code


def _row(why: Why, **values: str) -> FindingRow:
    return FindingRow("phase_missing", "found", why, values, advice=Advice.CHECK_FUSES)


def test_a_finding_is_a_sentence_with_its_values(words: Words) -> None:
    row = _row(Why.PHASE_GONE_SINCE, phases="L2", volts="0.4", since=AT.isoformat())
    assert says(words, row) == "Fase L2 ontbreekt sinds di 24 nov 10:30: 0,4\u00a0V."
    assert because(words, row).startswith("onder 100 V")
    assert to_do(words, row).startswith("kijk naar de hoofdbeveiliging")
    words.switch("en")
    assert says(words, row) == "Phase L2 is missing since Tue 24 Nov 10:30: 0.4\u00a0V."


def test_a_value_that_is_not_there_or_not_known_breaks_nothing(words: Words) -> None:
    assert says(words, _row(Why.PHASE_GONE, phases="L2")) == "Fase L2 ontbreekt: \u2014."
    strange = FindingRow("new_rule", "found", "new_reason", advice="new_advice")
    assert says(words, strange) == "new_reason"
    assert (because(words, strange), to_do(words, strange)) == ("", "")
    assert rule_name(words, "new_rule") == "new_rule"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("deviation_s", "-95.0", "95\u00a0s achter"),
        ("uncertainty_s", "2.5", "2,5\u00a0s"),
        ("longest_s", "1260", "21 min"),
        ("age_min", "300", "5 uur"),
        ("names", "phase_outage_l2, mbus1_battery_low", "fase weg L2, M-Bus 1: batterij zwak"),
        ("faults", "damaged, new", "beschadigde telegrammen, new"),
        ("reason", "NobodyAnswers", "geen antwoord"),
        ("key", "key_set", "sleutel gezet"),
        ("wanted", "1", "uitlezing uit"),
        ("number", "E0044", "E0044"),
    ],
)
def test_values_as_people_read_them(name: str, value: str, shown: str, words: Words) -> None:
    assert shown_value(words, name, value) == shown


@pytest.mark.parametrize(
    "name", ["volts", "deviation_s", "longest_s", "age_min", "since", "count"]
)
def test_a_value_that_is_none_stays_as_it_is(name: str, words: Words) -> None:
    assert shown_value(words, name, "x") == "x"
    assert shown_value(words, name, "NaN") == "NaN"


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (
            Evidence("voltage_l2", "0.4", "V", Origin.P0, "1-0:52.7.0", AT),
            "spanning L2: 0,4\u00a0V · optisch 1-0:52.7.0 · di 24 nov 10:30",
        ),
        (
            Evidence("power_failure", "1260", "s", Origin.EVENT, "power_failure"),
            "onderbreking: 21 min · logboek power_failure",
        ),
        (
            Evidence("ram_error", "1", "", Origin.P0, "0-0:97.97.0"),
            "fout in het werkgeheugen · optisch 0-0:97.97.0",
        ),
        (Evidence("mbus1", "G0007", "", Origin.P1), "M-Bus 1: G0007 · P1"),
        (
            Evidence("administrative_status", "1", "", Origin.P0),
            "uitlezing op afstand: uitlezing uit · optisch",
        ),
        (
            Evidence("registration", "searching", "", Origin.P0),
            "aanmelding van de modem: zoekt een netwerk · optisch",
        ),
        (
            Evidence("optical_port", "", "", Origin.VISIT),
            "antwoord van de optische poort · bezoek",
        ),
    ],
)
def test_evidence_in_a_line(one: Evidence, line: str, words: Words) -> None:
    assert evidence_line(words, one) == line


def _fact(rule: str, verdict: str, **more: Any) -> FindingRecorded:
    return FindingRecorded(at=AT, rule=rule, verdict=verdict, why="x", **more)


def test_the_gravest_stands_first_and_a_person_before_the_rule() -> None:
    rows = rows_kept(
        [
            _fact("battery", "ruled_out", rules=1),
            _fact("fraud", "found", rules=1, severity=Severity.WARNING, confidential=True),
            _fact("neutral_fault", "found", rules=1, severity=Severity.CRITICAL),
            _fact("phase_order", "not_examined", rules=1),
            _fact("battery", "found"),
            _fact("fraud", "ruled_out"),
        ]
    )
    assert [(row.rule, row.verdict, row.by_hand) for row in rows] == [
        ("neutral_fault", "found", False),
        ("battery", "found", True),
        ("phase_order", "not_examined", False),
        ("fraud", "ruled_out", True),
    ]
    assert rows[3].confidential
    assert rows[1].ruled is not None
    assert rows[1].ruled.verdict == "ruled_out"


def test_exact_numbers_keep_their_digits(words: Words) -> None:
    assert str(Decimal("230.10")) in says(
        words, _row(Why.PHASE_GONE, phases="L1", volts="230.10")
    ).replace(",", ".")
