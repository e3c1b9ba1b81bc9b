from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.errors import StoreCorrupt, StoreFull
from sync.client.report import SyncReport
from sync.client.rhythm import Pace, Rhythm
from sync.errors import (
    BadWire,
    Offline,
    OutOfStep,
    Refused,
    TryLater,
    Unauthorized,
    VisitTooNew,
)

GONE_BY_ITSELF = [Offline(), BadWire(), TryLater(7.0)]
FOR_A_PERSON = [Unauthorized(), Refused("x"), OutOfStep(), StoreFull("x"), StoreCorrupt("x")]


class Watch:
    """A clock that goes when told, without luck."""

    def __init__(self) -> None:
        self.elapsed_s = 100.0

    def now(self) -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC)

    def monotonic_s(self) -> float:
        return self.elapsed_s

    def new_id(self) -> str:
        return "id"

    def random_bytes(self, size: int) -> bytes:
        return bytes(size)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def rhythm(watch: Watch) -> Rhythm:
    made = Rhythm(watch)
    made.ended(SyncReport())
    return made


def test_the_first_sync_is_at_once(watch: Watch) -> None:
    assert Rhythm(watch).due_in_s() == 0


def test_without_edits_the_office_is_asked_within_half_a_minute(rhythm: Rhythm) -> None:
    assert 0 < rhythm.due_in_s() <= 25


def test_an_edit_goes_when_it_has_been_quiet(rhythm: Rhythm, watch: Watch) -> None:
    rhythm.edited(urgent=False)
    assert rhythm.due_in_s() == 5
    watch.elapsed_s += 4
    rhythm.edited(urgent=False)
    assert rhythm.due_in_s() == 5


def test_a_busy_technician_is_heard_too(watch: Watch) -> None:
    rhythm = Rhythm(watch, Pace(asking_s=1000))
    rhythm.ended(SyncReport())
    start_s = watch.elapsed_s
    while rhythm.due_in_s() > 0:
        rhythm.edited(urgent=False)
        watch.elapsed_s += 1
    assert watch.elapsed_s - start_s == 30


def test_an_urgent_edit_goes_at_once(rhythm: Rhythm) -> None:
    rhythm.edited(urgent=True)
    assert rhythm.due_in_s() == 0


@pytest.mark.parametrize("error", GONE_BY_ITSELF, ids=lambda e: type(e).__name__)
def test_after_failures_the_pauses_grow_and_an_edit_does_not_shorten_them(
    rhythm: Rhythm, error: Offline
) -> None:
    pauses = []
    for _ in range(9):
        rhythm.ended(SyncReport(error=error))
        rhythm.edited(urgent=True)
        pauses.append(rhythm.due_in_s())
    asked_s = 7.0 if isinstance(error, TryLater) else 0.0
    assert pauses[:3] == [asked_s + 0.5, asked_s + 1, asked_s + 2]
    assert pauses[-1] == asked_s + 15
    rhythm.ended(SyncReport())
    rhythm.edited(urgent=True)
    assert rhythm.due_in_s() == 0


@pytest.mark.parametrize("error", FOR_A_PERSON, ids=lambda e: type(e).__name__)
def test_what_a_person_has_to_mend_is_tried_rarely_but_tried(
    rhythm: Rhythm, error: Offline
) -> None:
    rhythm.ended(SyncReport(error=error))
    assert rhythm.due_in_s() == 300
    rhythm.demanded()
    assert rhythm.due_in_s() == 0


def test_a_run_that_fails_while_the_network_comes_back_is_done_again_once(
    rhythm: Rhythm,
) -> None:
    for _ in range(9):
        rhythm.ended(SyncReport(error=Offline()))
    rhythm.demanded()
    rhythm.begun()
    rhythm.demanded()
    rhythm.ended(SyncReport(error=Offline()))
    assert rhythm.due_in_s() == 0
    rhythm.begun()
    rhythm.ended(SyncReport(error=Offline()))
    assert rhythm.due_in_s() == 15
    rhythm.begun()
    rhythm.demanded()
    rhythm.ended(SyncReport(error=TryLater(7.0)))
    assert rhythm.due_in_s() == 22


def test_what_a_person_stopped_stays_so_for_a_while(rhythm: Rhythm) -> None:
    rhythm.ended(SyncReport(error=Offline("stopped"), stopped=True))
    rhythm.edited(urgent=True)
    rhythm.announced()
    assert rhythm.due_in_s() == 300
    rhythm.demanded()
    assert rhythm.due_in_s() == 0


def test_a_visit_that_can_not_be_read_slows_nothing_else_down(rhythm: Rhythm) -> None:
    rhythm.ended(SyncReport(error=VisitTooNew("x")))
    assert rhythm.due_in_s() <= 25
    rhythm.edited(urgent=True)
    assert rhythm.due_in_s() == 0


def test_what_the_office_has_comes_within_half_a_minute(
    rhythm: Rhythm, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    rhythm.heard(heard=True)
    rhythm.ended(SyncReport())
    assert rhythm.due_in_s() >= 150
    monkeypatch.setattr(watch, "random_bytes", lambda size: b"\xff" * size)
    rhythm.announced()
    assert 14 < rhythm.due_in_s() < 15
    monkeypatch.undo()
    rhythm.announced()
    assert rhythm.due_in_s() == 0


def test_an_office_that_is_not_heard_any_more_is_asked_again(rhythm: Rhythm) -> None:
    rhythm.heard(heard=True)
    rhythm.ended(SyncReport())
    rhythm.heard(heard=False)
    assert 0 < rhythm.due_in_s() <= 25


def test_an_office_that_is_heard_again_is_asked_at_once_unless_it_said_when(
    rhythm: Rhythm,
) -> None:
    for error, due in ((Offline(), True), (TryLater(7.0), False)):
        rhythm.heard(heard=False)
        rhythm.ended(SyncReport(error=error))
        rhythm.announced()
        assert rhythm.due_in_s() > 0
        rhythm.heard(heard=True)
        assert (rhythm.due_in_s() == 0) is due


@given(st.lists(st.sampled_from(["edit", "urgent", "ok", "fail", "stuck", "pass"])))
def test_a_next_sync_is_always_due_some_day(steps: list[str]) -> None:
    watch = Watch()
    rhythm = Rhythm(watch)
    errors = {"fail": Offline(), "stuck": OutOfStep()}
    for step in steps:
        if step == "pass":
            watch.elapsed_s += 3
        elif step in {"edit", "urgent"}:
            rhythm.edited(urgent=step == "urgent")
        else:
            rhythm.ended(SyncReport(error=errors.get(step)))
        assert 0 <= rhythm.due_in_s() <= 300
