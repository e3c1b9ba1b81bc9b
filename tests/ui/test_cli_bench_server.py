from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ui.cli.bench import server
from ui.cli.main import app
from ui.proof import load_cluster
from ui.proof.load_lines import Score

SMALL = ("--seconds", "1", "--visits", "480", "--few", "120", "--technicians", "20", "--json")


@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_the_office_is_measured_with_few_and_many_visits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if load_cluster.binaries() is None:
        pytest.skip("no PostgreSQL binaries")
    monkeypatch.setattr(server, "ROUNDS", 1)
    monkeypatch.setattr(server, "TIMES", 2)
    monkeypatch.setattr(server, "BURST_RATE", 20.0)
    monkeypatch.setattr(server, "RATES", {**server.RATES, "empty": 10.0, "visit": 5.0})
    done = CliRunner().invoke(app, ["bench", "server", *SMALL])
    assert done.exit_code in {0, 1}
    (line,) = (json.loads(text) for text in done.stdout.splitlines() if text.startswith("{"))
    assert line["kind"] == "server"
    assert (line["visits"], line["technicians"]) == (480, 20)
    assert set(line["growth"]) == {"empty", "preload", "visit"}
    for kind, number in (("visit", 5), ("empty", 10), ("preload", 33)):
        assert line["mixed"][kind]["offered_per_s"] == number
        assert line["mixed"][kind]["errors"] == {}
    assert line["burst"]["preload"]["errors"] == {}
    assert line["aims"]["errors"]
    assert line["aims"]["burst"]


def test_where_there_is_no_postgresql_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_args, **_named: None)
    monkeypatch.setattr(Path, "glob", lambda *_args: iter(()))
    done = CliRunner().invoke(app, ["bench", "server"])
    assert done.exit_code == 1
    assert "apt: postgresql" in done.stderr


def test_a_server_that_is_not_there_is_said_in_one_line() -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    done = CliRunner().invoke(app, ["bench", "server", "--db", url])
    assert done.exit_code == 1
    assert done.stderr.startswith("No databases can be made for this.")


def test_times_are_told_by_their_share() -> None:
    score = Score(offered=200, took_ms=[float(n) for n in range(200, 0, -1)], last_s=2.0)
    told = score.figures(1.0)
    assert (told["p50_ms"], told["p99_ms"], told["max_ms"]) == (101.0, 199.0, 200.0)
    assert (told["offered_per_s"], told["achieved_per_s"]) == (200.0, 100.0)
