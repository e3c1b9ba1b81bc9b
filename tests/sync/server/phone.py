from __future__ import annotations

import base64
import hashlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx

from sync.server import files, laptops
from sync.server.files import Upload
from sync.server.sealed_file import SealedFile

if TYPE_CHECKING:
    from tests.sync.server.doubles import Running


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


def uploaded(running: Running, phone: Phone) -> tuple[Upload, SealedFile]:
    """The office's side of a file: its row, and what lies in the store."""
    office = running.office
    file = phone.place.rpartition("/")[2]
    with office.database.reading() as c:
        row = c.exec_driver_sql(f"SELECT laptop FROM files WHERE id = '{file}'").one()
        known = laptops.find(c, row[0])
    assert known is not None
    upload = files.find(office, known, file)
    return upload, files.content(office, upload)


def stored(running: Running, phone: Phone) -> bytes:
    return b"".join(uploaded(running, phone)[1].read())


def wait_for_octets(running: Running, phone: Phone) -> int:
    """Until some of the file are in the store, without asking the server for it."""
    until = time.monotonic() + 20
    while not (size := uploaded(running, phone)[1].size()):
        assert time.monotonic() < until
    return size


def raw_patch(
    running: Running | Child, phone: Phone, announced: int, more: str = "", start: int = 0
) -> socket.socket:
    """A connection that has sent the head of a PATCH and waits with its body."""
    port = int(running.url.rpartition(":")[2])
    line = socket.create_connection(("127.0.0.1", port), timeout=20)
    token = phone.http.headers["authorization"]
    head = (
        f"PATCH {phone.place} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n"
        f"Tus-Resumable: 1.0.0\r\nContent-Type: {OCTETS}\r\nUpload-Offset: {start}\r\n"
        f"Content-Length: {announced}\r\n{more}\r\n"
    )
    line.sendall(head.encode())
    return line


def wait_for_writer(running: Running) -> None:
    """Until a request holds the file; it is the server that says so."""
    until = time.monotonic() + 10
    while not running.uploads.busy():
        assert time.monotonic() < until


SERVER = """
import json, sys
from dataclasses import replace
from pathlib import Path
from sync.server.run import serve
from sync.server.service import Service
from sync.server.settings import ServerSettings
settings = replace(ServerSettings.in_folder(Path(sys.argv[1])), files_url=sys.argv[2])
serve(Service(settings), lambda url: print(json.dumps({"ready": url}), flush=True))
"""


class Child:
    """The office in a process of its own, which can be killed."""

    def __init__(self, data: Path, files_url: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(data), files_url], stdout=subprocess.PIPE
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

    def kill(self) -> None:
        """End it at once, with nothing finished."""
        self.process.kill()
        self.process.wait(20)

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(20)
