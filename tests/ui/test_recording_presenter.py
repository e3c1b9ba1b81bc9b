from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from fieldapp.store import audit
from fieldapp.store.durable import PART
from tests.p1_bench import DAY, HOUR, METER, Bench, Cable, bench_of, long_capture, until
from ui.presenters import recording as room
from ui.presenters.live import FORGET_S
from ui.presenters.live_tracks import KEPT_S
from ui.presenters.recording_state import allowed_by
from ui.wiring import Laptop
from ui.worker.beside import Beside


class ClockLike(Protocol):
    time: datetime


@pytest.fixture
async def shop(free_laptop: Laptop, cable: Cable) -> AsyncIterator[Bench]:
    made = await bench_of(free_laptop, cable)
    yield made
    await made.close()


async def test_the_workshop_may_keep_and_record_a_day(shop: Bench) -> None:
    allowed = shop.state().allowed
    assert (allowed.keep, allowed.record, allowed.visit) == (True, True, False)
    assert max(allowed.lasts) == max(allowed.keeps) == DAY
    assert allowed_by(None, visit=False).lasts == ()


async def test_a_telegram_is_kept_and_looked_at_again(shop: Bench) -> None:
    raw = await shop.hear()
    entry = shop.live.history.at(0)
    assert entry is not None
    assert await shop.recordings.keep_telegram(entry.heard, METER, HOUR)
    await until(shop.recordings, lambda: len(shop.state().kept) == 1)
    (card,) = shop.state().kept
    told = (card.kind, card.purpose, card.meter, card.until - card.made_at)
    assert told == ("telegram", "workshop", METER, HOUR)
    assert shop.state().done == "kept"
    shop.recordings.open_kept(card.name)
    await shop.recordings.settled()
    opened = shop.state().opened
    assert opened is not None
    assert (opened.card, opened.summary.telegrams) == (card, 1)
    shop.recordings.look_at(card.made_at)
    assert shop.state().telegram == raw
    shop.recordings.back_to_summary()
    assert shop.state().telegram == b""
    shop.recordings.shut()
    assert shop.state().opened is None
    shop.recordings.look_at(card.made_at)
    assert shop.state().telegram == b""


async def test_what_is_removed_is_gone(shop: Bench) -> None:
    await shop.recordings.record(METER, HOUR, DAY)
    await shop.recordings.end()
    await until(shop.recordings, lambda: len(shop.state().kept) == 1)
    assert await shop.recordings.remove(shop.state().kept[0].name)
    await until(shop.recordings, lambda: shop.state().kept == ())
    assert shop.state().done == "removed"
    shop.recordings.heed()
    assert shop.state().done == ""


async def test_a_recording_runs_is_counted_and_ends_by_hand(shop: Bench) -> None:
    assert await shop.recordings.record(METER, HOUR, DAY)
    await shop.hear(3)
    running = shop.state().running
    assert running is not None
    assert running.telegrams == 3
    assert await shop.recordings.end()
    assert (shop.state().running, shop.state().done) == (None, "ended")
    await until(shop.recordings, lambda: len(shop.state().kept) == 1)
    shop.recordings.open_kept(running.name)
    await shop.recordings.settled()
    opened = shop.state().opened
    assert opened is not None
    assert opened.summary.telegrams == 3


async def test_a_recording_ends_at_its_time_while_nothing_comes(
    shop: Bench, clock: ClockLike, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "WATCH_S", 0.001)
    assert await shop.recordings.record(METER, timedelta(minutes=5), DAY)
    clock.time += timedelta(minutes=6)
    await until(shop.recordings, lambda: shop.state().running is None)
    assert shop.state().done == "ended"


async def test_leaving_the_port_ends_the_recording(shop: Bench) -> None:
    assert await shop.recordings.record(METER, HOUR, DAY)
    shop.live.stop()
    await shop.live.ended()
    assert shop.state().running is None
    entries = await shop.laptop.db.read(audit.entries)
    assert [(e.action, e.outcome) for e in entries if e.action == "record"] == [
        ("record", "begun"),
        ("record", "done"),
    ]


async def test_a_page_that_comes_back_knows_that_the_recording_ended(shop: Bench) -> None:
    assert await shop.recordings.record(METER, HOUR, DAY)
    shop.recordings.close()
    shop.live.close()
    await shop.live.ended()
    assert shop.state().running is not None  # nobody looked
    await shop.recordings.open()
    assert (shop.state().running, shop.state().done) == (None, "ended")


async def test_a_copy_is_made_and_noted(shop: Bench, tmp_path: Path) -> None:
    raw = await shop.hear()
    entry = shop.live.history.at(0)
    assert entry is not None
    await shop.recordings.keep_telegram(entry.heard, METER, HOUR)
    await until(shop.recordings, lambda: len(shop.state().kept) == 1)
    name = shop.state().kept[0].name
    shop.recordings.export(name, tmp_path / "copy.txt", with_numbers=True)
    await shop.recordings.settled()
    assert (tmp_path / "copy.txt").read_bytes() == raw
    assert shop.state().done == "exported"
    shop.recordings.export(name, tmp_path / "no" / "copy.txt", with_numbers=False)
    await shop.recordings.settled()
    assert shop.state().problem is not None
    assert shop.state().done == ""
    entries = await shop.laptop.db.read(audit.entries)
    assert [(e.action, e.outcome) for e in entries if e.action == "export"] == [
        ("export", "begun"),
        ("export", "done"),
        ("export", "begun"),
        ("export", "stopped"),
    ]
    shop.recordings.export("gone", tmp_path / "other.txt", with_numbers=False)
    await shop.recordings.settled()
    assert not (tmp_path / "other.txt").exists()


