"""The same photo at two visits is two files, on every stretch of the way."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from fieldapp.store import attachments
from sync.client.answers import Answer
from sync.client.calls import Call
from sync.client.files import PIECE
from sync.client.report import FileSent
from sync.errors import Offline
from tests.sync.client.test_files import kept, photo, waiting

if TYPE_CHECKING:
    from sync.client.report import Event
    from tests.sync.conftest import Enrolled, RealOffice


async def test_the_same_photo_at_two_visits_goes_to_both(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled(2)
    await laptop.engine.sync_once()
    await photo(laptop, b"same", visit=0)
    await photo(laptop, b"same", visit=1)
    report = await laptop.engine.sync_once()
    assert (report.files_sent, report.files_waiting) == (2, 0)
    assert list(kept(back_office, laptop).values()) == [b"same", b"same"]


async def test_a_photo_that_reached_one_visit_still_waits_at_the_other(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled(2)
    await laptop.engine.sync_once()
    content = os.urandom(2 * PIECE)
    for visit in (0, 1):
        await photo(laptop, content, visit=visit)
    engine, line = laptop.meddled()
    places: list[str] = []

    def cut(call: Call) -> Answer | None:
        if call.method == "PATCH" and call.path not in places:
            places.append(call.path)
        if len(places) == 2 and call.headers.get("Upload-Offset") == str(PIECE):
            raise Offline("cut")
        return None

    line.before_file = cut
    report = await engine.sync_once()
    assert (report.files_sent, report.files_waiting) == (1, 1)
    (left,) = await laptop.db.read(attachments.waiting)
    assert left.visit == sorted(await laptop.visits())[1]
    line.before_file = lambda _call: None
    report = await engine.sync_once()
    await engine.close()
    assert (report.error, report.files_sent, report.files_waiting) == (None, 1, 0)
    assert list(kept(back_office, laptop).values()) == [content, content]


async def test_a_photo_taken_while_its_twin_is_sent_goes_on_its_own(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled(2)
    await laptop.engine.sync_once()
    await photo(laptop, b"same", visit=0)
    first, second = sorted(await laptop.visits())
    taken: list[asyncio.Task[str]] = []

    def take(event: Event) -> None:
        if isinstance(event, FileSent) and not taken:
            taken.append(asyncio.create_task(photo(laptop, b"same", visit=1)))

    await laptop.engine.sync_once(take)
    await taken[0]
    await laptop.engine.sync_once()
    assert await waiting(laptop) == []
    assert {visit for visit, _ in kept(back_office, laptop)} == {first, second}
