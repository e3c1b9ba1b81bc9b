from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.progress import Progress
from fieldapp.domain.status import NotDoneReason, VisitState
from fieldapp.domain.work_order import Visit
from fieldapp.errors import IllegalTransition, MissingEvidence, RuleError
from fieldapp.store import attachments, audit, inbox, outbox
from fieldapp.store.database import Database
from fieldapp.work.refusals import NoSuchVisit
from fieldapp.work.visit import NotDone, Picture, VisitWork, WayOut

Plan = Callable[..., Visit]
Store = Callable[[Visit], Awaitable[str]]


@pytest.fixture
def work(db: Database, clock: Clock) -> VisitWork:
    return VisitWork(db, clock)


@pytest.fixture
async def visit_id(plan: Plan, store_visit: Store) -> str:
    return await store_visit(plan("reading_preference"))


def _answers(visit: Visit, answer: str = "yes") -> dict[str, str]:
    return {question.code: answer for question in visit.lmra.questions}


async def _to_the_site(work: VisitWork, clock: Clock, visit_id: str) -> Progress:
    return await work.record(
        visit_id,
        f.VisitAccepted(at=clock.now()),
        f.VisitTravelling(at=clock.now()),
        f.VisitArrived(at=clock.now()),
    )


async def _started(work: VisitWork, clock: Clock, visit_id: str) -> Progress:
    await _to_the_site(work, clock, visit_id)
    stored = await work.stored(visit_id)
    return await work.start(visit_id, _answers(stored.visit), "T1")


async def test_facts_become_signed_operations_in_order(
    work: VisitWork, clock: Clock, db: Database, visit_id: str
) -> None:
    progress = await _to_the_site(work, clock, visit_id)
    assert progress.state is VisitState.ON_SITE
    items = await db.read(outbox.items)
    assert [item.kind for item in items] == [
        "visit_accepted",
        "visit_travelling",
        "visit_arrived",
    ]
    assert [item.sequence for item in items] == [1, 2, 3]
    stored = await work.stored(visit_id)
    assert stored.progress == progress
    assert stored.undelivered == 3


async def test_a_broken_rule_keeps_none_of_the_facts(
    work: VisitWork, clock: Clock, db: Database, visit_id: str
) -> None:
    with pytest.raises(IllegalTransition):
        await work.record(
            visit_id, f.VisitAccepted(at=clock.now()), f.VisitArrived(at=clock.now())
        )
    assert await db.read(outbox.items) == ()
    assert (await work.stored(visit_id)).progress.state is VisitState.PLANNED


async def test_an_unknown_visit_is_named(work: VisitWork, clock: Clock) -> None:
    with pytest.raises(NoSuchVisit) as caught:
        await work.record("visit-9", f.VisitAccepted(at=clock.now()))
    assert caught.value.visit == "visit-9"
    with pytest.raises(NoSuchVisit):
        await work.look("visit-9")
    with pytest.raises(NoSuchVisit):
        await work.stored("visit-9")


async def test_a_no_in_the_risk_analysis_is_kept_and_stops_the_start(
    work: VisitWork, clock: Clock, visit_id: str
) -> None:
    await _to_the_site(work, clock, visit_id)
    visit = (await work.stored(visit_id)).visit
    unsafe = _answers(visit) | {visit.lmra.questions[0].code: "no"}
    with pytest.raises(RuleError, match="lmra_no"):
        await work.start(visit_id, unsafe, "T1")
    progress = (await work.stored(visit_id)).progress
    assert progress.state is VisitState.ON_SITE
    assert [answer.safe for answer in progress.of(f.LmraAnswered)] == [False]
    assert progress.of(f.LmraAnswered)[0].by == "T1"
    again = await work.start(visit_id, _answers(visit), "T1")
    assert again.state is VisitState.STARTED


async def test_a_photo_and_its_fact_are_kept_together(
    work: VisitWork, clock: Clock, db: Database, visit_id: str
) -> None:
    await _started(work, clock, visit_id)
    sha256 = await work.add_photo(visit_id, "confirm", "cupboard", Picture(b"\xff\xd8 jpeg"))
    assert (
        await db.read(lambda c: attachments.open_plain(c, visit_id, sha256)) == b"\xff\xd8 jpeg"
    )
    (fact,) = (await work.stored(visit_id)).progress.of(f.EvidenceAdded)
    assert (fact.sha256, fact.size, fact.slot, fact.step) == (sha256, 7, "cupboard", "confirm")
    assert fact.media_type == "image/jpeg"


async def test_a_photo_that_the_rules_refuse_leaves_no_file(
    work: VisitWork, clock: Clock, db: Database, path: Path, visit_id: str
) -> None:
    await work.record(visit_id, f.VisitAccepted(at=clock.now()))
    await work.record(visit_id, f.VisitNotDone(at=clock.now(), reason=NotDoneReason.NO_ACCESS))
    with pytest.raises(IllegalTransition):
        await work.add_photo(visit_id, "confirm", "late", Picture(b"late"))
    assert await db.read(attachments.waiting) == ()
    assert list(path.with_suffix(".files").iterdir()) == []


