"""`fieldapp dispatch conflicts | quarantine | laptops` against the running office."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from fieldapp.domain import facts as f
from tests.sync.server.doubles import START
from ui.cli.main import app as APP  # noqa: N812  as the other commands' tests name it

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, Running

Run = Callable[..., Result]


@pytest.fixture
def dispatch(running: Running, premises: Backyard, tmp_path: Path) -> Run:
    token = tmp_path / "token"
    token.write_text(premises.token() + "\n")

    def run(*words: str) -> Result:
        where = ["--server", running.url, "--token-file", str(token)]
        return CliRunner().invoke(APP, ["dispatch", *words, *where])

    return run


def told(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_conflict_is_listed_shown_and_decided(dispatch: Run, premises: Backyard) -> None:
    laptop, (visit,) = premises.laptop(), premises.visits()
    premises.day(premises.row("V-1001", technician="T1", access_note="Bel aan"))
    mended = f.VisitCorrected(
        at=START, field="access_note", old="", new="Achterom", reason="x", by="T1"
    )
    premises.push(laptop, laptop.operation(visit, mended))
    (line,) = told(dispatch("conflicts", "--json"))
    listed = dispatch("conflicts").stdout
    assert "access_note" in listed
    assert "Achterom" not in listed
    (shown,) = told(dispatch("conflicts", line["id"]))
    assert (shown["site"], shown["office"]) == ("Achterom", "Bel aan")
    assert told(dispatch("conflicts", line["id"], "--keep", "field"))[0]["now"] == "Achterom"
    assert told(dispatch("conflicts", "--state", "kept_field", "--json"))
    merged = dispatch("conflicts", line["id"], "--keep", "merge", "--value", "Bel")
    assert told(merged)[0]["line"]["state"] == "merged"
    assert dispatch("conflicts", "--keep", "field").exit_code == 2
    refused = dispatch("conflicts", "nothing", "--keep", "office")
    assert refused.exit_code == 1
    assert "conflict-unknown" in refused.stderr


def test_what_was_set_aside_is_taken_or_dropped(dispatch: Run, premises: Backyard) -> None:
    premises.technician("T2")
    laptop, (first, second) = premises.laptop(), premises.visits("T2", 2)
    for visit in (first, second, "nowhere"):
        premises.push(laptop, laptop.operation(visit, f.VisitAccepted(at=START)))
    lines = told(dispatch("quarantine", "list", "--json"))
    assert "never_assigned" in dispatch("quarantine", "list").stdout
    one, two, lost = (line["id"] for line in lines)
    (shown,) = told(dispatch("quarantine", "show", one))
    assert shown["fact"]["kind"] == "visit_accepted"
    assert told(dispatch("quarantine", "take", one))[0]["line"]["state"] == "taken"
    dropped = dispatch("quarantine", "drop", two, "--reason", "dubbel")
    assert told(dropped)[0]["words"] == "dubbel"
    refused = dispatch("quarantine", "take", lost)
    assert refused.exit_code == 1
    assert "unknown_visit" in refused.stderr
    assert len(told(dispatch("quarantine", "list", "--json"))) == 1


def test_what_laptops_still_bring(dispatch: Run, premises: Backyard) -> None:
    laptop, (visit,) = premises.laptop(), premises.visits()
    assert "never" in dispatch("laptops").stdout
    assert "nothing to come" in dispatch("laptops").stdout
    laptop.operation(visit, f.VisitAccepted(at=START))
    premises.push(laptop, laptop.operation(visit, f.VisitTravelling(at=START)))
    premises.push(laptop, laptop.operation("nowhere", f.VisitTravelling(at=START)))
    (line,) = told(dispatch("laptops", "--json", "--silent-hours", "6"))
    assert (line["missing"], line["held"]) == (1, 2)
    assert "1 missing, 2 held" in dispatch("laptops").stdout
