from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.meter_keys import MeterKeys, SealedKeys
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.work_order import Visit
from fieldapp.store import inbox, meter_keys, outbox, secrets
from fieldapp.store.database import Database
from fieldapp.store.device import Device, trusted_time
from fieldapp.store.inbox import InboxChange
from fieldapp.store.transaction import Transaction
from tests.fieldapp.sealing import sealed_for

if TYPE_CHECKING:
    from tests.fieldapp.store.conftest import StillClock

TOUCHED = frozenset({"visits", "outbox"})
EK, AK = bytes(range(16, 32)), bytes(range(32, 48))
Plan = Callable[..., Visit]


def number(n: int = 1) -> str:
    return f"E00440123456789{n:02}"


def sealed(owner: Device, n: int = 1, laptop: str = "", plain: bytes = b"") -> SealedKeys:
    keys = MeterKeys(meter=number(n), encryption_key=EK, authentication_key=AK)
    return sealed_for(owner, keys, laptop, plain)


class Holder:
    """An enrolled laptop's store with visits 1 and 2 of today, and their keys."""

    def __init__(self, db: Database, owner: Device, plan: Plan, clock: StillClock) -> None:
        self.db, self.owner, self.plan, self.clock = db, owner, plan, clock

    async def give(self, *changes: InboxChange, cursor: int) -> None:
        await self.db.write(lambda c: inbox.store_page(c, changes, cursor), touched=TOUCHED)

    def change(self, n: int, *keys: SealedKeys, version: int = 1) -> InboxChange:
        return InboxChange(f"visit-{n}", version, self.plan(n, version=version), keys)

    async def record(self, n: int, *facts: f.AnyFact) -> None:
        def append(c: Transaction) -> None:
            for fact in facts:
                outbox.append(c, self.plan(n), fact, self.clock)

        await self.db.write(append, touched=TOUCHED)

    async def deliver(self) -> None:
        def change(c: Transaction) -> None:
            for item in outbox.items(c):
                outbox.note_verdict(c, item.id, "applied", "", self.clock.now())

        await self.db.write(change, touched=TOUCHED)

    async def let_go(self) -> None:
        def change(c: Transaction) -> None:
            meter_keys.let_go(c, trusted_time(c, self.clock))

        await self.db.write(change, touched=TOUCHED)

    async def held(self) -> tuple[str, ...]:
        return await self.db.read(meter_keys.held)

    async def opened(self, n: int = 1) -> MeterKeys | None:
        return await self.db.read(lambda c: meter_keys.opened(c, number(n), self.clock))


@pytest.fixture
async def holder(enrolled: Database, owner: Device, plan: Plan, clock: StillClock) -> Holder:
    made = Holder(enrolled, owner, plan, clock)
    await made.give(*(made.change(n, sealed(owner, n)) for n in (1, 2)), cursor=2)
    return made


ENDED = NotDoneReason.NO_ACCESS


async def test_they_open_for_the_one_meter(holder: Holder) -> None:
    assert await holder.held() == (number(1), number(2))
    keys = await holder.opened()
    assert keys is not None
    assert (keys.meter, keys.encryption_key, keys.authentication_key) == (number(), EK, AK)
    assert await holder.opened(3) is None


async def test_they_go_when_the_visit_is_withdrawn_and_its_work_stays(holder: Holder) -> None:
    await holder.record(1, f.VisitAccepted(at=holder.clock.now()))
    await holder.give(InboxChange("visit-1", 1, None), cursor=3)
    assert await holder.held() == (number(2),)
    assert len(await holder.db.read(outbox.items)) == 1


async def test_they_go_when_the_visit_has_them_no_more_and_others_take_their_place(
    holder: Holder,
) -> None:
    await holder.give(holder.change(1, version=2), cursor=3)
    assert await holder.held() == (number(2),)
    await holder.give(holder.change(1, sealed(holder.owner), version=3), cursor=4)
    assert await holder.opened() is not None


async def test_they_go_when_the_visit_is_delivered_and_not_before(holder: Holder) -> None:
    now = holder.clock.now()
    await holder.record(1, f.VisitAccepted(at=now))
    await holder.deliver()
    await holder.let_go()
    assert await holder.opened() is not None
    await holder.record(1, f.VisitNotDone(at=now, reason=ENDED))
    await holder.let_go()
    assert await holder.opened() is not None
    await holder.deliver()
    assert await holder.opened() is None
    await holder.let_go()
    assert await holder.held() == (number(2),)


async def test_a_meter_of_two_visits_keeps_its_keys_for_the_other(holder: Holder) -> None:
    await holder.give(holder.change(2, sealed(holder.owner)), cursor=3)
    await holder.record(1, f.VisitNotDone(at=holder.clock.now(), reason=ENDED))
    await holder.deliver()
    await holder.let_go()
    assert await holder.opened() is not None


async def test_they_go_when_the_day_is_over_and_undelivered_work_stays(holder: Holder) -> None:
    await holder.record(1, f.VisitAccepted(at=holder.clock.now()))
    await holder.give(
        InboxChange("visit-3", 1, holder.plan(3, start=holder.clock.now() + timedelta(days=1))),
        cursor=3,
    )
    holder.clock.pass_s(timedelta(hours=24).total_seconds())
    assert await holder.opened() is None
    await holder.let_go()
    assert await holder.held() == ()
    assert len(await holder.db.read(outbox.items)) == 1


async def test_without_trusted_time_none_is_handed_out_and_none_is_erased(
    holder: Holder,
) -> None:
    holder.clock.elapsed_s = 1.0
    assert await holder.opened() is None
    await holder.let_go()
    assert len(await holder.held()) == 2


async def test_a_laptop_that_belongs_to_nobody_opens_none(
    db: Database, clock: StillClock
) -> None:
    assert await db.read(lambda c: meter_keys.opened(c, number(), clock)) is None


async def test_what_was_sealed_otherwise_opens_as_none(holder: Holder, owner: Device) -> None:
    good = sealed(owner)
    spoilt = SealedKeys(meter=number(), sealed=good.sealed[:-1] + b"?")
    elsewhere = SealedKeys(meter=number(), sealed=sealed(owner, 2).sealed)
    words = sealed(owner, plain=b"no keys")
    others = sealed(owner, laptop="L2")
    for place, wrong in enumerate((spoilt, elsewhere, words, others), start=3):
        await holder.give(holder.change(1, wrong), cursor=place)
        assert await holder.opened() is None


async def test_no_key_is_in_the_clear_in_the_folder(holder: Holder, path: Path) -> None:
    assert await holder.opened() is not None
    one = sealed(holder.owner)
    await holder.give(holder.change(1, one), cursor=3)
    files = [file for file in path.parent.rglob("*") if file.is_file()]
    assert len(files) > 2
    for file in files:
        content = file.read_bytes()
        for octets in (EK, AK, EK.hex().encode(), one.sealed):
            assert octets not in content, file.name


def test_the_agreement_key_is_another_than_the_signing_key_and_always_the_same() -> None:
    private = bytes(range(32))
    assert secrets.agreement_key(private) == secrets.agreement_key(private)
    assert secrets.agreement_key(private) != secrets.public_key(private)
    assert secrets.agreement_key(secrets.new_key()) != secrets.agreement_key(private)
