"""A laptop that speaks protocol 1, as it was released: its bytes, and what it reads by name.

Nothing of today's wire is used here: bodies are the recorded ones with blanks for what differs,
and answers are read by structs of their own whose fields all must be there. Never changed; it
goes when an office need not understand protocol 1 any more.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from itertools import count
from typing import Any

import httpx
import msgspec
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ENROL = (
    b'{"code":"%(code)s","public_key":"%(key)s","device_name":"laptop of protocol 1",'
    b'"practice":false,"agreement_key":""}'
)
CHALLENGE = b'{"laptop":"%(laptop)s","challenge":"","signature":""}'
TOKEN = b'{"laptop":"%(laptop)s","challenge":"%(challenge)s","signature":"%(signature)s"}'
HEADER = (
    b'{"id":"%(id)s","laptop":"%(laptop)s","incarnation":1,"sequence":%(sequence)d,'
    b'"visit":"%(visit)s","kind":"%(kind)s","definition_version":2,"visit_version":1,'
    b'"device_time":"2026-03-02T08:00:00.250000Z","trusted_time":null,"offset_s":null,'
    b'"previous":"%(previous)s","payload_sha256":"%(sum)s"}'
)
PAYLOAD = b'{"salt":"AAECAwQFBgcICQoLDA0ODw==","fact":{"kind":"%(kind)s",%(rest)s}}'
OPERATION = b'{"header":"%(header)s","signature":"%(signature)s","payload":"%(payload)s"}'
SYNC = (
    b'{"protocol":1,"cursor":%(cursor)d,"incarnation":1,"last_sequence":%(last)d,'
    b'"operations":[%(operations)s],"agreement_key":"","held_keys":[],"van":"","permit":"",'
    b'"closings":[%(closings)s],"of_a_later_version":{"unknown":true}}'
)


class Verdict(msgspec.Struct):
    id: str
    outcome: str
    reason: str
    received_at: datetime | None


class Change(msgspec.Struct):
    number: int
    kind: str
    visit_id: str
    version: int
    visit: dict[str, Any] | None
    keys: list[dict[str, str]]


class Receipt(msgspec.Struct):
    day: str
    closing: str
    made_at: datetime
    visits: list[dict[str, Any]]
    operations: int
    moves: dict[str, int] | None


class Answer(msgspec.Struct):
    protocol: int
    verdicts: list[Verdict]
    changes: list[Change]
    cursor: int
    has_more: bool
    checksum: str
    digest: str
    known_sequence: int
    van: dict[str, Any] | None
    permit: dict[str, Any] | None
    receipts: list[Receipt]
    server_time: datetime


class Enrolled(msgspec.Struct):
    laptop: str
    technician: str
    technician_name: str
    region: str
    incarnation: int
    system_title: bytes
    office: str
    server_time: datetime


class Challenge(msgspec.Struct):
    challenge: str


class Token(msgspec.Struct):
    token: str
    expires_in_s: int


class Pieces(msgspec.Struct):
    """The changes as they came, for the sum over them."""

    changes: list[msgspec.Raw]


def b64(data: bytes) -> bytes:
    return base64.b64encode(data)


class Laptop:
    """Enrolled, with a chain of its own, and with what it has stored."""

    def __init__(self, http: httpx.Client, code: str) -> None:
        self.http = http
        self.key = Ed25519PrivateKey.generate()
        self.cursor = 0
        self.visits: dict[str, dict[str, Any]] = {}
        self._previous = b"0" * 64
        self._sequences = count(1)
        self.last = 0
        public = b64(self.key.public_key().public_bytes_raw())
        answer = self._post("/v1/enrol", ENROL % {b"code": code.encode(), b"key": public})
        self.me = msgspec.json.decode(answer, type=Enrolled)
        self.http.headers["authorization"] = f"Bearer {self._token()}"

    def operation(self, visit: str, kind: str, rest: str) -> tuple[str, bytes]:
        """The next of the chain: its id, and its bytes in a sync."""
        self.last = next(self._sequences)
        name = f"01950000-0000-7000-8000-{self.last:012}"
        payload = PAYLOAD % {b"kind": kind.encode(), b"rest": rest.encode()}
        header = HEADER % {
            b"id": name.encode(),
            b"laptop": self.me.laptop.encode(),
            b"sequence": self.last,
            b"visit": visit.encode(),
            b"kind": kind.encode(),
            b"previous": self._previous,
            b"sum": hashlib.sha256(payload).hexdigest().encode(),
        }
        self._previous = hashlib.sha256(header).hexdigest().encode()
        return name, OPERATION % {
            b"header": b64(header),
            b"signature": b64(self.key.sign(header)),
            b"payload": b64(payload),
        }

    def sync(self, *operations: bytes, closings: tuple[str, ...] = ()) -> Answer:
        """One request, packed as it was then, and everything checked that was checked then."""
        body = SYNC % {
            b"cursor": self.cursor,
            b"last": self.last,
            b"operations": b",".join(operations),
            b"closings": b",".join(b'"%b"' % one.encode() for one in closings),
        }
        packed = zstandard.ZstdCompressor(level=6).compress(body)
        plain = self._post("/v1/sync", packed, {"Content-Encoding": "zstd"})
        answer = msgspec.json.decode(plain, type=Answer)
        assert answer.checksum == self._sum(plain)
        self._store(answer)
        return answer

    def send_file(self, visit: str, content: bytes) -> str:
        """Upload as tus 1.0 in one piece; answers its name."""
        name = hashlib.sha256(content).hexdigest()
        said = {"sha256": name, "visit": visit, "slot": "door", "mediatype": "image/jpeg"}
        metadata = ",".join(f"{k} {b64(v.encode()).decode()}" for k, v in said.items())
        tus = {"Tus-Resumable": "1.0.0"}
        announced = {**tus, "Upload-Length": str(len(content)), "Upload-Metadata": metadata}
        place = self.http.post("/v1/files", headers=announced).raise_for_status()
        path = place.headers["location"]
        head = self.http.head(path, headers=tus).raise_for_status()
        assert head.headers["upload-offset"] == "0"
        piece = {
            **tus,
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": "0",
            "Upload-Checksum": f"sha256 {b64(hashlib.sha256(content).digest()).decode()}",
        }
        sent = self.http.patch(path, content=content, headers=piece).raise_for_status()
        assert sent.headers["upload-offset"] == str(len(content))
        again = self.http.post("/v1/files", headers=announced).raise_for_status()
        assert again.headers["upload-offset"] == str(len(content))
        return name

    def _token(self) -> str:
        laptop = self.me.laptop.encode()
        asked = self._post("/v1/token", CHALLENGE % {b"laptop": laptop})
        challenge = msgspec.json.decode(asked, type=Challenge).challenge.encode()
        signature = b64(self.key.sign(b"fieldapp-token:" + challenge))
        values = {b"laptop": laptop, b"challenge": challenge, b"signature": signature}
        return msgspec.json.decode(self._post("/v1/token", TOKEN % values), type=Token).token

    def _post(self, path: str, body: bytes, more: dict[str, str] | None = None) -> bytes:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
        answer = self.http.post(path, content=body, headers={**headers, **(more or {})})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return answer.content

    def _sum(self, plain: bytes) -> str:
        digest = hashlib.sha256()
        for change in msgspec.json.decode(plain, type=Pieces).changes:
            digest.update(bytes(change) + b"\n")
        return digest.hexdigest()

    def _store(self, answer: Answer) -> None:
        for change in answer.changes:
            self.visits.pop(change.visit_id, None)
            if change.visit is not None:
                self.visits[change.visit_id] = {**change.visit, "version": change.version}
        self.cursor = answer.cursor
        if not answer.has_more:
            held = sorted((name, visit["version"]) for name, visit in self.visits.items())
            lines = "".join(f"{name}:{version}\n" for name, version in held)
            assert answer.digest == hashlib.sha256(lines.encode()).hexdigest()
