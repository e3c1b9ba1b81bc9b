from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from fieldapp.domain.work_order import Visit
from fieldapp.settings import ENVIRONMENT
from fieldapp.store import audit
from ui.cli.main import app
from ui.key_source import key_source_of
from ui.wiring import Laptop, open_laptop

if TYPE_CHECKING:
    from tests.ui.conftest import Desk


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(folder))


def run(*words: str) -> Result:
    with ThreadPoolExecutor(1) as thread:  # a command runs a loop of its own
        return thread.submit(CliRunner().invoke, app, list(words)).result()


@pytest.mark.usefixtures("environment")
async def test_the_day_as_json_and_for_people(
    desk: Desk, laptop: Laptop, visits: dict[str, Visit]
) -> None:
    await laptop.close()
    try:
        as_json = run("day", "--json", "--date", "2026-11-23")
        for_people = run("day", "--date", "2026-11-23")
        other_day = run("day", "--date", "2026-12-24")
        silent = run("day", "--json", "--date", "2026-12-24")
    finally:
        await desk.open()
    assert (as_json.exit_code, as_json.stderr) == (0, "")
    rows = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert [row["id"] for row in rows] == [visit.id for visit in visits.values()]
    surface = {"id", "kind", "state", "window", "name", "street", "postcode", "place"}
    assert surface | {"phone", "connections"} <= set(rows[0])
    assert rows[0]["window"] == ["2026-11-23T08:00:00+01:00", "2026-11-23T09:00:00+01:00"]
    assert rows[1]["connections"] == [
        {"ean": connection.ean, "meter": connection.meter and connection.meter.number}
        for connection in visits["V-1002"].connections
    ]
    lines = for_people.stdout.splitlines()
    assert lines[0].startswith("08:00-09:00  V-1001  remote reading on or off  planned")
    assert other_day.stdout == "2026-12-24: no visits on this day\n"
    assert (silent.stdout, silent.exit_code) == ("", 0)
    looks = await desk.laptop.db.read(audit.entries)
    assert len(looks) == 16


@pytest.mark.usefixtures("environment")
async def test_an_open_laptop_is_not_opened_twice(laptop: Laptop) -> None:
    assert laptop.folder.exists()
    result = run("day")
    assert result.exit_code == 1
    assert "Another program is using this laptop's data" in result.stderr


@pytest.mark.usefixtures("environment")
async def test_a_passphrase_is_asked_for_by_file(folder: Path, tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("correct horse", encoding="utf-8")
    await (await open_laptop(folder, key_source_of(folder, words))).close()
    without = run("day")
    assert without.exit_code == 1
    assert "--passphrase-file" in without.stderr
    missing = run("day", "--passphrase-file", str(tmp_path / "nowhere"))
    assert missing.exit_code == 1
    assert "can't be read" in missing.stderr
    given = run("day", "--passphrase-file", str(words))
    assert given.exit_code == 1
    assert "not tied to a technician" in given.stderr
