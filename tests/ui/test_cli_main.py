from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fieldapp.settings import ENVIRONMENT
from fieldapp.work.loose_trail import contacts
from hardware.simulators.p1 import P1Meter
from ui.cli import notices
from ui.cli.main import app

PARTS = {"day", "sync", "enrol", "p1", "optical", "simulate", "server", "server-admin"}


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "environment"))


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_the_help_names_every_part() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(part in result.stdout for part in PARTS)
    assert "demo-technician" not in result.stdout
    assert "--data" in result.stdout


@pytest.mark.parametrize("part", sorted(PARTS | {"dispatch", "demo"}))
def test_every_part_has_its_help(part: str) -> None:
    result = run(part, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_wrong_usage_is_two() -> None:
    assert run("polish").exit_code == 2
    assert run("day", "--colour").exit_code == 2
    assert run("day", "--data").exit_code == 2
    assert run("p1").exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("--data", "{}", "day"),
        ("day", "--data", "{}"),
        ("day", "--json", "--data={}"),
    ],
)
def test_the_folder_is_taken_anywhere(words: tuple[str, ...], tmp_path: Path) -> None:
    folder = str(tmp_path / "chosen")
    result = run(*(word.format(folder) for word in words))
    assert os.environ[ENVIRONMENT] == folder
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "not tied to a technician" in result.stderr
    assert not Path(folder).exists()


def test_behind_a_double_dash_words_stay_as_they_are(tmp_path: Path) -> None:
    result = run("p1", "read", "--", "--data")
    assert result.exit_code == 1
    assert "--data can't be read" in result.stderr
    assert os.environ[ENVIRONMENT] == str(tmp_path / "environment")


def test_reading_a_recording_is_no_contact(tmp_path: Path) -> None:
    recording = tmp_path / "telegram.txt"
    recording.write_bytes(P1Meter().telegram(datetime(2026, 11, 23, tzinfo=UTC)))
    result = run("p1", "read", str(recording), "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["kind"] == "telegram"
    assert result.stderr == ""
    assert contacts(tmp_path / "environment") == ()


def test_a_contact_of_nobodys_laptop_is_noted_and_a_failure_says_one_line(
    tmp_path: Path,
) -> None:
    result = run("p1", "read", "/dev/tty-not-there")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    (contact,) = contacts(tmp_path / "environment")
    assert (contact.action, contact.purpose, contact.source) == (
        "read_registers",
        "workshop",
        "/dev/tty-not-there",
    )


def test_notices_come_only_after_a_good_end(capsys: pytest.CaptureFixture[str]) -> None:
    notices.leave("noted in plain text")
    notices.drop()
    notices.say()
    assert capsys.readouterr().err == ""
    notices.leave("noted in plain text")
    notices.say()
    notices.say()
    assert capsys.readouterr().err == "noted in plain text\n"
