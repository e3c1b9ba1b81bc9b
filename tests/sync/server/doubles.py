from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from fieldapp.clock import SystemClock
from fieldapp.domain import facts as f
from fieldapp.domain.operation import (
    FIRST_PREVIOUS,
    Header,
    SignedOperation,
    encode_header,
    encode_payload,
    sha256_hex,
)
from sync.server import importing, laptops, people, planning
from sync.server.dayfile import DayFile
from sync.server.doors import Role, User
from sync.server.exchange import sync
from sync.server.office import Office
from sync.server.uploads import Uploads
from sync.wire import (
    ChallengeAnswer,
    EnrolAnswer,
    EnrolRequest,
    SyncAnswer,
    SyncRequest,
    TokenAnswer,
    TokenRequest,
    Verdict,
    decode,
    encode,
)

REGION = "Westland"
DAY = date(2026, 3, 2)
START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


class HandClock:
    """A clock that goes only when it is told to; ids and random bytes are the system's."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self._passed = timedelta()

    def now(self) -> datetime:
        return START + self._passed

    def monotonic_s(self) -> float:
        return self._passed.total_seconds()

    def new_id(self) -> str:
        return self._system.new_id()

    def random_bytes(self, size: int) -> bytes:
        return self._system.random_bytes(size)

    def pass_time(self, seconds: float) -> None:
        self._passed += timedelta(seconds=seconds)


@dataclass
class Signer:
    """A laptop's half: its key, and the chain of its operations."""

    key: Ed25519PrivateKey
    laptop: str
    incarnation: int = 1
    sequence: int = 0
    previous: str = FIRST_PREVIOUS

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    def operation(self, visit: str, fact: f.AnyFact, /, **changed: Any) -> SignedOperation:
        """The next operation of the chain."""
        payload = changed.pop("payload", None) or encode_payload(fact, os.urandom(16))
        self.sequence += 1
        values: dict[str, Any] = {
            "id": SystemClock().new_id(),
            "laptop": self.laptop,
            "incarnation": self.incarnation,
            "sequence": self.sequence,
            "visit": visit,
            "kind": fact.kind,
            "definition_version": 1,
            "visit_version": 1,
            "device_time": START,
            "trusted_time": None,
            "offset_s": None,
            "previous": self.previous,
            "payload_sha256": sha256_hex(payload),
        }
        header = encode_header(Header(**{**values, **changed}))
        self.previous = sha256_hex(header)
        return SignedOperation(header, self.key.sign(header), payload)

    def start_anew(self, incarnation: int) -> None:
        self.incarnation, self.sequence, self.previous = incarnation, 0, FIRST_PREVIOUS


