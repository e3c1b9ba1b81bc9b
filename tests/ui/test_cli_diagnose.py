"""`fieldapp diagnose`: ports in a row, and one of them found out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import typer
from typer.testing import CliRunner

import ui.cli.diagnose
from fieldapp.domain.privacy import MeterAction
from hardware.drivers import port_search
from hardware.drivers.optical_line import Framing, OpticalOptions
from hardware.drivers.port_search import Finding, Kind
from hardware.errors import PortGone
from hardware.port import LineSettings, MemoryPort, memory_pair
from hardware.pump import Timing
from hardware.serial_port import PortInfo
from hardware.simulators import optical
from hardware.simulators.optical_state import OpticalMeter, furnished
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.uart import garble
from ui.cli.diagnose import diagnose_app, told
from ui.cli.p1_line import keep_line
from ui.cli.wanted import Entry, Wanted

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)
NUMBER = "E0044007382246019"
TELEGRAM = P1Meter(MeterSpec(meter_number=NUMBER)).telegram(NOON)
runner = CliRunner()
app = typer.Typer()
app.add_typer(diagnose_app, name="diagnose")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port_search, "SHORT_S", 0.05)
    timing = Timing(response_s=0.1, inter_octet_s=0.05)
    options = OpticalOptions(framing=Framing.HDLC, timing=timing)
    monkeypatch.setattr(ui.cli.diagnose, "PUBLIC_ACCESS", options)


def says(monkeypatch: pytest.MonkeyPatch, octets: bytes) -> None:
    kept: list[MemoryPort] = []

    async def opened(name: str) -> MemoryPort:
        near, far = memory_pair(name)
        await far.write(octets)
        kept.append(far)
        return near

    monkeypatch.setattr(ui.cli.diagnose, "open_port", opened)


def found(*options: str) -> tuple[int, dict[str, object], str]:
    result = runner.invoke(
        app, ["diagnose", "find", "COM4", "--json", "--timeout", "0.1", *options]
    )
    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(objects) == 1
    return result.exit_code, objects[0], result.stderr


def test_a_customer_port_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, TELEGRAM)
    status, told_of, stderr = found()
    assert (status, stderr) == (0, "")
    assert told_of == {
        "kind": "finding",
        "source": "COM4",
        "found": "p1",
        "baud": 115200,
        "form": "8N1",
        "version": "50",
        "meter": NUMBER,
        "other_meter": False,
        "request": "unknown",
        "detail": None,
    }


@pytest.mark.parametrize(
    ("octets", "kind", "words"),
    [
        (garble(TELEGRAM, 1, 1, inverted=True), "inverted", "does not invert"),
        (b"\0", "low", "stands still at low"),
        (b"", "silent", "no control lines"),
        (bytes.fromhex("7ea0070321930f017e") * 4, "push", "HAN port"),
        (b"AT+CREG?\r\n" * 20, "data", "unknown text"),
    ],
)
def test_each_trouble_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, octets: bytes, kind: str, words: str
) -> None:
    says(monkeypatch, octets)
    status, told_of, stderr = found()
    assert (status, told_of["found"]) == (1, kind)
    assert words in stderr
    assert len(stderr.splitlines()) == 1


def test_people_read_the_steps_and_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, TELEGRAM)
    result = runner.invoke(app, ["diagnose", "find", "COM4"])
    assert result.exit_code == 0
    assert result.stdout.count("\n") == 1
    assert "115200 baud (8N1)" in result.stdout
    assert "Listening" in result.stderr


def watched(expected: str | None) -> Callable[[Wanted], object]:
    @asynccontextmanager
    async def door(wanted: Wanted) -> AsyncIterator[Entry]:
        assert wanted.action is MeterAction.IDENTIFY
        yield Entry(expected)

    return door


@pytest.mark.parametrize(("expected", "other"), [(NUMBER, False), ("E0099000000000126", True)])
def test_in_a_visit_the_meter_is_held_to_the_visits(
    monkeypatch: pytest.MonkeyPatch, expected: str, *, other: bool
) -> None:
    says(monkeypatch, TELEGRAM)
    monkeypatch.setattr(ui.cli.diagnose, "door", watched(expected))
    status, told_of, _ = found()
    assert (status, told_of["other_meter"]) == (int(other), other)


def test_an_optical_port_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks: list[asyncio.Task[None]] = []

    async def opened(name: str) -> MemoryPort:
        near, far = memory_pair(name)
        meter = furnished(OpticalMeter(NUMBER, lambda: NOON), None)
        serve: Callable[[MemoryPort], Awaitable[None]]
        serve = optical.OpticalSimulator(meter, optical.Framing.HDLC).serve
        tasks.append(asyncio.ensure_future(serve(far)))
        return near

    monkeypatch.setattr(ui.cli.diagnose, "open_port", opened)
    monkeypatch.setattr(ui.cli.diagnose, "door", watched(NUMBER))
    status, told_of, _ = found()
    assert (status, told_of["found"], told_of["meter"]) == (0, "optical", NUMBER)


def test_a_port_that_is_not_there_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    async def opened(name: str) -> MemoryPort:
        raise PortGone(name)

    monkeypatch.setattr(ui.cli.diagnose, "open_port", opened)
    result = runner.invoke(app, ["diagnose", "find", "COM9"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "COM9" in result.stderr


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("request_line", ["held", "both", "released", "unknown"])
def test_every_finding_has_words(kind: Kind, request_line: str) -> None:
    said = told(Finding(kind, 9600, "50", NUMBER, form="8N1", request=request_line))
    assert "{" not in said
    assert told(Finding(kind, other_meter=True)).startswith("This is another meter")


def test_a_meter_that_refuses_says_so() -> None:
    assert "does not go on" in told(Finding(Kind.OPTICAL, 9600, detail="locked"))
    assert "DSMR" not in told(Finding(Kind.P1, 9600, form="7E1"))


def test_ports_are_told_with_what_they_could_be(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = [
        PortInfo("COM1", "Communications Port (COM1)"),
        PortInfo("COM4", "USB Serial Port", "FTDI", "A5", "0403:6001"),
    ]
    monkeypatch.setattr(ui.cli.diagnose, "list_ports", lambda: ports)
    keep_line("COM4", LineSettings(9600))
    result = runner.invoke(app, ["diagnose", "ports", "--json"])
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert first["source"] == "COM4"
    assert (first["chip"], first["chance"]) == ("FTDI FT232R", "could_be")
    assert (first["heard_at"], second["heard_at"]) == ("9600 8N1", None)
    assert second["chance"] == "unlikely"
    plain = runner.invoke(app, ["diagnose", "ports"]).stdout
    assert "could be a P1 cable" in plain
    assert "last heard at 9600 8N1" in plain
