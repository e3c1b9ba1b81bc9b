import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hardware.p1.builder import frame, with_wrong_checksum
from hardware.p1.encrypted import Keys, seal
from hardware.simulators.p1 import P1Meter
from ui.cli.p1 import p1_app
from ui.cli.p1_simulate import simulate_p1

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)
GOOD = P1Meter().telegram(NOON)
KEY = bytes(range(16))
runner = CliRunner()
app = typer.Typer()
app.add_typer(p1_app, name="p1")
app.command("simulate")(simulate_p1)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "telegrams.bin"
    path.write_bytes(b"junk" + GOOD + with_wrong_checksum(GOOD))
    return path


def objects(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_file_becomes_one_object_a_telegram(recording: Path) -> None:
    result = runner.invoke(app, ["p1", "read", str(recording), "--json"])
    noise, good, bad = objects(result.stdout)
    assert result.exit_code == 0
    assert noise == {
        "kind": "noise",
        "bytes": 4,
        "reason": "outside any telegram",
        "cause": "unknown text",
    }
    assert [good["crc"], bad["crc"]] == ["ok", "bad"]
    assert list(good) == [
        "kind",
        "header",
        "version",
        "crc",
        "time",
        "readings",
        "unknown",
        "errors",
        "dialect",
        "interval_s",
    ]
    assert (good["dialect"], good["interval_s"]) == ("DSMR 5.0", 1)
    assert good["time"] == "2026-06-03T10:00:00+00:00"


def test_the_form_of_readings_unknown_lines_and_errors() -> None:
    lines = [
        "1-0:1.8.1(000004.420*kWh)",
        "1-0:99.97.0(1)(0-0:96.7.19)(190326095015W)(0000002014*s)",
        "0-1:24.2.1(632525252525S)(00000.107*m3)",
        "1-0:9.9.9(1)",
        "2C",
    ]
    raw = frame("ISk5\\2MT382-1000", lines, checksum=True)
    result = runner.invoke(app, ["p1", "read", "-", "--json"], input=raw)
    (found,) = objects(result.stdout)
    assert found["header"] == "ISk5\\2MT382-1000"
    assert found["version"] is None
    assert found["readings"] == [
        {
            "obis": "1-0:1.8.1",
            "value": "4.420",
            "unit": "kWh",
            "time": None,
            "name": "energy_to_client_t1",
        },
        {
            "obis": "1-0:99.97.0",
            "value": [{"end": "2019-03-26T08:50:15+00:00", "duration_s": 2014}],
            "unit": "",
            "time": None,
            "name": "power_failure_log",
        },
        {
            "obis": "0-1:24.2.1",
            "value": "0.107",
            "unit": "m3",
            "time": None,
            "name": "mbus1_device_value",
        },
    ]
    assert found["unknown"] == [{"line": "1-0:9.9.9(1)"}]
    assert found["errors"] == [{"line": "2C", "reason": "not a data line"}]


def test_a_table_for_people(recording: Path) -> None:
    result = runner.invoke(app, ["p1", "read", str(recording)])
    assert "-- 4 bytes of noise: outside any telegram, unknown text" in result.stdout
    assert "DSMR 5.0 every 1 s  version 50  checksum ok  2026-06-03 12:00:00" in result.stdout
    assert "energy_to_client_t1" in result.stdout
    assert "2025-03-26" in result.stdout
    spoiled = runner.invoke(
        app, ["p1", "read", "-"], input=b"/X\r\n\r\n2C\r\n1-0:9.9.9(1)\r\n!\r\n"
    )
    assert "unknown  version before 4.0  checksum absent  no time" in spoiled.stdout
    assert "!  2C  (not a data line)" in spoiled.stdout
    assert "?  1-0:9.9.9(1)" in spoiled.stdout


@pytest.mark.parametrize(
    ("octets", "words"),
    [(b"", "empty"), (b"hello", "unknown text"), (b"\xdb\x08x", "--key-file")],
)
def test_no_telegram_is_a_failure(octets: bytes, words: str) -> None:
    result = runner.invoke(app, ["p1", "read", "-", "--json"], input=octets)
    assert result.exit_code == 1
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for name in (tmp_path / "missing", tmp_path):
        result = runner.invoke(app, ["p1", "read", str(name)])
        assert result.exit_code == 1
        assert "can't be read" in result.stderr


def test_wrong_usage() -> None:
    assert runner.invoke(app, ["p1", "read"]).exit_code == 2
    assert runner.invoke(app, ["simulate", "--version", "9"]).exit_code == 2
    assert runner.invoke(app, ["simulate", "--phases", "2"]).exit_code == 2
    assert runner.invoke(app, ["simulate", "--fault", "gremlins"]).exit_code == 2
    assert runner.invoke(app, ["simulate", "--pty", "--listen", "localhost:0"]).exit_code == 2
    assert runner.invoke(app, ["p1", "read", "--help"]).exit_code == 0


def test_sealed_telegrams_open_with_a_key_file(tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text(f'encryption_key = "{KEY.hex()}"\n')
    sealed = seal(GOOD, Keys(KEY), b"XMX00001", 1)
    command = ["p1", "read", "-", "--json", "--key-file", str(keys)]
    (found,) = objects(runner.invoke(app, command, input=sealed).stdout)
    assert found["crc"] == "ok"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('encryption_key = "00"', "32 hexadecimal digits"),
        ('authentication_key = "00"', "no encryption_key"),
        ("encryption_key = 5", "not a text"),
        ("no toml", "no TOML"),
        (None, "No such file"),
    ],
)
def test_key_files_that_can_not_be_used(
    tmp_path: Path, content: str | None, reason: str
) -> None:
    path = tmp_path / "keys.toml"
    if content is not None:
        path.write_text(content)
    result = runner.invoke(app, ["p1", "read", "-", "--key-file", str(path)], input=GOOD)
    assert result.exit_code == 1
    assert reason in result.stderr
