from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from sync.server import choices, register
from tests.sync.server.phone import (
    OCTETS,
    TUS,
    Phone,
    b64,
    stored,
)

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, Running


def test_abilities(running: Running) -> None:
    with running.client() as http:
        answer = http.options("/v1/files")
    assert answer.status_code == 204
    assert answer.headers["tus-extension"] == "creation,checksum"
    assert answer.headers["tus-checksum-algorithm"] == "sha256"
    assert answer.headers["tus-version"] == answer.headers["tus-resumable"] == "1.0.0"


def test_a_wrong_offset_or_checksum_changes_nothing(phone: Phone) -> None:
    phone.send(0, 10_000)
    beside = phone.send(5_000, 6_000)
    assert (beside.status_code, beside.headers["upload-offset"]) == (409, "10000")
    wrong = phone.send(10_000, 20_000, {"Upload-Checksum": f"sha256 {b64(bytes(32))}"})
    assert wrong.status_code == 460
    assert wrong.json()["type"] == "urn:fieldapp:checksum-mismatch"
    assert phone.offset() == 10_000


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Content-Type": "image/jpeg"}, 415),
        ({"Upload-Offset": "-1"}, 400),
        ({"Upload-Offset": ""}, 400),
        ({"Upload-Checksum": "md5 AAAA"}, 400),
        ({"Upload-Checksum": "sha256 !"}, 400),
        ({"Upload-Checksum": "sha256 \xe9"}, 400),
    ],
)
def test_pieces_that_are_not_taken(phone: Phone, changed: dict[str, str], status: int) -> None:
    assert phone.send(0, 10, changed).status_code == status
    assert phone.offset() == 0


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Tus-Resumable": ""}, 412),
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Length": "x"}, 400),
        ({"Upload-Length": "99999999999"}, 413),
        ({"Upload-Length": "7"}, 422),
        ({"Upload-Metadata": ""}, 400),
        ({"Upload-Metadata": "sha256 !"}, 400),
    ],
)
def test_announcements_that_are_not_taken(
    phone: Phone, changed: dict[str, str], status: int
) -> None:
    assert phone.announce(**changed).status_code == status


@pytest.mark.parametrize(
    "changed",
    [
        {"sha256": "x"},
        {"visit": "../x"},
        {"slot": ""},
        {"mediatype": "a b"},
        {"mediatype": f"{'a' * 200}/x"},
        {"original": "x"},
    ],
)
def test_metadata_that_is_not_taken(phone: Phone, changed: dict[str, str]) -> None:
    phone.metadata |= changed
    assert phone.announce().status_code == 400


@pytest.mark.parametrize("checked", [True, False])
def test_more_than_announced_is_not_taken(phone: Phone, *, checked: bool) -> None:
    phone.content += b"more"
    assert phone.send(0, 100_004, checked=checked).status_code == 413
    phone.content = phone.content[:100_000]
    assert phone.offset() == 0


def test_a_checked_piece_has_a_limit(
    http: httpx.Client, premises: Backyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.files_api.LARGEST_PIECE", 1000)
    phone = Phone(http, premises.visits()[0], bytes(5000))
    phone.announce()
    assert phone.send(0, 1001).status_code == 413
    assert phone.send(0, 1000).status_code == 204


def test_files_are_the_laptops_own(running: Running, premises: Backyard, phone: Phone) -> None:
    other = running.enrol(premises.code("T1"))
    with running.client(running.token_of(other)) as http:
        assert http.head(phone.place, headers=TUS).status_code == 404
        headers = {**TUS, "Content-Type": OCTETS, "Upload-Offset": "0"}
        assert http.patch(phone.place, content=b"x", headers=headers).status_code == 404
    with running.client() as http:
        assert http.patch(phone.place, content=b"x", headers=headers).status_code == 401
    assert phone.offset() == 0


def test_an_unknown_visits_file_is_kept(running: Running, http: httpx.Client) -> None:
    phone = Phone(http, "nowhere", b"photo")
    phone.announce()
    assert phone.send(0, 5).status_code == 204
    assert stored(running, phone) == b"photo"


def test_a_thumbnail_is_kept_and_counts_nowhere(
    running: Running, premises: Backyard, phone: Phone
) -> None:
    small = Phone(phone.http, phone.metadata["visit"], b"small")
    small.metadata |= {"original": phone.sha256}
    small.announce()
    assert small.send(0, 5).status_code == 204
    assert stored(running, small) == b"small"
    told = "SELECT original FROM files WHERE complete_at IS NOT NULL"
    assert premises.one(told) == phone.sha256
    assert register.status(running.office)["files"] == 0
    phone.send(0, 100_000)
    assert register.status(running.office)["files"] == 1


def test_the_offices_choice_travels_with_every_answer(premises: Backyard) -> None:
    laptop = premises.laptop()
    assert premises.sync(laptop).originals_wait is False
    choices.choose_originals(premises.office, choices.Originals.UNMETERED)
    assert premises.sync(laptop).originals_wait is True
    choices.choose_originals(premises.office, choices.Originals.ANY)
    assert premises.sync(laptop).originals_wait is False
    assert premises.one("SELECT count(*) FROM audit WHERE action = 'originals_chosen'") == 2
