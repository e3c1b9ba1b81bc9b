"""Files that go wrong: they go on where they were, and nothing waits for them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fieldapp.store import attachments
from sync.client.answers import Answer
from sync.client.calls import Call
from sync.client.files import PIECE
from sync.errors import Offline, TryLater
from tests.sync.server.doubles import Running
from tests.sync.server.phone import Phone, raw_patch, wait_for_writer

if TYPE_CHECKING:
    from tests.sync.cases.conftest import Photo
    from tests.sync.conftest import Enrolled, Laptop, Line, RealOffice


def sent(line: Line) -> list[int]:
    """Octets of each piece that goes over this line from now on."""
    sizes: list[int] = []

    def note(call: Call, answer: Answer) -> Answer:
        if call.method == "PATCH":
            sizes.append(len(call.body))
        return answer

    line.after_file = note
    return sizes


def fails_at(line: Line, piece: int, error: Exception) -> None:
    """The so-manieth piece does not get through."""

    def fail(call: Call) -> Answer | None:
        if call.method == "PATCH" and line.calls.count("PATCH") == piece:
            raise error
        return None

    line.before_file = fail


async def goes_on(laptop: Laptop, office: RealOffice, photo: Photo, error: Exception) -> None:
    """A file of three pieces, the third of which fails, is not sent from its start again."""
    await laptop.engine.sync_once()
    await photo(laptop, 3 * PIECE)
    engine, line = laptop.meddled()
    before = sent(line)
    fails_at(line, 3, error)
    assert (await engine.sync_once()).files_waiting == 1
    await engine.close()
    engine, line = laptop.meddled()
    after = sent(line)
    assert (await engine.sync_once()).files_waiting == 0
    await engine.close()
    assert (sum(before), sum(after)) == (2 * PIECE, PIECE)
    assert office.files(laptop.owner.laptop) == 1


async def test_odk_collect_7356_progress_inside_a_photo_is_kept(
    enrolled: Enrolled, back_office: RealOffice, photo: Photo
) -> None:
    """ODK Collect 7356: a retry began the photo anew."""
    await goes_on(await enrolled(), back_office, photo, Offline("cut"))


async def test_tusd_234_a_locked_upload_does_not_start_from_zero(
    enrolled: Enrolled, back_office: RealOffice, photo: Photo
) -> None:
    """Tusd 234: a 423 made the client start the upload from zero."""
    await goes_on(await enrolled(), back_office, photo, TryLater(0.0))


async def test_pouchdb_5779_a_big_file_blocks_no_newer_work(
    enrolled: Enrolled, back_office: RealOffice, photo: Photo
) -> None:
    """PouchDB 5779: a large attachment kept newer rows from going."""
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop, 4 * PIECE)
    engine, line = laptop.meddled()
    line.before_file = broken
    for made in range(1, 4):
        await laptop.work()
        report = await engine.sync_once()
        assert (report.waiting, report.files_waiting) == (0, 1)
        assert len(back_office.applied(laptop.owner.laptop)) == made + 1
    await engine.close()


def broken(_call: Call) -> Answer | None:
    raise Offline("the file never gets through")


async def test_couchbase_lite_ios_1001_one_bad_attachment_stops_nothing(
    enrolled: Enrolled, back_office: RealOffice, photo: Photo
) -> None:
    """Couchbase Lite iOS 1001: one broken attachment stopped the whole replication."""
    laptop = await enrolled()
    await laptop.engine.sync_once()
    bad = await photo(laptop, 1_000)
    (file,) = list(laptop.db.path.with_suffix(".files").iterdir())
    file.write_bytes(b"rotten")
    good = await photo(laptop, 2_000)
    report = await laptop.engine.sync_once()
    assert (report.waiting, report.files_waiting) == (0, 1)
    assert [told.sha256 for told in report.files_refused] == [bad]
    (left,) = await laptop.db.read(attachments.waiting)
    assert (left.sha256, back_office.files(laptop.owner.laptop)) == (bad, 1)
    assert good != bad


def test_opencloud_971_a_stale_upload_wedges_nothing(back_office: RealOffice) -> None:
    """Opencloud 971: an upload whose client was gone could never be finished."""
    technician = back_office.technician()
    back_office.plan(technician)
    running = Running(back_office.url, back_office.office, back_office.uploads)
    token = running.token_of(running.enrol(back_office.code(technician)))
    with running.client(token) as http:
        phone = Phone(http, "somewhere", os.urandom(100_000))
        assert phone.announce().status_code == 201
        stale = raw_patch(running, phone, 100_000)
        stale.sendall(phone.content[:20_000])
        wait_for_writer(running)
        start = phone.offset()
        assert phone.send(start, 100_000).status_code == 204
        stale.close()
        assert phone.offset() == 100_000
