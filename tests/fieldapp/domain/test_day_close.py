"""A closed day on both sides, and what is not the same on them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from fieldapp.domain.day_close import (
    DayClosed,
    DayReceipt,
    DayVisit,
    Difference,
    differences,
    is_day,
    subject,
)
from fieldapp.domain.status import VisitState

AT, DAY = datetime(2026, 3, 2, 16, tzinfo=UTC), date(2026, 3, 2)
MOVES = {"placed": 1, "removed": 1, "parts": 2}
VISITS = (
    DayVisit(id="v1", state=VisitState.DONE, files=3),
    DayVisit(id="v2", state=VisitState.NOT_DONE),
)
CLOSED = DayClosed(
    at=AT,
    day=DAY,
    visits=VISITS,
    operations=40,
    moves=MOVES,
    expected={"E": 3, "G": 1, "seal": 20},
    counted={"E": 3, "G": 0, "seal": 22},
)


def receipt(**changed: Any) -> DayReceipt:
    same = DayReceipt(
        day=DAY, closing="op", made_at=AT, visits=VISITS, operations=40, moves=MOVES
    )
    return msgspec.structs.replace(same, **changed)


def test_a_day_is_told_apart_from_a_visit() -> None:
    assert subject(DAY) == "day-2026-03-02"
    assert is_day(subject(DAY))
    assert not is_day("0195f0a0-0000-7000-8000-000000000000")


def test_the_same_on_both_sides() -> None:
    assert differences(CLOSED, receipt()) == ()
    more = msgspec.structs.replace(VISITS[0], files=4)
    assert differences(CLOSED, receipt(visits=(more, VISITS[1]))) == (), "added since"
    assert differences(CLOSED, receipt(moves=None)) == (), "no stock is kept"


def test_what_differs_is_said_with_both_numbers() -> None:
    fewer = DayVisit(id="v1", state=VisitState.STARTED, files=2)
    found = differences(CLOSED, receipt(visits=(fewer,), operations=39, moves={"placed": 0}))
    assert found == (
        Difference("operations", "", "40", "39"),
        Difference("state", "v1", "done", "started"),
        Difference("files", "v1", "3", "2"),
        Difference("state", "v2", "not_done", ""),
        Difference("moves", "placed", "1", "0"),
        Difference("moves", "removed", "1", "0"),
        Difference("moves", "parts", "2", "0"),
    )


def test_what_the_van_is_short_of() -> None:
    assert CLOSED.short == {"G": -1, "seal": 2}
    assert msgspec.structs.replace(CLOSED, counted={}).short == {}
