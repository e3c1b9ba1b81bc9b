from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from fieldapp.store import attachments, orders
from fieldapp.store.attachments import Attachment
from fieldapp.store.transaction import Transaction
from sync.client.answers import Answer
from sync.client.calls import Call
from sync.client.session import Session
from sync.client.tus import ask_place
from sync.errors import BadWire

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, Laptop

Meddle = Callable[[Call], Answer | None]


async def photo(laptop: Laptop, content: bytes) -> None:
    def take(c: Transaction) -> None:
        (visit,) = orders.versions(c)
        attachments.add(c, content, visit=visit, slot="old", media_type="image/jpeg")

    await laptop.db.write(take, touched=frozenset({"files"}))


def place_headers(**headers: str) -> Meddle:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda call: Answer(201, named, b"") if call.method == "POST" else None


@pytest.mark.parametrize(
    "lie",
    [
        place_headers(upload_offset="0"),
        place_headers(location="https://elsewhere.example/v1/files/1", upload_offset="0"),
        place_headers(location="/v1/files/1", upload_offset="99"),
        place_headers(location="/v1/files/1", upload_offset="-1"),
        place_headers(location="/v1/files/1", upload_offset="٣"),
        lambda _call: Answer(200, {"content-type": "text/html"}, b"<html>"),
    ],
)
async def test_an_answer_without_the_protocols_headers_is_a_strangers(
    enrolled: Enrolled, lie: Meddle
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop, b"content")
    engine, line = laptop.meddled()
    line.before_file = lie
    report = await engine.sync_once()
    await engine.close()
    assert isinstance(report.error, BadWire)
    assert report.files_waiting == 1


async def test_a_wrong_offset_after_a_piece_is_not_believed(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop, b"content")
    engine, line = laptop.meddled()
    line.before_file = lambda call: (
        Answer(204, {"upload-offset": "3"}, b"") if call.method == "PATCH" else None
    )
    report = await engine.sync_once()
    await engine.close()
    assert isinstance(report.error, BadWire)


async def test_a_place_without_an_offset_is_asked_how_far_it_is(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    line = laptop.meddled()[1]
    file = Attachment("0" * 64, 10, "image/jpeg", "slot", "v1")
    calls: list[Call] = []

    def place(call: Call) -> Answer:
        calls.append(call)
        if call.method == "POST":
            return Answer(201, {"location": "files/7"}, b"")
        return Answer(200, {"upload-offset": "4"}, b"")

    line.before_file = place
    found = ask_place(Session(line, laptop.owner), file)
    line.close()
    assert (found.path, found.offset) == ("/v1/files/7", 4)
    assert [call.method for call in calls] == ["POST", "HEAD"]
