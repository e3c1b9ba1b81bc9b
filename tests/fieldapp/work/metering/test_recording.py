from __future__ import annotations

import asyncio
import errno
import hashlib
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.privacy import MeterAction, Purpose, allows, kept_until, term_of
from fieldapp.errors import PurposeRefused, StoreCorrupt, StoreFull
from fieldapp.store import attachments, audit
from fieldapp.store.database import Database, shelf_of
from fieldapp.work.errand import Line
from fieldapp.work.live import Heard, LivePort
from fieldapp.work.recording import SLOT, Recordings
from fieldapp.work.tidying import keep_tidy
from hardware.errors import WrongMeter
from hardware.p1.telegram import parse

if TYPE_CHECKING:
    from tests.fieldapp.work.metering.conftest import Bench, Site

KEY = bytes(range(32))
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
METER = "E0044007382246019"


class ClockLike(Protocol):
    time: datetime

    def now(self) -> datetime: ...

    def monotonic_s(self) -> float: ...

    def new_id(self) -> str: ...

    def random_bytes(self, size: int) -> bytes: ...


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Database]:
    """The store of a laptop that belongs to nobody."""
    store = await Database.open(tmp_path / "shop" / "store.db", KEY)
    yield store
    await store.close()


@pytest.fixture
def bench_work(shop: Database, clock: ClockLike, bench: Bench) -> Recordings:
    return Recordings(shop, clock, bench.tools())


def heard(site: Site, clock: ClockLike) -> Heard:
    raw = site.telegram()
    return Heard(parse(raw), clock.now(), clock.monotonic_s(), 115200, raw)


async def written(db: Database, name: str) -> list[bytes]:
    source = await db.read(lambda c: shelf_of(c).source(name))
    return [piece.octets for piece in source.pieces() if not piece.is_cut]


async def is_cut(db: Database, name: str) -> bool:
    source = await db.read(lambda c: shelf_of(c).source(name))
    return [piece.is_cut for piece in source.pieces()][-1]


async def test_in_a_visit_a_telegram_becomes_evidence(site: Site, clock: ClockLike) -> None:
    target = await site.begin("fault")
    work = Recordings(site.db, clock, site.bench.tools())
    one = heard(site, clock)
    assert await work.keep_telegram(one, METER, DAY) is None
    (fact,) = await site.facts(target)
    assert isinstance(fact, f.EvidenceAdded)
    sha256 = hashlib.sha256(one.raw).hexdigest()
    assert (fact.slot, fact.sha256, fact.size) == (SLOT, sha256, len(one.raw))
    assert fact.step == target.step
    (file,) = await site.db.read(lambda c: attachments.of_visit(c, target.visit))
    assert (file.sha256, file.slot, file.media_type) == (sha256, SLOT, "text/plain")
    assert file in await site.db.read(attachments.waiting)
    assert await work.kept() == ()
    assert await site.outcomes() == [("keep_telegram", "begun"), ("keep_telegram", "done")]


@pytest.mark.parametrize("kind", ["reading_preference", "removal"])
async def test_a_purpose_that_does_not_allow_it_is_refused_and_noted(
    site: Site, clock: ClockLike, kind: str
) -> None:
    await site.begin(kind)
    work = Recordings(site.db, clock, site.bench.tools())
    with pytest.raises(PurposeRefused):
        await work.begin(METER, HOUR, DAY)
    assert work.running is None
    assert await work.kept() == ()
    assert await site.outcomes() == [("record", "begun"), ("record", "PurposeRefused")]


async def test_without_a_visit_an_enrolled_laptop_writes_nothing_down(
    site: Site, clock: ClockLike
) -> None:
    work = Recordings(site.db, clock, site.bench.tools())
    with pytest.raises(PurposeRefused):
        await work.keep_telegram(heard(site, clock), METER, DAY)
    with pytest.raises(PurposeRefused):
        await work.begin(METER, HOUR, DAY)


async def test_in_the_workshop_a_telegram_is_kept_until_its_end(
    bench_work: Recordings, site: Site, clock: ClockLike, shop: Database
) -> None:
    one = heard(site, clock)
    until = await bench_work.keep_telegram(one, METER, timedelta(days=30))
    (kept,) = await bench_work.kept()
    assert until == kept.label.until == kept.label.made_at + DAY
    assert (kept.label.kind, kept.label.purpose) == ("telegram", "workshop")
    assert await written(shop, kept.name) == [one.raw, b""]
    clock.time += DAY
    assert await bench_work.kept() == ()


async def test_a_recording_stops_by_itself_also_when_the_clock_is_moved(
    bench_work: Recordings, site: Site, clock: ClockLike, shop: Database
) -> None:
    told: list[tuple[int, int] | None] = []

    def tell() -> None:
        now = bench_work.running
        told.append(None if now is None else (now.telegrams, now.octets))

    bench_work.changed.append(tell)
    await bench_work.begin(METER, timedelta(minutes=5), HOUR)
    await bench_work.begin(METER, HOUR, HOUR)  # one at a time
    running = bench_work.running
    assert running is not None
    assert running.ends_at - running.made_at == timedelta(minutes=5)
    first, second = heard(site, clock), heard(site, clock)
    await bench_work.take(first)
    await bench_work.take(second)
    clock.time += timedelta(minutes=5)
    await bench_work.take(heard(site, clock))
    one, both = len(first.raw), len(first.raw) + len(second.raw)
    assert told == [(0, 0), (1, one), (2, both), None]
    assert await written(shop, running.name) == [first.raw, second.raw, b""]
    assert not await bench_work.end_if_over()
    entries = await shop.read(audit.entries)
    assert [(e.action, e.outcome, e.purpose) for e in entries] == [
        ("record", "begun", "workshop"),
        ("record", "done", "workshop"),
    ]
    assert all(e.meter and METER not in e.meter for e in entries)


