"""What a technician's cables and meters do wrong, met by the whole command on real lines."""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hardware.drivers.p1 import P1_LINE
from hardware.port import Port
from hardware.simulators.p1 import MeterSpec, P1Meter
from tests.journeys.laptops import begin, contacts, make_laptop, operations
from tests.journeys.lines import (
    PASSWORD,
    failure,
    head_on,
    meter,
    run,
    saying,
    silence,
    terminal,
)
from tests.journeys.programs import Services

on_a_terminal = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")

OWN, OTHER = "E0044007382246019", "E0044007382311321"
TELEGRAM = P1Meter(MeterSpec(meter_number=OTHER)).telegram(datetime(2026, 6, 3, tzinfo=UTC))
SNRM = bytes.fromhex("7EA0070321930F017E")
COMMANDS = [("p1", "read"), ("optical", "read")]
QUICK = ("--timeout", "0.3")


@pytest.fixture
def keys(tmp_path: Path) -> tuple[str, str]:
    return key_file(tmp_path / "keys.toml", PASSWORD)


def key_file(path: Path, password: bytes) -> tuple[str, str]:
    path.write_text(f'password = "{password.hex()}"\n', encoding="ascii")
    return ("--keys-file", str(path))


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_port_that_never_was(command: tuple[str, str], tmp_path: Path) -> None:
    said = failure(await run(*command, "/dev/ttyNONE", data=tmp_path))
    assert "/dev/ttyNONE is not there" in said
    assert "Plug the cable in" in said


@on_a_terminal
async def test_a_cable_unplugged_in_a_telegram(tmp_path: Path) -> None:
    async def pulled_out(port: Port) -> None:
        while port.line.baud != P1_LINE.baud:
            await port.read(0.05)
        await port.write(TELEGRAM[:200])
        await port.read(0.2)
        await port.close()

    async with terminal(pulled_out) as source:
        said = await run("p1", "read", source, "--json", data=tmp_path)
    assert "is not there or went away" in failure(said)
    assert [line["kind"] for line in said.lines if line["kind"] == "telegram"] == []


@on_a_terminal
async def test_a_head_that_falls_off_in_a_readout(
    tmp_path: Path, keys: tuple[str, str]
) -> None:
    async with terminal(head_on(meter(OWN), answers=9)) as source:
        said = await run("optical", "read", source, "--json", *keys, data=tmp_path)
    assert "is not there or went away" in failure(said)
    assert said.out == ""


@on_a_terminal
@pytest.mark.parametrize("command", COMMANDS)
async def test_no_meter(command: tuple[str, str], tmp_path: Path) -> None:
    async with terminal(silence) as source:
        said = failure(await run(*command, source, *QUICK, data=tmp_path))
    if command[0] == "p1":
        assert f"Nothing comes in on {source}" in said
        assert "Push the cable into P1" in said
    else:
        assert f"Nothing answers on the optical port at {source}" in said
        assert "Put the head straight" in said


@on_a_terminal
async def test_a_p1_cable_for_the_optical_command(tmp_path: Path, services: Services) -> None:
    cable = services.start("simulate", "p1", "--pty", "--interval", "0.2")
    said = failure(await run("optical", "read", cable.ready, *QUICK, data=tmp_path))
    assert "The cable is on the wrong port of the meter" in said
    assert "optical head for P0" in said


@on_a_terminal
async def test_an_optical_head_for_the_p1_command(tmp_path: Path, services: Services) -> None:
    head = services.start("simulate", "optical", "--pty")
    quiet = failure(await run("p1", "read", head.ready, *QUICK, data=tmp_path))
    assert "Nothing comes in" in quiet
    async with terminal(saying(SNRM)) as source:
        heard = failure(await run("p1", "read", source, *QUICK, data=tmp_path))
    assert "The cable is on the wrong port of the meter" in heard
    assert "cable for P1" in heard


@on_a_terminal
async def test_another_meter_is_not_written(tmp_path: Path, keys: tuple[str, str]) -> None:
    await make_laptop(tmp_path / "laptop")
    await begin(tmp_path / "laptop", "visit-V-1001")
    before = await operations(tmp_path / "laptop")
    found = meter(OTHER)
    held = found.administrative_status
    words = ("off", "--visit", "V-1001", *keys)
    async with terminal(head_on(found)) as source:
        said = await run("optical", "preference", source, *words, data=tmp_path / "laptop")
    text = failure(said)
    assert f"This is another meter: {OTHER} instead of {OWN}" in text
    assert f"Put the cable on meter {OWN}" in text
    assert said.out == ""
    assert found.administrative_status == held == 2
    assert await operations(tmp_path / "laptop") == before
    assert await contacts(tmp_path / "laptop") == [
        ("write_preference", "begun"),
        ("write_preference", "WrongMeter"),
    ]


@on_a_terminal
async def test_another_meter_is_not_read(tmp_path: Path, keys: tuple[str, str]) -> None:
    await make_laptop(tmp_path)
    visit = ("--visit", "V-1003", "--json")
    async with terminal(saying(TELEGRAM)) as source:
        over_p1 = await run("p1", "read", source, *visit, data=tmp_path)
    async with terminal(head_on(meter(OTHER))) as source:
        over_p0 = await run("optical", "read", source, *visit, *keys, data=tmp_path)
    for said in (over_p1, over_p0):
        assert f"This is another meter: {OTHER}" in failure(said)
        # who comes in the middle of a telegram hears the rest of it, and nothing else
        told = [json.loads(line) for line in said.out.splitlines()]
        assert [one.get("cause") for one in told] in ([], ["telegram cut off"])
    assert await operations(tmp_path) == []
    outcomes = [outcome for _, outcome in await contacts(tmp_path)]
    assert outcomes == ["begun", "WrongMeter"] * 2


@on_a_terminal
@pytest.mark.parametrize("command", COMMANDS)
async def test_noise(command: tuple[str, str], tmp_path: Path) -> None:
    noise = random.Random(5).randbytes(1500)
    async with terminal(saying(noise, every_s=0.02)) as source:
        said = failure(await run(*command, source, *QUICK, data=tmp_path))
    assert "can't be read" in said or "wrong speed" in said
    assert "Check the" in said
    assert "cable" in said


@on_a_terminal
async def test_a_meter_that_stops_half_way(
    tmp_path: Path, keys: tuple[str, str], services: Services
) -> None:
    words = ("--security", "lls", "--fault", "stops-halfway", *keys)
    head = services.start("simulate", "optical", "--pty", *words)
    said = await run("optical", "read", head.ready, *keys, *QUICK, data=tmp_path)
    assert f"The meter on {head.ready} does not answer" in failure(said)
    assert said.out == ""


@on_a_terminal
async def test_a_wrong_password_is_tried_once(tmp_path: Path) -> None:
    wrong = key_file(tmp_path / "wrong.toml", b"geheim12")
    found = meter(OWN)
    before = len(found.logs["fraud"])
    words = ("off", "--purpose", "workshop", *wrong)
    async with terminal(head_on(found)) as source:
        said = failure(await run("optical", "preference", source, *words, data=tmp_path))
        again = failure(await run("optical", "preference", source, *words, data=tmp_path))
    assert "it was tried once" in said
    assert "event 46" in said
    assert "locked" in said
    assert "Do not try another password" in said
    assert "geheim12" not in said
    assert "The optical port is locked" in again
    assert len(found.logs["fraud"]) == before + 1
    assert found.administrative_status == 2
