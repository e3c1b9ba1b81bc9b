"""`fieldapp server` and `server-admin`, as far as they are about files and folders."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from sqlalchemy import select
from typer.testing import CliRunner

from sync.server import tables_choices
from sync.server.office import Office, OfficeUnavailable
from sync.server.settings import ServerSettings
from ui.cli.office import register

if TYPE_CHECKING:
    from tests.sync.server.s3 import S3Server


def test_a_server_that_can_not_have_its_store_says_so_and_ends(
    s3_server: S3Server, tmp_path: Path
) -> None:
    app = typer.Typer()
    register(app)
    words = ["server", "--data", str(tmp_path), "--port", "0", "--files"]
    for address, why in (
        (s3_server.address("none"), "NoSuchBucket"),
        ("s3://", "write it as"),
    ):
        ended = CliRunner().invoke(app, [*words, address])
        assert ended.exit_code == 1
        assert why in ended.stderr
        assert len(ended.stderr.strip().splitlines()) == 1


def test_an_s3_address_without_its_library_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sync.server.objects_s3", None)
    settings = replace(ServerSettings.in_folder(tmp_path), files_url="s3://bucket")
    with pytest.raises(OfficeUnavailable, match=r"fieldapp\[s3\]"):
        Office.open(settings)


def test_how_originals_travel_is_chosen_by_a_command(tmp_path: Path) -> None:
    app = typer.Typer()
    register(app)
    words = ["server-admin", "set", "originals", "--data", str(tmp_path)]
    done = CliRunner().invoke(app, [*words, "unmetered"])
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"originals": "unmetered"})
    assert CliRunner().invoke(app, [*words, "sometimes"]).exit_code == 2
    office = Office.open(ServerSettings.in_folder(tmp_path))
    with office.database.reading() as c:
        assert c.execute(select(tables_choices.choices.c.value)).scalar_one() == "unmetered"
    office.close()


@pytest.mark.parametrize("words", [("backup", "copy"), ("erasures",), ("restored",)])
def test_a_folder_without_an_office_gets_none(tmp_path: Path, words: tuple[str, ...]) -> None:
    app, data = typer.Typer(), tmp_path / "mistyped"
    register(app)
    result = CliRunner().invoke(app, ["server-admin", *words, "--data", str(data)])
    assert (result.exit_code, result.stdout, data.exists()) == (1, "", False)


def test_a_database_that_gives_out_is_one_line(tmp_path: Path) -> None:
    app, office = typer.Typer(), Office.open(ServerSettings.in_folder(tmp_path))
    register(app)
    with office.database.writing() as c:
        c.exec_driver_sql("ALTER TABLE intake RENAME TO gone")
    office.close()
    result = CliRunner().invoke(app, ["server-admin", "status", "--data", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "database gave out" in result.stderr
    assert len(result.stderr.splitlines()) == 1
