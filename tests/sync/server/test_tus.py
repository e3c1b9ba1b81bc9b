from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx
import pytest

from sync.server import erasure, files, holders, laptops, people
from sync.server.files import Upload
from sync.server.office import Office
from sync.server.problems import ProblemError
from sync.server.sealed_file import RECORD
from sync.server.settings import ServerSettings
from sync.server.uploads import Uploads
from sync.wire import EnrolRequest

if TYPE_CHECKING:
    from tests.sync.server.conftest import Backyard, Running, Signer

TUS = {"Tus-Resumable": "1.0.0"}
OCTETS = "application/offset+octet-stream"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Phone:
    """The other end of the protocol, as plain as it gets."""

    def __init__(self, http: httpx.Client, visit: str, content: bytes) -> None:
        self.http = http
        self.content = content
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.metadata = {
            "sha256": self.sha256,
            "visit": visit,
            "slot": "old_meter",
            "mediatype": "image/jpeg",
        }
        self.place = ""

    def announce(self, **changed: str) -> httpx.Response:
        said = ",".join(f"{k} {b64(v.encode())}" for k, v in self.metadata.items())
        headers = {**TUS, "Upload-Length": str(len(self.content)), "Upload-Metadata": said}
        answer = self.http.post("/v1/files", headers={**headers, **changed})
        self.place = answer.headers.get("location", "")
        return answer

    def offset(self) -> int:
        answer = self.http.head(self.place, headers=TUS)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["upload-length"] == str(len(self.content))
        return int(answer.headers["upload-offset"])

    def send(
        self,
        start: int,
        end: int,
        changed: Mapping[str, str] | None = None,
        *,
        checked: bool = True,
    ) -> httpx.Response:
        piece = self.content[start:end]
        headers = {**TUS, "Content-Type": OCTETS, "Upload-Offset": str(start)}
        if checked:
            headers["Upload-Checksum"] = f"sha256 {b64(hashlib.sha256(piece).digest())}"
        said = {**headers, **(changed or {})}
        raw = {name.encode(): value.encode("latin-1") for name, value in said.items()}
        return self.http.patch(self.place, content=piece, headers=raw)


@pytest.fixture
def laptop(running: Running, premises: Backyard) -> Signer:
    return running.enrol(premises.code("T1"))


@pytest.fixture
def http(running: Running, laptop: Signer) -> Iterator[httpx.Client]:
    with running.client(running.token_of(laptop)) as client:
        yield client


@pytest.fixture
def phone(http: httpx.Client, premises: Backyard) -> Phone:
    (visit,) = premises.visits()
    made = Phone(http, visit, os.urandom(100_000))
    assert made.announce().status_code == 201
    return made


def stored(running: Running, phone: Phone) -> bytes:
    office = running.office
    laptop = phone.place.rpartition("/")[2]
    with office.database.reading() as c:
        row = c.exec_driver_sql(f"SELECT region, laptop FROM files WHERE id = '{laptop}'").one()
        known = laptops.find(c, row[1])
    assert known is not None
    upload: Upload = files.find(office, known, laptop)
    return b"".join(files.content(office, upload).read())


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


def test_a_full_disk_is_told(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("sync.server.sealed_file.os.fsync", full)
        answer = phone.send(0, 100)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


def raw_patch(
    running: Running | Child, phone: Phone, announced: int, more: str = ""
) -> socket.socket:
    """A connection that has sent the head of a PATCH and waits with its body."""
    port = int(running.url.rpartition(":")[2])
    line = socket.create_connection(("127.0.0.1", port), timeout=20)
    token = phone.http.headers["authorization"]
    head = (
        f"PATCH {phone.place} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n"
        f"Tus-Resumable: 1.0.0\r\nContent-Type: {OCTETS}\r\nUpload-Offset: 0\r\n"
        f"Content-Length: {announced}\r\n{more}\r\n"
    )
    line.sendall(head.encode())
    return line


def wait_for_writer(running: Running) -> None:
    """Until a request holds the file; it is the server that says so."""
    until = time.monotonic() + 10
    while not running.uploads.busy():
        assert time.monotonic() < until


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


SERVER = """
import json, sys
from pathlib import Path
from sync.server.run import serve
from sync.server.sealed_file import RECORD
from sync.server.settings import ServerSettings
from sync.wire import EnrolRequest
serve(ServerSettings.in_folder(Path(sys.argv[1])), "127.0.0.1", 0,
      lambda url: print(json.dumps({"ready": url}), flush=True))
"""


class Child:
    """The office in a process of its own, which can be killed."""

    def __init__(self, data: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(data)], stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        self.url: str = json.loads(self.process.stdout.readline())["ready"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def client(self, token: str = "") -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=20)

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(20)


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


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
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
                child.end(signal.SIGKILL)
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