async def test_the_worker_beside_the_window_reads_and_copies(
    shop: Bench, tmp_path: Path
) -> None:
    shop.laptop.tasks.worker = Beside()
    path = long_capture(tmp_path, shop.laptop.clock.now())
    shop.recordings.open_file(path)
    await shop.recordings.settled()
    opened = shop.state().opened
    assert opened is not None
    assert opened.summary.telegrams == 1500
    raw = await shop.hear()
    entry = shop.live.history.at(0)
    assert entry is not None
    await shop.recordings.keep_telegram(entry.heard, METER, HOUR)
    await until(shop.recordings, lambda: len(shop.state().kept) == 1)
    name, target = shop.state().kept[0].name, tmp_path / "copies" / "copy.txt"
    target.parent.mkdir()
    shop.recordings.export(name, target, with_numbers=True)
    await shop.recordings.settled()
    assert target.read_bytes() == raw
    assert list(target.parent.iterdir()) == [target]
    shop.recordings.export(name, tmp_path / "no" / "copy.txt", with_numbers=True)
    await shop.recordings.settled()
    problem = shop.state().problem
    assert problem is not None
    assert "copy.txt" in problem.what


async def test_a_copy_that_is_stopped_leaves_nothing(shop: Bench, tmp_path: Path) -> None:
    shop.laptop.tasks.worker = Beside()
    raw = await shop.hear()
    entry = shop.live.history.at(0)
    assert entry is not None
    await shop.recordings.keep_telegram(entry.heard, METER, HOUR)
    await until(shop.recordings, lambda: len(shop.state().kept) == 1)
    target = tmp_path / "copies" / "copy.txt"
    target.parent.mkdir()
    target.with_name(f"copy.txt{PART}").write_bytes(raw)  # where it was when it was stopped
    shop.recordings.export(shop.state().kept[0].name, target, with_numbers=True)
    begun = False
    while not begun:
        begun = any(e.action == "export" for e in await shop.laptop.db.read(audit.entries))
    shop.recordings.stop()
    await shop.recordings.settled()
    assert list(target.parent.iterdir()) in ([], [target])


async def test_a_long_recording_is_read_while_other_work_goes_on(
    shop: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "SHOW_S", 0.0)
    path = long_capture(tmp_path, shop.laptop.clock.now())
    done: list[int] = []
    turns = 0
    shop.recordings.subscribe(
        lambda state: done.append(state.progress.done) if state.progress else None
    )
    shop.recordings.open_file(path)
    reading = asyncio.ensure_future(shop.recordings.settled())
    while not reading.done():
        turns += 1
        await asyncio.sleep(0)
    opened = shop.state().opened
    assert opened is not None
    assert (opened.title, opened.summary.telegrams) == ("day.p1", 1500)
    assert done == sorted(done)
    assert done[0] == 0 < done[1] < path.stat().st_size
    assert turns > len(done) > 3


async def test_reading_can_be_stopped_and_leaves_nothing(shop: Bench, tmp_path: Path) -> None:
    shop.recordings.open_file(long_capture(tmp_path, shop.laptop.clock.now()))
    await until(shop.recordings, lambda: shop.state().progress is not None)
    shop.recordings.stop()
    await shop.recordings.settled()
    assert (shop.state().progress, shop.state().opened) == (None, None)
    assert shop.state().problem is None


async def test_a_file_that_is_not_there_is_said_in_words(shop: Bench, tmp_path: Path) -> None:
    shop.recordings.open_file(tmp_path / "nothing.p1")
    await shop.recordings.settled()
    problem = shop.state().problem
    assert problem is not None
    assert "No such file" in problem.what


def _is_read(shop: Bench) -> bool:
    return shop.live.state.reading is not None


async def test_what_was_heard_is_forgotten_after_an_hour(shop: Bench, clock: ClockLike) -> None:
    assert shop.live.tracks.lines("power", 300)
    clock.time += timedelta(seconds=KEPT_S / 2)
    shop.live.forget()
    assert _is_read(shop)
    clock.time += timedelta(seconds=KEPT_S)
    shop.live.forget()
    assert not _is_read(shop)
    assert shop.live.tracks.lines("power", 3600) == {}
    assert len(shop.live.history) == 0
    assert FORGET_S <= 60


async def test_the_hour_is_kept_to_by_the_loop_itself(
    shop: Bench, clock: ClockLike, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.presenters.live.FORGET_S", 0.001)
    clock.time += timedelta(seconds=10)
    shop.live.forget()  # sets the next look
    clock.time += timedelta(seconds=2 * KEPT_S)
    await until(shop.live, lambda: shop.live.state.reading is None)
