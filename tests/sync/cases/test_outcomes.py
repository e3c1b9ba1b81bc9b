"""Operations that can't simply count: the device is told, nothing behind them is blocked."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from fieldapp.domain.facts import ComplaintRecorded
from fieldapp.store import orders, outbox
from fieldapp.store.transaction import Transaction
from sync.errors import Refused
from sync.wire import SyncRequest

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, RealOffice
    from tests.sync.server.doubles import Backyard

DAMP = ComplaintRecorded(at=datetime.now(UTC), text="the cupboard is damp")
OUTBOX = frozenset({"outbox"})


async def test_qfieldcloud_551_what_failed_at_the_office_is_told_to_the_laptop(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    """QFieldCloud 551: it failed on the server, and the device never heard of it."""
    laptop = await enrolled()
    await laptop.engine.sync_once()

    def elsewhere(c: Transaction) -> str:
        visit = msgspec.structs.replace(orders.held(c)[0].visit, id="nowhere")
        return outbox.append(c, visit, DAMP, laptop.clock)

    failed = await laptop.db.write(elsewhere, touched=OUTBOX)
    (good,) = await laptop.work()
    report = await laptop.engine.sync_once()
    assert (report.refused, report.waiting) == (1, 0)
    told = {item.id: (item.state, item.reason) for item in await laptop.items()}
    assert told == {failed: ("quarantined", "unknown_visit"), good: ("applied", "")}
    at_office = {row.id: row.outcome for row in back_office.operations(laptop.owner.laptop)}
    assert at_office == {failed: "quarantined", good: "applied"}


def test_qfieldcloud_154_a_duplicate_id_blocks_nobody(backyard: Backyard) -> None:
    """QFieldCloud 154: a second row under the same id blocked the queue for good."""
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    first = laptop.operation(visit, DAMP)
    again = laptop.operation(visit, DAMP, id=backyard.sync(laptop, first).verdicts[0].id)
    behind = laptop.operation(visit, DAMP)
    assert backyard.push(laptop, first, again, behind) == [
        ("applied", ""),
        ("quarantined", "id_reused"),
        ("applied", ""),
    ]
    assert backyard.one("SELECT count(*) FROM operations WHERE counts") == 2


async def test_odk_collect_6457_what_can_not_be_sent_is_set_aside_and_goes_again(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    """ODK Collect 6457: an item that could neither be sent nor deleted."""
    laptop = await enrolled()
    await laptop.engine.sync_once()
    ids = await laptop.work(3)
    engine, line = laptop.meddled()

    def refuse(request: SyncRequest) -> None:
        if any(ids[1].encode() in one.header for one in request.operations):
            raise Refused("urn:fieldapp:malformed", status=400)

    line.before = refuse
    report = await engine.sync_once()
    await engine.close()
    assert (report.refused, report.waiting) == (1, 0)
    states = [(item.state, item.reason) for item in await laptop.items()]
    assert states[1] == ("rejected", "urn:fieldapp:malformed")
    assert [states[0][0], states[2][0]] == ["applied", "applied"]

    await laptop.db.write(lambda c: outbox.resend(c, ids[1]), touched=OUTBOX)
    report = await laptop.engine.sync_once()
    assert (report.refused, report.waiting) == (0, 0)
    assert set(back_office.applied(laptop.owner.laptop)) == set(ids)


def test_kobo_kpi_5047_the_same_operation_in_a_race_counts_once(backyard: Backyard) -> None:
    """Kobo kpi 5047: the same submission sent twice at the same time was kept twice."""
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    sent = [laptop.operation(visit, DAMP) for _ in range(3)]
    gate = threading.Barrier(6)

    def push(_: int) -> list[tuple[str, str]]:
        gate.wait()
        return backyard.push(laptop, *sent)

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(push, range(6))) == [[("applied", "")] * 3] * 6
    assert backyard.one("SELECT count(*) FROM operations") == 3
