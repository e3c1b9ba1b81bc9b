"""How far a run is, told in octets of both directions while it goes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fieldapp.store import attachments, orders
from fieldapp.store.transaction import Transaction
from sync.client import gauge
from sync.client.files import PIECE
from sync.client.report import EngineState, OperationSent, Tally
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
    assert loaded.received == loaded.to_receive > 500
    assert all(state.progress.received <= state.progress.to_receive for state in states)

    await photo(laptop)
    states.clear()
    await laptop.engine.sync_once()
    offsets = [state.piece.offset for state in states if state.piece is not None]
    assert offsets == sorted(offsets)
    assert set(offsets) == {PIECE, 2 * PIECE, PHOTO}
    assert states[-1].piece is None


async def test_a_run_that_is_stopped_says_nothing_of_the_line(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop)

    def stop(state: EngineState) -> None:
        if state.piece is not None:
            laptop.engine.stop()

    go_on = laptop.engine.subscribe(stop)
    report = await laptop.engine.sync_once()
    state = laptop.engine.state
    assert (report.stopped, report.files_waiting) == (True, 1)
    assert (state.report, state.running, state.piece) == (report, False, None)
    assert (state.online, state.offline_since, state.detail) == (True, None, None)
    go_on()
    assert (await laptop.engine.sync_once()).files_waiting == 0


def test_what_was_rejected_was_not_sent() -> None:
    tally = Tally()
    tally.note(OperationSent("1", 1, "v", "step_done", "applied", ""))
    tally.note(OperationSent("2", 2, "v", "step_done", "rejected", "malformed"))
    assert tally.sent == 1


def test_the_line_counts_what_passes() -> None:
    traffic = Traffic()
    assert CountedBody(b"x" * 10, traffic).read(4) == b"xxxx"
    traffic.announced("30")
    traffic.came(10)
    assert (traffic.sent, traffic.received, traffic.expected) == (4, 10, 30)
    for strange in ("", "many", "-1", "9" * 40):
        traffic.announced(strange)
        assert traffic.expected == traffic.received
