import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hardware.p1.cause import Cause
from hardware.p1.symptoms import examine
from hardware.port import MemoryPort, memory_pair
from hardware.simulators.p1 import MeterSpec, P1Meter
from ui.cli.p1 import p1_app
from ui.cli.p1_simulate import simulate_p1

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)
runner = CliRunner()
app = typer.Typer()
app.add_typer(p1_app, name="p1")
app.command("simulate")(simulate_p1)


def objects(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    play = tmp_path / "play.bin"
    play.write_bytes(P1Meter(MeterSpec(version="4.2")).telegram(NOON))
    code = "import typer; from ui.cli.p1_simulate import simulate_p1; typer.run(simulate_p1)"
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


def test_sealed_telegrams_are_read_with_the_file_that_sealed_them(
    hosted: Hosted, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text(f'encryption_key = "{bytes(range(16)).hex()}"\n')
    words = ["--version", "lu", "--key-file", str(keys)]
    assert runner.invoke(app, ["simulate", *words]).exit_code == 0
    read = ["p1", "read", "-", "--json"]
    sealed = runner.invoke(app, read, input=hosted.octets)
    assert "but encrypted telegrams. Give the meter's own key with --key-file." in sealed.stderr
    assert {event["cause"] for event in objects(sealed.stdout)} == {"encrypted telegrams"}
    opened = runner.invoke(app, [*read, "--key-file", str(keys)], input=hosted.octets)
    assert [event["dialect"] for event in objects(opened.stdout)] == ["Smarty"]
    keys.write_text(f'encryption_key = "{bytes(16).hex()}"\n')
    wrong = runner.invoke(app, [*read, "--key-file", str(keys)], input=hosted.octets)
    assert "Give the right key, this is another, with --key-file." in wrong.stderr


def test_a_cable_may_be_wrong(hosted: Hosted) -> None:
    options = ["--pty", "--fault", "inverted,7e1", "--baud", "9600", "--interval", "0"]
    result = runner.invoke(app, ["simulate", *options])
    assert result.exit_code == 0
    assert b"1-3:0.2.8" not in hosted.octets
    assert examine(hosted.octets[:128]).cause is Cause.WRONG_SPEED
    wrong = runner.invoke(app, ["simulate", "--pty", "--fault", "nonsense"])
    assert wrong.exit_code == 2
    assert "nonsense" in wrong.stderr
