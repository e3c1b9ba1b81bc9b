import asyncio
import json
from datetime import UTC, datetime

import pytest
import typer
from typer.testing import CliRunner

import ui.cli.p1
from hardware.errors import PortGone
from hardware.port import LineSettings, MemoryPort, memory_pair
from hardware.simulators.p1 import P1Meter
from ui.cli.p1 import p1_app, simulate_p1

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)
GOOD = P1Meter().telegram(NOON)
runner = CliRunner()
app = typer.Typer()
app.add_typer(p1_app, name="p1")
app.command("simulate")(simulate_p1)


def objects(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


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
