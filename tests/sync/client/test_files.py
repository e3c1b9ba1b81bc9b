from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain.facts import EvidenceAdded
from fieldapp.errors import StoreCorrupt
from fieldapp.store import attachments, orders
from fieldapp.store.transaction import Transaction
from sync.client.answers import Answer
from sync.client.calls import Call
from sync.client.files import PIECE, SMALLEST_PIECE, PieceSize
from sync.client.http import Http
from sync.client.report import FileRefused, FileSent
from sync.errors import BadWire, OfficeFault, Offline, Refused, SyncError, TryLater
from sync.server import files, tables

if TYPE_CHECKING:
    from sync.client.report import Event
    from tests.sync.conftest import Enrolled, Laptop, RealOffice

TOUCHED = frozenset({"files", "outbox"})
Meddle = Callable[[Call], Answer | None]


async def photo(laptop: Laptop, content: bytes, *, visit: int = 0, slot: str = "old") -> str:
    """Take a photo at a visit: the file and the fact in one transaction."""

    def take(c: Transaction) -> str:
        planned = sorted(orders.versions(c))[visit]
        file = attachments.add(c, content, visit=planned, slot=slot, media_type="image/jpeg")
        return file.sha256

    sha256 = await laptop.db.write(take, touched=TOUCHED)
    fact = EvidenceAdded(
        at=datetime.now(UTC),
        slot=slot,
        sha256=sha256,
        size=len(content),
        media_type="image/jpeg",
    )
    await laptop.work(fact=fact)
    return sha256


async def waiting(laptop: Laptop) -> list[str]:
    return [file.sha256 for file in await laptop.db.read(attachments.waiting)]


def kept(office: RealOffice, laptop: Laptop) -> dict[tuple[str, str], bytes]:
    """The files that count at the office, by visit and SHA-256, as they are read back."""
    t = tables.files
    with office.office.database.reading() as c:
        rows = c.execute(
            t.select().where(t.c.laptop == laptop.owner.laptop, t.c.complete_at.is_not(None))
        ).all()
    found = {}
    for row in rows:
        upload = files.Upload(
            row.region, row.id, row.laptop, row.holder, row.sha256, row.length, complete=True
        )
        found[row.visit, row.sha256] = b"".join(files.content(office.office, upload).read())
    return found


