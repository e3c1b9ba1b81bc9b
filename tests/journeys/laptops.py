"""An enrolled practice laptop without an office, and a look into it afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fieldapp.domain import facts as f
from fieldapp.domain.status import VisitState
from fieldapp.store import audit, chain, outbox, secrets
from fieldapp.store.keys import PracticeSource
from fieldapp.store.outbox import OutboxItem
from tests.westland import enrol, westland
from ui.wiring import Laptop, open_laptop


async def make_laptop(folder: Path, *numbers: str) -> None:
    """A laptop that holds these visits of today, or all."""
    laptop = await open_laptop(folder, PracticeSource())
    visits = westland(laptop.today())
    await enrol(laptop, [v for v in visits if not numbers or v.number in numbers])
    await laptop.close()


async def begin(folder: Path, visit_id: str) -> None:
    """Start a visit."""
    laptop = await open_laptop(folder, PracticeSource())
    now = datetime.now(UTC)
    steps = (f.VisitAccepted, f.VisitTravelling, f.VisitArrived)
    await laptop.visits.record(visit_id, *(step(at=now) for step in steps))
    stored = await laptop.visits.stored(visit_id)
    answers = {question.code: "yes" for question in stored.visit.lmra.questions}
    await laptop.visits.start(visit_id, answers, "T1")
    await laptop.close()


async def whole(laptop: Laptop) -> tuple[OutboxItem, ...]:
    """The outbox of a laptop in which nothing is broken: every page, the chain, the trail."""
    await laptop.db.check()
    owner = await laptop.owner()
    public = secrets.public_key(owner.private_key)
    assert await laptop.db.read(lambda c: chain.broken_at(c, public)) is None
    assert await laptop.db.read(audit.verify) is None
    return await laptop.db.read(outbox.items)


async def operations(folder: Path) -> list[str]:
    """The operations in the outbox of a laptop in which nothing is broken."""
    laptop = await open_laptop(folder, PracticeSource())
    try:
        return [item.id for item in await whole(laptop)]
    finally:
        await laptop.close()


async def contacts(folder: Path) -> list[tuple[str, str]]:
    """What the trail says of contacts: action and outcome."""
    laptop = await open_laptop(folder, PracticeSource())
    try:
        entries = await laptop.db.read(audit.entries)
        return [(entry.action, entry.outcome) for entry in entries if entry.meter]
    finally:
        await laptop.close()


async def state_of(folder: Path, visit_id: str) -> VisitState:
    laptop = await open_laptop(folder, PracticeSource())
    try:
        return (await laptop.visits.stored(visit_id)).progress.state
    finally:
        await laptop.close()
