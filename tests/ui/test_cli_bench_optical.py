from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fieldapp.settings import ENVIRONMENT
from hardware.pump import WireStats
from tests.interop.bench import counted_line
from ui.cli.main import app
from ui.proof import optical_peers
from ui.proof.optical_aims import aims_of
from ui.proof.optical_peers import Asked, is_present, run_peer
from ui.proof.optical_tasks import attributes, figures

pytestmark = pytest.mark.timeout(120)
FAST = ("--baud", "19200", "--turnaround-ms", "1", "--max-info", "2030")
posix = pytest.mark.skipif(sys.platform == "win32", reason="mode E is on a pseudo-terminal")


def bench(*words: str) -> tuple[int, list[dict[str, Any]], str]:
    done = CliRunner().invoke(app, ["bench", "optical", *words])
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return done.exit_code, lines, done.stderr


@posix
def test_every_task_is_measured_beside_the_lines_own_limit() -> None:
    before = os.environ[ENVIRONMENT]
    status, (*rows, last), _ = bench(*FAST, "--no-peers", "--json")
    tasks = {row["task"]: row for row in rows}
    assert set(tasks) == {
        "connect",
        "attributes_each",
        "attributes_list",
        "attributes_again",
        "preference",
        "placement",
        "retrieve_state",
        "retrieve_state_again",
        "profile_day",
        "mode_e",
    }
    assert all(row["seconds"] >= row["line_seconds"] * 0.9 > 0 for row in rows)
    assert tasks["attributes_each"]["round_trips"] == len(attributes()) == 40
    assert tasks["attributes_list"]["round_trips"] == 3
    assert tasks["attributes_again"]["bytes"] < tasks["attributes_list"]["bytes"]
    assert last["kind"] == "optical"
    assert set(last["aims"]) == {"line", "each_1"}
    assert status == (0 if all(last["aims"].values()) else 1)
    assert os.environ[ENVIRONMENT] == before


def test_what_the_meter_can_not_be_is_one_line() -> None:
    status, rows, err = bench("--baud", "12345", "--no-peers", "--json")
    assert status == 1
    assert rows == []
    assert "12345" in err


def row(task: str, seconds: float, **more: Any) -> dict[str, Any]:
    return {
        "kind": "task",
        "client": "fieldapp",
        "turnaround_ms": 200,
        "task": task,
        "seconds": seconds,
        "ratio": 1.05,
        **more,
    }


def test_each_aim_is_held_against_its_own_row() -> None:
    rows = [
        row("attributes_each", 10.0),
        row("attributes_again", 1.2),
        row("attributes_list", 1.6, client="gurux"),
        row("retrieve_state", 12.0),
        row("placement", 4.0),
        {"kind": "absent", "client": "dlms-cosem"},
    ]
    met = {"line", "each_200", "gurux_200", "retrieve_state", "placement"}
    assert aims_of(rows) == dict.fromkeys(met, True)
    slow = [{**each, "seconds": each.get("seconds", 0) * 4, "ratio": 1.2} for each in rows]
    slow[0]["seconds"], slow[2]["seconds"] = 10.0, 1.6
    assert aims_of(slow) == dict.fromkeys(met, False)


def test_an_aim_that_can_not_be_judged_is_not_told() -> None:
    failed = row("attributes_list", 0.1, client="gurux", error="IndexError")
    assert aims_of([row("attributes_again", 1.0), failed]) == {"line": True}
    assert aims_of([]) == {}


def test_what_is_above_the_limit_is_in_the_ratio() -> None:
    spent = WireStats(100, 92, 2, 9.9, 0.2, pause_seconds=0.04)
    found = figures("connect", 0.66, spent, 0.2)
    assert (found.bytes, found.round_trips, found.line_seconds) == (192, 2, 0.2)
    assert found.ratio == round(0.66 / (0.2 + 2 * 0.2 + 0.04), 3)


def asked() -> Asked:
    keys = {"password": b"00000001"}
    return Asked("127.0.0.1", 4059, "lls", keys, 7, 128, attributes())


def test_the_child_takes_the_job_as_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(asked().line().decode()))
    job = counted_line.job()
    assert (job.host, job.port, job.auth, job.counter) == ("127.0.0.1", 4059, "lls", 7)
    assert job.keys == {"password": b"00000001"}
    assert job.targets[0] == (3, "1.0.1.8.0.255", 2)


def test_a_peer_that_is_not_here_is_absent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(optical_peers, "_INTERPRETER", tmp_path / "python")
    assert not is_present("gurux")


async def test_a_peer_that_falls_over_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optical_peers, "_INTERPRETER", Path(sys.executable))
    assert is_present("gurux")
    assert await run_peer("gurux", asked()) == []
