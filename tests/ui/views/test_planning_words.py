from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from fieldapp.domain.day_plan import Fit, Verdict
from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import WorkKind
from ui.presenters.planning_state import Block, ChangeRow, Lane
from ui.views import planning_words
from ui.views.language import Words
from ui.views.planning_publish import Preview

AT = datetime(2026, 11, 23, 8, 31, tzinfo=UTC)
BLOCK = Block(
    id="a",
    number="V-1",
    kind=WorkKind.FAULT,
    variant="E",
    state=VisitState.PLANNED,
    window=(AT, AT + timedelta(hours=1)),
    start=AT,
    end=AT + timedelta(minutes=45),
    published=True,
    on_laptop=True,
)
LANE = Lane(
    "T1", "Ans", (BLOCK, BLOCK), has_laptop=True, last_contact=AT, published=2, on_laptop=2
)
LATE = replace(BLOCK, late_min=9)


@pytest.mark.parametrize(
    ("lane", "said"),
    [
        (LANE, ("gezien 09:31", "")),
        (replace(LANE, last_contact=None), ("laptop nog niet gezien", "")),
        (replace(LANE, published=1, on_laptop=1), ("1 niet gepubliceerd", "accent")),
        (replace(LANE, on_laptop=1), ("1 nog niet op laptop", "attention")),
        (replace(LANE, on_laptop=1, changes=1), ("gezien 09:31", "")),
        (replace(LANE, blocks=(LATE,), published=1), ("1 te laat", "attention")),
        (replace(LANE, blocks=(LATE, LATE)), ("2 te laat", "attention")),
        (replace(LANE, has_laptop=False), ("geen laptop", "attention")),
        (replace(LANE, has_laptop=False, blocks=()), ("geen laptop", "")),
    ],
)
def test_a_technician_says_first_what_asks_for_attention(
    lane: Lane, said: tuple[str, str]
) -> None:
    assert planning_words.lane_line(Words("nl", strict=True), lane) == said


@pytest.mark.parametrize(
    ("block", "tone", "line"),
    [
        (BLOCK, "accent", "09:31"),
        (LATE, "attention", "+9 min"),
        (replace(BLOCK, state=VisitState.STARTED, late_min=9), "attention", "bezig"),
        (replace(BLOCK, state=VisitState.DONE, movable=False, late_min=9), "done", "klaar"),
        (
            replace(BLOCK, state=VisitState.NOT_DONE, movable=False),
            "neutral",
            "niet uitgevoerd",
        ),
    ],
)
def test_a_block_says_its_state_in_tone_and_words(block: Block, tone: str, line: str) -> None:
    words = Words("nl", strict=True)
    assert (planning_words.tone(block), planning_words.second_line(words, block)) == (
        tone,
        line,
    )


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize(
    "reason",
    [
        "fits",
        "close",
        "overruns",
        "under_way",
        "late",
        "others_late",
        "refused_before",
        "finished",
    ],
)
def test_every_verdict_has_words(lang: str, reason: str) -> None:
    words = Words(lang, strict=True)
    fit = Fit.FITS if reason == "fits" else Fit.IMPOSSIBLE
    said = planning_words.verdict(words, Verdict(fit, reason, timedelta(minutes=7), 12, "V-9"))
    assert said
    assert ("7 min" in said) == (reason == "fits")


def test_progress_and_an_unknown_place() -> None:
    words = Words("en", strict=True)
    assert planning_words.lane_progress(words, LANE) == "0/2 done"
    assert planning_words.lane_progress(words, replace(LANE, blocks=())) == "no visits"
    assert planning_words.where(words, BLOCK) == "address unknown"


def test_who_may_not_do_it_is_named_before_publishing(qt: QApplication) -> None:
    assert qt is not None
    shown = Preview(Words("nl", strict=True))
    row = ChangeRow("T1", "Ans", ("V-1", "V-2"), (), (), (), 2, undesignated=("V-2",))
    shown.ask((row, replace(row, undesignated=())), busy=False)
    said = [label.text() for label in shown.findChildren(QLabel)]
    (mind,) = (text for text in said if "geen aanwijzing" in text)
    assert "V-2" in mind
    shown.deleteLater()
