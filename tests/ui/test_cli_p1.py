import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import ui.cli.p1
from hardware.errors import PortGone
from hardware.p1.builder import frame, with_wrong_checksum
from hardware.p1.encrypted import Keys, seal
from hardware.port import LineSettings, MemoryPort, memory_pair
from hardware.simulators.p1 import MeterSpec, P1Meter
from ui.cli.output import emit_json, emit_line, fail
from ui.cli.p1 import p1_app, simulate_p1

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
    assert noise == {"kind": "noise", "bytes": 4, "reason": "outside any telegram"}
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
    ]
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
    assert "-- 4 bytes of noise: outside any telegram" in result.stdout
    assert "checksum ok  2026-06-03 12:00:00" in result.stdout
    assert "energy_to_client_t1" in result.stdout
    assert "2025-03-26" in result.stdout
    spoiled = runner.invoke(
        app, ["p1", "read", "-"], input=b"/X\r\n\r\n2C\r\n1-0:9.9.9(1)\r\n!\r\n"
    )
    assert "version before 4.0  checksum absent  no time" in spoiled.stdout
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


class Line:
    """A port that the command opens, with everything the meter said already on it."""

    def __init__(self, *octets: bytes) -> None:
        self.octets = octets
        self.opened: list[tuple[str, LineSettings]] = []
        self.ends: list[MemoryPort] = []

    async def open(self, name: str, line: LineSettings) -> MemoryPort:
        self.opened.append((name, line))
        near, far = memory_pair(name)
        self.ends += [near, far]
        for octets in self.octets:
            await far.write(octets)
        await far.close()
        return near


def listen_to(monkeypatch: pytest.MonkeyPatch, *octets: bytes) -> Line:
    line = Line(*octets)
    monkeypatch.setattr(ui.cli.p1, "open_port", line.open)
    return line


def test_a_port_is_read_up_to_its_first_telegram(monkeypatch: pytest.MonkeyPatch) -> None:
    line = listen_to(monkeypatch, b"junk", GOOD, GOOD)
    result = runner.invoke(app, ["p1", "read", "socket://x:1", "--json", "--baud", "9600"])
    assert [found["kind"] for found in objects(result.stdout)] == ["noise", "telegram"]
    assert line.opened == [("socket://x:1", LineSettings(9600))]


def test_a_contact_is_announced_before_the_port_is_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = listen_to(monkeypatch, GOOD)
    heard: list[tuple[str, str | None, str, int]] = []

    def hear(purpose: str, visit: str | None, source: str) -> None:
        heard.append((purpose, visit, source, len(line.opened)))

    monkeypatch.setattr(ui.cli.p1, "before_contact", hear)
    runner.invoke(app, ["p1", "read", "COM4", "--purpose", "fault", "--visit", "V1"])
    runner.invoke(app, ["p1", "read", "/dev/ttyUSB0"])
    runner.invoke(app, ["p1", "read", "-"], input=GOOD)
    assert heard == [("fault", "V1", "COM4", 0), ("workshop", None, "/dev/ttyUSB0", 1)]


def test_following_goes_on_until_the_port_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    listen_to(monkeypatch, GOOD, GOOD)
    result = runner.invoke(app, ["p1", "read", "COM4", "--json", "--follow"])
    assert len(objects(result.stdout)) == 2
    assert result.exit_code == 0
    assert len(result.stderr.splitlines()) == 1


