from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection as SqlConnection

import resources
from fieldapp.domain.flow import parse_flow, parse_lmra
from fieldapp.domain.work_order import (
    Address,
    Commodity,
    Connection,
    Customer,
    Meter,
    MeterKind,
    MeterRegister,
    Visit,
    WorkKind,
)
from fieldapp.store import secrets
from fieldapp.store.database import Database
from fieldapp.store.device import Device, contact_at, note_contact, store_device

KEY = bytes(range(32))
START = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


class StillClock:
    """A clock that moves only when told, and makes new identifiers in order."""

    def __init__(self) -> None:
        self.time = START
        self.elapsed_s = 1000.0
        self.made = 0

    def now(self) -> datetime:
        return self.time

    def monotonic_s(self) -> float:
        return self.elapsed_s

    def new_id(self) -> str:
        self.made += 1
        return f"0195-{self.made:08}"

    def random_bytes(self, size: int) -> bytes:
        self.made += 1
        return self.made.to_bytes(size, "big")

    def pass_s(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        self.elapsed_s += seconds


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def key() -> bytes:
    return KEY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "laptop" / "store.db"


@pytest.fixture
async def db(path: Path) -> AsyncIterator[Database]:
    store = await Database.open(path, KEY)
    yield store
    await store.close()


@pytest.fixture
def owner() -> Device:
    return Device(
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


@pytest.fixture
async def enrolled(db: Database, owner: Device, clock: StillClock) -> Database:
    def enrol(c: SqlConnection) -> None:
        store_device(c, owner)
        note_contact(c, contact_at(clock, clock.now()))

    await db.write(enrol, touched=frozenset({"device"}))
    return db


@pytest.fixture
def plan() -> Callable[..., Visit]:
    flow = parse_flow(resources.read_text("flows/reading_preference-1.toml"))
    lmra = parse_lmra(resources.read_text("lmra/lmra-1.toml"))

    def make(number: int = 1, *, version: int = 1, start: datetime = START) -> Visit:
        meter = Meter(
            number=f"E00440123456789{number:02}",
            kind=MeterKind.SMART,
            registers=(MeterRegister(obis="1-0:1.8.1", unit="kWh", digits=6),),
        )
        return Visit(
            id=f"visit-{number}",
            number=f"V-{number}",
            kind=WorkKind.READING_PREFERENCE,
            region="Westland",
            window_start=start,
            window_end=start + timedelta(hours=2),
            customer=Customer(holder="h1", name="Wilhelmina Kortekaas", phone="0174000111"),
            address=Address(
                street="Herenstraat", number=str(number), postcode="2671 AB", place="Naaldwijk"
            ),
            connections=(
                Connection(
                    ean=f"8716900000000000{number:02}",
                    commodity=Commodity.ELECTRICITY,
                    capacity="3x25A",
                    meter=meter,
                ),
            ),
            flow=flow,
            lmra=lmra,
            version=version,
            route_position=number,
        )

    return make
