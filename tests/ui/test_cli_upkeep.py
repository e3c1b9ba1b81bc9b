from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from fieldapp.domain import facts as f
from fieldapp.domain.meter_clock import LaptopTime
from tests.ui import test_cli_optical as meters
from tests.ui.test_cli_optical import Run, Start
from ui.cli import optical_contact, optical_upkeep
from ui.cli.wanted import Entry, Wanted

start, keys, run = meters.start, meters.keys, meters.run
NUMBER = "E0044007382246019"
BENCH = ("--client", "1", "--purpose", "workshop")
NEW_GAS = "G0039001936990725"
_SURE = LaptopTime(timedelta(minutes=5), timedelta(), timedelta())
_AWAY = datetime(2026, 11, 23, 10, 7, 0, tzinfo=UTC)


def last(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def said(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert len(result.stderr.splitlines()) == 1
    return result.stderr


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[f.AnyFact]:
    """A door of a laptop that is sure of its time; hears what was done."""
    facts: list[f.AnyFact] = []

    @asynccontextmanager
    async def door(wanted: Wanted) -> AsyncIterator[Entry]:
        wanted.told.time = _SURE
        yield Entry(NUMBER)
        facts.extend(wanted.told.facts)

    monkeypatch.setattr(optical_contact, "door", door)
    return facts


def test_a_clock_is_set_and_the_proof_shown(
    start: Start, run: Run, told: list[f.AnyFact], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optical_upkeep, "now", lambda: _AWAY)
    source = start()
    refused = said(run("clock", source, "set", *BENCH))
    assert "marks" in refused or "limit" in refused
    proof = last(run("clock", source, "set", "--marks-intervals", *BENCH, "--json"))
    assert proof["meter"] == NUMBER
    assert proof["marks_intervals"] is True
    assert proof["holds"] is True
    (fact,) = told
    assert isinstance(fact, f.ClockSet)
    assert fact.marked


def test_a_laptop_of_nobody_sets_no_clock(start: Start, run: Run) -> None:
    assert "own time" in said(run("clock", start(), "set", *BENCH))


def test_alarms_are_shown_agreed_to_and_cleared(
    start: Start, run: Run, told: list[f.AnyFact]
) -> None:
    source = start("--appears", "0")
    assert last(run("alarms", source, "--client", "1", "--json"))["registers"] == {
        "alarm_register_1": 1 << 24 + 1,
        "error_register": 0,
    }
    refused = run("alarms", source, "clear", *BENCH)
    assert "--yes" in said(refused)
    assert "mbus2_device_discovered" in refused.stdout
    found = run("alarms", source, "clear", "--yes", *BENCH)
    assert found.exit_code == 0
    assert "cleared: alarm_register_1" in found.stdout
    assert found.stdout.splitlines()[-2] == "alarms: -"
    again = last(run("alarms", source, "clear", "--yes", *BENCH, "--json"))
    assert again["alarms"] == []
    (fact,) = told
    assert isinstance(fact, f.AlarmsCleared)
    assert fact.names == ("mbus2_device_discovered",)


def test_a_choice_that_the_meter_holds_leaves_nothing(start: Start, run: Run) -> None:
    source = start()
    held = last(run("preference", source, "on", *BENCH, "--json"))
    assert (held["written"], held["foretold"]) == (False, [])
    shown = last(run("preference", source, *BENCH, "--json"))
    assert shown["foretold"] == ["event_47"]


def test_a_gas_meter_is_coupled_and_taken_off(
    start: Start, run: Run, told: list[f.AnyFact]
) -> None:
    source = start("--in-reach", NEW_GAS)
    mine = ("--number", NEW_GAS, *BENCH, "--json")
    proof = last(run("mbus", source, "couple", *mine))
    assert (proof["channel"], proof["after"]["number"]) == (2, "19369907")
    assert proof["before"] == {"channel": 2, "device": None}
    assert last(run("mbus", source, "couple", *mine))["written"] is False
    assert "--yes" in said(run("mbus", source, "decouple", *mine))
    gone = last(run("mbus", source, "decouple", "--yes", *mine))
    assert gone["after"] == {"channel": 2, "device": None}
    assert "No channel" in said(run("mbus", source, "decouple", "--yes", *mine))
    assert [fact.kind for fact in told] == ["mbus_coupled", "mbus_coupled", "mbus_decoupled"]
    table = run("mbus", source, "--client", "1").stdout.splitlines()
    assert table[0].split() == [
        *("channel", "device", "number", "maker"),
        *("value", "taken", "key", "status"),
    ]
    assert table[1].split()[:3] == ["1", "gas", "G0039001936990619"]


def test_a_devices_key_is_handed_over_when_it_is_coupled(
    start: Start, run: Run, told: list[f.AnyFact], tmp_path: Path
) -> None:
    keys = tmp_path / "keys.toml"
    user, default = "11" * 16, "0f" * 16
    lines = f'user_key = "{user}"\ndefault_key = "{default}"\n'
    broken = '[mbus.12345678]\nuser_key = "00"\n'
    keys.write_text(f'password = "{b"00000001".hex()}"\n[mbus.{NEW_GAS}]\n{lines}{broken}')
    source = start("--in-reach", NEW_GAS, "--keys-file", str(keys), "--security", "lls")
    mine = ("--number", NEW_GAS, "--keys-file", str(keys), *BENCH, "--json")
    proof = last(run("mbus", source, "couple", *mine))
    assert (proof["key"], proof["after"]["key_status"]) == ("sent", "set_and_transferred")
    assert proof["after"]["equipment_id"] == ""
    (fact,) = told
    assert isinstance(fact, f.MbusCoupled)
    assert fact.key == "sent"
    wrong = ("--number", "12345678", "--keys-file", str(keys), *BENCH)
    assert "user_key has 1 octets, not 16" in said(run("mbus", source, "couple", *wrong))


@pytest.mark.parametrize(
    ("text", "part"),
    [("mbus = 3\n", "not a table"), ('[mbus.19369907]\nkey = "00"\n', "no user_key")],
)
def test_keys_of_devices_that_cant_be_used(
    text: str, part: str, run: Run, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text(text)
    mine = ("--number", NEW_GAS, "--keys-file", str(keys), "--auth", "none", *BENCH)
    assert part in said(run("mbus", "socket://127.0.0.1:1", "couple", *mine))


def test_a_refused_key_is_told_and_the_device_stays_coupled(
    start: Start, run: Run, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text(f'[mbus.19369907]\nuser_key = "{"11" * 16}"\n')
    source = start()
    mine = ("--number", NEW_GAS, "--keys-file", str(keys), "--auth", "none", *BENCH)
    refused = run("mbus", source, "couple", *mine)
    assert "its key was refused; it was sent once" in said(refused)
    assert "key: refused" in refused.stdout


def test_a_device_nobody_reaches_is_not_said_to_be_coupled(start: Start, run: Run) -> None:
    proof = last(run("mbus", start(), "couple", "--number", "12345678", *BENCH, "--json"))
    assert proof["after"]["equipment_id"] == ""


def test_a_location_is_a_code_and_a_message_is_a_set_one(
    start: Start, run: Run, told: list[f.AnyFact]
) -> None:
    source = start()
    proof = last(run("location", source, "WL-0042", *BENCH, "--json"))
    assert (proof["before"], proof["after"], proof["written"]) == ("", "WL-0042", True)
    assert "street" in said(run("location", source, "Herenstraat 1", *BENCH))
    message = last(run("message", source, "fault_number", "--language", "en", *BENCH, "--json"))
    assert "0800-9009" in message["after"]
    assert "message" in said(run("message", source, "hello", *BENCH))
    held = last(run("message", source, "--client", "1", "--json"))
    assert held["message"] == message["after"]
    assert "none" in held["templates"]
    assert last(run("location", source, "--client", "1", "--json"))["location"] == "WL-0042"
    assert [fact.kind for fact in told] == ["location_written", "message_written"]


def test_interval_data_needs_a_purpose(start: Start, run: Run) -> None:
    source = start()
    mine = ("--client", "1", "--hours", "2", "--json")
    refused = run("profile", source, "1-0:99.1.0", *mine)
    assert "--purpose" in said(refused)
    found = last(run("profile", source, "1-0:99.1.0", "--purpose", "complaint", *mine))
    assert found["interval_data"] is True
    assert found["columns"][2]["name"] == "energy_to_client"
    assert len(found["rows"]) == 8
    voltages = last(run("profile", source, "1-0:99.1.1", *mine))
    assert voltages["interval_data"] is False


def test_logs_and_profiles_are_tables(start: Start, run: Run) -> None:
    source = start("--profile", "smr52")
    logs = run("logs", source, "--days", "400", "--log", "fraud", "--client", "1").stdout
    assert logs.splitlines()[0].split() == ["time", "log", "event"]
    assert "terminal_cover_closed" in logs
    assert "standard" not in logs
    refused = run("logs", source, "--log", "sugar", "--client", "1")
    assert refused.exit_code == 2
    mine = ("--client", "1", "--hours", "3")
    rows = run("profile", source, "power_quality", *mine).stdout.splitlines()
    assert rows[0].split()[:4] == ["clock", "amr_status", "average_voltage_l1", "V"]
    assert "." in rows[1].split()[3]
    assert len(rows) == 13
    gas = last(run("profile", source, "interval_gas", *mine, "--purpose", "fault", "--json"))
    assert gas["obis"] == "0-1:24.3.0.255"
    assert len(gas["rows"]) == 3
    assert "--purpose" in said(run("profile", source, "day", *mine))
    old = start("--profile", "dsmr22")
    assert "no power_quality_profile" in said(run("profile", old, "power_quality", *mine))


@pytest.mark.parametrize(
    "words",
    [
        ["mbus", "x", "couple", *BENCH],
        ["mbus", "x", "couple", "--number", "gas", *BENCH],
        ["mbus", "x", "couple", "--number", "12345678", "--medium", "steam", *BENCH],
        ["mbus", "x", "couple", "--number", "12345678", "--maker", "LG1", *BENCH],
        ["clock", "x", "stop"],
        ["alarms", "x", "forget"],
        ["profile", "x", "sugar"],
    ],
)
def test_wrong_usage_exits_2(words: list[str], run: Run) -> None:
    assert run(*words).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ["clock", "x", "set"],
        ["alarms", "x", "clear"],
        ["mbus", "x", "decouple", "--number", "19369906"],
        ["location", "x", "WL-1"],
        ["message", "x", "none"],
    ],
)
def test_a_write_needs_a_visit_or_the_workshop(words: list[str], run: Run) -> None:
    assert "--visit" in said(run(*words))
