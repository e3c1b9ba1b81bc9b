"""Files on a bad day: a busy office, a customer erased, a visit taken away, a full laptop."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

import pytest

from fieldapp.errors import StoreFull
from fieldapp.store import attachments
from sync.client.answers import Answer
from sync.client.calls import Call
from sync.client.files import PIECE
from sync.client.http import Http
from sync.client.report import FileSent
from sync.errors import Offline, TryLater
from sync.server import erasure
from tests.sync.client.test_departing import in_loop
from tests.sync.client.test_files import kept, photo

if TYPE_CHECKING:
    from sync.client.report import Event
    from tests.sync.conftest import Enrolled, RealOffice


async def test_tusd_234_a_busy_file_goes_on_where_it_was(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    content = os.urandom(3 * PIECE)
    await photo(laptop, content)
    engine, line = laptop.meddled()
    offsets: list[str] = []

    def locked(call: Call) -> Answer | None:
        if call.method == "PATCH":
            offsets.append(call.headers["Upload-Offset"])
            if len(offsets) == 2:
                raise TryLater(0.0)  # 423 with Retry-After, as `answers` reads it
        return None

    line.before_file = locked
    report = await engine.sync_once(patience_s=20)
    await engine.close()
    assert (report.error, report.files_waiting) == (None, 0)
    assert offsets == ["0", str(PIECE), str(PIECE), str(2 * PIECE)]
    assert list(kept(back_office, laptop).values()) == [content]


async def test_a_file_on_which_the_line_breaks_is_not_in_the_others_way(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    bad = base64.b64encode((await photo(laptop, b"bad")).encode()).decode()
    await photo(laptop, b"good one")
    engine, line = laptop.meddled()

    def cut(call: Call) -> Answer | None:
        if bad in call.headers.get("Upload-Metadata", ""):
            raise Offline("somebody between does not like what is in it")
        return None

    line.before_file = cut
    waiting = [(await engine.sync_once()).files_waiting for _ in range(3)]
    assert waiting == [2, 2, 1]
    assert list(kept(back_office, laptop).values()) == [b"good one"]
    line.before_file = lambda _call: None
    assert (await engine.sync_once()).files_waiting == 0
    await engine.close()


async def test_a_file_begun_for_a_customer_who_was_erased_is_kept_all_the_same(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    content = os.urandom(3 * PIECE)
    await photo(laptop, content)
    (visit,) = await laptop.visits()
    engine, line = laptop.meddled()

    def cut(call: Call) -> Answer | None:
        if call.headers.get("Upload-Offset") == str(PIECE):
            raise Offline("cut")
        return None

    line.before_file = cut
    assert (await engine.sync_once()).files_waiting == 1
    assert erasure.erase_holder_of(back_office.office, "Westland", visit)
    line.before_file = lambda _call: None
    report = await engine.sync_once()
    await engine.close()
    assert (report.error, report.files_refused, report.files_waiting) == (None, (), 0)
    assert list(kept(back_office, laptop).values()) == [content]


async def test_erased_between_two_pieces_it_starts_anew(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    content = os.urandom(2 * PIECE)
    await photo(laptop, content)
    (visit,) = await laptop.visits()

    def erase(event: Event) -> None:
        if isinstance(event, FileSent) and event.offset == PIECE:
            erasure.erase_holder_of(back_office.office, "Westland", visit)

    report = await laptop.engine.sync_once(erase)
    assert (report.error, report.files_sent, report.files_waiting) == (None, 1, 0)
    assert list(kept(back_office, laptop).values()) == [content]


async def test_the_files_of_a_withdrawn_visit_go_too(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop, b"taken before it was taken away")
    await laptop.engine.sync_once()
    content = os.urandom(100)
    await photo(laptop, content)
    (visit,) = await laptop.visits()
    withdraw(back_office, visit)
    report = await laptop.engine.sync_once()
    assert (report.error, report.files_sent, report.files_waiting) == (None, 1, 0)
    assert content in kept(back_office, laptop).values()


def withdraw(office: RealOffice, visit: str) -> None:
    http = Http(office.url)
    office.dispatcher(http).cancel(visit)
    http.close()


async def test_a_full_laptop_sends_again_what_it_could_not_note(
    enrolled: Enrolled, back_office: RealOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop, b"photo")

    def full(*_: object, **_more: object) -> None:
        raise StoreFull("no room")

    with monkeypatch.context() as patched:
        patched.setattr(attachments, "note_delivered", full)
        report = await laptop.engine.sync_once()
    assert isinstance(report.error, StoreFull)
    assert report.files_waiting == 1
    report = await laptop.engine.sync_once()
    assert (report.error, report.files_sent, report.files_waiting) == (None, 1, 0)
    assert list(kept(back_office, laptop).values()) == [b"photo"]


async def test_a_photo_that_is_let_go_meanwhile_stops_nothing(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop, b"goes")
    await photo(laptop, b"stays on")
    engine, line = laptop.meddled()
    (visit,) = await laptop.visits()

    async def remove() -> None:
        await laptop.db.write(lambda c: attachments.remove(c, visit), touched=frozenset())

    def look(_call: Call) -> Answer | None:
        if line.calls == ["POST"]:
            meanwhile(remove)
        return None

    meanwhile = in_loop()
    line.before_file = look
    report = await engine.sync_once()
    await engine.close()
    assert (report.error, report.files_sent, report.files_waiting) == (None, 0, 0)
