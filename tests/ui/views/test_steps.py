from __future__ import annotations

import json
from datetime import timedelta

import pytest
from PySide6.QtWidgets import QApplication

from tests.ui.views.conftest import settle
from ui.proof.memory import resident_mb
from ui.proof.stage import MONDAY
from ui.proof.stage_clock import StageClock
from ui.proof.steps import LONG_MS, Steps, percentile
from ui.proof.telling import tell


def test_percentiles_by_nearest_rank() -> None:
    values = [float(n) for n in range(1, 1001)]
    assert percentile(values, 50) == 500
    assert percentile(values, 99.9) == 999
    assert percentile(values, 100) == 1000
    assert percentile([7.0], 50) == 7
    assert percentile([], 50) == 0


def test_long_steps_are_counted_and_the_longest_is_named() -> None:
    steps = Steps()
    steps.add(0.001, 0.001, "quick")
    steps.add(LONG_MS / 1000 + 0.01, 0.02, "slow by the wall")
    steps.add(0.052, 0.051, "slow by itself")
    figures = steps.figures()
    assert (figures["steps"], figures["wall_long"], figures["cpu_long"]) == (3, 2, 1)
    assert figures["longest"] == "slow by the wall"
    assert figures["wall_max_ms"] == pytest.approx(60, abs=0.1)
    assert json.dumps(figures)


def test_the_stage_clock_goes_on_and_never_back() -> None:
    clock = StageClock(MONDAY)
    before, elapsed = clock.now(), clock.monotonic_s()
    clock.leap_to(MONDAY + timedelta(hours=3))
    assert timedelta(hours=3) <= clock.now() - MONDAY < timedelta(hours=3, seconds=30)
    assert clock.monotonic_s() - elapsed >= 10_700
    clock.leap_to(MONDAY)
    assert clock.now() > before + timedelta(hours=2)
    assert clock.new_id() != clock.new_id()
    assert len(clock.random_bytes(8)) == 8


def test_a_measured_process_tells_lines(capsys: pytest.CaptureFixture[str]) -> None:
    tell("frame", at=3)
    assert json.loads(capsys.readouterr().out) == {"kind": "frame", "at": 3}


def test_memory_is_known_where_the_system_says_it(qt: QApplication) -> None:
    settle(qt)
    assert resident_mb() >= 0
