"""Whatever comes from the site has words in both languages, for the planner too."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from fieldapp.domain import pending
from fieldapp.domain.flow import Need
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.work_order import WorkKind
from sync.server import effects
from sync.server.dayfile import newest_flow
from ui.messages import LANGUAGES
from ui.presenters.planning_left import Check, FollowUp
from ui.views import planning_left_words
from ui.views.language import Words

AT = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
ASKED = {
    need.about
    for kind in WorkKind
    for step in newest_flow(kind).steps
    for need in step.needs
    if need.need is Need.FOLLOW_UP
}
"""The reasons that a step of any kind of work can ask a follow-up for."""

REASONS = (
    *NotDoneReason,
    *pending.CODES,
    effects.DANGER,
    effects.REPORT_TO_RDI,
    *sorted(ASKED),
)


def test_the_steps_ask_for_what_the_list_below_walks() -> None:
    assert "gas_leak_inside" in ASKED
    assert {"gas_value", "mbus_key", "first_contact", "preference", "coupling"} == set(
        pending.CODES
    )


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_words(lang: str, reason: str) -> None:
    words = Words(lang, strict=True)
    said = planning_left_words.reason(words, reason)
    assert said
    assert said != reason or (lang, reason) in {("en", "other"), ("en", "unsafe")}
    row = FollowUp("f", "id", "V-1", WorkKind.FAULT, reason, AT)
    assert said in planning_left_words.title(words, row)
    assert "V-1" in planning_left_words.second_line(words, row)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("what", pending.CODES)
def test_every_check_has_words(lang: str, what: str) -> None:
    words = Words(lang, strict=True)
    made = pending.check_of(what, date(2026, 11, 23))
    row = Check("op", what, "id", "V-1", made.by, made.until, 3)
    assert planning_left_words.title(words, row) != what
    second = planning_left_words.second_line(words, row)
    assert made.by not in second
    assert words.day(made.until) in second


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_kind_of_work_and_who_proves_it_has_words(lang: str) -> None:
    words = Words(lang, strict=True)
    for kind in WorkKind:
        assert planning_left_words.work(words, kind) not in {"", kind.value}
    for by in (pending.HEAD_END, "technician"):
        assert words(f"follow.by.{by}") != by


def test_a_code_that_nobody_knows_is_shown_as_it_came() -> None:
    words = Words("nl", strict=True)
    assert planning_left_words.reason(words, "new_meter") == "new_meter"
    row = Check("op", "odd", "id", "V-1", "odd_one", date(2026, 11, 26), 3)
    assert planning_left_words.title(words, row) == "odd"
    assert "odd_one" in planning_left_words.second_line(words, row)


@pytest.mark.parametrize(
    ("days", "said", "tone"),
    [
        (14, "nog 14 dagen", "neutral"),
        (2, "nog 2 dagen", "neutral"),
        (1, "nog 1 dag", "attention"),
        (0, "laatste dag", "attention"),
        (-1, "verlopen", "blocking"),
    ],
)
def test_the_days_that_are_left_press_more_as_they_go(days: int, said: str, tone: str) -> None:
    row = Check("op", "gas_value", "id", "V-1", "head_end", date(2026, 11, 26), days, days < 0)
    assert planning_left_words.pill(Words("nl", strict=True), row)[:2] == (said, tone)


@pytest.mark.parametrize(
    ("reason", "said"),
    [("danger", "gevaar"), ("coupling", "niet op tijd bewezen"), ("no_access", "")],
)
def test_what_presses_of_work_that_follows(reason: str, said: str) -> None:
    row = FollowUp("f", "id", "V-1", WorkKind.FAULT, reason, AT)
    assert planning_left_words.pill(Words("nl", strict=True), row)[0] == said
