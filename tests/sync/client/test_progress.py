"""How far a run is, told in octets of both directions while it goes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fieldapp.store import attachments, orders
from fieldapp.store.transaction import Transaction
from sync.client import gauge
from sync.client.report import EngineState, FileSent, OperationSent, Progress, Tally
from sync.client.traffic import CountedBody, Traffic

if TYPE_CHECKING:
    import pytest

    from tests.sync.conftest import Enrolled, Laptop

PHOTO = 600_000


async def photo(laptop: Laptop) -> None:
    def take(c: Transaction) -> None:
        visit = next(iter(orders.versions(c)))
        attachments.add(c, os.urandom(PHOTO), visit=visit, slot="old", media_type="image/jpeg")

    await laptop.db.write(take, touched=frozenset({"files"}))


async def test_a_run_tells_its_octets_both_ways(
    enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gauge, "_OFTEN_S", 0.0)
    laptop = await enrolled(3)
    states: list[EngineState] = []
    laptop.engine.subscribe(states.append)
    await laptop.engine.sync_once()
    loaded = states[-1].progress
    assert loaded.sent == loaded.to_send == 0
    assert loaded.received == loaded.to_receive > 500

    await laptop.work(4)
    await photo(laptop)
    waiting = sum(item.size for item in await laptop.items()) + PHOTO
    states.clear()
    await laptop.engine.sync_once()
    told = [state.progress for state in states if state.progress.to_send]
    assert {progress.to_send for progress in told} == {waiting}
    sent = [progress.sent for progress in told]
    assert sent == sorted(sent)
    assert (sent[0], sent[-1]) == (0, waiting)
    assert len(set(sent)) > 4
    assert all(progress.received <= progress.to_receive for progress in told)


async def test_a_run_that_is_stopped_tells_how_far_it_was(
    enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gauge, "_OFTEN_S", 0.0)
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop)

    def stop(state: EngineState) -> None:
        if 0 < state.progress.sent < PHOTO:
            laptop.engine.stop()

    go_on = laptop.engine.subscribe(stop)
    report = await laptop.engine.sync_once()
    assert report.files_waiting == 1
    halfway = laptop.engine.state.progress
    assert 0 < halfway.sent < halfway.to_send == PHOTO
    go_on()
    assert (await laptop.engine.sync_once()).files_waiting == 0


def test_what_was_rejected_was_not_sent() -> None:
    tally = Tally()
    tally.note(OperationSent("1", 1, "v", "step_done", "applied", "", 100))
    tally.note(OperationSent("2", 2, "v", "step_done", "rejected", "malformed", 100))
    tally.note(FileSent("s", "v", "old", 50, 20, delivered=False))
    tally.note(FileSent("s", "v", "old", 50, 50, delivered=True))
    assert tally.octets == 150
    assert Progress() == EngineState().progress


def test_the_line_counts_what_passes() -> None:
    traffic = Traffic()
    assert CountedBody(b"x" * 10, traffic).read(4) == b"xxxx"
    traffic.announced("30")
    traffic.came(10)
    assert (traffic.sent, traffic.received, traffic.expected) == (4, 10, 30)
    for strange in ("", "many", "-1", "9" * 40):
        traffic.announced(strange)
        assert traffic.expected == traffic.received
