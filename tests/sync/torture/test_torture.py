"""A short search on both databases, some rounds with processes, and the search itself.

`make sync-torture` goes on for as long as it is told to.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest

from tests.sync.torture.books import Trouble
from tests.sync.torture.faults import Fault, Kind
from tests.sync.torture.rounds import Rounds
from tests.sync.torture.schedule import Death, Do, Schedule, Step, draw
from tests.sync.torture.search import (
    POSTGRESQL,
    SQLITE,
    Unavailable,
    own_cluster,
    replay,
    search,
    stage_on,
)
from tests.sync.torture.shrink import shrink

PHOTO = 4 * 4
"""The number of the deed that takes one photo, see `onsite`."""


@pytest.mark.parametrize(
    ("database", "schedules"),
    [(SQLITE, 50), pytest.param(POSTGRESQL, 40, marks=pytest.mark.postgres)],
)
async def test_nothing_lost_nothing_twice_nothing_stuck(database: str, schedules: int) -> None:
    try:
        async with stage_on(database) as stage:
            totals = await search(stage, range(1, schedules + 1))
    except Unavailable:
        pytest.skip("no PostgreSQL binaries")
    assert totals.failures == []
    assert totals.schedules == schedules


async def test_what_the_search_once_found_stays_mended() -> None:
    """Each line is a schedule that broke the sync when it was found."""
    lines = Path(__file__).with_name("found.jsonl").read_bytes().splitlines()
    found = [msgspec.json.decode(line, type=Schedule) for line in lines]
    async with stage_on(SQLITE) as stage:
        for schedule in found:
            assert (schedule.seed, (await stage.play(schedule)).findings) == (schedule.seed, ())


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("laptop", [False, True])
async def test_killed_at_every_commit_of_a_sync(*, laptop: bool, after: bool) -> None:
    """Just before and just after each commit of either side, until there is none left."""
    work = (Step(Do.WORK, what=PHOTO), Step(Do.WORK, what=1), Step(Do.PLAN, what=10))
    commit = 0
    async with stage_on(SQLITE) as stage:
        while True:
            commit += 1
            sync = Step(Do.SYNC, death=Death(laptop, commit, after))
            played = await stage.play(Schedule(1, (*work, sync)))
            assert played.findings == ()
            if not played.kills:
                break
    assert commit > 3


@pytest.mark.skipif(sys.platform == "win32", reason="processes can't be copied there")
@pytest.mark.parametrize(
    "database", [SQLITE, pytest.param(POSTGRESQL, marks=pytest.mark.postgres)]
)
def test_real_processes_killed_and_cut(database: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        try:
            cluster = None if database == SQLITE else stack.enter_context(own_cluster())
        except Unavailable:
            pytest.skip("no PostgreSQL binaries")
        rounds = stack.enter_context(Rounds(tmp_path, cluster))
        rounds.play(seed=1, rounds=5)
    assert rounds.counts.findings == []
    assert rounds.counts.rounds == 5


def test_a_seed_is_the_same_schedule_again() -> None:
    assert [draw(seed) for seed in range(50)] == [draw(seed) for seed in range(50)]
    assert draw(1).steps != draw(2).steps


async def test_what_is_broken_is_found() -> None:
    """Without offering its files again a laptop loses one to an office that was restored."""
    restored = (Step(Do.WORK, what=PHOTO), Step(Do.SYNC), Step(Do.OFFICE_RESTORE))
    beside_it = (Step(Do.CLOCK, what=3), Step(Do.SYNC, 1, faults=(Fault(0, Kind.TWICE),)))
    async with stage_on(SQLITE) as stage:
        assert (await replay(stage, Schedule(1, restored))).failures == []
        with patch("fieldapp.store.attachments.offer_again", lambda _c: None):
            totals = await replay(stage, Schedule(1, (*beside_it, *restored)))
    assert totals.troubles == {Trouble.LOST: 1}
    (explained,) = totals.failures
    assert "in 3 steps of 5" in explained


async def test_a_failing_schedule_gets_as_short_as_can_be() -> None:
    async def fails(schedule: Schedule) -> bool:
        does = [step.do for step in schedule.steps]
        cut = any(fault.kind is Kind.CUT_UP for step in schedule.steps for fault in step.faults)
        return Do.SAVE in does and cut

    faults = (Fault(0, Kind.CUT_UP, 3), Fault(1, Kind.TWICE))
    steps = (Step(Do.WORK), Step(Do.SAVE), Step(Do.WORK), Step(Do.SYNC, faults=faults))
    short = await shrink(Schedule(7, steps), fails)
    assert short == Schedule(7, (Step(Do.SAVE), Step(Do.SYNC, faults=faults[:1])))
