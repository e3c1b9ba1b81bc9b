"""Which file goes when: what goes before it, what waits for another line, what never blocks."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from sqlalchemy import select

from fieldapp.errors import WorkerGone
from fieldapp.store import departures, thumbnails
from sync.client.answers import Answer
from sync.client.calls import Call
from sync.client.engine import Engine
from sync.client.files import PIECE
from sync.errors import Refused, TooOld
from sync.server import tables
from sync.wire import SyncAnswer, SyncRequest
from tests.sync.client.test_files import kept, photo, waiting

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, Line, RealOffice

SMALL = b"\xff\xd8 small"


async def drawn(_photo: bytes) -> bytes:
    return SMALL


def slots(line: Line) -> Callable[[Call], Answer | None]:
    """Notes in place of the methods which slot is announced, and whether as a thumbnail."""

    def look(call: Call) -> Answer | None:
        line.calls.pop()
        said = dict(
            item.split(" ")
            for item in call.headers.get("Upload-Metadata", "").split(",")
            if item
        )
        if said:
            slot = base64.b64decode(said["slot"]).decode()
            line.calls.append(f"small {slot}" if "original" in said else slot)
        return None

    return look


T = TypeVar("T")


def in_loop() -> Callable[[Callable[[], Coroutine[Any, Any, T]]], T]:
    """Does something in the test's loop while the network's thread waits for it."""
    loop = asyncio.get_running_loop()
    return lambda work: asyncio.run_coroutine_threadsafe(work(), loop).result(20)


def metered(engine: Engine, line: Line, *, wait: bool = True) -> None:
    """The office wishes that originals wait, and this connection costs."""
    line.after = lambda answer: msgspec.structs.replace(answer, originals_wait=wait)
    engine.files.metered = lambda: True


async def test_signatures_go_before_thumbnails_and_those_before_photos(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    large, larger, ink = os.urandom(30_000), os.urandom(40_000), os.urandom(50_000)
    for slot, content in (("larger", larger), ("large", large), ("signature", ink)):
        await photo(laptop, content, slot=slot)
    engine, line = laptop.meddled()
    engine.files.draw = drawn
    line.before_file = slots(line)
    report = await engine.sync_once()
    await engine.close()
    announced = list(dict.fromkeys(line.calls))
    assert announced == ["signature", "small large", "small larger", "large", "larger"]
    assert (report.error, report.files_sent, report.files_waiting) == (None, 3, 0)
    assert sorted(kept(back_office, laptop).values()) == sorted([SMALL, large, larger, ink])
    t = tables.files
    query = select(t.c.original).where(
        t.c.laptop == laptop.owner.laptop, t.c.original.is_not(None)
    )
    with back_office.office.database.reading() as c:
        assert c.execute(query).scalar_one() == hashlib.sha256(large).hexdigest()
    assert await laptop.db.read(thumbnails.waiting) == ()


async def test_a_photo_without_a_thumbnail_goes_all_the_same(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    content = os.urandom(30_000)
    await photo(laptop, content)

    async def gone(_photo: bytes) -> bytes:
        raise WorkerGone("killed")

    laptop.engine.files.draw = gone
    report = await laptop.engine.sync_once()
    assert (report.error, report.files_sent) == (None, 1)
    assert list(kept(back_office, laptop).values()) == [content]


async def test_a_refused_thumbnail_is_nobodys_worry(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop, os.urandom(30_000))
    engine, line = laptop.meddled()
    engine.files.draw = drawn

    def refuse(call: Call) -> Answer | None:
        if "original" in call.headers.get("Upload-Metadata", ""):
            raise Refused("urn:fieldapp:x")
        return None

    line.before_file = refuse
    report = await engine.sync_once()
    await engine.close()
    assert (report.error, report.files_sent, report.files_refused) == (None, 1, ())
    assert await laptop.db.read(departures.queue) == ()


async def test_pouchdb_5779_a_large_file_does_not_hold_back_what_is_done_meanwhile(
    enrolled: Enrolled,
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop, os.urandom(6 * PIECE))
    engine, line = laptop.meddled()
    order: list[str] = []

    def look(call: Call) -> Answer | None:
        order.append(call.method)
        if order.count("PATCH") == 2 and call.method == "PATCH":
            order.extend(meanwhile(laptop.work))
        return None

    def answered(answer: SyncAnswer) -> SyncAnswer:
        order.extend(f"sent {verdict.id}" for verdict in answer.verdicts)
        return answer

    meanwhile = in_loop()
    line.before_file, line.after = look, answered
    report = await engine.sync_once()
    await engine.close()
    assert (report.error, report.files_waiting, report.waiting) == (None, 0, 0)
    made = order[order.index("PATCH") + 2]
    assert order[1:] == [
        *(["POST"] + 2 * ["PATCH"]),
        made,
        f"sent {made}",
        *(4 * ["PATCH"] + ["POST"]),
    ]


async def test_a_signature_made_meanwhile_goes_before_the_photos_that_are_left(
    enrolled: Enrolled,
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    for slot in ("one", "two"):
        await photo(laptop, os.urandom(30_000), slot=slot)
    engine, line = laptop.meddled()
    order: list[str] = []
    announced = slots(line)

    def look(call: Call) -> Answer | None:
        announced(call)
        if not order:
            meanwhile(lambda: photo(laptop, b"ink", slot="signature"))
        order[:] = dict.fromkeys(line.calls)
        return None

    def answered(answer: SyncAnswer) -> SyncAnswer:
        line.calls.extend("fact" for _ in answer.verdicts)
        return answer

    meanwhile = in_loop()
    line.before_file, line.after = look, answered
    report = await engine.sync_once()
    await engine.close()
    first, second = sorted(("one", "two"), key=order.index)
    assert order == ["fact", first, "signature", second]
    assert (report.error, report.files_sent, report.files_waiting) == (None, 3, 0)
    last_fact = len(line.calls) - 1 - line.calls[::-1].index("fact")
    assert last_fact < line.calls.index("signature"), "its fact goes before it"


async def test_a_sync_between_two_pieces_that_fails_is_no_files_fault(
    enrolled: Enrolled,
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop, os.urandom(2 * PIECE))
    engine, line = laptop.meddled()

    def look(call: Call) -> Answer | None:
        if call.method == "PATCH" and not line.requests[1:]:
            meanwhile(laptop.work)
            line.before = too_old
        return None

    def too_old(_request: SyncRequest) -> None:
        raise TooOld("urn:fieldapp:protocol-too-old", status=400)

    meanwhile = in_loop()
    line.before_file = look
    report = await engine.sync_once()
    await engine.close()
    assert isinstance(report.error, TooOld)
    assert (report.files_refused, report.files_waiting) == ((), 1)


async def test_photos_wait_for_a_connection_that_costs_nothing_where_the_office_says_so(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    content, ink = os.urandom(30_000), os.urandom(100)
    await photo(laptop, content)
    await photo(laptop, ink, slot="signature")
    engine, line = laptop.meddled()
    engine.files.draw = drawn
    metered(engine, line)
    report = await engine.sync_once()
    assert (report.error, report.files_sent, report.files_waiting) == (None, 1, 1)
    assert sorted(kept(back_office, laptop).values()) == sorted([SMALL, ink])
    assert [held for _, held in engine.state.files_held] == await waiting(laptop)
    until = engine.state.held_until
    assert until is not None
    assert timedelta(days=2) < until - datetime.now(UTC) <= departures.LONGEST
    engine.files.metered = lambda: False
    report = await engine.sync_once()
    await engine.close()
    assert (report.files_waiting, engine.state.files_held) == (0, frozenset())
    assert content in kept(back_office, laptop).values()


async def test_where_the_office_does_not_say_so_they_go_over_any_connection(
    enrolled: Enrolled,
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop, b"photo")
    engine, line = laptop.meddled()
    metered(engine, line, wait=False)
    report = await engine.sync_once()
    await engine.close()
    assert (report.files_sent, engine.state.files_held) == (1, frozenset())


async def test_what_a_person_lets_go_goes_and_what_is_made_later_waits(
    enrolled: Enrolled,
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop, b"first")
    engine, line = laptop.meddled()
    metered(engine, line)
    assert (await engine.sync_once()).files_waiting == 1
    await laptop.db.write(departures.let_go, touched=frozenset({"files"}))
    later = await photo(laptop, b"second")
    report = await engine.sync_once()
    await engine.close()
    assert (report.files_sent, report.files_waiting) == (1, 1)
    assert await waiting(laptop) == [later]
