from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from sync.client.backoff import FIRST_S, LONGEST_S, Backoff
from sync.errors import Offline, TryLater


class Dice:
    """A clock that stands still, with chosen chances."""

    def __init__(self, chance: int = 0) -> None:
        self.elapsed_s = 0.0
        self.chance = chance

    def now(self) -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC)

    def monotonic_s(self) -> float:
        return self.elapsed_s

    def new_id(self) -> str:
        return "id"

    def random_bytes(self, size: int) -> bytes:
        return bytes([self.chance]) * size


@given(st.integers(0, 255), st.integers(1, 60))
def test_pauses_double_up_to_a_cap_with_jitter(chance: int, tries: int) -> None:
    backoff = Backoff(Dice(chance), 1e9)
    for n in range(tries):
        whole = min(LONGEST_S, FIRST_S * 2**n)
        pause_s = backoff.pause_s(Offline())
        assert pause_s is not None
        assert whole / 2 <= pause_s < whole


@given(st.floats(0, 3600))
def test_the_office_is_never_asked_earlier_than_it_said(wait_s: float) -> None:
    pause_s = Backoff(Dice(), 1e9).pause_s(TryLater(wait_s))
    assert pause_s is not None
    assert pause_s >= wait_s


def test_patience_counts_from_the_last_progress() -> None:
    clock = Dice()
    backoff = Backoff(clock, 10)
    clock.elapsed_s = 9.875
    assert backoff.pause_s(Offline()) is None
    backoff.progressed()
    assert backoff.pause_s(Offline()) == FIRST_S / 2
    assert backoff.left_s() == 10


def test_without_patience_there_is_no_second_try() -> None:
    backoff = Backoff(Dice(), 0)
    assert not backoff.is_patient
    assert backoff.pause_s(Offline()) is None