async def test_files_go_after_the_operations_and_are_read_back(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    contents = [os.urandom(size) for size in (1, PIECE, 2 * PIECE + 7)]
    for number, content in enumerate(contents):
        await photo(laptop, content, slot=f"slot{number}")
    events: list[Event] = []
    report = await laptop.engine.sync_once(events.append)
    assert (report.error, report.sent) == (None, 3)
    assert (report.files_sent, report.files_waiting) == (3, 0)
    assert sorted(kept(back_office, laptop).values()) == sorted(contents)
    told = [event for event in events if isinstance(event, FileSent)]
    assert [event.offset for event in told if event.size > PIECE] == [
        PIECE,
        2 * PIECE,
        2 * PIECE + 7,
        2 * PIECE + 7,
    ]
    assert [event.delivered for event in told if event.size > PIECE] == [0, 0, 0, 1]
    assert await waiting(laptop) == []


async def test_a_cut_upload_goes_on_where_it_was(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    content = os.urandom(4 * PIECE)
    await photo(laptop, content)
    engine, line = laptop.meddled()

    def cut(call: Call) -> Answer | None:
        if call.headers.get("Upload-Offset") == str(2 * PIECE):
            raise Offline("cut")
        return None

    line.before_file = cut
    report = await engine.sync_once()
    assert (type(report.error), report.files_waiting) == (Offline, 1)
    assert line.calls == ["POST", "PATCH", "PATCH", "PATCH"]
    line.calls.clear()
    line.before_file = lambda _call: None
    report = await engine.sync_once()
    await engine.close()
    assert (report.error, report.files_sent) == (None, 1)
    assert line.calls == ["POST", *["PATCH"] * 4, "POST"]
    assert list(kept(back_office, laptop).values()) == [content]


async def test_a_line_too_slow_for_a_piece_gets_smaller_ones(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    content = os.urandom(PIECE)
    await photo(laptop, content)
    engine, line = laptop.meddled()
    sizes: list[int] = []

    def slow(call: Call) -> Answer | None:
        if call.method == "PATCH":
            sizes.append(len(call.body))
            if len(call.body) > PIECE // 8:
                raise Offline("timed out")
        return None

    line.before_file = slow
    while (await engine.sync_once()).files_waiting:
        assert len(sizes) < 40
    await engine.close()
    assert sizes[:4] == [PIECE, PIECE // 2, PIECE // 4, PIECE // 8]
    assert sizes[4:] == [PIECE // 8] * 7
    assert list(kept(back_office, laptop).values()) == [content]


def test_pieces_grow_again_when_the_line_holds() -> None:
    size = PieceSize()
    for _ in range(9):
        size.failed()
    assert size.octets == SMALLEST_PIECE
    grown = []
    for _ in range(5 * 8):
        size.went()
        grown.append(size.octets)
    assert grown[6:8] == [SMALLEST_PIECE, 2 * SMALLEST_PIECE]
    assert grown[-1] == PIECE


async def test_a_lost_answer_to_a_piece_costs_no_piece(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    content = os.urandom(3 * PIECE)
    await photo(laptop, content)
    engine, line = laptop.meddled()
    lost: list[str] = []

    def lose(call: Call, answer: Answer) -> Answer:
        if call.method == "PATCH" and not lost:
            lost.append(call.path)
            raise Offline("lost")
        return answer

    line.after_file = lose
    report = await engine.sync_once(patience_s=20)
    await engine.close()
    assert (report.error, report.files_waiting) == (None, 0)
    assert line.calls == ["POST", "PATCH", "POST", *["PATCH"] * 4, "POST"]
    assert list(kept(back_office, laptop).values()) == [content]


async def test_a_piece_damaged_on_its_way_goes_again(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    content = os.urandom(2 * PIECE)
    await photo(laptop, content)
    engine, line = laptop.meddled()
    damaged: list[str] = []

    def damage(call: Call) -> Answer | None:
        if call.method != "PATCH" or damaged:
            return None
        damaged.append(call.path)
        wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
        headers = {**call.headers, "Upload-Checksum": f"sha256 {wrong}"}
        return Http.send(
            line, Call(call.method, call.path, call.body, headers, call.token, call.accepted)
        )

    line.before_file = damage
    report = await engine.sync_once()
    await engine.close()
    assert (report.error, report.files_sent, len(damaged)) == (None, 1, 1)
    assert list(kept(back_office, laptop).values()) == [content]


async def test_an_upload_that_is_gone_starts_over(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    content = os.urandom(2 * PIECE)
    await photo(laptop, content)
    engine, line = laptop.meddled()
    gone = iter([404, 410, 409])

    def vanish(call: Call) -> Answer | None:
        status = next(gone, None) if call.method == "PATCH" else None
        return Answer(status, {}, b"") if status else None

    line.before_file = vanish
    report = await engine.sync_once()
    await engine.close()
    assert (report.error, report.files_sent) == (None, 1)
    assert list(kept(back_office, laptop).values()) == [content]


async def test_an_office_that_never_has_it_whole_is_not_asked_for_ever(
    enrolled: Enrolled,
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop, b"x")
    engine, line = laptop.meddled()

    def forgetful(call: Call) -> Answer | None:
        headers = {"location": "/v1/files/1", "upload-offset": "0"}
        if call.method == "PATCH":
            headers["upload-offset"] = "1"
        return Answer(204 if call.method == "PATCH" else 201, headers, b"")

    line.before_file = forgetful
    report = await engine.sync_once()
    await engine.close()
    assert isinstance(report.error, BadWire)
    assert len(line.calls) < 20
    assert report.files_waiting == 1


REFUSALS = [Refused("urn:fieldapp:x"), BadWire("x"), OfficeFault("x"), TryLater(1.0)]


@pytest.mark.parametrize("error", REFUSALS, ids=lambda e: type(e).__name__)
async def test_one_bad_file_stops_no_other(
    enrolled: Enrolled, back_office: RealOffice, error: SyncError
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    bad = await photo(laptop, b"bad")
    await photo(laptop, b"good 1")
    await photo(laptop, b"good 22")
    mark = base64.b64encode(bad.encode()).decode()
    engine, line = laptop.meddled()

    def refuse(call: Call) -> Answer | None:
        if mark in call.headers.get("Upload-Metadata", ""):
            raise error
        return None

    line.before_file = refuse
    events: list[Event] = []
    report = await engine.sync_once(events.append)
    await engine.close()
    assert (report.files_sent, report.files_waiting) == (2, 1)
    assert report.error is (None if isinstance(error, Refused) else error)
    assert [refused.error for refused in report.files_refused] == [error]
    told = tuple(event for event in events if isinstance(event, FileRefused))
    assert engine.state.files_refused == told == report.files_refused
    assert sorted(kept(back_office, laptop).values()) == [b"good 1", b"good 22"]


async def test_a_damaged_file_of_ours_stops_no_other(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop, b"bad")
    await photo(laptop, b"good one")
    folder = laptop.db.path.with_suffix(".files")
    smallest = min(folder.iterdir(), key=lambda path: path.stat().st_size)
    smallest.write_bytes(bytes(smallest.stat().st_size))
    report = await laptop.engine.sync_once()
    assert (report.error, report.files_sent, report.files_waiting) == (None, 1, 1)
    assert isinstance(report.files_refused[0].error, StoreCorrupt)
    assert list(kept(back_office, laptop).values()) == [b"good one"]


async def test_a_busy_office_is_left_alone_after_two_files(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    for number in range(5):
        await photo(laptop, b"photo %d" % number)
    engine, line = laptop.meddled()

    def busy(_call: Call) -> Answer | None:
        raise TryLater(9.0)

    line.before_file = busy
    report = await engine.sync_once()
    await engine.close()
    assert isinstance(report.error, TryLater)
    assert len(line.calls) == 2
