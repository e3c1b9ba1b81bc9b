from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from fieldapp.store import pin
from fieldapp.store.database import Database

TOUCHED = frozenset({"device"})


@pytest.mark.parametrize("digits", ["1234", "00000000"])
def test_four_to_eight_digits_are_a_pin(digits: str) -> None:
    assert pin.is_pin(digits)


@pytest.mark.parametrize("digits", ["", "123", "123456789", "12a4", "\u0661\u0662\u0663\u0664"])
def test_anything_else_is_none(digits: str) -> None:
    assert not pin.is_pin(digits)


async def test_it_is_kept_as_a_hash_with_a_salt_of_its_own(db: Database) -> None:
    assert not await db.read(pin.is_set)
    assert not await db.read(lambda c: pin.matches(c, "4711"))
    await db.write(lambda c: pin.keep(c, "4711"), touched=TOUCHED)
    assert await db.read(pin.is_set)
    assert await db.read(lambda c: pin.matches(c, "4711"))
    assert not await db.read(lambda c: pin.matches(c, "4712"))
    first = await db.read(_body)
    assert b"4711" not in first
    await db.write(lambda c: pin.keep(c, "4711"), touched=TOUCHED)
    assert await db.read(_body) != first


async def test_what_is_no_pin_leaves_the_old_one(db: Database) -> None:
    await db.write(lambda c: pin.keep(c, "4711"), touched=TOUCHED)
    with pytest.raises(ValueError, match="PIN"):
        await db.write(lambda c: pin.keep(c, "47"), touched=TOUCHED)
    assert await db.read(lambda c: pin.matches(c, "4711"))


async def test_it_can_be_taken_away(db: Database) -> None:
    await db.write(lambda c: pin.keep(c, "4711"), touched=TOUCHED)
    await db.write(pin.remove, touched=TOUCHED)
    assert not await db.read(pin.is_set)
    assert not await db.read(lambda c: pin.matches(c, "4711"))


def _body(c: Connection) -> bytes:
    body: bytes = c.execute(text("SELECT body FROM state WHERE name = 'pin'")).scalar_one()
    return body
