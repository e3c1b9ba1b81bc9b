from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from fieldapp.settings import load
from fieldapp.store.keys import PracticeSource
from sync.client.report import Event, FileRefused, FileSent, OperationSent, VisitReceived
from sync.client.rhythm import Pace
from sync.errors import Refused
from ui.cli import sync as command
from ui.cli.main import app
from ui.cli.sync_lines import line, shape, waits
from ui.wiring import open_laptop

if TYPE_CHECKING:
    from tests.sync.client.conftest import Filled
    from tests.sync.conftest import RealOffice

DAY = date(2026, 3, 2)
COMMAND = [sys.executable, "-m", "ui.command"]


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--data", str(folder), *words])


def said(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text("korenschoof 7\nsecond line\n")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "laptop"


def enrolled(office: RealOffice, folder: Path, passphrase: Path) -> str:
    technician = office.technician()
    code = office.code(technician)
    result = run(folder, "enrol", office.url, code, "--passphrase-file", str(passphrase))
    assert result.exit_code == 0, result.output
    return technician


def test_enrol_and_sync(back_office: RealOffice, folder: Path, passphrase: Path) -> None:
    technician = enrolled(back_office, folder, passphrase)
    assert load(folder).server_url == back_office.url
    (number,) = back_office.plan(technician)
    result = run(folder, "sync", "--json", "--passphrase-file", str(passphrase))
    assert result.exit_code == 0, result.output
    visit, end = said(result)
    assert (visit["kind"], visit["number"], visit["change"]) == ("visit", number, "visit")
    assert end == {
        "kind": "sync",
        "sent": 0,
        "received": 1,
        "waiting": 0,
        "refused": 0,
        "files_sent": 0,
        "files_waiting": 0,
        "error": None,
    }


def test_the_code_is_not_spent_where_no_key_can_be_kept(
    back_office: RealOffice, folder: Path, passphrase: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    code = back_office.code(back_office.technician())
    child = subprocess.run(
        [*COMMAND, "--data", str(folder), "enrol", back_office.url, code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 1
    assert len(child.stderr.splitlines()) == 1
    assert "--passphrase-file" in child.stderr
    again = run(folder, "enrol", back_office.url, code, "--passphrase-file", str(passphrase))
    assert again.exit_code == 0, again.output


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://office.example", "Plain http"),
        ("office.example", "no address"),
        ("ftp://office.example", "no address"),
        ("http://127.0.0.1:1", "Nobody answers"),
    ],
)
def test_an_address_that_will_not_do_is_one_line(
    folder: Path, passphrase: Path, url: str, words: str
) -> None:
    result = run(folder, "enrol", url, "CODE", "--passphrase-file", str(passphrase))
    assert result.exit_code == 1
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_wrong_code_is_one_line(
    back_office: RealOffice, folder: Path, passphrase: Path
) -> None:
    words = ("--passphrase-file", str(passphrase))
    result = run(folder, "enrol", back_office.url, "WRONG", *words)
    assert result.exit_code == 1
    assert "new code" in result.stderr
    sync = run(folder, "sync", *words)
    assert (sync.exit_code, sync.stdout) == (1, "")


def test_an_enrolled_folder_takes_no_second_laptop(
    back_office: RealOffice, folder: Path, passphrase: Path
) -> None:
    enrolled(back_office, folder, passphrase)
    code = back_office.code(back_office.technician())
    words = (back_office.url, code, "--passphrase-file", str(passphrase))
    result = run(folder, "enrol", *words)
    assert result.exit_code == 1
    assert "already" in result.stderr


@pytest.mark.parametrize("content", [None, ""])
def test_a_passphrase_file_must_hold_one(
    folder: Path, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "empty"
    if content is not None:
        path.write_text(content)
    result = run(folder, "enrol", "http://127.0.0.1:1", "C", "--passphrase-file", str(path))
    assert result.exit_code == 1
    assert str(path) in result.stderr


def test_a_ca_file_must_be_there(folder: Path, passphrase: Path, tmp_path: Path) -> None:
    words = ("--passphrase-file", str(passphrase), "--ca-file", str(tmp_path / "none.pem"))
    result = run(folder, "enrol", "https://localhost:1", "C", *words)
    assert (result.exit_code, "certificate" in result.stderr) == (1, True)


def test_a_practice_laptop_is_told_apart(back_office: RealOffice, folder: Path) -> None:
    code = back_office.code(back_office.technician())
    result = run(folder, "enrol", back_office.url, code, "--practice")
    assert result.exit_code == 1
    assert (folder / "practice.key").exists()


def test_sync_without_a_laptop(folder: Path) -> None:
    result = run(folder, "sync", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1


async def test_what_went_is_told_for_people_and_for_programs(
    filled: Filled, tmp_path: Path
) -> None:
    people, programs = tmp_path / "one", tmp_path / "two"
    for folder in (people, programs):
        await filled(folder, 2, 1)
    spoken = await asyncio.to_thread(run, people, "sync")
    assert spoken.exit_code == 0, spoken.output
    *told, end = spoken.stdout.splitlines()
    assert [words.split()[0] for words in told] == ["sent"] * 3
    assert end == "Sent 2, received 0, files sent 1; nothing waits."
    plain = await asyncio.to_thread(run, programs, "sync", "--json")
    one, two, file, last = said(plain)
    assert (one["kind"], one["operation"], one["outcome"]) == (
        "operation",
        "complaint_recorded",
        "applied",
    )
    assert (two["sequence"], file["kind"], file["size"]) == (2, "file", 600_000)
    assert (last["sent"], last["files_sent"], last["error"]) == (2, 1, None)


async def test_without_an_office_it_says_what_waits(
    filled: Filled, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "PATIENCE_S", 0.3)
    await filled(folder, 3, 1)
    words = ("sync", "--json", "--server", "http://127.0.0.1:1")
    result = await asyncio.to_thread(run, folder, *words)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "3 operations and 1 file waiting" in result.stderr
    (end,) = said(result)
    assert (end["waiting"], end["files_waiting"], end["error"]) == (3, 1, "Unreachable")
    plain = ("sync", "--server", "http://office.example")
    result = await asyncio.to_thread(run, folder, *plain)
    assert (result.exit_code, "Plain http" in result.stderr) == (1, True)


TOLD = [
    (
        OperationSent("o1", 7, "v1", "step_done", "rejected", "malformed"),
        {"kind": "operation", "outcome": "rejected", "reason": "malformed"},
        "(malformed)",
    ),
    (VisitReceived("v1", "V-1", 2, "visit"), {"kind": "visit", "number": "V-1"}, "V-1: visit"),
    (VisitReceived("v1", "", 2, "withdrawn"), {"number": None}, "v1: withdrawn"),
    (FileSent("ab", "v1", "old", 9, 9, delivered=True), {"kind": "file"}, "old, 9 bytes"),
    (
        FileRefused("ab", "v1", "old", Refused("urn:x")),
        {"kind": "file_refused", "reason": "urn:x"},
        "urn:x",
    ),
]


@pytest.mark.parametrize(("event", "fields", "words"), TOLD)
def test_each_event_has_its_line_and_its_object(
    event: Event, fields: dict[str, object], words: str
) -> None:
    assert fields.items() <= shape(event).items()
    assert words in line(event)
    assert "\n" not in line(event)


@pytest.mark.parametrize(
    ("operations", "files", "words"),
    [
        (0, 0, "nothing waits"),
        (1, 0, "1 operation waiting"),
        (0, 2, "2 files waiting"),
        (3, 1, "3 operations and 1 file waiting"),
    ],
)
def test_what_waits_in_words(operations: int, files: int, words: str) -> None:
    assert waits(operations, files) == words


async def test_it_stays_and_takes_what_the_office_plans(
    filled: Filled,
    folder: Path,
    back_office: RealOffice,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await filled(folder, 2, 0)
    laptop = await open_laptop(folder, PracticeSource())
    pace = Pace(spread_s=0, asking_s=1000, heard_s=1000)
    monkeypatch.setattr(laptop.background._rhythm, "pace", pace)
    told: asyncio.Queue[Event] = asyncio.Queue()
    task = asyncio.create_task(command._stay(laptop, told.put_nowait))
    owner = await laptop.owner()
    async with asyncio.timeout(20):
        assert {(await told.get()).__class__ for _ in range(2)} == {OperationSent}
        await asyncio.to_thread(back_office.plan, owner.technician)
        assert isinstance(await told.get(), VisitReceived)
    task.cancel()
    await asyncio.wait([task])
    await laptop.close()
