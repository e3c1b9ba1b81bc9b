from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from sync.server import erasure, holders
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


@pytest.mark.parametrize("checked", [True, False])
def test_a_file_in_pieces(
    running: Running, premises: Backyard, phone: Phone, *, checked: bool
) -> None:
    for start in range(0, 100_000, 30_000):
        assert phone.offset() == start
        assert premises.one("SELECT count(*) FROM files WHERE complete_at IS NOT NULL") == 0
        answer = phone.send(start, start + 30_000, checked=checked)
        assert answer.status_code == 204
    assert answer.headers["upload-offset"] == "100000"
    assert premises.one("SELECT count(*) FROM files WHERE complete_at IS NOT NULL") == 1
    assert stored(running, phone) == phone.content
    on_disk = b"".join(
        path.read_bytes() for path in running.office.settings.files.rglob("*") if path.is_file()
    )
    assert phone.content[:64] not in on_disk


def test_a_known_file_is_not_sent_again(premises: Backyard, phone: Phone) -> None:
    place = phone.place
    phone.send(0, 40_000)
    again = phone.announce()
    assert (phone.place, again.headers["upload-offset"]) == (place, "40000")
    phone.send(40_000, 100_000)
    again = phone.announce()
    assert (again.status_code, again.headers["upload-offset"]) == (201, "100000")
    assert phone.send(100_000, 100_000).status_code == 204
    assert premises.one("SELECT count(*) FROM audit WHERE action = 'file_received'") == 1


def test_a_wrong_offset_or_checksum_changes_nothing(phone: Phone) -> None:
    phone.send(0, 10_000)
    beside = phone.send(5_000, 6_000)
    assert (beside.status_code, beside.headers["upload-offset"]) == (409, "10000")
    wrong = phone.send(10_000, 20_000, {"Upload-Checksum": f"sha256 {b64(bytes(32))}"})
    assert wrong.status_code == 460
    assert wrong.json()["type"] == "urn:fieldapp:checksum-mismatch"
    assert phone.offset() == 10_000


def test_content_that_is_not_as_announced_starts_over(premises: Backyard, phone: Phone) -> None:
    good, phone.content = phone.content, bytes(100_000)
    answer = phone.send(0, 100_000)
    assert (answer.status_code, answer.headers["upload-offset"]) == (460, "0")
    assert answer.json()["type"] == "urn:fieldapp:file-hash-mismatch"
    assert phone.offset() == 0
    phone.content = good
    assert phone.send(0, 100_000).status_code == 204
    assert premises.one("SELECT count(*) FROM files WHERE complete_at IS NOT NULL") == 1


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
    [{"sha256": "x"}, {"visit": "../x"}, {"slot": ""}, {"mediatype": "a b"}],
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


def test_the_same_octets_of_two_holders_are_two_sealed_files(
    running: Running, premises: Backyard, http: httpx.Client
) -> None:
    one, other = (Phone(http, visit, b"same" * 5000) for visit in premises.visits(number=2))
    for phone in (one, other):
        assert phone.announce().headers["upload-offset"] == "0"
        assert phone.send(0, 20_000).status_code == 204
    assert one.place != other.place
    assert premises.one("SELECT count(DISTINCT holder) FROM files") == 2
    sealed = [p.read_bytes() for p in running.office.settings.files.rglob("*") if p.is_file()]
    assert len(set(sealed)) == 2
    assert erasure.erase_holder_of(running.office, "Westland", one.metadata["visit"])
    with pytest.raises(holders.Erased):
        stored(running, one)
    assert stored(running, other) == other.content


def test_an_unknown_visits_file_is_kept(running: Running, http: httpx.Client) -> None:
    phone = Phone(http, "nowhere", b"photo")
    phone.announce()
    assert phone.send(0, 5).status_code == 204
    assert stored(running, phone) == b"photo"


def test_an_erased_holders_file_is_gone(running: Running, phone: Phone) -> None:
    phone.send(0, 100)
    visit = phone.metadata["visit"]
    assert erasure.erase_holder_of(running.office, "Westland", visit)
    answer = phone.send(100, 200)
    assert (answer.status_code, answer.json()["type"]) == (410, "urn:fieldapp:holder-erased")
    with pytest.raises(holders.Erased):
        stored(running, phone)