async def test_a_signature_satisfies_its_requirement(
    work: VisitWork, clock: Clock, visit_id: str
) -> None:
    await _started(work, clock, visit_id)
    await work.sign(visit_id, "confirm", Picture(b"png", "image/png"))
    (fact,) = (await work.stored(visit_id)).progress.of(f.EvidenceAdded)
    assert (fact.slot, fact.media_type) == ("signature", "image/png")


async def test_not_done_takes_its_photo_along(
    work: VisitWork, clock: Clock, db: Database, visit_id: str
) -> None:
    await _to_the_site(work, clock, visit_id)
    without = NotDone(NotDoneReason.ASBESTOS_SUSPECTED)
    with pytest.raises(MissingEvidence):
        await work.not_done(visit_id, without)
    assert await db.read(attachments.waiting) == ()
    ending = NotDone(NotDoneReason.ASBESTOS_SUSPECTED, "plate behind", Picture(b"plate"))
    progress = await work.not_done(visit_id, ending)
    assert progress.state is VisitState.NOT_DONE
    (fact,) = progress.of(f.VisitNotDone)
    (file,) = await db.read(attachments.waiting)
    assert (fact.photo, fact.text, fact.follow_up) == (file.sha256, "plate behind", True)
    assert file.slot == "not_done_asbestos_suspected"


async def test_a_way_out_is_recorded_with_reason_and_photo(
    work: VisitWork, clock: Clock, db: Database, visit_id: str
) -> None:
    await _started(work, clock, visit_id)
    progress = await work.waive(
        visit_id, "confirm", WayOut("signature", "not_present", "left for work", Picture(b"p"))
    )
    (waiver,) = progress.of(f.WaivedRequirement)
    (file,) = await db.read(attachments.waiting)
    assert (waiver.way_out, waiver.reason, waiver.photo) == (
        "not_present",
        "left for work",
        file.sha256,
    )
    assert file.slot == "waived_signature"
    progress = await work.waive(
        visit_id, "confirm", WayOut("signature", "refused", "would not")
    )
    assert progress.of(f.WaivedRequirement)[-1].photo == ""


async def test_each_look_at_a_customer_is_in_the_trail(
    work: VisitWork, db: Database, visit_id: str
) -> None:
    stored = await work.look(visit_id)
    assert stored.visit.customer.name == "Wilhelmina Kortekaas"
    (entry,) = await db.read(audit.entries)
    assert (entry.purpose, entry.visit, entry.action, entry.outcome) == (
        "reading_preference",
        visit_id,
        "look",
        "done",
    )
    assert await db.read(audit.verify) is None


_CHILD = """
    import asyncio, sys
    from pathlib import Path
    from fieldapp.clock import SystemClock
    from fieldapp.domain import facts as f
    from fieldapp.store.database import Database
    from fieldapp.work.visit import Picture, VisitWork

    async def main():
        db = await Database.open(Path(sys.argv[1]), bytes(range(32)))
        clock = SystemClock()
        work = VisitWork(db, clock)
        await work.record(
            sys.argv[2],
            f.VisitAccepted(at=clock.now()),
            f.VisitTravelling(at=clock.now()),
            f.VisitArrived(at=clock.now()),
        )
        for number in range(10000):
            picture = Picture(b"x" * 3000 + str(number).encode())
            sha256 = await work.add_photo(sys.argv[2], "confirm", f"slot{number}", picture)
            sys.stdout.write(sha256 + "\\n")
            sys.stdout.flush()

    asyncio.run(main())
"""


def _told_before_the_kill(path: Path, visit_id: str) -> list[str]:
    command = [sys.executable, "-c", textwrap.dedent(_CHILD), str(path), visit_id]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = [child.stdout.readline().strip() for _ in range(4)]
        child.kill()
        return told + [line.strip() for line in child.stdout if line.endswith("\n")]


async def test_a_kill_between_facts_loses_nothing_that_was_told(
    path: Path, clock: Clock, plan: Plan, enrol: Callable[[Database], Awaitable[None]]
) -> None:
    visit = plan("reading_preference")
    page = [inbox.InboxChange(visit.id, visit.version, visit)]
    before = await Database.open(path, bytes(range(32)))
    await enrol(before)
    await before.write(lambda c: inbox.store_page(c, page, 1), touched=frozenset())
    await before.close()
    told = _told_before_the_kill(path, visit.id)
    again = await Database.open(path, bytes(range(32)))
    try:
        work = VisitWork(again, clock)
        stored = await work.stored(visit.id)
        kept = [fact.sha256 for fact in stored.progress.of(f.EvidenceAdded)]
        assert kept[: len(told)] == told
        assert len(kept) - len(told) in {0, 1}
        files = await again.read(
            lambda c: [attachments.open_plain(c, visit.id, name) for name in kept]
        )
        assert [content[3000:].decode() for content in files] == [
            str(number) for number in range(len(kept))
        ]
        progress = await work.start(visit.id, _answers(visit), "T1")
        assert progress.state is VisitState.STARTED
    finally:
        await again.close()
