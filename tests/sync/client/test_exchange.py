from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from sqlalchemy import text

from fieldapp.store import attachments, device
from fieldapp.store.transaction import Transaction
from sync.client.answers import Answer
from sync.errors import BadWire, Offline, OutOfStep
from sync.wire import (
    ChangeKind,
    SyncAnswer,
    SyncRequest,
    Verdict,
    page_checksum,
)
from tests.sync.client.test_files import photo

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, RealOffice

KEY = bytes(range(32))
OUTBOX = frozenset({"outbox"})


def changed(**fields: Any) -> Callable[[SyncAnswer], SyncAnswer]:
    return lambda answer: msgspec.structs.replace(answer, **fields)


async def test_a_long_outbox_goes_at_once_and_in_pieces_where_the_line_breaks(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    engine, line = laptop.meddled()
    await engine.sync_once()
    ids = await laptop.work(100)

    def breaks(request: SyncRequest) -> None:
        if len(request.operations) > 30:
            raise Offline("cut")

    line.before = breaks
    while (report := await engine.sync_once()).error is not None:
        assert isinstance(report.error, Offline)
    assert report.waiting == 0
    assert len(line.requests[1].operations) == 100
    assert back_office.applied(laptop.owner.laptop) == ids
    line.before = lambda _request: None
    await laptop.work(40)
    assert (await engine.sync_once()).sent == 40
    await engine.close()


async def test_the_office_is_told_what_waits_beside_the_request(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    engine, line = laptop.meddled()
    await engine.sync_once()
    first, second = await laptop.work(2)
    del first
    await laptop.db.write(
        lambda c: attachments.add(c, b"x", visit="v", slot="s", media_type="image/jpeg"),
        touched=OUTBOX,
    )
    engine._sizes.operations = 1
    await engine.sync_once()
    await engine.close()
    told = [(r.waiting, r.files_waiting) for r in line.requests[1:3]]
    assert told == [(1, 1), (0, 1)]
    (made,) = [item.made_at for item in await laptop.items() if item.id == second]
    oldest = line.requests[1].oldest_waiting
    assert oldest is not None
    assert abs((oldest - made).total_seconds()) < 60
    assert line.requests[2].oldest_waiting is None


async def test_a_normal_sync_is_one_request(enrolled: Enrolled) -> None:
    laptop = await enrolled(2)
    engine, line = laptop.meddled()
    await engine.sync_once()
    await laptop.work(40)
    await engine.sync_once()
    await engine.close()
    assert len(line.requests) == 2


async def test_a_first_load_comes_in_pages(enrolled: Enrolled) -> None:
    laptop = await enrolled(70)
    engine, line = laptop.meddled()
    report = await engine.sync_once()
    await engine.close()
    assert (report.received, report.error) == (70, None)
    assert [request.cursor for request in line.requests] == [0, 50]
    assert len(await laptop.visits()) == 70


async def test_a_page_gets_smaller_where_the_line_breaks(enrolled: Enrolled) -> None:
    laptop = await enrolled(9)
    engine, line = laptop.meddled()

    def breaks(answer: SyncAnswer) -> SyncAnswer:
        if len(answer.changes) > 3:
            raise Offline("cut")
        return answer

    line.after = breaks
    while (await engine.sync_once()).error is not None:
        pass
    await engine.close()
    assert len(await laptop.visits()) == 9


async def test_a_lost_answer_is_asked_for_again(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    ids = await laptop.work(3)
    engine, line = laptop.meddled()

    def lose(_answer: SyncAnswer) -> SyncAnswer:
        raise Offline("lost")

    line.after = lose
    lost = await engine.sync_once()
    assert (lost.waiting, lost.sent, type(lost.error)) == (3, 0, Offline)
    line.after = lambda answer: answer
    again = await engine.sync_once()
    await engine.close()
    assert (again.waiting, again.sent) == (0, 3)
    assert back_office.applied(laptop.owner.laptop) == ids


@pytest.mark.parametrize(
    "lie",
    [
        lambda v: v[:-1],
        lambda v: (*v, Verdict(id="x", outcome=v[0].outcome)),
        lambda v: (*v[:-1], msgspec.structs.replace(v[-1], id="another")),
        lambda v: (v[1], v[0], *v[2:]),
        lambda _v: (),
    ],
    ids=["missing", "too many", "unknown id", "swapped", "none"],
)
async def test_verdicts_that_are_not_ours_mark_nothing(
    enrolled: Enrolled, lie: Callable[[tuple[Verdict, ...]], tuple[Verdict, ...]]
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await laptop.work(3)
    engine, line = laptop.meddled()
    line.after = lambda answer: msgspec.structs.replace(answer, verdicts=lie(answer.verdicts))
    report = await engine.sync_once()
    await engine.close()
    assert isinstance(report.error, BadWire)
    assert await laptop.states() == ["waiting"] * 3


def _second_change(answer: SyncAnswer, **fields: Any) -> SyncAnswer:
    first, second, *rest = answer.changes
    told = (first, msgspec.structs.replace(second, **fields), *rest)
    return msgspec.structs.replace(answer, changes=told, checksum=page_checksum(told))


@pytest.mark.parametrize(
    "lie",
    [
        changed(checksum="0" * 64),
        changed(checksum=""),
        lambda a: msgspec.structs.replace(a, changes=a.changes[:-1]),
        lambda a: _second_change(a, number=1),
        lambda a: _second_change(a, kind=ChangeKind.WITHDRAWN),
        lambda a: _second_change(a, visit=None),
        lambda a: _second_change(a, visit_id="another"),
        lambda a: _second_change(a, version=99),
        lambda a: msgspec.structs.replace(a, cursor=a.cursor + 1),
        lambda a: msgspec.structs.replace(
            a, changes=(), checksum=page_checksum(()), has_more=True
        ),
    ],
)
async def test_a_page_that_does_not_hold_is_not_stored(
    enrolled: Enrolled, lie: Callable[[SyncAnswer], SyncAnswer]
) -> None:
    laptop = await enrolled(3)
    engine, line = laptop.meddled()
    line.after = lie
    report = await engine.sync_once()
    await engine.close()
    assert isinstance(report.error, BadWire)
    assert await laptop.visits() == {}
    assert await laptop.db.read(device.cursor) == 0


async def test_fields_of_a_newer_office_count_in_the_checksum(enrolled: Enrolled) -> None:
    laptop = await enrolled(1)
    engine, line = laptop.meddled()
    real = line.post

    def newer(path: str, message: bytes, *, token: str = "") -> Answer:
        answer = real(path, message, token=token)
        if path != "/v1/sync":
            return answer
        said = msgspec.json.decode(answer.body)
        for change in said["changes"]:
            change["visit"]["parking"] = "behind the church"
        raw = b"".join(msgspec.json.encode(change) + b"\n" for change in said["changes"])
        said["checksum"] = hashlib.sha256(raw).hexdigest()
        return Answer(answer.status, answer.headers, msgspec.json.encode(said))

    line.post = newer  # type: ignore[method-assign]  # the office of next year
    report = await engine.sync_once()
    await engine.close()
    assert (report.error, report.received) == (None, 1)


async def test_a_digest_that_differs_once_is_mended_by_loading_anew(
    enrolled: Enrolled,
) -> None:
    laptop = await enrolled(3)
    await laptop.engine.sync_once()
    ids = await laptop.work(2)
    gone, old, _same = sorted(await laptop.visits())

    def spoil(c: Transaction) -> None:
        c.execute(text("DELETE FROM visits WHERE id = :id"), {"id": gone})
        c.execute(text("UPDATE visits SET version = 7 WHERE id = :id"), {"id": old})

    await laptop.db.write(spoil, touched=frozenset())
    engine, line = laptop.meddled()
    report = await engine.sync_once()
    await engine.close()
    assert (report.error, report.sent) == (None, 2)
    assert sorted((await laptop.visits()).values()) == [1, 1, 1]
    assert [request.cursor for request in line.requests] == [3, 0]
    assert [item.id for item in await laptop.items()] == ids


async def test_a_digest_that_always_differs_is_reported_and_blocks_nothing(
    enrolled: Enrolled,
) -> None:
    laptop = await enrolled(2)
    await laptop.engine.sync_once()
    await laptop.work(150)
    await photo(laptop, b"photo")
    engine, line = laptop.meddled()
    line.after = changed(digest="0" * 64)
    report = await engine.sync_once()
    await engine.close()
    assert isinstance(report.error, OutOfStep)
    assert (report.sent, report.waiting, report.files_waiting) == (151, 0, 0)
    assert len(line.requests) <= 4
    assert len(await laptop.visits()) == 2