async def test_nothing_is_recorded_longer_than_the_purpose_gives(
    bench_work: Recordings,
) -> None:
    await bench_work.begin(METER, timedelta(days=9), timedelta(days=9))
    running = bench_work.running
    assert running is not None
    assert running.ends_at - running.made_at == term_of(Purpose.WORKSHOP).record
    assert running.until - running.made_at == term_of(Purpose.WORKSHOP).keep
    await bench_work.end()


def test_terms_never_give_more_than_the_rules(clock: ClockLike) -> None:
    now = clock.now()
    for purpose in Purpose:
        term = term_of(purpose)
        assert kept_until(purpose, now, timedelta(days=99)) - now == term.keep
        assert term.keep <= timedelta(days=7)
        assert term.record <= term.keep
        assert allows(purpose, MeterAction.RECORD) == bool(term.record)
    assert not allows(Purpose.PLACEMENT, MeterAction.EXPORT)
    assert term_of(Purpose.WORKSHOP).keep == DAY


async def test_what_the_port_says_is_written_behind_the_comparison(
    site: Site, clock: ClockLike
) -> None:
    await site.begin("fault")
    whole = [site.telegram() for _ in range(3)]
    stranger = site.telegram(meter_number="E0099000000000126")
    site.bench.meters["p1"] = site.sends(b"noise\r\n", *whole, stranger)
    work = Recordings(site.db, clock, site.bench.tools())
    await work.begin(METER, HOUR, HOUR)
    running = work.running
    assert running is not None
    live = LivePort(site.db, clock, site.bench.tools(), work)
    with pytest.raises(WrongMeter):
        await live.follow(Line("p1"), lambda _heard: None)
    assert work.running is None  # nothing more will be heard
    pieces = await written(site.db, running.name)
    assert b"".join(pieces) == b"".join(whole)
    assert pieces[-1] == b""


async def test_a_disk_that_fails_ends_the_recording_and_says_so(
    bench_work: Recordings,
    site: Site,
    clock: ClockLike,
    shop: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await bench_work.begin(METER, HOUR, HOUR)
    running = bench_work.running
    assert running is not None
    await bench_work.take(heard(site, clock))

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "no")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(StoreFull):
            await bench_work.take(heard(site, clock))
    assert bench_work.running is None
    assert len(await written(shop, running.name)) == 1
    assert await is_cut(shop, running.name)
    entries = await shop.read(audit.entries)
    assert entries[-1].outcome == "StoreFull"


async def test_an_export_is_noted_or_refused(
    site: Site, clock: ClockLike, bench_work: Recordings, shop: Database
) -> None:
    await bench_work.keep_telegram(heard(site, clock), METER, HOUR)
    (kept,) = await bench_work.kept()
    reason = await bench_work.export_allowed(kept.label)
    await bench_work.exported(reason)
    entries = await shop.read(audit.entries)
    assert [(e.action, e.outcome) for e in entries[-2:]] == [
        ("export", "begun"),
        ("export", "done"),
    ]
    await bench_work.remove(kept.name)
    with pytest.raises(StoreCorrupt):
        await bench_work.source(kept.name)


async def test_due_recordings_go_while_nobody_looks(
    bench_work: Recordings, site: Site, clock: ClockLike, shop: Database
) -> None:
    await bench_work.keep_telegram(heard(site, clock), METER, HOUR)
    clock.time += 2 * HOUR
    tidying = asyncio.create_task(keep_tidy(shop, clock, every_s=0.001))
    async with asyncio.timeout(10):
        while await shop.read(lambda c: shelf_of(c).kept()):
            continue
    tidying.cancel()
    with suppress(asyncio.CancelledError):
        await tidying


_CHILD = """
    import asyncio, sys
    from datetime import timedelta
    from pathlib import Path
    from fieldapp.clock import SystemClock
    from fieldapp.store.database import Database
    from fieldapp.work.live import Heard
    from fieldapp.work.recording import Recordings
    from fieldapp.work.tools import Tools
    from hardware.p1.telegram import parse
    from hardware.serial_port import open_port
    from hardware.simulators.p1 import MeterSpec, P1Meter

    async def main():
        clock, meter = SystemClock(), P1Meter(MeterSpec(seed=1))
        db = await Database.open(Path(sys.argv[1]), bytes(range(32)))
        work = Recordings(db, clock, Tools(open_port))
        await work.begin("E1", timedelta(hours=1), timedelta(hours=24))
        while True:
            raw = meter.telegram(clock.now())
            heard = Heard(parse(raw), clock.now(), clock.monotonic_s(), 115200, raw)
            await work.take(heard)
            print(work.running.name, work.running.telegrams, work.running.octets, flush=True)

    asyncio.run(main())
"""


def _told_before_the_kill(path: Path) -> tuple[str, int, int]:
    command = [sys.executable, "-c", textwrap.dedent(_CHILD), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = [child.stdout.readline() for _ in range(20)]
        child.kill()
        told += [line for line in child.stdout if line.endswith("\n")]
    name, telegrams, octets = told[-1].split()
    return name, int(telegrams), int(octets)


async def test_a_kill_loses_nothing_that_was_shown_as_recorded(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    name, telegrams, octets = _told_before_the_kill(path)
    db = await Database.open(path, KEY)
    try:
        pieces = await written(db, name)
        assert await is_cut(db, name)
    finally:
        await db.close()
    assert len(pieces) - telegrams in {0, 1}
    assert sum(map(len, pieces[:telegrams])) == octets
    assert all(parse(piece).crc == "ok" for piece in pieces)
