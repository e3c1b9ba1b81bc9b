from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from fieldapp.domain.preference import Preference
from fieldapp.domain.privacy import MeterAction
from fieldapp.errors import RuleError
from hardware.errors import WrongMeter
from hardware.port import Port
from ui.cli import optical_contact, optical_simulator
from ui.cli.optical import optical_app
from ui.cli.optical_simulator import simulate_optical
from ui.cli.wanted import Entry, Wanted

NUMBER = "E0044007382246019"
_SIMULATE = (
    "import typer; from ui.cli.optical_simulator import simulate_optical;"
    "app = typer.Typer(); app.command()(simulate_optical); app()"
)
Run = Callable[..., Result]
Start = Callable[..., str]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def simulate(*options: str) -> str:
        command = [sys.executable, "-c", _SIMULATE, "--listen", "127.0.0.1:0", *options]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        running.append(process)
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert list(ready) == ["ready"]
        return str(ready["ready"])

    yield simulate
    for process in running:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def keys(tmp_path: Path) -> str:
    path = tmp_path / "keys.toml"
    path.write_text(f'password = "{b"technici".hex()}"\n', "utf-8")
    return str(path)


@pytest.fixture
def run() -> Run:
    def invoke(*words: str) -> Result:
        return CliRunner().invoke(optical_app, list(words))

    return invoke


def _one(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) == 1
    found = json.loads(lines[0])
    assert isinstance(found, dict)
    return found


