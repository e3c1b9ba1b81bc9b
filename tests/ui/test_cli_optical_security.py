"""`fieldapp optical` and `simulate optical` under HLS, through the whole command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from fieldapp.settings import ENVIRONMENT
from fieldapp.work.loose_counters import FILE
from ui.cli import notices
from ui.cli.keys_file import KeysFile, read_keys
from ui.cli.main import app

ROOT = Path(__file__).parents[2]
EK, AK = "5E1C0A77D0B94F3382164AC9F2E07B15", "A90F3D62E84B7C1580D6F23947BE5A0C"
SECRET = b"groepsgeheim 017".hex()
FULL = {
    "encryption_key": EK,
    "authentication_key": AK,
    "hls_secret": SECRET,
    "password": b"technici".hex(),
    "system_title": b"FLD00001".hex(),
}
Run = Callable[..., Result]
Start = Callable[..., str]


def write(path: Path, **lines: str) -> Path:
    text = "".join(f'{name} = "{value}"\n' for name, value in lines.items())
    path.write_text(text + '[mbus.12049260]\nuser_key = "00"\n', "utf-8")
    return path


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return write(tmp_path / "keys.toml", **FULL)


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def simulate(*options: str) -> str:
        command = [sys.executable, "-m", "ui.command", "simulate", "optical"]
        process = subprocess.Popen(
            [*command, "--listen", "127.0.0.1:0", *options],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        running.append(process)
        assert process.stdout is not None
        return str(json.loads(process.stdout.readline())["ready"])

    yield simulate
    for process in running:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "data"))
    notices.drop()

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(app, ["optical", *words])

    return invoke


def one(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("security", ["hls3", "hls4", "hls5"])
def test_a_preference_under_hls(security: str, start: Start, run: Run, keys: Path) -> None:
    source = start("--security", security, "--keys-file", str(keys), "--still")
    mine = (source, "--auth", security, "--keys-file", str(keys), "--json")
    proof = one(run("preference", *mine, "off", "--purpose", "workshop"))
    assert proof["after"] == {"value": 1, "name": "off"}
    energy = one(run("get", *mine, "3", "1-0:1.8.0", "2"))
    assert energy["scaled"] == "4213567"
    rows = one(run("profile", *mine, "1-0:99.1.1", "--last", "3"))["rows"]
    assert len(rows) == 3


def test_upkeep_under_hls(start: Start, run: Run, keys: Path) -> None:
    secured = ("--security", "hls5", "--keys-file", str(keys))
    source = start(*secured, "--appears", "0", "--log-days", "10", "--profile", "smr55")
    mine = (source, "--keys-file", str(keys), "--purpose", "workshop", "--json")
    cleared = one(run("alarms", *mine, "clear", "--yes"))
    assert cleared["cleared"] == ["alarm_register_1"]
    found = one(run("logs", *mine, "--days", "5", "--log", "standard"))
    assert 49 <= len(found["logs"]["standard"]) <= 52
    gone = one(run("mbus", *mine, "decouple", "--number", "19369906", "--yes"))
    assert gone["after"] == {"channel": 1, "device": None}
    place = one(run("location", *mine, "WL-0042"))
    assert (place["after"], place["written"]) == ("WL-0042", True)


def test_counters_are_kept_in_a_plain_file_that_names_nobody(
    start: Start, run: Run, keys: Path, tmp_path: Path
) -> None:
    source = start("--security", "hls5", "--keys-file", str(keys), "--profile", "dsmr422")
    path = tmp_path / "data" / FILE
    kept = []
    for _ in range(2):
        one(run("alarms", source, "--keys-file", str(keys), "--json"))
        kept.append(json.loads(path.read_text()))
    assert [list(book.values()) for book in kept] == [[256], [512]]
    text = path.read_text().upper()
    for secret in (EK, AK, SECRET.upper(), "E0044007382246019"):
        assert secret not in text
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0


def test_a_wrong_key_is_said_with_what_it_did(
    start: Start, run: Run, keys: Path, tmp_path: Path
) -> None:
    source = start("--security", "hls5", "--keys-file", str(keys))
    other = write(tmp_path / "other.toml", **FULL | {"encryption_key": "00" * 16})
    first = run("alarms", source, "--keys-file", str(other))
    assert first.exit_code == 1
    for part in ("refuses the key", "tried once", "event 46", "ten seconds"):
        assert part in first.stderr
    second = run("alarms", source, "--keys-file", str(keys))
    assert "locked" in second.stderr
    for result in (first, second):
        assert EK not in result.output.upper()


def test_the_count_of_the_meter_is_public(start: Start, run: Run, keys: Path) -> None:
    source = start("--security", "hls5", "--keys-file", str(keys))
    ask = ("get", source, "1", "0-0:43.1.0", "2", "--json")
    assert one(run(*ask))["value"] == 250
    one(run("mbus", source, "--keys-file", str(keys), "--json"))
    assert one(run(*ask))["value"] > 251


@pytest.mark.parametrize(
    ("changes", "words", "part"),
    [
        ({"system_title": None}, [], "system_title"),
        ({"encryption_key": None}, [], "go together"),
        ({"encryption_key": EK[:-2]}, [], "15 octets, not 16"),
        ({"authentication_key": AK + "00"}, [], "17 octets, not 16"),
        ({"system_title": "00"}, [], "1 octets, not 8"),
        ({"hls_secret": "00"}, [], "fewer than 8"),
        ({"hls_secret": None}, ["--auth", "hls3"], "hls3 needs hls_secret"),
        ({"password": None}, ["--auth", "lls"], "lls needs a password"),
        ({"password": "geheim"}, [], "password is not hexadecimal"),
        ({"pin": "1234"}, [], "pin"),
    ],
)
def test_a_keys_file_that_lacks_something(
    changes: dict[str, str | None],
    words: list[str],
    part: str,
    run: Run,
    tmp_path: Path,
) -> None:
    lines = {name: value for name, value in (FULL | changes).items() if value is not None}
    path = write(tmp_path / "keys.toml", **lines)
    result = run("alarms", "socket://127.0.0.1:1", "--keys-file", str(path), *words)
    assert result.exit_code == 1
    assert part in result.stderr.splitlines()[-1]
    for secret in (EK, AK, SECRET.upper(), "GEHEIM"):
        assert secret[:-2] not in result.output.upper().replace("GEHEIM IS", "")


def test_a_keys_file_shows_nothing(keys: Path) -> None:
    held = read_keys(keys)
    assert held.system_title == b"FLD00001"
    assert held.password == b"technici"
    for secret in (EK, AK, "technici", "groepsgeheim"):
        assert secret.lower() not in repr(held).lower()
    assert held != KeysFile()
