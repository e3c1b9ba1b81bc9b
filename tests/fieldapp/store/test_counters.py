import pytest
from sqlalchemy import Connection

from fieldapp.domain.counters import LIMIT
from fieldapp.errors import CounterExhausted
from fieldapp.store.counters import reserve
from fieldapp.store.database import Database

TOUCHED = frozenset({"counters"})


async def take(db: Database, scope: str, count: int, above: int = -1) -> int:
    return await db.write(lambda c: reserve(c, scope, count, above=above), touched=TOUCHED)


async def test_counters_follow_each_other_within_a_scope(db: Database) -> None:
    assert [await take(db, "a", 10), await take(db, "a", 1), await take(db, "b", 5)] == [
        0,
        10,
        0,
    ]
    assert await take(db, "a", 1) == 11


async def test_the_meters_counter_counts(db: Database) -> None:
    await take(db, "a", 10)
    assert await take(db, "a", 2, above=500) == 501
    assert await take(db, "a", 1, above=7) == 503


async def test_what_was_reserved_stays_used_after_reopening(db: Database) -> None:
    await take(db, "a", 1000)
    path = db.path
    await db.close()
    again = await Database.open(path, bytes(range(32)))
    assert await take(again, "a", 1) == 1000
    await again.close()


async def test_a_reservation_that_is_rolled_back_was_never_used(db: Database) -> None:
    def change(c: Connection) -> None:
        reserve(c, "a", 10)
        raise LookupError

    with pytest.raises(LookupError):
        await db.write(change, touched=TOUCHED)
    assert await take(db, "a", 1) == 0


async def test_counters_end_where_the_wire_ends(db: Database) -> None:
    assert await take(db, "a", 2, above=LIMIT - 3) == LIMIT - 2
    with pytest.raises(CounterExhausted) as caught:
        await take(db, "a", 1)
    assert caught.value.scope == "a"
    with pytest.raises(CounterExhausted):
        await take(db, "b", 1, above=LIMIT - 1)
    assert await take(db, "b", 1) == 0
