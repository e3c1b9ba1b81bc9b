from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from fieldapp.store import opening, schema, tables
from fieldapp.store.database import Database


def table_names(c: Connection) -> list[str]:
    return list(c.exec_driver_sql("SELECT name FROM sqlite_master").scalars())


async def test_the_migrations_build_the_tables(db: Database) -> None:
    def differences(c: Connection) -> list[object]:
        context = MigrationContext.configure(c, opts={"compare_type": False})
        return list(compare_metadata(context, tables.metadata))

    assert await db.write(differences, touched=frozenset()) == []


async def test_the_schema_number_is_todays(db: Database) -> None:
    assert await db.read(schema.current) == schema.SCHEMA


def test_a_migration_that_breaks_off_leaves_nothing(
    tmp_path: Path, key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store.db"
    engine = opening.make_engine(path, key)
    monkeypatch.setattr(schema, "_upgrade", half_way)
    with pytest.raises(KeyboardInterrupt), engine.begin() as c:
        schema.migrate(c, path)
    monkeypatch.undo()
    with engine.begin() as c:
        assert (schema.current(c), table_names(c)) == (0, [])
        assert schema.migrate(c, path)
        assert not schema.migrate(c, path)
    engine.dispose()


def half_way(c: Connection) -> None:
    tables.metadata.create_all(c, tables=[tables.visits])
    raise KeyboardInterrupt