def test_a_port_that_goes_at_once_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    listen_to(monkeypatch)
    result = runner.invoke(app, ["p1", "read", "COM4", "--json"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "COM4" in result.stderr


def silent_port(monkeypatch: pytest.MonkeyPatch, octets: bytes) -> None:
    async def opened(name: str, _line: LineSettings) -> MemoryPort:
        near, far = memory_pair(name)
        await far.write(octets)
        kept.append(far)
        return near

    kept: list[MemoryPort] = []
    monkeypatch.setattr(ui.cli.p1, "open_port", opened)


@pytest.mark.parametrize(
    ("octets", "words"),
    [(b"", "does not answer"), (b"/ISk5\r\n", "wrong port"), (b"hello there", "can't be read")],
)
def test_a_port_without_telegrams(
    monkeypatch: pytest.MonkeyPatch, octets: bytes, words: str
) -> None:
    silent_port(monkeypatch, octets)
    result = runner.invoke(app, ["p1", "read", "COM4", "--timeout", "0.05"])
    assert result.exit_code == 1
    assert words in result.stderr


def test_a_meter_that_falls_silent_may_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silence:
        def __init__(self) -> None:
            self.reads = [GOOD, b"", b"", GOOD]
            self.name, self.line = "COM4", LineSettings()

        async def read(self, timeout_s: float) -> bytes:
            await asyncio.sleep(0 if self.reads and self.reads[0] else timeout_s)
            if not self.reads:
                raise PortGone("COM4")
            return self.reads.pop(0)

        async def close(self) -> None:
            self.reads.clear()

    async def opened(_name: str, _line: LineSettings) -> Silence:
        return Silence()

    monkeypatch.setattr(ui.cli.p1, "open_port", opened)
    result = runner.invoke(
        app, ["p1", "read", "COM4", "--json", "--follow", "--timeout", "0.01"]
    )
    assert len(objects(result.stdout)) == 2
    assert result.exit_code == 0


def test_endless_noise_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    class Babble:
        name, line = "COM4", LineSettings()

        async def read(self, timeout_s: float) -> bytes:
            await asyncio.sleep(min(timeout_s, 0.001))
            return b"x" * 4096

        async def close(self) -> None:
            await asyncio.sleep(0)

    async def opened(_name: str, _line: LineSettings) -> Babble:
        return Babble()

    monkeypatch.setattr(ui.cli.p1, "open_port", opened)
    result = runner.invoke(app, ["p1", "read", "COM4", "--json", "--timeout", "0.05"])
    assert result.exit_code == 1
    assert "unknown text" in result.stderr


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    play = tmp_path / "play.bin"
    play.write_bytes(P1Meter(MeterSpec(version="4.2")).telegram(NOON))
    code = "import sys; import typer; from ui.cli.p1 import simulate_p1; typer.run(simulate_p1)"
    command = [sys.executable, "-c", code, "--listen", "127.0.0.1:0", "--interval", "0.05"]
    with subprocess.Popen(
        [*command, "--play", str(play)], stdout=subprocess.PIPE, text=True
    ) as it:
        assert it.stdout is not None
        yield it, json.loads(it.stdout.readline())["ready"]
        it.terminate()


def test_a_simulated_meter_is_read_over_a_socket(
    simulated: tuple[subprocess.Popen[str], str],
) -> None:
    _, source = simulated
    result = runner.invoke(app, ["p1", "read", source, "--json"])
    assert result.exit_code == 0
    found = [event for event in objects(result.stdout) if event["kind"] == "telegram"]
    assert [event["version"] for event in found] == ["42"]


class Hosted:
    """Stands in for hosting: serves one telegram on a line in memory."""

    def __init__(self) -> None:
        self.where: dict[str, object] = {}
        self.octets = b""

    async def host(
        self,
        serve: Callable[[MemoryPort], Coroutine[None, None, None]],
        *,
        listen: str | None,
        pty: bool,
        on_ready: Callable[[str], None],
    ) -> None:
        self.where = {"listen": listen, "pty": pty}
        near, far = memory_pair("memory://")
        on_ready("memory://")
        task = asyncio.create_task(serve(far))
        self.octets = await near.read(5)
        task.cancel()


@pytest.fixture
def hosted(monkeypatch: pytest.MonkeyPatch) -> Hosted:
    stand_in = Hosted()
    monkeypatch.setattr("ui.cli.p1_simulate.host", stand_in.host)
    return stand_in


def test_ready_is_the_first_line(hosted: Hosted) -> None:
    result = runner.invoke(
        app, ["simulate", "--listen", "127.0.0.1:0", "--gas", "--meter", "E1"]
    )
    assert objects(result.stdout) == [{"ready": "memory://"}]
    assert hosted.where == {"listen": "127.0.0.1:0", "pty": False}
    assert b"0-0:96.1.1(4531)" in hosted.octets
    assert b"24.2.1" in hosted.octets


def test_faults_by_name_with_commas_or_repeated(hosted: Hosted) -> None:
    runner.invoke(
        app, ["simulate", "--fault", "wrong-checksum,noise", "--fault", "clock-wrong"]
    )
    assert not hosted.octets.startswith(b"/")
    assert b"24.2.1" not in hosted.octets
    assert hosted.where["pty"] is (sys.platform != "win32")


def test_a_recording_that_can_not_be_played(tmp_path: Path) -> None:
    for content in (None, b"nothing"):
        path = tmp_path / "play.bin"
        if content is not None:
            path.write_bytes(content)
        result = runner.invoke(app, ["simulate", "--play", str(path)])
        assert result.exit_code == 1
        assert "Name a recording" in result.stderr


def test_an_address_that_can_not_be_listened_on() -> None:
    result = runner.invoke(app, ["simulate", "--listen", "nonsense"])
    assert result.exit_code == 1
    assert result.stderr


def test_one_mouth_for_exact_values(capsys: pytest.CaptureFixture[str]) -> None:
    emit_json({"value": Decimal("4.420"), "time": NOON + timedelta(hours=1), "name": "é"})
    emit_line("é\udc80")
    out = capsys.readouterr().out.splitlines()
    assert (
        out[0] == '{"value": "4.420", "time": "2026-06-03T11:00:00+00:00", "name": "\\u00e9"}'
    )
    assert out[1] == "é\\udc80"
    with pytest.raises(TypeError):
        emit_json({"value": object()})
    with pytest.raises(TypeError):
        emit_json({"time": NOON.replace(tzinfo=None)})
    with pytest.raises(typer.Exit):
        fail("two\nlines")
    assert capsys.readouterr().err == "two lines\n"
