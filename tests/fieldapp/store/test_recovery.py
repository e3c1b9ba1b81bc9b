from __future__ import annotations

import msgspec
import pytest

from fieldapp.domain.recovery import (
    RecoveryKey,
    fingerprint,
    grouped,
    store_key_binding,
    vouched,
)
from fieldapp.errors import StoreCorrupt
from fieldapp.store import recovery, secrets
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction

OFFICE = "O1"
TOUCHED = frozenset({"device"})
SEEDS = [bytes([n]) * 32 for n in range(1, 5)]
"""Raw Ed25519 keys; with the agreement keys derived from them they are private halves."""


def generation(number: int, by: int | None = None, office: str = OFFICE) -> RecoveryKey:
    seed = SEEDS[number]
    keys = secrets.agreement_key(seed), secrets.public_key(seed)
    key = RecoveryKey(id=fingerprint(office, *keys), agreement_key=keys[0], signing_key=keys[1])
    if by is None:
        return key
    key = msgspec.structs.replace(key, previous=generation(by).id)
    return msgspec.structs.replace(key, signature=secrets.sign(SEEDS[by], vouched(office, key)))


async def learn(db: Database, *told: RecoveryKey) -> recovery.Known:
    def change(c: Transaction) -> recovery.Known:
        recovery.learn(c, told)
        return recovery.known(c)

    return await db.write(change, touched=TOUCHED)


async def trust(db: Database, key_id: str) -> bool:
    return await db.write(lambda c: recovery.trust(c, key_id), touched=TOUCHED)


def opened(db: Database, number: int) -> bytes:
    """The database's key, as the private half of this generation opens it."""
    copy = recovery.copy_beside(db.path)
    bound = store_key_binding(copy.office, copy.laptop, copy.recovery)
    return secrets.open_sealed(SEEDS[number], copy.sealed, bound)


async def test_the_first_key_is_taken_and_seals_the_databases_key(
    enrolled: Database, key: bytes
) -> None:
    with pytest.raises(StoreCorrupt):
        recovery.copy_beside(enrolled.path)
    assert await enrolled.read(recovery.known_id) == ""
    known = await learn(enrolled, generation(0))
    assert (known.taken, known.offered) == (generation(0), None)
    assert opened(enrolled, 0) == key
    assert key not in enrolled.path.with_suffix(recovery.SUFFIX).read_bytes()
    with pytest.raises(secrets.Tampered):
        opened(enrolled, 1)


async def test_a_key_that_is_vouched_for_follows_over_any_number_of_steps(
    enrolled: Database, key: bytes
) -> None:
    await learn(enrolled, generation(0))
    known = await learn(enrolled, generation(1, by=0), generation(2, by=1))
    assert (known.taken, known.offered) == (generation(2, by=1), None)
    assert opened(enrolled, 2) == key


@pytest.mark.parametrize(
    "told",
    [
        generation(1),
        generation(1, by=2),
        msgspec.structs.replace(generation(1, by=2), previous=generation(0).id),
        msgspec.structs.replace(generation(1), previous=generation(0).id, signature=b"x" * 64),
    ],
)
async def test_a_key_that_nobody_vouches_for_waits_for_a_person(
    enrolled: Database, key: bytes, told: RecoveryKey
) -> None:
    await learn(enrolled, generation(0))
    known = await learn(enrolled, told)
    assert (known.taken, known.offered) == (generation(0), told)
    assert opened(enrolled, 0) == key
    assert await enrolled.read(recovery.known_id) == told.id
    assert not await trust(enrolled, "0" * 20)
    assert await trust(enrolled, told.id)
    assert not await trust(enrolled, told.id)
    assert opened(enrolled, 1) == key


@pytest.mark.parametrize(
    "told",
    [
        generation(0, office="O2"),
        msgspec.structs.replace(generation(0), id="f" * 20),
        msgspec.structs.replace(generation(0), agreement_key=b"short"),
    ],
)
async def test_what_is_no_key_of_this_office_is_passed_over(
    enrolled: Database, told: RecoveryKey
) -> None:
    assert await learn(enrolled, told) == recovery.Known()


async def test_the_copy_is_made_anew_where_it_is_gone_or_of_another_key(
    enrolled: Database, key: bytes
) -> None:
    await learn(enrolled, generation(0))
    path = enrolled.path.with_suffix(recovery.SUFFIX)
    whole = path.read_bytes()
    assert await enrolled.read(recovery.settle)
    assert path.read_bytes() == whole
    for wrong in (None, b"{}", whole.replace(b'"mark":"', b'"mark":"0')):
        path.unlink() if wrong is None else path.write_bytes(wrong)
        assert await enrolled.read(recovery.settle)
        assert opened(enrolled, 0) == key


async def test_a_disk_that_refuses_stops_nothing(enrolled: Database) -> None:
    place = enrolled.path.with_suffix(recovery.SUFFIX)
    place.mkdir()
    (place / "in the way").touch()
    known = await learn(enrolled, generation(0))
    assert known.taken == generation(0)
    assert not await enrolled.read(recovery.settle)


def test_people_read_an_id_in_groups() -> None:
    assert grouped("0123456789abcdef0123") == "0123 4567 89ab cdef 0123"
