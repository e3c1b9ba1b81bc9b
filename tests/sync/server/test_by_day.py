"""Operations and trail by day: where they lie, what a query opens, and how they got there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from sqlalchemy import Connection, MetaData, event, insert, select, text

from fieldapp.domain import facts as f
from fieldapp.domain.operation import SignedOperation
from sync.server import exchange, partitions, planning, prepared, schema, verification
from sync.server.database import OfficeDatabase
from sync.server.office import Office
from sync.server.schema import migrate
from sync.server.settings import ServerSettings
from sync.wire import Outcome, SyncRequest
from tests.sync.server.doubles import DAY, START, Backyard, HandClock, Signer

if TYPE_CHECKING:
    from tests.sync.server.cluster import Cluster

NEW = ("chain_ends", "waiting_operations", "visit_days", "alembic_version")
"""What schema 5 made, and what the migration keeps itself."""


def noted(text: str) -> f.AnyFact:
    return f.ComplaintRecorded(at=START, text=text)


@contextmanager
def statements(office: Office) -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database meanwhile."""
    asked: list[tuple[str, Any]] = []

    def hear(_c: object, _cursor: object, said: str, values: Any, *_more: object) -> None:
        asked.append((said, values))

    def ask(cursor: Any, said: str, values: Any) -> None:
        hear(None, cursor, said, values)
        cursor.execute(said, values)

    event.listen(office.database.engine, "before_cursor_execute", hear)
    with patch.object(prepared, "ask", ask):
        yield asked
    event.remove(office.database.engine, "before_cursor_execute", hear)


def lie_in(c: Connection) -> list[str]:
    return list(
        c.execute(text("SELECT DISTINCT tableoid::regclass::text FROM operations")).scalars()
    )


@pytest.fixture
def here(cluster: Cluster, migrated: str, tmp_path: Path) -> Iterator[Backyard]:
    """An office on PostgreSQL only."""
    plain = ServerSettings.in_folder(tmp_path / "office")
    url = cluster.url(cluster.new_database(migrated))
    made = Backyard(Office.open(replace(plain, db_url=url), HandClock()))
    made.technician()
    yield made
    made.office.close()


@pytest.mark.postgres
def test_an_operation_lies_in_the_day_it_was_made_on(here: Backyard) -> None:
    laptop, (visit,) = here.laptop(), here.visits()
    odd = START.replace(year=2031)
    told = [
        laptop.operation(visit, noted("a")),
        laptop.operation(visit, noted("b"), device_time=odd),
    ]
    assert here.push(laptop, *told) == [("applied", "")] * 2
    assert here.push(laptop, *told) == [("applied", "")] * 2
    with here.office.database.reading() as c:
        assert sorted(lie_in(c)) == [partitions.name_of("operations", DAY), "operations_other"]


@pytest.mark.postgres
def test_what_came_before_its_day_was_made_moves_there(here: Backyard) -> None:
    laptop, (visit,) = here.laptop(), here.visits()
    later = START + timedelta(days=30)
    one = laptop.operation(visit, noted("a"), device_time=later)
    assert here.push(laptop, one) == [("applied", "")]
    with here.office.database.writing() as c:
        partitions.make(c, later.date())
        partitions.make(c, later.date())
        assert lie_in(c) == [partitions.name_of("operations", later.date())]
    assert here.push(laptop, one) == [("applied", "")]
    assert verification.verify(here.office).broken == ()


@pytest.mark.postgres
def test_days_are_made_ahead_as_time_goes(here: Backyard) -> None:
    laptop, (visit,) = here.laptop(), here.visits()
    clock = here.office.clock
    assert isinstance(clock, HandClock)
    clock.pass_time(10 * 86400)
    here.push(laptop, laptop.operation(visit, noted("a"), device_time=clock.now()))
    ahead = clock.now().date() + timedelta(days=partitions.AHEAD)
    for table in ("operations", "audit"):
        there = "SELECT count(*) FROM pg_class WHERE relname = :name"
        assert here.one(there, name=partitions.name_of(table, ahead)) == 1
    with here.office.database.reading() as c:
        assert lie_in(c) == [partitions.name_of("operations", clock.now().date())]


@pytest.mark.postgres
def test_a_clock_that_was_ahead_keeps_no_day_back(here: Backyard) -> None:
    laptop, (visit,) = here.laptop(), here.visits()
    clock = here.office.clock
    assert isinstance(clock, HandClock)
    clock.pass_time(400 * 86400)
    here.push(laptop, laptop.operation(visit, noted("a")))
    clock.pass_time(-390 * 86400)
    here.push(laptop, laptop.operation(visit, noted("b"), device_time=clock.now()))
    with here.office.database.reading() as c:
        assert partitions.name_of("operations", clock.now().date()) in lie_in(c)


@pytest.mark.postgres
def test_days_that_can_not_be_made_stop_nobody(
    here: Backyard, caplog: pytest.LogCaptureFixture
) -> None:
    laptop, (visit,) = here.laptop(), here.visits()
    clock = here.office.clock
    assert isinstance(clock, HandClock)
    clock.pass_time(10 * 86400)
    name = partitions.name_of("operations", clock.now().date())
    with here.office.database.writing() as c:
        c.execute(text(f"CREATE VIEW {name} AS SELECT 1"))
    told = laptop.operation(visit, noted("a"), device_time=clock.now())
    assert here.push(laptop, told) == [("applied", "")]
    assert "no partitions made" in caplog.text
    with here.office.database.writing() as c:
        assert lie_in(c) == ["operations_other"]
        c.execute(text(f"DROP VIEW {name}"))
    clock.pass_time(600)
    here.push(laptop, laptop.operation(visit, noted("b"), device_time=clock.now()))
    with here.office.database.reading() as c:
        assert lie_in(c) == [name]