class Backyard:
    """Everything that a test asks of an office, in few words."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.dispatcher = User("Dirk", Role.DISPATCHER, REGION)
        self._numbers = count(1001)

    def technician(self, name: str = "T1", region: str = REGION) -> str:
        with self.office.database.writing() as c:
            people.add_technician(c, region, name, f"Technician {name}")
        return name

    def code(self, technician: str) -> str:
        with self.office.database.writing() as c:
            return people.new_enrolment_code(self.office, c, technician)

    def token(self, user: User | None = None) -> str:
        with self.office.database.writing() as c:
            return people.add_user(self.office, c, user or self.dispatcher)

    def laptop(self, technician: str = "T1") -> Signer:
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes_raw()
        request = EnrolRequest(code=self.code(technician), public_key=public)
        return Signer(key, laptops.enrol(self.office, request).laptop)

    def row(self, visit: str | None = None, **changed: Any) -> dict[str, Any]:
        return day_visit(visit or f"V-{next(self._numbers)}", **changed)

    def day(self, *rows: dict[str, Any], on: date = DAY) -> importing.Imported:
        file = DayFile.model_validate({"date": on.isoformat(), "visits": list(rows)})
        return importing.import_day(self.office, self.dispatcher, file)

    def visits(self, technician: str = "T1", number: int = 1) -> list[str]:
        """Published visits of a technician; their ids in route order."""
        rows = [self.row(technician=technician) for _ in range(number)]
        self.day(*rows)
        planning.publish_day(self.office, self.dispatcher, DAY)
        return [self.id_of(row["number"]) for row in rows]

    def id_of(self, number: str) -> str:
        with self.office.database.reading() as c:
            query = text("SELECT id FROM visits WHERE number = :number")
            return str(c.execute(query, {"number": number}).scalar_one())

    def state(self, visit: str) -> str:
        return str(self.one("SELECT state FROM visits WHERE id = :v", v=visit))

    def one(self, query: str, **values: Any) -> Any:
        with self.office.database.reading() as c:
            return c.execute(text(query), values).scalar_one()

    def known(self, signer: Signer) -> laptops.Laptop:
        with self.office.database.reading() as c:
            found = laptops.find(c, signer.laptop)
        assert found is not None
        return found

    def sync(self, signer: Signer, *operations: SignedOperation, cursor: int = 0) -> SyncAnswer:
        request = SyncRequest(
            cursor=cursor, incarnation=signer.incarnation, operations=operations
        )
        return decode(encode(sync(self.office, self.known(signer), request)), SyncAnswer)

    def push(self, signer: Signer, *operations: SignedOperation) -> list[tuple[str, str]]:
        return [words(verdict) for verdict in self.sync(signer, *operations).verdicts]

    def held_by(self, signer: Signer) -> dict[str, int]:
        """What a laptop that asks from the start ends up with: visit to version."""
        held: dict[str, int] = {}
        cursor, more = 0, True
        while more:
            answer = self.sync(signer, cursor=cursor)
            for change in answer.changes:
                held.pop(change.visit_id, None)
                if change.visit is not None:
                    held[change.visit_id] = change.version
            cursor, more = answer.cursor, answer.has_more
        return held

    def last_change(self, technician: str = "T1") -> int:
        return int(self.one("SELECT last FROM counters WHERE technician = :t", t=technician))


def words(verdict: Verdict) -> tuple[str, str]:
    return verdict.outcome.value, verdict.reason


def day_visit(number: str, **changed: Any) -> dict[str, Any]:
    """A row of a day file: a choice about remote reading."""
    row: dict[str, Any] = {
        "number": number,
        "kind": "reading_preference",
        "variant": "E",
        "window": ["08:00", "10:00"],
        "customer": {"name": "Oefenklant Eén", "phone": "0174-000001", "reference": number},
        "address": {
            "street": "Kasstraat",
            "number": "12",
            "postcode": "2671ZA",
            "place": "Naaldwijk",
        },
        "connections": [
            {
                "ean": "871687000000200010",
                "commodity": "E",
                "capacity": "3x25A",
                "phases": 3,
                "meter": {
                    "number": "E0044007382246019",
                    "kind": "smart",
                    "registers": [
                        {
                            "obis": "1-0:1.8.1",
                            "unit": "kWh",
                            "digits": 6,
                            "previous": {"value": "3120.5", "taken_on": "2025-11-28"},
                        }
                    ],
                },
            }
        ],
        "choices": [{"preference": "off", "made_at": "2026-02-01T10:00:00+01:00"}],
        "access_note": "Sleutel bij de buren",
    }
    return {**row, **changed}


@dataclass
class Running:
    """The real server on loopback."""

    url: str
    office: Office
    uploads: Uploads
    state: Any = None

    def client(self, token: str = "") -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=20)

    def token_of(self, signer: Signer) -> str:
        with self.client() as http:
            asked = http.post("/v1/token", content=encode(TokenRequest(laptop=signer.laptop)))
            challenge = decode(asked.content, ChallengeAnswer).challenge
            signature = signer.key.sign(b"fieldapp-token:" + challenge.encode())
            signed = TokenRequest(
                laptop=signer.laptop, challenge=challenge, signature=signature
            )
            answer = http.post("/v1/token", content=encode(signed))
        return decode(answer.content, TokenAnswer).token

    def enrol(self, code: str) -> Signer:
        key = Ed25519PrivateKey.generate()
        request = EnrolRequest(code=code, public_key=key.public_key().public_bytes_raw())
        with self.client() as http:
            answer = http.post("/v1/enrol", content=encode(request))
        assert answer.status_code == 200, answer.text
        return Signer(key, decode(answer.content, EnrolAnswer).laptop)
