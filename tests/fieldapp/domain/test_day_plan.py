from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.domain.day_plan import (
    Fit,
    Stop,
    best_place,
    judge,
    legs,
    travel_time,
    work_time,
)
from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import WorkKind

EIGHT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes: int) -> datetime:
    return EIGHT + minutes * MINUTE


def stop(name: str, start: int, end: int, **other: object) -> Stop:
    made = Stop(
        name,
        f"V-{name}",
        WorkKind.FAULT,
        "E",
        VisitState.PLANNED,
        (at(start), at(end)),
        postcode="2671ZA",
        place="Naaldwijk",
    )
    return replace(made, **other)  # type: ignore[arg-type]  # fields by name


def test_work_and_ways_take_their_usual_time() -> None:
    assert work_time(WorkKind.PLACEMENT, "E+G") == 75 * MINUTE
    assert work_time(WorkKind.READING_PREFERENCE, "G") == 15 * MINUTE
    assert work_time(WorkKind.REMOVAL, "E") == 45 * MINUTE
    here = stop("a", 0, 60)
    assert travel_time(here, stop("b", 0, 60)) == 4 * MINUTE
    assert travel_time(here, stop("b", 0, 60, postcode="2672AB")) == 7 * MINUTE
    far = stop("b", 0, 60, postcode="2681AB", place="Monster")
    assert travel_time(here, far) == 14 * MINUTE
    assert travel_time(replace(here, postcode="", place=""), far) == 14 * MINUTE


def test_one_visit_pushes_the_next() -> None:
    one, two = legs([stop("a", 0, 60), stop("b", 0, 120)])
    assert (one.start, one.end, one.late) == (at(0), at(45), timedelta())
    assert (two.travel, two.start, two.late) == (4 * MINUTE, at(49), timedelta())
    (late,) = legs([stop("a", 0, 60)], heard_at=at(73))
    assert (late.start, late.minutes_late) == (at(73), 13)


def test_what_the_site_told_goes_before_what_was_expected() -> None:
    done = stop("a", 0, 60, arrived_at=at(10), ended_at=at(20), state=VisitState.DONE)
    busy = stop("b", 0, 60, arrived_at=at(30), state=VisitState.STARTED)
    not_reached = stop("c", 0, 60, ended_at=at(50), state=VisitState.NOT_DONE)
    first, second, third = legs([done, busy, not_reached], heard_at=at(100))
    assert (first.start, first.end) == (at(10), at(20))
    assert (second.start, second.end) == (at(30), at(100))
    assert (third.start, third.end) == (at(5), at(50))


def test_a_verdict_names_its_reason() -> None:
    route = [stop("a", 0, 60), stop("c", 120, 180)]
    fits = judge(route, [route[0], stop("b", 60, 120), route[1]], "b")
    assert (fits.fit, fits.reason) == (Fit.FITS, "fits")
    late = judge(route, [*route, stop("b", 60, 120)], "b")
    assert (late.fit, late.reason, late.minutes) == (Fit.IMPOSSIBLE, "late", 49)
    others = judge(route, [stop("b", 60, 120), *route], "b")
    assert (others.fit, others.reason, others.number) == (Fit.IMPOSSIBLE, "others_late", "V-a")
    over = judge(route, [route[0], stop("b", 60, 90), route[1]], "b")
    assert (over.fit, over.reason, over.minutes) == (Fit.TIGHT, "overruns", 15)
    brief = stop("b", 0, 70, kind=WorkKind.READING_PREFERENCE)
    close = judge([], [brief], "b", heard_at=at(64))
    assert (close.fit, close.reason, close.minutes) == (Fit.TIGHT, "overruns", 9)
    wide = replace(brief, kind=WorkKind.FAULT, ended_at=at(69))
    assert judge([], [replace(wide, arrived_at=at(64))], "b").reason == "close"


def test_it_goes_where_it_harms_least_and_never_before_what_is_done() -> None:
    route = [stop("a", 0, 60), stop("c", 120, 180)]
    index, verdict = best_place(route, stop("b", 60, 120))
    assert (index, verdict.fit) == (1, Fit.FITS)
    done = stop("a", 120, 180, arrived_at=at(120), ended_at=at(165), state=VisitState.DONE)
    index, verdict = best_place([done], stop("b", 0, 60))
    assert (index, verdict.reason) == (1, "late")


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.integers(15, 240), st.sampled_from(WorkKind)),
        min_size=1,
        max_size=8,
    ),
    st.none() | st.integers(0, 600),
)
def test_nobody_is_in_two_places(
    days: list[tuple[int, int, WorkKind]], heard: int | None
) -> None:
    route = [
        stop(str(n), start, start + long, kind=kind)
        for n, (start, long, kind) in enumerate(days)
    ]
    found = legs(route, at(heard) if heard is not None else None)
    for one, two in itertools.pairwise(found):
        assert two.start >= one.end + two.travel
    assert all(leg.start >= leg.stop.window[0] for leg in found)
    index, verdict = best_place(route, stop("new", 100, 160))
    assert 0 <= index <= len(route)
    assert verdict.extra_travel >= timedelta()
