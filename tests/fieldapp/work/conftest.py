from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

import resources
from fieldapp.domain.flow import parse_flow, parse_lmra
from fieldapp.domain.preference import Choice, Preference, Requester
from fieldapp.domain.work_order import (
    Address,
    Commodity,
    Connection,
    Customer,
    Meter,
    MeterKind,
    MeterRegister,
    Origin,
    PreviousReading,
    Visit,
    WorkKind,
)
from fieldapp.store import inbox, secrets
from fieldapp.store.database import Database
from fieldapp.store.device import Device, contact_at, note_contact, store_device
from fieldapp.store.transaction import Transaction

KEY = bytes(range(32))
START = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


@dataclass
class SteppingClock:
    """Each look at it is a second later; identifiers come in order."""

    time: datetime = START
    made: int = 0

    def now(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time

    def monotonic_s(self) -> float:
        return (self.time - START).total_seconds() + 1000

    def new_id(self) -> str:
        self.made += 1
        return f"0195-{self.made:08}"

    def random_bytes(self, size: int) -> bytes:
        self.made += 1
        return self.made.to_bytes(size, "big")


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "laptop" / "store.db"


@pytest.fixture
def enrol(clock: SteppingClock) -> Callable[[Database], Awaitable[None]]:
    async def run(db: Database) -> None:
        def change(c: Transaction) -> None:
            owner = Device(
                laptop="L1",
                technician="T1",
                technician_name="Oefenmonteur 1",
                region="Westland",
                office="O1",
                server_url="http://127.0.0.1:1",
                incarnation=1,
                system_title=b"FLD\x00\x00\x00\x00\x01",
                private_key=secrets.new_key(),
            )
            store_device(c, owner)
            note_contact(c, contact_at(clock, clock.now()))

        await db.write(change, touched=frozenset({"device"}))

    return run


@pytest.fixture
async def db(
    path: Path, enrol: Callable[[Database], Awaitable[None]]
) -> AsyncIterator[Database]:
    store = await Database.open(path, KEY)
    await enrol(store)
    yield store
    await store.close()


def _previous(value: str) -> PreviousReading:
    return PreviousReading(
        value=Decimal(value), origin=Origin.MEASURED, taken_on=date(2025, 11, 28)
    )


def _electricity(number: str, *, previous: bool = True) -> Meter:
    values = {"1-0:1.8.1": "3120", "1-0:1.8.2": "2710", "1-0:2.8.1": "0", "1-0:2.8.2": "0"}
    return Meter(
        number=number,
        kind=MeterKind.SMART,
        registers=tuple(
            MeterRegister(
                obis=obis,
                unit="kWh",
                digits=6,
                decimals=3,
                previous=_previous(value) if previous else None,
            )
            for obis, value in values.items()
        ),
    )


def _gas(number: str, *, previous: bool = True) -> Meter:
    register = MeterRegister(
        obis="0-1:24.2.1",
        unit="m3",
        digits=5,
        decimals=3,
        previous=_previous("1200") if previous else None,
    )
    return Meter(number=number, kind=MeterKind.SMART, registers=(register,))


OLD_E, OLD_G = "E0044007382246019", "G0007001234567809"
NEW_E, NEW_G = "E0044007382311125", "G0039001936990625"


@pytest.fixture
def plan() -> Callable[..., Visit]:
    def make(kind: str, variant: str = "E", **more: object) -> Visit:
        connections = {
            "E": Connection(
                ean="871687000000200010",
                commodity=Commodity.ELECTRICITY,
                capacity="3x25A",
                phases=3,
                meter=_electricity(OLD_E),
            ),
            "G": Connection(
                ean="871687000000200027",
                commodity=Commodity.GAS,
                capacity="G4",
                meter=_gas(OLD_G),
            ),
        }
        stock = (_electricity(NEW_E, previous=False), _gas(NEW_G, previous=False))
        wish = Choice(
            preference=Preference.OFF,
            by=Requester.HOLDER,
            verified="contact_code",
            made_at=START - timedelta(days=3),
        )
        visit = Visit(
            id=f"visit-{kind}-{variant}",
            number="V-1001",
            kind=WorkKind(kind),
            region="Westland",
            window_start=START,
            window_end=START + timedelta(hours=2),
            customer=Customer(holder="h1", name="Wilhelmina Kortekaas", phone="0174000111"),
            address=Address(
                street="Herenstraat", number="1", postcode="2671 AB", place="Naaldwijk"
            ),
            connections=tuple(connections[c] for c in variant.split("+")),
            flow=parse_flow(resources.read_text(f"flows/{kind}-1.toml")),
            lmra=parse_lmra(resources.read_text("lmra/lmra-1.toml")),
            variant=variant,
            route_position=1,
            new_meters=stock if kind == "placement" else (),
            choices=(wish,),
        )
        return msgspec.structs.replace(visit, **more)

    return make


@pytest.fixture
def store_visit(db: Database) -> Callable[[Visit], Awaitable[str]]:
    async def run(visit: Visit) -> str:
        change = inbox.InboxChange(visit.id, visit.version, visit)
        await db.write(
            lambda c: inbox.store_page(c, [change], 1), touched=frozenset({"visits"})
        )
        return visit.id

    return run
