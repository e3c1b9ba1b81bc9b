from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from sync.server import schema
from sync.server.database import OfficeDatabase
from sync.server.laptops import find
from sync.server.office import Office, OfficeUnavailable
from sync.server.schema import SCHEMA, current, migrate
from sync.server.settings import ServerSettings
from sync.server.tables import metadata


def not_one_day(name: str | None, kind: str, _parents: object) -> bool:
    """A table that the schema names; the partitions of the days are made as time goes."""
    return kind != "table" or not re.fullmatch(r"(operations|audit)_(\d{8}|other)", name or "")


def test_the_newest_migration_makes_these_tables(office: Office) -> None:
    with office.database.reading() as c:
        opts = {"compare_type": True, "include_name": not_one_day}
        context = MigrationContext.configure(c, opts=opts)
        assert compare_metadata(context, metadata) == []
        assert current(c) == SCHEMA


def test_there_is_nothing_to_do_twice(office: Office) -> None:
    assert not migrate(office.database)


def test_an_office_of_the_first_schema_goes_on_with_its_laptops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = OfficeDatabase(f"sqlite:///{tmp_path / 'office.sqlite'}")
    monkeypatch.setattr(schema, "SCHEMA", "0001")
    assert migrate(database)
    with database.writing() as c:
        c.execute(text("INSERT INTO technicians VALUES ('R', 'T', 'Ans', 1)"))
        c.execute(
            text(
                "INSERT INTO laptops (region, id, technician, device_name, public_key,"
                " practice, incarnation, enrolled_at, handed_out)"
                " VALUES ('R', 'L', 'T', '', x'00', 0, 1, '2026-01-01 00:00:00', 0)"
            )
        )
    monkeypatch.undo()
    assert migrate(database)
    with database.reading() as c:
        assert current(c) == SCHEMA
        found = find(c, "L")
    database.close()
    assert found is not None
    assert found.agreement_key is None


def test_an_office_is_the_same_when_opened_again(settings: ServerSettings) -> None:
    first = Office.open(settings)
    name = first.vault.office
    first.close()
    again = Office.open(settings)
    assert again.vault.office == name
    again.close()


def test_a_newer_programs_database_is_left_alone(settings: ServerSettings) -> None:
    office = Office.open(settings)
    with office.database.writing() as c:
        c.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    office.close()
    with pytest.raises(OfficeUnavailable, match="newer program"):
        Office.open(settings)


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite:////proc/none/office.sqlite", "postgresql://127.0.0.1:1/x"]
)
def test_a_database_that_can_not_be_had(tmp_path: Path, url: str) -> None:
    plain = ServerSettings.in_folder(tmp_path)
    with pytest.raises(OfficeUnavailable):
        Office.open(ServerSettings(url, plain.files, plain.key_file))


def test_what_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "office.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(OfficeUnavailable):
        Office.open(ServerSettings.in_folder(tmp_path))


def test_references_hold(office: Office) -> None:
    row = "INSERT INTO counters (region, technician, last) VALUES ('R', 'T', 0)"
    orphan = (
        "INSERT INTO incarnations (region, laptop, incarnation, system_title, started_at)"
        " VALUES ('R', 'none', 1, :title, '2026-01-01')"
    )
    with office.database.writing() as c:
        c.execute(text(row))
    with pytest.raises(IntegrityError), office.database.writing() as c:
        c.execute(text(orphan), {"title": b"x"})


def test_an_error_rolls_back(office: Office) -> None:
    database: OfficeDatabase = office.database

    def break_off() -> None:
        with database.writing() as c:
            c.execute(text("INSERT INTO counters VALUES ('R', 'T', 0)"))
            raise KeyError

    with pytest.raises(KeyError):
        break_off()
    with database.reading() as c:
        assert c.execute(text("SELECT count(*) FROM counters")).scalar_one() == 0
