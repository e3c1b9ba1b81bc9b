from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from sync.server import files, laptops, people
from sync.server.office import Office
from sync.server.problems import ProblemError
from sync.server.sealed_file import RECORD
from sync.server.settings import ServerSettings
from sync.server.uploads import Uploads
from sync.wire import EnrolRequest
from tests.sync.server.phone import (
    Child,
    Phone,
    b64,
    raw_patch,
    stored,
    wait_for_writer,
)

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, Running


def test_a_full_disk_is_told(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("sync.server.sealed_file.os.fsync", full)
        answer = phone.send(0, 100)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


def test_a_newer_request_takes_over_from_a_stale_one(running: Running, phone: Phone) -> None:
    with raw_patch(running, phone, 100_000) as stale:
        wait_for_writer(running)
        assert phone.send(0, 100_000).status_code == 204
        assert b" 409 " in stale.recv(200).split(b"\r\n")[0]
    with running.client() as other:
        assert other.get("/v1/health").status_code == 200


def test_only_the_newest_of_several_goes_on() -> None:
    async def run() -> list[str]:
        uploads, told = Uploads(), []

        async def write(name: str) -> None:
            try:
                async with uploads.turn("f"):
                    told.append(f"{name} writes")
                    await asyncio.Event().wait()
            except asyncio.CancelledError:
                told.append(f"{name} leaves")
            except ProblemError as e:
                told.append(f"{name} {e.name}")

        tasks = [asyncio.create_task(write(name)) for name in ("one", "two", "three")]
        await asyncio.wait(tasks[:2])
        tasks[-1].cancel()
        await asyncio.wait(tasks)
        assert uploads.busy() == 0
        return told

    assert asyncio.run(run()) == [
        "one writes",
        "one upload-superseded",
        "two upload-superseded",
        "three writes",
        "three leaves",
    ]


def test_a_writer_that_does_not_stop_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sync.server.uploads._TAKE_OVER_S", 0.01)

    async def run() -> None:
        uploads = Uploads()
        async with uploads.turn("f"):
            with pytest.raises(ProblemError, match="busy"):
                async with uploads.turn("f"):
                    raise AssertionError("two writers")

    with pytest.raises(ProblemError, match="superseded"):
        asyncio.run(run())


def test_a_file_that_was_not_settled_is_settled_by_a_look(
    premises: Backyard, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> bool:
        raise ProblemError(503, "busy")  # stopped between the last octet and the verdict

    with monkeypatch.context() as patched:
        patched.setattr("sync.server.files.settle", die)
        assert phone.send(0, 100_000).status_code == 503
    assert premises.one("SELECT count(*) FROM files WHERE complete_at IS NOT NULL") == 0
    assert phone.offset() == 100_000
    assert premises.one("SELECT count(*) FROM files WHERE complete_at IS NOT NULL") == 1


def test_a_file_that_rots_on_the_disk_starts_over(running: Running, phone: Phone) -> None:
    phone.send(0, 50_000)
    phone.send(50_000, 99_999)
    (path,) = (p for p in running.office.settings.files.rglob("*") if p.is_file())
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    assert phone.send(99_999, 100_000).status_code == 460
    assert phone.offset() == 0


def test_silence_ends_a_turn(
    running: Running, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.uploads.IDLE_S", 0.05)
    with raw_patch(running, phone, 100) as stale:
        assert b" 408 " in stale.recv(200).split(b"\r\n")[0]
    assert phone.offset() == 0


def test_a_broken_connection_keeps_what_came(
    running: Running, premises: Backyard, http: httpx.Client
) -> None:
    phone = Phone(http, premises.visits()[0], os.urandom(3 * RECORD))
    phone.announce()
    with raw_patch(running, phone, 3 * RECORD) as line:
        line.sendall(phone.content[: 2 * RECORD])
        until = time.monotonic() + 10
        while phone.offset() == 0 and time.monotonic() < until:
            pass
    kept = phone.offset()
    assert RECORD <= kept <= 2 * RECORD
    assert phone.send(kept, 3 * RECORD).status_code == 204
    assert stored(running, phone) == phone.content


def test_a_broken_connection_keeps_nothing_of_a_checked_piece(
    running: Running, phone: Phone
) -> None:
    checksum = f"Upload-Checksum: sha256 {b64(bytes(32))}\r\n"
    with raw_patch(running, phone, 100_000, checksum) as line:
        wait_for_writer(running)
        line.sendall(phone.content[:50_000])
    assert phone.send(0, 100_000).status_code == 204
    assert stored(running, phone) == phone.content


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[tuple[Office, str, str]]:
    """An office whose server is another process; its laptop and that one's token."""
    office = Office.open(ServerSettings.in_folder(tmp_path / "office"))
    with office.database.writing() as c:
        people.add_technician(c, "Westland", "T1", "Ans")
        code = people.new_enrolment_code(office, c, "T1")
    laptop = laptops.enrol(office, EnrolRequest(code=code, public_key=bytes(32))).laptop
    yield office, laptop, office.door.token("Westland", laptop, office.clock.now())
    office.close()


def test_killed_at_every_piece_the_file_is_whole_in_the_end(
    remote: tuple[Office, str, str],
) -> None:
    office, laptop, token = remote
    content, piece = os.urandom(90_000), 30_000
    for sent in range(0, 90_000, piece):
        with Child(office.settings.files.parent) as child, child.client(token) as http:
            phone = Phone(http, "nowhere", content)
            assert phone.announce().headers["upload-offset"] == str(sent)
            assert phone.send(sent, sent + piece).status_code == 204
            half = Phone(http, "elsewhere", content)
            half.announce()
            with raw_patch(child, half, 90_000) as line:
                line.sendall(content[:45_000])
                child.kill()
    with office.database.reading() as c:
        known = laptops.find(c, laptop)
    assert known is not None
    upload = files.find(office, known, phone.place.rpartition("/")[2])
    assert upload.complete
    assert b"".join(files.content(office, upload).read()) == content


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_in_good_order(tmp_path: Path, how: signal.Signals) -> None:
    with Child(tmp_path) as child:
        with child.client() as http:
            assert http.get("/v1/health").status_code == 200
        assert child.end(how) == 0
