from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import create_engine, text
from uvicorn import Config

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
from sync.server.app import create_app
from sync.server.database import OfficeDatabase
from sync.server.dayfile import DayFile
from sync.server.doors import Role, User
from sync.server.exchange import sync
from sync.server.office import Office
from sync.server.run import OfficeServer, address, listen
from sync.server.schema import migrate
from sync.server.settings import ServerSettings
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


def _binaries() -> Path | None:
    for folder in (Path("/usr/local/bin"), *sorted(Path("/usr/lib/postgresql").glob("*/bin"))):
        if all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return folder.resolve()
    return None


@dataclass
class Cluster:
    """A PostgreSQL cluster of the tests' own, on a unix socket in a temporary folder."""

    folder: Path
    binaries: Path
    numbers: Iterator[int] = field(default_factory=count)

    def start(self) -> None:
        data = self.folder / "data"
        self._run("initdb", "-D", str(data), "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=200"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(data), "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", "immediate", "stop")

    def new_database(self, template: str = "template0") -> str:
        name = f"office{next(self.numbers)}"
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as c:
            c.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        engine.dispose()
        return name

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def _run(self, program: str, *words: str) -> None:
        user = "postgres" if sys.platform != "win32" and os.getuid() == 0 else None
        subprocess.run(
            [self.binaries / program, *words],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
            user=user,
        )


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL binaries")
    folder = Path(tempfile.mkdtemp(prefix="fieldapp-pg-"))
    if sys.platform != "win32" and os.getuid() == 0:
        shutil.chown(folder, "postgres")
    made = Cluster(folder, binaries)
    try:
        made.start()
        yield made
        made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated(cluster: Cluster) -> str:
    """A PostgreSQL database with today's schema, to copy."""
    name = cluster.new_database()
    _migrate(cluster.url(name))
    return name


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with today's schema, to copy."""
    path = tmp_path_factory.mktemp("schema") / "office.sqlite"
    _migrate(f"sqlite:///{path}")
    return path


def _migrate(url: str) -> None:
    database = OfficeDatabase(url)
    assert migrate(database)
    database.close()


def _on_sqlite(folder: Path, template: Path) -> ServerSettings:
    folder.mkdir()
    shutil.copy(template, folder / "office.sqlite")
    return ServerSettings.in_folder(folder)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_file: Path
) -> ServerSettings:
    if request.param == "sqlite":
        return _on_sqlite(tmp_path / "office", migrated_file)
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.new_database(request.getfixturevalue("migrated"))
    plain = ServerSettings.in_folder(tmp_path / "office")
    return ServerSettings(cluster.url(name), plain.files, plain.key_file)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def office(settings: ServerSettings, clock: HandClock) -> Iterator[Office]:
    opened = Office.open(settings, clock)
    yield opened
    opened.close()


@pytest.fixture
def lite(tmp_path: Path, clock: HandClock, migrated_file: Path) -> Iterator[Office]:
    """An office on SQLite only, for what does not depend on the database."""
    opened = Office.open(_on_sqlite(tmp_path / "lite", migrated_file), clock)
    yield opened
    opened.close()


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
        return sync(self.office, self.known(signer), request)

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


@pytest.fixture
def yard_class() -> type[Backyard]:
    """For tests that open offices of their own."""
    return Backyard


@pytest.fixture
def clock_class() -> type[HandClock]:
    return HandClock


def words(verdict: Verdict) -> tuple[str, str]:
    return verdict.outcome.value, verdict.reason


@pytest.fixture
def backyard(office: Office) -> Backyard:
    made = Backyard(office)
    made.technician()
    return made


@pytest.fixture
def yard(lite: Office) -> Backyard:
    """As `backyard`, on SQLite only."""
    made = Backyard(lite)
    made.technician()
    return made


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


@pytest.fixture
def running(tmp_path: Path, migrated_file: Path) -> Iterator[Running]:
    yield from _run(_on_sqlite(tmp_path / "running", migrated_file))


def _run(settings: ServerSettings) -> Iterator[Running]:
    app = create_app(settings)
    ready = threading.Event()
    with listen("127.0.0.1", 0) as bound:
        config = Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=3)
        server = OfficeServer(config, ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        assert ready.wait(20)
        yield Running(address(bound), app.state.office, app.state.uploads)
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def premises(running: Running) -> Backyard:
    """The office behind the running server."""
    made = Backyard(running.office)
    made.technician()
    return made


@pytest.fixture
def beginning() -> list[f.AnyFact]:
    """From accepting to work begun, as the rules want it."""
    answers = dict.fromkeys(
        (
            "task_and_designation_clear",
            "alone_is_allowed",
            "protection_and_tested_tools",
            "cupboard_safe",
            "voltage_or_gas_situation_known",
            "escape_and_bystanders",
            "customer_calm",
        ),
        "yes",
    )
    return [
        f.VisitAccepted(at=START),
        f.VisitTravelling(at=START),
        f.VisitArrived(at=START),
        f.LmraAnswered(at=START, version=1, answers=answers, by="Ans"),
        f.VisitStarted(at=START),
    ]