def _sentence(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    return result.stderr


def test_a_day_at_one_meter(start: Start, run: Run, keys: str) -> None:
    source = start("--still", "--security", "lls", "--keys-file", keys)
    mine = ("--keys-file", keys, "--json")
    energy = _one(run("get", source, "3", "1-0:1.8.0", "2", *mine))
    assert energy == {
        "class": 3,
        "obis": "1-0:1.8.0.255",
        "attribute": 2,
        "type": "double-long-unsigned",
        "value": 4213567,
        "scaler": 0,
        "unit": "Wh",
        "scaled": "4213567",
    }
    proof = _one(run("preference", source, "off", "--purpose", "workshop", *mine))
    assert proof.pop("time").endswith("+00:00")
    assert proof.pop("foretold") == ["event_47"]
    assert proof == {
        "kind": "preference",
        "meter": NUMBER,
        "before": {"value": 2, "name": "on"},
        "requested": "off",
        "after": {"value": 1, "name": "off"},
        "written": True,
    }
    shown = _one(run("preference", source, *mine))
    assert [shown[name] for name in ("requested", "written")] == [None, False]
    assert shown["after"] == proof["after"]
    assert _one(run("alarms", source, *mine))["alarms"] == [
        "configuration_changed",
        "fraud_attempt",
    ]
    rows = _one(run("logs", source, "--days", "400", *mine))["logs"]
    assert [row["name"] for row in rows["fraud"]][-1] == "configuration_changed"
    assert [row["duration_s"] for row in rows["power_failure"]] == [4020, 1260]
    assert abs(float(_one(run("clock", source, *mine))["deviation_s"])) < 5
    assert [c["device"] for c in _one(run("mbus", source, *mine))["mbus"]] == [
        "gas",
        None,
        None,
        None,
    ]


def test_the_whole_readout(start: Start, run: Run) -> None:
    source = start("--still", "--framing", "hdlc", "--meter", "E0099001111111120")
    found = _one(run("read", source, "--client", "1", "--framing", "hdlc", "--json"))
    assert found["identity"]["meter"] == "E0099001111111120"
    assert found["firmware"]["core"] == "5.0.17"
    assert set(found) >= {
        "clock",
        "registers",
        "voltages",
        "currents",
        "preference",
        "alarms",
        "errors",
        "logs",
        "mbus",
        "modem",
        "wire",
    }
    assert len(found["mbus"]) == 4
    assert found["registers"][0]["value"] == "4213567"
    assert found["voltages"]["l1"] == "230.1"
    assert set(found["wire"]) == {
        "bytes_sent",
        "bytes_received",
        "round_trips",
        "seconds",
        "line_seconds",
        "bytes_echoed",
        "pause_seconds",
    }


def test_without_json_a_table_for_people(start: Start, run: Run) -> None:
    source = start("--profile", "dsmr422")
    found = run("get", source, "1", "0-0:96.1.1", "2", "--physical", "none")
    assert found.exit_code == 0, found.output
    assert f"text: {NUMBER}" in found.stdout
    table = run("read", source, "--client", "1").stdout
    assert "mbus 1 device: gas" in table
    assert "modem registration: home" in table
    assert "alarms: -" in table


def test_a_public_client_is_denied_in_words(start: Start, run: Run) -> None:
    assert "AccessDenied" in _sentence(run("get", start(), "3", "1-0:1.8.0", "2"))


@pytest.mark.parametrize("purpose", [[], ["--purpose", "fault"]])
def test_a_write_needs_a_visit_or_the_workshop(purpose: list[str], run: Run) -> None:
    text = _sentence(run("preference", "socket://127.0.0.1:1", "off", *purpose))
    assert "--visit" in text


def test_nobody_there(run: Run) -> None:
    assert "PortGone" in _sentence(run("read", "socket://127.0.0.1:1"))


def test_every_contact_goes_through_the_door(
    run: Run, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[object] = []

    @asynccontextmanager
    async def door(wanted: Wanted) -> AsyncIterator[Entry]:
        heard.append(wanted)
        try:
            yield Entry("E0099001111111120")
        except WrongMeter as e:
            heard.append(e.found)
            raise

    monkeypatch.setattr(optical_contact, "door", door)
    source = start()
    text = _sentence(run("preference", source, "off", "--client", "1", "--visit", "V7"))
    assert "E0099001111111120" in text
    action = MeterAction.WRITE_PREFERENCE
    wanted = Wanted(action, source, visit="V7", preference=Preference.OFF)
    assert heard == [wanted, NUMBER]


def test_the_door_may_stay_shut(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def shut(wanted: Wanted) -> AsyncIterator[Entry]:
        if wanted.visit is None:
            raise RuleError("no such visit")
        yield Entry()

    monkeypatch.setattr(optical_contact, "door", shut)
    assert "RuleError" in _sentence(run("read", "socket://127.0.0.1:1"))


@pytest.mark.parametrize(
    "words",
    [
        ["get", "x", "3", "not a code", "2"],
        ["get", "x", "3"],
        ["preference", "x", "maybe"],
        ["read", "x", "--physical", "seven"],
        ["read", "x", "--framing", "morse"],
        ["read"],
    ],
)
def test_wrong_usage_exits_2(words: list[str], run: Run) -> None:
    assert run(*words).exit_code == 2


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--auth", "hls5"], "encryption_key"),
        (["--auth", "hls4"], "hls_secret"),
        (["--auth", "lls"], "--keys-file"),
        (["--keys-file", "/nowhere/keys.toml"], "keys file"),
    ],
)
def test_what_can_not_be_done_is_said(words: list[str], part: str, run: Run) -> None:
    assert part in _sentence(run("read", "x", *words))


def test_a_broken_keys_file_is_never_printed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('password = "geheim"', "utf-8")
    assert "geheim" not in _sentence(run("read", "x", "--keys-file", str(path)))


def test_a_choice_that_does_not_hold_exits_1(
    run: Run, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.drivers.optical_preference.WRITABLE_STATUS", {"off": 0})
    found = run(
        "preference", start(), "off", "--client", "1", "--purpose", "workshop", "--json"
    )
    assert found.exit_code == 1
    assert json.loads(found.stdout)["after"]["name"] == "undefined"
    assert "requested was remote reading off" in found.stderr


@pytest.fixture
def simulate(monkeypatch: pytest.MonkeyPatch) -> Run:
    async def host(
        _serve: Callable[[Port], Awaitable[None]],
        *,
        on_ready: Callable[[str], None],
        **line: Any,
    ) -> None:
        await asyncio.sleep(0)
        on_ready(f"{line['listen']} {line['throttle_baud']}")

    monkeypatch.setattr(optical_simulator, "host", host)
    app = typer.Typer()
    app.command()(simulate_optical)

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(app, list(words))

    return invoke


def test_the_simulator_is_ready_on_its_first_line(simulate: Run, keys: str) -> None:
    words = ["--listen", "h:1", "--baud", "9600", "--turnaround-ms", "5", "--fault", "noise"]
    found = simulate(*words, "--fault", "echo", "--keys-file", keys, "--profile", "smr55")
    assert json.loads(found.stdout) == {"ready": "h:1 9600"}


@pytest.mark.parametrize(
    "words", [[], ["--pty", "--listen", "h:1"], ["--pty", "--fault", "flood"], ["--pty", "--x"]]
)
def test_a_simulator_asked_wrongly_exits_2(words: list[str], simulate: Run) -> None:
    assert simulate(*words).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ["--security", "hls5"],
        ["--security", "hls4"],
        ["--baud", "12345"],
    ],
)
def test_a_simulator_that_can_not_be(words: list[str], simulate: Run) -> None:
    _sentence(simulate("--pty", *words))


def test_a_meter_is_simulated_as_asked(start: Start, run: Run) -> None:
    options = ("--profile", "smr52", "--full-logs", "--appears", "0", "--in-reach", "G0039001")
    source = start(
        *options, "--phases", "1", "--refuse", "error_register", "--absent", "sag_limit"
    )
    found = _one(run("read", source, "--client", "1", "--json"))
    assert found["identity"]["version"] == "smr52"
    assert [slot["device"] for slot in found["mbus"]] == ["gas", "gas", None, None]
    assert "mbus2_device_discovered" in found["alarms"]
    assert len(found["logs"]["communication"]) == 50
    assert any(line.startswith("error_register: read-write") for line in found["left_out"])
    assert set(found["voltages"]) == {"l1"}


def test_an_object_without_a_name_can_not_be_refused(simulate: Run) -> None:
    found = simulate("--pty", "--refuse", "sugar")
    assert found.exit_code == 2
    assert "sugar" in found.output


def test_an_address_that_is_none_is_said() -> None:
    app = typer.Typer()
    app.command()(simulate_optical)
    found = CliRunner().invoke(app, ["--listen", "127.0.0.1:notaport"])
    assert "PortGone" in _sentence(found)
