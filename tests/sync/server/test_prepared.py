"""Statements that are put together once give what SQLAlchemy would give, and fail alike."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from sync.server.prepared import Prepared
from sync.server.tables import audit_heads, laptops, spent_challenges
from tests.sync.server.doubles import Backyard

NAMED = Prepared(
    select(audit_heads.c.chain, audit_heads.c.number)
    .where(audit_heads.c.chain.in_(bindparam("chains", expanding=True)))
    .order_by(audit_heads.c.chain)
)
ADD = Prepared(insert(audit_heads))
RAISE = Prepared(
    update(audit_heads)
    .where(audit_heads.c.number < bindparam("below"))
    .values(number=bindparam("to_number"))
)
SPEND = Prepared(insert(spent_challenges))
SPENT = Prepared(select(spent_challenges.c.expires_at))
MOMENT = datetime(2026, 3, 2, 7, 0, tzinfo=timezone(timedelta(hours=1)))


def test_rows_come_by_lists_of_any_length(backyard: Backyard) -> None:
    with backyard.office.database.writing() as c:
        for number, chain in enumerate(("a", "b", "c")):
            assert ADD.changed(c, {"chain": chain, "number": number, "hash": ""}) == 1
        for chains in ([], ["b"], ["c", "a", "none"]):
            found = [row for row in (("a", 0), ("b", 1), ("c", 2)) if row[0] in chains]
            assert NAMED.rows(c, {"chains": chains}) == found
        assert NAMED.first(c, {"chains": ["b", "c"]}) == ("b", 1)
        assert NAMED.first(c, {"chains": ["none"]}) is None
        assert RAISE.changed(c, {"below": 2, "to_number": 9}) == 2
        assert NAMED.rows(c, {"chains": ["a", "c"]}) == [("a", 9), ("c", 2)]


def test_times_come_back_in_utc(backyard: Backyard) -> None:
    with backyard.office.database.writing() as c:
        SPEND.changed(c, {"challenge_hash": "x", "expires_at": MOMENT})
        [(at,)] = SPENT.rows(c, {})
    assert (at, at.tzinfo) == (MOMENT, UTC)


def test_it_is_undone_with_its_transaction(backyard: Backyard) -> None:
    row = {"chain": "a", "number": 1, "hash": ""}
    with suppress(IntegrityError), backyard.office.database.writing() as c:
        ADD.changed(c, row)
        ADD.changed(c, row)
        pytest.fail("there are two")
    with backyard.office.database.reading() as c:
        assert NAMED.rows(c, {"chains": ["a"]}) == []


def test_a_line_that_was_cut_is_let_go_of(backyard: Backyard) -> None:
    if not backyard.office.database.is_postgres:
        pytest.skip("SQLite has no lines")
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
    ends = text(f"{others} current_database() AND pid <> pg_backend_pid()")
    database, look = backyard.office.database, Prepared(select(laptops.c.id))
    with suppress(OperationalError), database.writing() as c:
        look.rows(c, {})
        with database.writing() as other:
            other.execute(ends)
        with pytest.raises(OperationalError) as raised:
            look.rows(c, {})
        assert raised.value.connection_invalidated
        raise raised.value
    with database.writing() as c:
        assert look.rows(c, {}) == []
