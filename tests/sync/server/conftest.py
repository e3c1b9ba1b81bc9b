from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from uvicorn import Config

from fieldapp.domain import facts as f
from sync.server import laptops, people
from sync.server.app import create_app
from sync.server.database import OfficeDatabase
from sync.server.importing_keys import COLUMNS, import_keys
from sync.server.office import Office
from sync.server.partitions import make
from sync.server.rowfile import Done
from sync.server.run import OfficeServer, address, listen
from sync.server.schema import migrate
from sync.server.settings import ServerSettings
from sync.wire import EnrolRequest
from tests.sync.server.cluster import Cluster, binaries
from tests.sync.server.doubles import DAY, START, Backyard, HandClock, Running, Signer
from tests.sync.server.phone import Phone
from tests.sync.server.s3 import CREDENTIALS, S3Server

Import = Callable[..., Done]
KEYS_HEADING = ",".join(COLUMNS) + "\n"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    found = binaries()
    if found is None:
        pytest.skip("no PostgreSQL binaries")
    folder = Path(tempfile.mkdtemp(prefix="fieldapp-pg-"))
    if sys.platform != "win32" and os.getuid() == 0:
        shutil.chown(folder, "postgres")
    made = Cluster(folder, found)
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
    with database.writing() as c:
        make(c, DAY)
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


@pytest.fixture
def yard_class() -> type[Backyard]:
    """For tests that open offices of their own."""
    return Backyard


@pytest.fixture
def clock_class() -> type[HandClock]:
    return HandClock


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


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in CREDENTIALS.items():
            patched.setenv(name, value)
        with S3Server() as made:
            yield made


@pytest.fixture
def files_url(request: pytest.FixtureRequest) -> str:
    """Where the office keeps files: in its folder, or with the parameter `s3` in a bucket."""
    if getattr(request, "param", "disk") == "disk":
        return ""
    server: S3Server = request.getfixturevalue("s3_server")
    return server.new_bucket()


@pytest.fixture
def started(tmp_path: Path, migrated_file: Path, files_url: str) -> ServerSettings:
    """What the running server was started with."""
    return replace(_on_sqlite(tmp_path / "running", migrated_file), files_url=files_url)


@pytest.fixture
def running(started: ServerSettings) -> Iterator[Running]:
    yield from serve(started)


@pytest.fixture
def twin(started: ServerSettings) -> Iterator[Running]:
    """A second server on the same database and files, which shares nothing else with it."""
    yield from serve(started)


def serve(settings: ServerSettings) -> Iterator[Running]:
    app = create_app(settings)
    ready = threading.Event()
    with listen("127.0.0.1", 0) as bound:
        config = Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=3)
        server = OfficeServer(config, ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        assert ready.wait(20)
        yield Running(address(bound), app.state.office, app.state.uploads, app.state)
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
            "voltage_situation_known",
            "gas_situation_known",
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


@pytest.fixture
def take(tmp_path: Path) -> Import:
    """Imports these lines under the heading."""

    def run(office: Office, *lines: str, dry_run: bool = False) -> Done:
        file = tmp_path / "keys.csv"
        file.write_text(KEYS_HEADING + "".join(f"{line}\n" for line in lines), "utf-8")
        return import_keys(office, file, dry_run=dry_run)

    return run


@pytest.fixture
def remote(tmp_path: Path, files_url: str) -> Iterator[tuple[Office, str, str]]:
    """An office whose server is another process; its laptop and that one's token."""
    settings = ServerSettings.in_folder(tmp_path / "office")
    office = Office.open(replace(settings, files_url=files_url))
    with office.database.writing() as c:
        people.add_technician(c, "Westland", "T1", "Ans")
        code = people.new_enrolment_code(office, c, "T1")
    laptop = laptops.enrol(office, EnrolRequest(code=code, public_key=bytes(32))).laptop
    yield office, laptop, office.door.token("Westland", laptop, office.clock.now())
    office.close()
