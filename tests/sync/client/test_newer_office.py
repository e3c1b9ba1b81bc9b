"""An office that is newer than the laptop: what this program can't read is in nothing's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from fieldapp.store import inbox
from sync.client.answers import Answer
from sync.client.engine import Engine
from sync.client.http import Http
from sync.errors import VisitTooNew
from sync.wire import checksum_of
from tests.sync.client.test_files import photo

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled


class Newer(Http):
    """A line to an office whose first visit is of a kind that came after this program."""

    def post(self, path: str, message: bytes, *, token: str = "") -> Answer:
        answer = super().post(path, message, token=token)
        if path != "/v1/sync":
            return answer
        said = msgspec.json.decode(answer.body)
        for change in said["changes"][:1]:
            change["visit"]["kind"] = "from_the_future"
        said["checksum"] = checksum_of(map(msgspec.json.encode, said["changes"]))
        return Answer(answer.status, answer.headers, msgspec.json.encode(said))


async def test_a_visit_that_can_not_be_read_is_in_nothings_way_and_comes_later(
    enrolled: Enrolled,
) -> None:
    laptop = await enrolled(2)
    engine = Engine(laptop.db, Newer, laptop.clock)
    assert isinstance((await engine.sync_once()).error, VisitTooNew)
    assert len(await laptop.visits()) == 1
    await photo(laptop, b"photo")
    report = await engine.sync_once()
    assert (type(report.error), engine.state.online) == (VisitTooNew, True)
    assert (report.sent, report.waiting, report.files_waiting) == (1, 0, 0)
    assert len(await laptop.visits()) == 1
    await engine.close()
    assert (await laptop.engine.sync_once()).error is None
    assert len(await laptop.visits()) == 2


async def test_a_visit_that_can_not_be_read_any_more_stays_as_it_was(
    enrolled: Enrolled,
) -> None:
    laptop = await enrolled(2)
    await laptop.engine.sync_once()
    known = await laptop.visits()
    await laptop.db.write(inbox.rebaseline, touched=frozenset())
    assert await laptop.visits() == {}
    engine = Engine(laptop.db, Newer, laptop.clock)
    assert (await engine.sync_once()).error is None
    await engine.close()
    assert await laptop.visits() == known
