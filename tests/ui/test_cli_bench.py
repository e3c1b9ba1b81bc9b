from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ui.cli.bench import p1, window
from ui.cli.main import app
from ui.demo.processes import DemoFailed
from ui.proof.busy import first_page

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
    assert bare > 0
    assert 0 < frame <= day
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


async def test_a_process_that_never_ends_is_named_and_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(window, "_PATIENCE_S", 0.5)
    (tmp_path / "endless.py").write_text("import time\nwhile True:\n    time.sleep(60)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(DemoFailed, match=r"endless: no answer in 0\.6 s"):
        await window._told("endless", lasts_s=0.1)
    with pytest.raises(DemoFailed, match=r"endless: no answer in 0\.5 s"):
        await window._timed("endless")
    process = await window._python("endless")
    with pytest.raises(DemoFailed, match=r"endless: no answer in 0\.5 s"):
        await window._first_line("endless", process)
    await window._gone(process)
    assert process.returncode not in {None, 0}


async def test_a_process_that_ends_without_a_word_gives_its_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mute.py").write_text("raise SystemExit('no port here')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = await window._python("mute")
    with pytest.raises(DemoFailed, match="no port here"):
        await window._first_line("mute", process)
    await window._gone(process)


async def test_a_window_that_finds_no_laptop_ends_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(DemoFailed, match="no laptop in the folder"):
        await window._told("ui.proof.busy", str(tmp_path), "2", lasts_s=2.0)


async def test_a_program_that_ends_before_its_first_page_is_not_waited_for() -> None:
    async def broken() -> None:
        raise OSError("no disk")

    with pytest.raises(RuntimeError, match="before its first page") as caught:
        await first_page(asyncio.Event(), asyncio.create_task(broken()))
    assert str(caught.value.__cause__) == "no disk"
    is_there = asyncio.Event()
    is_there.set()
    await first_page(is_there, asyncio.create_task(asyncio.sleep(0)))


def test_one_that_stands_still_says_where_and_ends(tmp_path: Path) -> None:
    (tmp_path / "still.py").write_text(STILL)
    said = subprocess.run(
        [sys.executable, str(tmp_path / "still.py")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert "forgotten" in said.stderr
    assert "waiting_for_nobody" in said.stderr
    assert "Timeout" in said.stderr


STILL = """
import asyncio
from ui.proof import telling

async def waiting_for_nobody():
    await asyncio.Event().wait()

async def main():
    telling.name_tasks_after(asyncio.get_running_loop(), 0)
    await asyncio.create_task(waiting_for_nobody(), name="forgotten")

telling.PATIENCE_S, telling._LAST_WORDS_S = 1.0, 0.8
telling.end_within(0)
asyncio.run(main())
"""


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
