"""The van on the laptop: as it came, and as it is after what the office has not heard yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.meter_keys import MeterKeys
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.stock import Part, StockMeter, Van
from fieldapp.domain.work_order import Commodity, Meter, MeterKind, Visit
from fieldapp.errors import MeterDoesNotFit, MeterNotInStock, MeterUsedTwice
from fieldapp.store import inbox, meter_keys, orders, outbox, van
from fieldapp.store.database import Database
from fieldapp.store.device import Device, trusted_time
from fieldapp.store.inbox import InboxChange
from fieldapp.store.transaction import Transaction
from fieldapp.work.visit import VisitWork
from tests.fieldapp.sealing import sealed_for

if TYPE_CHECKING:
    from tests.fieldapp.store.conftest import StillClock

Plan = Callable[..., Visit]
FIRST, SECOND, SPARE = "E0044007382311125", "E0044007382311226", "E0044007382999999"
TOUCHED = frozenset({"visits", "outbox"})


def stock(number: str, phases: int = 1) -> StockMeter:
    meter = Meter(number=number, kind=MeterKind.SMART)
    return StockMeter(meter=meter, commodity=Commodity.ELECTRICITY, phases=phases)


VAN = Van(version="v1", meters=(stock(FIRST), stock(SECOND, 3)), parts={Part.SEAL: 2})


class Bus:
    """An enrolled laptop with two visits under way, and its van."""

    def __init__(self, db: Database, owner: Device, plan: Plan, clock: StillClock) -> None:
        self.db, self.owner, self.plan, self.clock = db, owner, plan, clock
        self.work = VisitWork(db, clock)

    async def load(self, carried: Van | None = VAN, *numbers: str) -> None:
        def change(c: Transaction) -> None:
            van.store(c, carried, orders.local_day(self.clock.now()))
            keys = (
                sealed_for(self.owner, MeterKeys(meter=number, mbus_user_key=bytes(16)))
                for number in numbers
            )
            meter_keys.store(c, meter_keys.VAN, keys)

        await self.db.write(change, touched=TOUCHED)

    async def begin(self) -> None:
        visits = [self.plan(number) for number in (1, 2)]
        changes = [InboxChange(v.id, v.version, v) for v in visits]
        await self.db.write(lambda c: inbox.store_page(c, changes, 2), touched=TOUCHED)
        at = self.clock.now()
        for visit in visits:
            for fact in (
                f.VisitAccepted(at=at),
                f.VisitTravelling(at=at),
                f.VisitArrived(at=at),
            ):
                await self.work.record(visit.id, fact)
            questions = [question.code for question in visit.lmra.questions]
            await self.work.start(visit.id, dict.fromkeys(questions, "yes"), "T1")

    async def place(self, number: str, visit: int = 1, despite: str = "") -> f.MeterPlaced:
        planned = self.plan(visit)
        fact = f.MeterPlaced(
            at=self.clock.now(),
            ean=planned.connections[0].ean,
            number=number,
            meter_kind=MeterKind.SMART,
            despite=despite,
        )
        progress = await self.work.record(planned.id, fact)
        return progress.of(f.MeterPlaced)[-1]

    async def deliver(self, outcome: str = "applied") -> None:
        def change(c: Transaction) -> None:
            for item in outbox.items(c):
                outbox.note_verdict(c, item.id, outcome, "", self.clock.now())

        await self.db.write(change, touched=TOUCHED)

    async def now(self) -> Van | None:
        return await self.db.read(van.carried)

    async def numbers(self) -> list[str]:
        carried = await self.now()
        return [one.meter.number for one in carried.meters] if carried else []

    async def keys(self) -> tuple[str, ...]:
        def change(c: Transaction) -> tuple[str, ...]:
            meter_keys.let_go(c, trusted_time(c, self.clock))
            return meter_keys.held(c)

        return await self.db.write(change, touched=TOUCHED)


@pytest.fixture
async def bus(enrolled: Database, owner: Device, plan: Plan, clock: StillClock) -> Bus:
    made = Bus(enrolled, owner, plan, clock)
    await made.begin()
    return made


async def test_a_laptop_without_a_van_places_what_it_is_told(bus: Bus) -> None:
    assert await bus.now() is None
    assert await bus.db.read(van.version) == ""
    placed = await bus.place(SPARE)
    assert (placed.number, placed.taken) == (SPARE, None)


async def test_what_was_placed_is_in_the_van_no_more(bus: Bus) -> None:
    await bus.load()
    assert await bus.db.read(van.version) == "v1"
    assert (await bus.place(FIRST)).taken == stock(FIRST)
    assert await bus.numbers() == [SECOND]
    assert (await bus.place(FIRST)).taken == stock(FIRST), "the same once more"
    later = msgspec.structs.replace(VAN, version="v2", meters=(stock(SECOND, 3),))
    await bus.deliver()
    await bus.load(later)
    assert await bus.numbers() == [SECOND]
    await bus.place(SECOND, despite="past toch")
    assert await bus.numbers() == [FIRST], "what the office counted comes back here first"


@pytest.mark.parametrize("outcome", ["rejected", "quarantined", "held", "waiting"])
async def test_what_the_office_did_not_count_is_counted_here(bus: Bus, outcome: str) -> None:
    await bus.load()
    await bus.place(FIRST)
    await bus.deliver(outcome)
    assert await bus.numbers() == [SECOND]


async def test_a_meter_is_stopped_and_a_reason_lets_it_pass(bus: Bus) -> None:
    await bus.load()
    with pytest.raises(MeterNotInStock):
        await bus.place(SPARE)
    with pytest.raises(MeterDoesNotFit):
        await bus.place(SECOND)
    await bus.place(FIRST)
    with pytest.raises(MeterUsedTwice):
        await bus.place(FIRST, visit=2)
    stored = await bus.work.stored("visit-2")
    assert stored.progress.of(f.MeterPlaced) == ()
    placed = await bus.place(SPARE, visit=2, despite="van een collega gekregen")
    assert placed.despite == "van een collega gekregen"


async def test_old_meters_and_seals(bus: Bus) -> None:
    await bus.load()
    planned = bus.plan(1)
    at, meter = bus.clock.now(), planned.connections[0].meter
    assert meter is not None
    removed = f.MeterRemoved(at=at, ean=planned.connections[0].ean, number=meter.number)
    seal = f.SealRecorded(at=at, position="new_meter", number="Z1", action="placed")
    await bus.work.record(planned.id, removed, seal)
    carried = await bus.now()
    assert carried is not None
    assert (carried.removed, carried.parts) == ((meter.number,), {Part.SEAL: 1})
    await bus.load(None)
    assert await bus.now() is None


async def test_keys_of_the_van_last_as_long_as_their_meter_is_needed(bus: Bus) -> None:
    await bus.load(VAN, FIRST, SECOND, SPARE)
    assert await bus.keys() == (FIRST, SECOND), "not in the van"
    await bus.place(FIRST)
    assert await bus.keys() == (FIRST, SECOND), "hangs at a visit that is worked on"

    def opened(c: Transaction) -> MeterKeys | None:
        return meter_keys.opened(c, FIRST, bus.clock)

    found = await bus.db.read(opened)
    assert found is not None
    assert found.meter == FIRST
    ended = f.VisitNotDone(at=bus.clock.now(), reason=NotDoneReason.OTHER)
    await bus.work.record("visit-1", ended)
    assert FIRST in await bus.keys(), "the office does not have it yet"
    await bus.deliver()
    await bus.load(msgspec.structs.replace(VAN, meters=(stock(SECOND, 3),)), FIRST, SECOND)
    assert await bus.keys() == (SECOND,)
    bus.clock.pass_s(timedelta(days=1).total_seconds())
    assert await bus.keys() == (), "the day is over"


async def test_facts_of_a_visit_that_is_gone_move_nothing(bus: Bus) -> None:
    await bus.load()
    await bus.place(FIRST)

    def purge(c: Transaction) -> None:
        c.exec_driver_sql("UPDATE visits SET body = NULL")

    await bus.db.write(purge, touched=TOUCHED)
    assert await bus.numbers() == [FIRST, SECOND]
