from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ui.cli.bench import p1, window
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
        "frame": float(str(line["frame_ratio"])) <= window.FRAME_AIM,
        "day": float(str(line["day_ratio"])) <= window.DAY_AIM,
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

    monkeypatch.setattr(window, "_start", measured)
    ended, _, err = run("start")
    assert ended == status
    assert ("Missed: frame" in err) == bool(status)


def test_what_cannot_be_measured_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_seconds: float) -> dict[str, object]:
        raise DemoFailed("server", "no room")

    monkeypatch.setattr(window, "_busy", broken)
    status, _, err = run("ui", "--json")
    assert status == 1
    assert "no room" in err


def test_without_the_peer_the_p1_bench_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(p1, "PEER", tmp_path / "nowhere")
    status, lines, err = run("p1", "--json")
    assert (status, lines) == (1, [])
    assert "make interop" in err


def stand_in(folder: Path) -> Path:
    """An environment whose dsmr-parser reads nothing, so that any machine may measure."""
    package = folder / "dsmr_parser"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "telegram_specifications.py").write_text(
        "V4 = V5 = BELGIUM_FLUVIUS = LUXEMBOURG_SMARTY = {}\n"
    )
    (package / "parsers.py").write_text(STAND_IN)
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={folder} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return python


STAND_IN = """
class Nothing:
    def to_json(self):
        return "{}"

class TelegramParser:
    def __init__(self, specification):
        pass
    def parse(self, text):
        return Nothing()
"""


def test_telegrams_are_measured_beside_a_peer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(p1, "PEER", stand_in(tmp_path))
    small = ("--telegrams", "60", "--runs", "2", "--day", "300", "--json")
    status, (line,), err = run("p1", *small)
    assert (line["kind"], line["telegrams"], line["day_telegrams"]) == ("p1", 60, 300)
    for name in ("mixed", "sample"):
        assert float(str(line[f"{name}_ratio"])) < p1.READ_AIM
        assert int(str(line[f"{name}_per_s"])) > 0
    assert dict(line["aims"])["memory"]  # type: ignore[call-overload]  # an object of JSON
    assert status == 1
    assert "Missed: mixed, sample" in err


def test_screenshots_need_a_scene_that_exists(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["screenshots", str(tmp_path), "--scene", "nowhere"])
    assert done.exit_code == 1
    assert "nowhere" in done.stderr