@pytest.mark.postgres
def test_no_sync_opens_another_day(here: Backyard) -> None:
    """Every query of a sync names its days, so that other partitions stay closed."""
    laptop, (visit,) = here.laptop(), here.visits()
    here.push(laptop, laptop.operation(visit, noted("a")))
    with statements(here.office) as asked:
        here.push(
            laptop, laptop.operation(visit, noted("b")), laptop.operation(visit, noted("c"))
        )
    looked = [one for one in asked if "FROM operations" in one[0]]
    assert looked
    with here.office.database.reading() as c:
        for said, values in looked:
            plan = "\n".join(c.exec_driver_sql(f"EXPLAIN {said}", values).scalars())
            assert partitions.name_of("operations", DAY) in plan
            assert "operations_other" not in plan, plan


def test_a_sync_that_changes_nothing_asks_once_and_writes_nothing(backyard: Backyard) -> None:
    laptop, _ = backyard.laptop(), backyard.visits()
    cursor = backyard.sync(laptop).cursor
    backyard.sync(laptop, cursor=cursor)
    known = backyard.known(laptop)
    clock = backyard.office.clock
    assert isinstance(clock, HandClock)
    with statements(backyard.office) as asked:
        backyard.sync(laptop, cursor=cursor)
    looks = [said for said, _ in asked if not said.startswith(("BEGIN", "PRAGMA"))]
    assert [said.split()[0] for said in looks] == ["SELECT", "SELECT"]  # `known`, and the look
    clock.pass_time(61)
    backyard.sync(laptop, cursor=cursor)
    heard = "SELECT last_contact FROM laptops WHERE id = :id"
    assert str(clock.now())[:19] in str(backyard.one(heard, id=known.id))


def test_a_sync_with_operations_writes_once(yard: Backyard) -> None:
    """What the laptop says of itself lies in the same transaction, a conflict once for all."""
    laptop, (visit,) = yard.laptop(), yard.visits()
    planning.cancel(yard.office, yard.dispatcher, visit)
    cursor = yard.sync(laptop).cursor
    told = tuple(laptop.operation(visit, noted(text)) for text in "abc")
    said = SyncRequest(cursor=cursor, operations=told, waiting=2, files_waiting=1)
    with statements(yard.office) as asked:
        answer = exchange.sync(yard.office, yard.known(laptop), said)
    assert [v.reason for v in answer.verdicts] == ["cancelled"] * 3
    written = [text.split() for text, _ in asked]
    assert sum(words[:2] == ["BEGIN", "IMMEDIATE"] for words in written) == 1
    tables = [words[words.index("INTO") + 1] for words in written if "INTO" in words]
    assert (tables.count("laptop_reports"), tables.count("conflicts")) == (1, 1)
    assert yard.one("SELECT waiting FROM laptop_reports") == 2
    assert yard.one("SELECT operation FROM conflicts") == answer.verdicts[-1].id


class Older:
    """An office at schema 4 with the rows of another one, as it was before days were kept."""

    def __init__(self, url: str, source: Office) -> None:
        self.database = OfficeDatabase(url)
        assert migrate(self.database)
        with source.database.reading() as rows, self.database.writing() as c:
            here, there = MetaData(), MetaData()
            here.reflect(rows)
            there.reflect(c)
            for table in there.sorted_tables:
                if table.name not in NEW:
                    found = rows.execute(select(here.tables[table.name])).mappings().all()
                    kept = [{n: row[n] for n in table.c.keys()} for row in found]  # noqa: SIM118
                    if kept:
                        c.execute(insert(table), kept)
        self.database.close()


@pytest.fixture
def empty_url(settings: ServerSettings, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it, of the same kind as `settings`."""
    if settings.db_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'older.sqlite'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.url(cluster.new_database())


def test_an_older_office_is_carried_over_with_all_it_has(
    backyard: Backyard, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop, (visit, other) = backyard.laptop(), backyard.visits(number=2)
    told = _a_history(laptop, visit, other)
    missing = told.pop(4)
    words = backyard.push(laptop, *told)
    assert words[-1] == (Outcome.HELD.value, "predecessor_missing")
    with monkeypatch.context() as patched:
        patched.setattr(schema, "SCHEMA", "0004")
        Older(empty_url, backyard.office)
    again = Office.open(replace(backyard.office.settings, db_url=empty_url), HandClock())
    yard = Backyard(again)
    assert yard.push(laptop, *told) == words
    assert yard.push(laptop, missing, told[-1]) == [("applied", "")] * 2
    assert yard.push(laptop, laptop.operation(visit, noted("after"))) == [("applied", "")]
    assert yard.sync(laptop).known_sequence == laptop.sequence
    assert verification.verify(again).broken == ()
    assert yard.one("SELECT count(*) FROM waiting_operations") == 0
    again.close()


def _a_history(laptop: Signer, visit: str, other: str) -> list[SignedOperation]:
    """Operations of two days and one of a clock that was years off."""
    yesterday = START - timedelta(days=1)
    times = [yesterday, yesterday, START, START.replace(year=2019), START, START]
    return [
        laptop.operation(visit if n % 2 else other, noted(str(n)), device_time=at)
        for n, at in enumerate(times)
    ]


def test_a_day_names_its_partition() -> None:
    assert partitions.name_of("audit", date(2026, 3, 2)) == "audit_20260302"
