"""The installed command: which words open the window, and what is loaded for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fieldapp.settings import ENVIRONMENT
from ui.command import window_folder

PROGRAM = (sys.executable, "-m", "ui.command")


def test_no_words_open_the_window_on_the_usual_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    assert window_folder([]) == tmp_path


@pytest.mark.parametrize("words", [["--data", "here"], ["--data=here"]])
def test_a_folder_alone_opens_the_window_on_it(words: list[str]) -> None:
    assert window_folder(words) == Path("here")


@pytest.mark.parametrize(
    "words",
    [["day"], ["--data"], ["--data="], ["--data", ""], ["--data", "here", "day"], ["-"]],
)
def test_all_other_words_are_for_the_command_line(words: list[str]) -> None:
    assert window_folder(words) is None


@pytest.mark.parametrize("words", [[], ["--data", "here"]])
def test_without_a_screen_the_window_says_so(words: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, *words],
        cwd=tmp_path,
        env=os.environ | {"QT_QPA_PLATFORM": "none-of-these", ENVIRONMENT: str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "no screen" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_command_ends_with_its_own_line_and_status(tmp_path: Path) -> None:
    command = [*PROGRAM, "day", "--data", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_words_without_a_command_are_wrong_usage() -> None:
    ended = subprocess.run([*PROGRAM, "--data"], capture_output=True, text=True, check=False)
    assert ended.returncode == 2


@pytest.mark.parametrize(
    ("room", "heavy"),
    [
        ("ui.command", "sqlalchemy fastapi requests serial PySide6 keyring typer pydantic"),
        ("ui.cli.main", "sqlalchemy fastapi requests serial PySide6 keyring"),
        ("ui.app.session", "alembic fastapi requests pydantic pyqtgraph typer"),
    ],
)
def test_nothing_heavy_is_loaded_to_start(room: str, heavy: str) -> None:
    script = (
        f"import sys, {room}\n"
        f"heavy = set({heavy!r}.split())\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
