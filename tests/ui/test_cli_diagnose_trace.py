from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fieldapp.clock import SystemClock
from hardware.dlms.acse import Aarq, Mechanism
from hardware.errors import WrongMeter
from hardware.port import LineSettings, MemoryPort, memory_pair
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.trace import Trace
from ui.cli import diagnose_recording
from ui.cli.diagnose_recording import Recording, Wish
from ui.cli.main import app
from ui.cli.wanted import Entry
from ui.presenters.trace_rows import TraceRow

METER = "E0044007382311125"
TELEGRAM = P1Meter(MeterSpec(meter_number=METER)).telegram(SystemClock().now())
AARQ = Aarq(mechanism=Mechanism.LLS, authentication=b"12345678").to_bytes().hex()


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["diagnose", *words])


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What has been said on the line when it is opened; then it is unplugged."""
    said: list[bytes] = [TELEGRAM]

    async def opened(name: str, settings: LineSettings) -> MemoryPort:
        assert settings == LineSettings()
        near, far = memory_pair(name)
        for octets in said:
            await far.write(octets)
        await far.close()
        return near

    monkeypatch.setattr(diagnose_recording, "open_port", opened)
    return said


def test_a_line_is_recorded_and_shown_again(line: list[bytes], tmp_path: Path) -> None:
    assert line
    file = tmp_path / "one.trace"
    done = run("trace", "socket://x:1", str(file), "--json")
    assert done.exit_code == 0, done.stderr
    *_, last = (json.loads(text) for text in done.stdout.splitlines())
    assert (last["kind"], last["messages"] > 20, last["masked"]) == ("trace", True, 0)
    kept = b"".join(record.data for record in Trace.from_text(file.read_text()))
    assert kept.removeprefix(b"115200 8N1") == TELEGRAM
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "# purpose workshop" in file.read_text()
    again = [
        json.loads(text) for text in run("replay", str(file), "--json").stdout.splitlines()
    ]
    shown = [json.loads(text) for text in done.stdout.splitlines()[:-1]]
    assert [row["octets"] for row in again] == [row["octets"] for row in shown]
    assert "p1 end" in run("replay", str(file)).stdout


def test_a_file_that_is_there_is_not_written_over(line: list[bytes], tmp_path: Path) -> None:
    assert line
    file = tmp_path / "mine.txt"
    file.write_text("mine")
    done = run("trace", "socket://x:1", str(file))
    assert (done.exit_code, file.read_text()) == (1, "mine")
    assert "mine.txt can't be read or written: File exists." in done.stderr


def test_silence_is_a_failure_that_says_what_to_do(line: list[bytes], tmp_path: Path) -> None:
    line.clear()
    done = run("trace", "socket://x:1", str(tmp_path / "silent.trace"))
    assert done.exit_code == 1
    assert "Check the cable and the speed" in done.stderr


def recorded(file: Path, expected: str) -> list[TraceRow]:
    shown: list[TraceRow] = []
    wish = Wish("socket://x:1", LineSettings(), file, 0.0, "fault")
    recording = Recording(wish, SystemClock(), shown.append)
    asyncio.run(recording.run(meant_for(expected)))
    return shown


@asynccontextmanager
async def meant_for(meter: str) -> AsyncIterator[Entry]:
    """A contact in a visit to this meter."""
    yield Entry(meter)


def test_in_a_visit_another_meters_telegram_is_neither_kept_nor_shown(
    line: list[bytes], tmp_path: Path
) -> None:
    assert line
    file = tmp_path / "other.trace"
    with pytest.raises(WrongMeter):
        recorded(file, "E0099000000000001")
    assert not file.exists()
    assert len(recorded(file, METER)) > 20


def test_octets_are_translated_without_the_password() -> None:
    done = run("translate", AARQ, "--json")
    (row,) = (json.loads(text) for text in done.stdout.splitlines())
    assert (row["means"], row["masked"]) == ("aarq", True)
    assert b"12345678".hex() not in done.stdout
    assert "mechanism LLS" in run("translate", AARQ).stdout
    assert "SECRET MASKED" in run("translate", AARQ).stdout


def test_files_of_octets_are_translated_in_every_form(tmp_path: Path) -> None:
    snrm = "7E A0 07 03 21 93 0F 01 7E"
    forms = {
        "hex.txt": f"# two\n{snrm}\n{snrm}\n".encode(),
        "raw.bin": bytes.fromhex(snrm) * 2,
        "line.trace": f"fieldapp-trace 1\n0 > {snrm}\n1 > {snrm}\n".encode(),
    }
    for name, content in forms.items():
        (tmp_path / name).write_bytes(content)
        done = run("translate", str(tmp_path / name))
        assert done.stdout.count("snrm") == 2, name
    assert run("translate", snrm).stdout.count("snrm") == 1


@pytest.mark.parametrize(("words", "status"), [(("translate", "zz"), 2), (("replay", "no"), 1)])
def test_what_is_no_octets_and_no_file_is_said(words: tuple[str, ...], status: int) -> None:
    done = run(*words)
    assert done.exit_code == status
    assert "Traceback" not in done.output


def test_a_damaged_trace_is_shown_up_to_the_damage(tmp_path: Path) -> None:
    file = tmp_path / "cut.trace"
    file.write_text("fieldapp-trace 1\n0 < 2f3f210d0a\n1 < zz\n")
    done = run("replay", str(file))
    assert done.exit_code == 1
    assert "damaged at line 3" in done.stderr
