import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import msgspec
import pytest

from fieldapp.clock import Clock, SystemClock
from fieldapp.domain import facts as f
from fieldapp.domain.work_order import Visit
from fieldapp.store import outbox
from fieldapp.store.boot import boot_marker
from fieldapp.store.database import Database
from fieldapp.store.device import (
    Contact,
    Device,
    contact_at,
    cursor,
    device,
    last_contact,
    note_contact,
    store_device,
    trusted_time,
)

TOUCHED = frozenset({"device"})
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class MovingClock(Clock, Protocol):
    time: datetime

    def pass_s(self, seconds: float) -> None: ...


async def note(db: Database, contact: Contact) -> None:
    await db.write(lambda c: note_contact(c, contact), touched=TOUCHED)


async def trusted(db: Database, clock: Clock) -> datetime | None:
    return await db.read(lambda c: trusted_time(c, clock))


async def test_a_new_store_knows_nobody(db: Database, clock: Clock) -> None:
    assert await db.read(device) is None
    assert await db.read(cursor) == 0
    assert await db.read(last_contact) is None
    assert await trusted(db, clock) is None


async def test_a_device_is_kept_and_shows_no_key(db: Database, owner: Device) -> None:
    await db.write(lambda c: store_device(c, owner), touched=TOUCHED)
    assert await db.read(device) == owner
    for key in (owner.private_key.hex(), str(owner.private_key), "private"):
        assert key not in repr(owner)


async def test_trusted_time_goes_on_with_the_clock_that_never_goes_back(
    db: Database, clock: MovingClock
) -> None:
    clock.time += timedelta(days=3)
    await note(db, contact_at(clock, NOON))
    clock.pass_s(90.5)
    clock.time -= timedelta(days=400)
    assert await trusted(db, clock) == NOON + timedelta(seconds=90.5)


async def test_the_offset_is_device_minus_server(clock: MovingClock) -> None:
    contact = contact_at(clock, clock.now() + timedelta(seconds=12))
    assert contact.offset_s == -12


async def test_a_server_that_goes_back_takes_no_time_back(
    db: Database, clock: MovingClock
) -> None:
    await note(db, contact_at(clock, NOON))
    await note(db, contact_at(clock, NOON - timedelta(hours=1)))
    assert await trusted(db, clock) == NOON
    clock.pass_s(7200)
    assert await trusted(db, clock) == NOON + timedelta(hours=1)


async def test_a_time_that_was_written_is_never_undercut(
    enrolled: Database, plan: Callable[..., Visit], clock: MovingClock
) -> None:
    clock.pass_s(3600)
    seen = await trusted(enrolled, clock)
    assert seen is not None
    fact = f.VisitAccepted(at=NOON)
    await enrolled.write(lambda c: outbox.append(c, plan(1), fact, clock), touched=TOUCHED)
    await note(enrolled, contact_at(clock, seen - timedelta(hours=2)))
    assert await trusted(enrolled, clock) == seen


async def test_after_a_restart_the_time_is_unknown_until_the_next_contact(
    db: Database, clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await note(db, contact_at(clock, NOON))
    monkeypatch.setattr("fieldapp.store.boot._told_by_the_system", lambda: "another start")
    assert await trusted(db, clock) is None
    await note(db, contact_at(clock, NOON))
    assert await trusted(db, clock) == NOON


async def test_a_clock_that_went_back_is_not_trusted(db: Database, clock: MovingClock) -> None:
    await note(db, contact_at(clock, NOON))
    clock.pass_s(-1)
    assert await trusted(db, clock) is None


def test_a_marker_stays_until_the_machine_starts_again() -> None:
    assert boot_marker(SystemClock()) == boot_marker(SystemClock())


def test_a_derived_marker_stands_small_corrections_and_no_restart(
    clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldapp.store.boot._told_by_the_system", str)
    clock.time = datetime.fromtimestamp(600_000 + 1000 + 300, UTC)
    before = boot_marker(clock)
    clock.pass_s(86_400)
    assert boot_marker(clock) == before
    clock.time += timedelta(seconds=30)
    assert boot_marker(clock) == before
    clock.time += timedelta(hours=1)
    assert boot_marker(clock) != before


def test_a_contact_survives_its_json() -> None:
    contact = Contact(server_time=NOON, device_time=NOON, monotonic_s=1.25, boot="b")
    assert msgspec.json.decode(msgspec.json.encode(contact), type=Contact) == contact


@pytest.mark.skipif(sys.platform == "win32", reason="Windows asks its registry")
def test_a_system_that_tells_no_start_gets_a_derived_marker(
    clock: MovingClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("fieldapp.store.boot._LINUX", tmp_path / "absent")
    assert boot_marker(clock).startswith("derived-")
