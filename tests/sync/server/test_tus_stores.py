"""What a laptop may rely on, over every store that the office may keep files in."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from sync.server import erasure, files, holders, laptops, leftovers
from sync.server.objects import StoreBusy
from sync.server.office import Office
from sync.server.problems import ProblemError
from sync.server.sealed_file import RECORD
from tests.sync.server.doubles import HandClock
from tests.sync.server.phone import (
    Child,
    Phone,
    raw_patch,
    stored,
    uploaded,
    wait_for_octets,
    wait_for_writer,
)

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, Running

pytestmark = pytest.mark.parametrize("files_url", ["disk", "s3"], indirect=True)
COMPLETE = "SELECT count(*) FROM files WHERE complete_at IS NOT NULL"


def lying(running: Running) -> list[str]:
    return [one.name for one in running.office.objects.lying("")]


@pytest.mark.parametrize("checked", [True, False])
def test_a_file_in_pieces(
    running: Running, premises: Backyard, phone: Phone, *, checked: bool
) -> None:
    for start in range(0, 100_000, 30_000):
        assert phone.offset() == start
        assert premises.one(COMPLETE) == 0
        answer = phone.send(start, start + 30_000, checked=checked)
        assert answer.status_code == 204
    assert answer.headers["upload-offset"] == "100000"
    assert premises.one(COMPLETE) == 1
    assert stored(running, phone) == phone.content
    (one,) = lying(running)
    assert phone.content[:64] not in b"".join(running.office.objects.read(one))


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


def test_content_that_is_not_as_announced_starts_over(premises: Backyard, phone: Phone) -> None:
    good, phone.content = phone.content, bytes(100_000)
    answer = phone.send(0, 100_000)
    assert (answer.status_code, answer.headers["upload-offset"]) == (460, "0")
    assert answer.json()["type"] == "urn:fieldapp:file-hash-mismatch"
    assert phone.offset() == 0
    phone.content = good
    assert phone.send(0, 100_000).status_code == 204
    assert premises.one(COMPLETE) == 1


def test_the_same_octets_of_two_holders_are_two_sealed_files(
    running: Running, premises: Backyard, http: httpx.Client
) -> None:
    one, other = (Phone(http, visit, b"same" * 5000) for visit in premises.visits(number=2))
    for phone in (one, other):
        assert phone.announce().headers["upload-offset"] == "0"
        assert phone.send(0, 20_000).status_code == 204
    assert one.place != other.place
    assert premises.one("SELECT count(DISTINCT holder) FROM files") == 2
    assert len({b"".join(running.office.objects.read(name)) for name in lying(running)}) == 2
    assert erasure.erase_holder_of(running.office, "Westland", one.metadata["visit"])
    with pytest.raises(holders.Erased):
        stored(running, one)
    assert stored(running, other) == other.content


def test_an_erased_holders_file_is_gone(running: Running, phone: Phone) -> None:
    phone.send(0, 100)
    visit = phone.metadata["visit"]
    assert erasure.erase_holder_of(running.office, "Westland", visit)
    answer = phone.send(100, 200)
    assert (answer.status_code, answer.json()["type"]) == (410, "urn:fieldapp:holder-erased")
    with pytest.raises(holders.Erased):
        stored(running, phone)


def test_a_newer_request_takes_over_from_a_stale_one(running: Running, phone: Phone) -> None:
    with raw_patch(running, phone, 100_000) as stale:
        wait_for_writer(running)
        assert phone.send(0, 100_000).status_code == 204
        assert b" 409 " in stale.recv(200).split(b"\r\n")[0]
    with running.client() as other:
        assert other.get("/v1/health").status_code == 200


def test_whoever_asks_how_far_it_is_is_told_what_stays_true(
    running: Running, premises: Backyard, http: httpx.Client
) -> None:
    """What a stale request had already brought is in the store before the answer."""
    phone = Phone(http, premises.visits()[0], os.urandom(3 * RECORD))
    phone.announce()
    with raw_patch(running, phone, 3 * RECORD) as stale:
        stale.sendall(phone.content[: RECORD + 1000])
        wait_for_octets(running, phone)
        kept = phone.offset()
        assert RECORD <= kept <= RECORD + 1000
        assert phone.send(kept, 3 * RECORD).status_code == 204
        assert b" 409 " in stale.recv(200).split(b"\r\n")[0]
    assert stored(running, phone) == phone.content


def test_a_broken_connection_keeps_what_came(
    running: Running, premises: Backyard, http: httpx.Client
) -> None:
    phone = Phone(http, premises.visits()[0], os.urandom(3 * RECORD))
    phone.announce()
    with raw_patch(running, phone, 3 * RECORD) as line:
        line.sendall(phone.content[: 2 * RECORD])
        wait_for_octets(running, phone)
    kept = phone.offset()
    assert RECORD <= kept <= 2 * RECORD
    assert phone.send(kept, 3 * RECORD).status_code == 204
    assert stored(running, phone) == phone.content


def test_two_processes_may_get_pieces_of_one_file(
    running: Running, twin: Running, premises: Backyard, phone: Phone
) -> None:
    here, there = phone.http, twin.client()
    there.headers["authorization"] = here.headers["authorization"]
    with there, raw_patch(running, phone, 100_000) as stale:
        wait_for_writer(running)
        phone.http = there
        assert phone.send(0, 30_000).status_code == 204
        stale.sendall(phone.content)
        answer = stale.recv(300)
        assert b" 409 " in answer.split(b"\r\n")[0]
        assert b"upload-offset: 30000" in answer.lower()
        for start, http in ((30_000, here), (60_000, there), (90_000, here)):
            phone.http = http
            assert phone.offset() == start
            assert phone.send(start, start + 30_000).status_code == 204
    assert stored(twin, phone) == phone.content
    assert premises.one("SELECT count(*) FROM audit WHERE action = 'file_received'") == 1
    assert len(lying(running)) == 1


def test_a_file_that_two_find_whole_at_once_counts_once(
    running: Running, twin: Running, premises: Backyard, phone: Phone
) -> None:
    before, _ = uploaded(running, phone)
    phone.send(0, 99_999)
    left = uploaded(running, phone)[1]
    left.add(99_999, phone.content[99_999:])  # killed before it was read back
    assert files.settle(running.office, before, left)
    assert files.settle(twin.office, before, uploaded(twin, phone)[1])
    assert files.offset(twin.office, before) == 100_000
    assert stored(twin, phone) == phone.content
    assert premises.one("SELECT count(*) FROM audit WHERE action = 'file_received'") == 1


def test_a_file_that_was_not_settled_is_settled_by_a_look(
    premises: Backyard, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> bool:
        raise ProblemError(503, "busy")  # stopped between the last octet and the verdict

    with monkeypatch.context() as patched:
        patched.setattr("sync.server.files.settle", die)
        assert phone.send(0, 100_000).status_code == 503
    assert premises.one(COMPLETE) == 0
    assert phone.offset() == 100_000
    assert premises.one(COMPLETE) == 1


def test_a_file_that_rots_in_the_store_starts_over(running: Running, phone: Phone) -> None:
    phone.send(0, 50_000)
    phone.send(50_000, 99_999)
    objects = running.office.objects
    data = bytearray(b"".join(objects.read(lying(running)[0])))
    data[100] ^= 1
    objects.put(lying(running)[0], [bytes(data)])
    assert phone.send(99_999, 100_000).status_code == 460
    assert phone.offset() == 0
    assert phone.send(0, 100_000).status_code == 204


def test_a_store_that_gives_other_octets_back_holds_no_file(
    premises: Backyard, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("sync.server.files._is_as_announced", lambda *_: False)
        assert phone.send(0, 100_000).status_code == 503
    assert premises.one(COMPLETE) == 0
    assert phone.offset() == 100_000
    assert premises.one(COMPLETE) == 1


def test_a_busy_store_is_told_and_loses_nothing(
    running: Running, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise StoreBusy("full")

    phone.send(0, 50_000)
    objects = type(running.office.objects)
    for broken in ("create", "lying", "put"):
        with monkeypatch.context() as patched:
            patched.setattr(objects, broken, busy)
            answer = phone.send(50_000, 100_000)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert phone.offset() == 100_000
    assert stored(running, phone) == phone.content


def test_leftovers_go_some_days_later(
    running: Running, phone: Phone, premises: Backyard
) -> None:
    phone.send(0, 30_000)
    phone.send(30_000, 60_000)
    other = Phone(phone.http, premises.visits()[0], b"whole")
    other.announce()
    other.send(0, 5)
    clock = HandClock()
    office = replace(running.office, clock=clock)
    now = running.office.clock.now()
    clock.pass_time((now - clock.now() + timedelta(days=6)).total_seconds())
    assert leftovers.let_go(office) == 0
    clock.pass_time(timedelta(days=2).total_seconds())
    assert leftovers.let_go(office) == 2
    assert phone.offset() == 0
    assert phone.send(0, 100_000).status_code == 204
    assert stored(running, phone) == phone.content
    assert stored(running, other) == b"whole"


def test_a_busy_store_keeps_its_leftovers(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise StoreBusy("full")

    monkeypatch.setattr(type(running.office.objects), "lying", busy)
    assert leftovers.let_go(running.office) == 0


def test_killed_at_every_piece_the_file_is_whole_in_the_end(
    remote: tuple[Office, str, str], files_url: str
) -> None:
    office, laptop, token = remote
    content, piece = os.urandom(60_000), 30_000
    for sent in range(0, 60_000, piece):
        folder = office.settings.files.parent
        with Child(folder, files_url) as child, child.client(token) as http:
            phone = Phone(http, "nowhere", content)
            assert phone.announce().headers["upload-offset"] == str(sent)
            assert phone.send(sent, sent + piece).status_code == 204
            half = Phone(http, "elsewhere", content)
            half.announce()
            with raw_patch(child, half, 60_000) as line:
                line.sendall(content[:45_000])
                child.kill()
    with office.database.reading() as c:
        known = laptops.find(c, laptop)
    assert known is not None
    upload = files.find(office, known, phone.place.rpartition("/")[2])
    assert upload.complete
    assert b"".join(files.content(office, upload).read()) == content
