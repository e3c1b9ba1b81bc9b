"""Every kind and variant of work from the first tap to the last, and killed at its commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.fieldapp.domain.cases import (
    ANALOGUE,
    CASES,
    FAULT,
    PLACEMENT,
    PREFERENCE,
    REMOVAL,
    SMART,
    Case,
    ways_of,
)
from tests.journeys.robots import Kill
from tests.journeys.sites import KILLED, Laptops, Run, Technicians, site

pytestmark = pytest.mark.timeout(400)

KILLED_OFTEN = (
    Case(PLACEMENT, "E+G", SMART, SMART),
    Case(PLACEMENT, "G", SMART, ANALOGUE),
    Case(PREFERENCE),
    Case(FAULT, deed="replaced"),
    Case(REMOVAL, "E+G"),
)
"""Whose commits are those of all the others too."""

STRIDE = 7
_BY_TIME = {
    *("at", "made_at", "state", "evidence", "values"),
    *("before", "before_s", "after_s", "names", "marked"),
}
"""What tells when something was done, or what was found just before, and not what was done."""

_MAY_COME_TWICE = {"meter_contacted", "state_retrieved"}
"""A meter that is asked again has been contacted again, and has told again how it is."""

_FOUND_DONE = {"alarms_cleared", "mbus_decoupled"}
"""What a meter does but once: where a kill comes right after it, it is found done, which its
state or a way out says."""


@pytest.fixture(scope="module")
def technicians() -> Iterator[Technicians]:
    running = Technicians()
    yield running
    running.end()


@pytest.fixture(scope="module")
def laptops(technicians: Technicians, tmp_path_factory: pytest.TempPathFactory) -> Laptops:
    return Laptops(tmp_path_factory.mktemp("laptops"), technicians)


@pytest.fixture(scope="module")
def undisturbed() -> dict[Case, Run]:
    """Each case once worked without a kill."""
    return {}


def told(said: object) -> str:
    """What a fact says, without what differs by the time it was said."""
    if not isinstance(said, dict):
        return f"{said}"
    kept = sorted((name, told(value)) for name, value in said.items() if name not in _BY_TIME)
    return f"{kept}"


def check_whole(run: Run) -> None:
    """All done, nothing twice, nothing broken."""
    end = run.end
    assert run.status == 0
    assert end["state"] == "done"
    assert end["sequences"] == list(range(1, len(end["operations"]) + 1))
    assert len(set(end["operations"])) == len(end["operations"]) == len(end["facts"])
    twice = Counter(told(f) for f in end["facts"] if f["kind"] not in _MAY_COME_TWICE)
    assert not [fact for fact, count in twice.items() if count > 1]
    pictures = {f["sha256"] for f in end["facts"] if f["kind"] == "evidence_added"}
    assert pictures <= set(end["files"])


def check_same(run: Run, reference: Run) -> None:
    """It ended as it does when nobody ends the program."""
    here, there = ({told(f): f for f in one.end["facts"]} for one in (run, reference))
    missing = [there[fact] for fact in there.keys() - here.keys()]
    more = [here[fact] for fact in here.keys() - there.keys()]
    assert {fact["kind"] for fact in missing} <= _FOUND_DONE, missing
    assert {fact.get("way_out") for fact in more} <= {"not_coupled"}, more
    for part in ("state", "steps", "files"):
        assert run.end[part] == reference.end[part]


def check_found(killed: Run, kill: Kill, found: tuple[str, ...]) -> None:
    """All that was committed is there, and nothing of what was not."""
    before = (len(killed.found), *killed.commits)
    assert killed.status == KILLED
    assert len(found) == before[-1 if kill.after else -2]
    assert found[: len(killed.found)] == killed.found


async def worked(
    case: Case, laptops: Laptops, technicians: Technicians, undisturbed: dict[Case, Run]
) -> Run:
    """The case, worked without a kill."""
    if case not in undisturbed:
        async with site(case, laptops, technicians) as here:
            undisturbed[case] = await here.work()
    return undisturbed[case]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_the_button_leads_through_every_kind_and_variant(
    case: Case, laptops: Laptops, technicians: Technicians, undisturbed: dict[Case, Run]
) -> None:
    run = await worked(case, laptops, technicians, undisturbed)
    check_whole(run)
    assert run.commits[-1] == len(run.end["facts"])


@pytest.mark.parametrize("case", KILLED_OFTEN, ids=lambda case: case.name)
async def test_killed_again_and_again_it_ends_the_same(
    case: Case, laptops: Laptops, technicians: Technicians, undisturbed: dict[Case, Run]
) -> None:
    reference = await worked(case, laptops, technicians, undisturbed)
    first = 1 + KILLED_OFTEN.index(case) % STRIDE
    async with site(case, laptops, technicians) as here:
        kill = Kill(first, after=False)
        run = await here.work(kill)
        while run.status == KILLED:
            following = Kill(STRIDE, after=not kill.after)
            before, run = run, await here.work(following)
            check_found(before, kill, run.found)
            kill = following
        assert here.runs > len(reference.commits) / STRIDE
    check_whole(run)
    check_same(run, reference)


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_killed_once_at_any_commit_it_ends_the_same(
    case: Case,
    laptops: Laptops,
    technicians: Technicians,
    undisturbed: dict[Case, Run],
    *,
    after: bool,
) -> None:
    reference = await worked(case, laptops, technicians, undisturbed)
    for commit in range(1, len(reference.commits) + 1):
        async with site(case, laptops, technicians) as here:
            kill = Kill(commit, after)
            killed = await here.work(kill)
            run = await here.work()
        check_found(killed, kill, run.found)
        check_whole(run)
        check_same(run, reference)


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_every_way_out_leads_on_through_the_whole_visit(
    case: Case, laptops: Laptops, technicians: Technicians
) -> None:
    for way in ways_of(case):
        async with site(case, laptops, technicians, ways=(way,)) as here:
            run = await here.work()
        check_whole(run)
        waived = [f for f in run.end["facts"] if f["kind"] == "requirement_waived"]
        assert way in {(f["step"], f["requirement"], f["way_out"]) for f in waived}
