from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ui.cli import bench
from ui.cli.main import app
from ui.demo.processes import DemoFailed

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the street needs pseudo-terminals"),
    pytest.mark.timeout(180),
]
FIGURES = {"frame_ratio": 2.0, "day_ratio": 5.0}


def run(*words: str) -> tuple[int, list[dict[str, object]], str]:
    done = CliRunner().invoke(app, ["bench", *words])
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return done.exit_code, lines, done.stderr


def test_a_start_is_measured_beside_a_bare_window() -> None:
    status, (line,), _ = run("start", "--runs", "1", "--json")
    assert line["kind"] == "start"
    assert status in {0, 1}
    bare, frame, day = (line[f"{name}_ms"] for name in ("bare", "frame", "day"))
    assert isinstance(bare, int)
    assert isinstance(frame, int)
    assert isinstance(day, int)
    assert 0 < bare < frame <= day
    assert line["aims"] == {
        "frame": float(str(line["frame_ratio"])) <= bench.FRAME_AIM,
        "day": float(str(line["day_ratio"])) <= bench.DAY_AIM,
    }
    assert status == (0 if all(dict(line["aims"]).values()) else 1)


def test_the_busy_window_is_measured_beside_an_empty_loop() -> None:
    _, (line,), _ = run("ui", "--seconds", "4", "--json")
    assert line["kind"] == "ui"
    assert int(str(line["telegrams"])) > 0
    assert int(str(line["sessions"])) > 0
    assert line["failed"] == 0, line["trouble"]
    assert int(str(line["syncs"])) > 0
    assert int(str(line["steps"])) > int(str(line["empty_steps"])) > 0


@pytest.mark.parametrize(("ratio", "status"), [(2.5, 0), (2.51, 1)])
def test_a_missed_aim_is_said(
    monkeypatch: pytest.MonkeyPatch, ratio: float, status: int
) -> None:
    async def measured(_runs: int) -> dict[str, object]:
        return {**FIGURES, "frame_ratio": ratio}

    monkeypatch.setattr(bench, "_start", measured)
    ended, _, err = run("start")
    assert ended == status
    assert ("Missed: frame" in err) == bool(status)


def test_what_cannot_be_measured_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_seconds: float) -> dict[str, object]:
        raise DemoFailed("server", "no room")

    monkeypatch.setattr(bench, "_busy", broken)
    status, _, err = run("ui", "--json")
    assert status == 1
    assert "no room" in err


def test_screenshots_need_a_scene_that_exists(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["screenshots", str(tmp_path), "--scene", "nowhere"])
    assert done.exit_code == 1
    assert "nowhere" in done.stderr
