from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import ui.cli.p1
from fieldapp.domain.privacy import MeterAction
from hardware.errors import HardwareError, PortGone
from hardware.port import LineControl, LineSettings, MemoryPort, memory_pair
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.p1_wire import Wire
from ui.cli.p1 import p1_app
from ui.cli.p1_line import known_line
from ui.cli.p1_simulate import simulate_p1
from ui.cli.wanted import Entry, Wanted

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


class Watched:
    """A door that remembers who went through, and what came out of the contact."""

    def __init__(self, line: Line, expected: str | None = None) -> None:
        self.line = line
        self.expected = expected
        self.heard: list[tuple[Wanted, int]] = []
        self.outcomes: list[str] = []

    @asynccontextmanager
    async def door(self, wanted: Wanted) -> AsyncIterator[Entry]:
        self.heard.append((wanted, len(self.line.opened)))
        try:
            yield Entry(self.expected)
        except HardwareError as e:
            self.outcomes.append(type(e).__name__)
            raise
        self.outcomes.append("done")


def watch(
    monkeypatch: pytest.MonkeyPatch, *octets: bytes, expected: str | None = None
) -> Watched:
    watched = Watched(listen_to(monkeypatch, *octets), expected)
    monkeypatch.setattr(ui.cli.p1, "door", watched.door)
    return watched


def test_a_contact_goes_through_the_door_before_the_port_is_opened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    watched = watch(monkeypatch, GOOD)
    words = tmp_path / "words"
    secret = ["--passphrase-file", str(words)]
    runner.invoke(app, ["p1", "read", "COM4", "--purpose", "fault", "--visit", "V1", *secret])
    runner.invoke(app, ["p1", "read", "/dev/ttyUSB0"])
    runner.invoke(app, ["p1", "read", "-"], input=GOOD)
    action = MeterAction.READ_REGISTERS
    assert watched.heard == [
        (Wanted(action, "COM4", "fault", "V1", passphrase_file=words), 0),
        (Wanted(action, "/dev/ttyUSB0"), 1),
    ]
    assert watched.outcomes == ["done", "done"]


def test_another_meters_telegram_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = watch(monkeypatch, GOOD, expected="E0044000000000000")
    result = runner.invoke(app, ["p1", "read", "COM4", "--json"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "E0044000000000000" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert watched.outcomes == ["WrongMeter"]


def test_following_ends_at_another_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    other = P1Meter(MeterSpec(meter_number="E0044000000000000")).telegram(NOON)
    watched = watch(monkeypatch, other, GOOD, expected="E0044000000000000")
    result = runner.invoke(app, ["p1", "read", "COM4", "--json", "--follow"])
    assert (result.exit_code, len(objects(result.stdout))) == (1, 1)
    assert watched.outcomes == ["WrongMeter"]


def test_a_damaged_number_is_not_another_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    own = P1Meter(MeterSpec(meter_number="E0044000000000000")).telegram(NOON)
    spoiled = own.replace(b"4530303434", b"4530303435")
    watched = watch(monkeypatch, spoiled, own, expected="E0044000000000000")
    result = runner.invoke(app, ["p1", "read", "COM4", "--json"])
    assert [found["crc"] for found in objects(result.stdout)] == ["ok"]
    assert watched.outcomes == ["done"]


def test_damaged_numbers_only_are_no_telegram(monkeypatch: pytest.MonkeyPatch) -> None:
    own = P1Meter(MeterSpec(meter_number="E0044000000000000")).telegram(NOON)
    spoiled = own.replace(b"4530303434", b"4530303435")
    silent_port(monkeypatch, spoiled)
    watched = Watched(Line(), "E0044000000000000")
    monkeypatch.setattr(ui.cli.p1, "door", watched.door)
    result = runner.invoke(app, ["p1", "read", "COM4", "--json", "--timeout", "0.3"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert watched.outcomes != ["done"]


def test_following_goes_on_until_the_port_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    listen_to(monkeypatch, GOOD, GOOD)
    result = runner.invoke(app, ["p1", "read", "COM4", "--json", "--follow"])
    found = objects(result.stdout)
    assert [one["kind"] for one in found] == ["telegram", "telegram", "health"]
    assert (found[-1]["telegrams"], found[-1]["damaged"], found[-1]["expected_s"]) == (2, 0, 1)
    assert result.exit_code == 0
    assert len(result.stderr.splitlines()) == 1


def test_the_line_is_told_for_people_on_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = GOOD.replace(b"1-0:1.8.1(", b"1-0:1.8.1(9")
    listen_to(monkeypatch, GOOD, damaged, b"noise", GOOD)
    result = runner.invoke(app, ["p1", "read", "COM4", "--follow"])
    assert "health" not in result.stdout
    said = result.stderr.splitlines()
    assert any(line.startswith("The line: 2 telegrams") for line in said)
    assert any(
        "Damaged telegrams: 1" in line and "probably in 1-0:1.8.1" in line for line in said
    )


def test_a_speed_is_found_and_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[MemoryPort] = []
    tasks: list[asyncio.Task[None]] = []

    async def opened(name: str, _line: LineSettings) -> MemoryPort:
        near, far = memory_pair(name)
        ends[:] = [near, far]
        tasks.append(asyncio.create_task(slow_meter(near, far)))
        return near

    async def slow_meter(near: MemoryPort, far: MemoryPort) -> None:
        wire = Wire(9600)
        while True:
            await far.write(wire.heard(GOOD, near.line.baud))
            await asyncio.sleep(0.05)

    monkeypatch.setattr(ui.cli.p1, "open_port", opened)
    result = runner.invoke(app, ["p1", "read", "COM4", "--json"])
    assert objects(result.stdout)[-1]["crc"] == "ok"
    assert known_line("COM4") == LineSettings(9600)
    first = ends[0].line
    assert first == LineSettings(9600)


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
    [
        (b"", "Nothing comes in"),
        (b"/ISk5\r\n", "wrong port"),
        (b"hello there", "can't be read"),
    ],
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
            self.control = LineControl()

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
    assert [one["kind"] for one in objects(result.stdout)].count("telegram") == 2
    assert result.exit_code == 0


def test_endless_noise_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    class Babble:
        name, line, control = "COM4", LineSettings(), LineControl()

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
    assert "can't be read" in result.stderr


def test_noise_between_two_marks_is_no_telegram(monkeypatch: pytest.MonkeyPatch) -> None:
    silent_port(monkeypatch, b"\x81\x92" * 40 + b"/\x93\r\n\r\n\x94(\r\n!0000\r\n")
    result = runner.invoke(app, ["p1", "read", "COM4", "--json", "--timeout", "0.6"])
    assert result.exit_code == 1
    assert "wrong speed" in result.stderr or "can't be read" in result.stderr
