"""An office by several processes: started, killed, stopped, and by many laptops at once."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert

from sync.server import laptops, tables
from sync.server.office import Office
from sync.server.problems import ProblemError
from sync.server.run import address, listen
from sync.server.schema import SCHEMA, current
from sync.server.settings import ServerSettings
from sync.wire import ChallengeAnswer, SyncAnswer, SyncRequest, TokenRequest, decode
from tests.sync.server.doubles import REGION, Backyard
from tests.sync.server.line import Cut, Line, Said
from tests.sync.server.served import PROGRAM, Crew, Served

if TYPE_CHECKING:
    from tests.sync.server.cluster import Cluster

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="one process serves there")

AT_ONCE = 400
KILL = 9  # SIGKILL has no name on Windows
Busy = tuple[Office, int, str]


@pytest.fixture
def lite_settings(tmp_path: Path) -> ServerSettings:
    (tmp_path / "office").mkdir()
    return ServerSettings.in_folder(tmp_path / "office")


def test_a_killed_process_and_a_stop_lose_nothing(lite_settings: ServerSettings) -> None:
    with Served(lite_settings, "--processes", "2") as served:
        office = Office.open(lite_settings)
        crew = Crew(office, served.port, 6)
        crew.wait(30)
        one = served.log.wait("request", number=30)[-1]["pid"]
        os.kill(one, KILL)
        [ended] = served.log.wait("process ended")
        assert ended["ended"] == -KILL
        pids = {line["pid"] for line in served.log.wait("serving", number=3)}
        assert len(pids) == 3
        crew.wait(30)
        assert set(crew.refusals()) <= {"cut", "not let in", "503 True"}
        served.process.terminate()
        assert served.process.wait(60) == 0
        crew.end()
        assert set(crew.refusals()) <= {"cut", "not let in", "503 True"}
        with office.database.reading() as c:
            rows = c.exec_driver_sql("SELECT id FROM operations WHERE counts").scalars().all()
        told = [one for worker in crew.workers for one in worker.applied]
        assert len(told) >= 60
        assert sorted(rows) == sorted(told)  # who was cut off had not been heard
        office.close()


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Busy]:
    """An office on SQLite, the port of its one process, and where its metrics are."""
    settings = ServerSettings.in_folder(tmp_path_factory.mktemp("busy"))
    with listen("127.0.0.1", 0) as free:
        metrics = address(free)
    words = ("--metrics", metrics.removeprefix("http://"), "--log-level", "warning")
    with Served(settings, *words) as served:
        office = Office.open(settings)
        yield office, served.port, f"{metrics}/metrics"
        office.close()


def enrolled(office: Office, number: int) -> list[str]:
    """Tokens of so many laptops of one technician, whose day is published."""
    yard = Backyard(office)
    yard.technician()
    yard.visits(number=12)
    now = office.clock.now()
    row = {
        "region": REGION,
        "technician": "T1",
        "device_name": "",
        "public_key": Ed25519PrivateKey.generate().public_key().public_bytes_raw(),
        "practice": False,
        "incarnation": 1,
        "enrolled_at": now,
        "handed_out": 0,
    }
    ids = [office.clock.new_id() for _ in range(number)]
    with office.database.writing() as c:
        c.execute(insert(tables.laptops), [{**row, "id": one} for one in ids])
    return [office.door.token(REGION, one, now) for one in ids]


async def first_load(port: int, token: str) -> tuple[list[Said], int]:
    """Everything from the start; the answers that said no, and how many visits came."""
    line = Line(port, token)
    refusals: list[Said] = []
    while True:
        try:
            said = await line.sync(SyncRequest())
        except Cut:
            continue
        if said.status == 200:
            line.close()
            return refusals, len(decode(said.body, SyncAnswer).changes)
        refusals.append(said)
        await asyncio.sleep(float(said.headers["retry-after"]))


def resident_mb(metrics: str) -> float:
    page = httpx.get(metrics, timeout=20).text
    found = re.search(r"^fieldapp_process_resident_memory_bytes (\S+)$", page, re.MULTILINE)
    return float(found[1]) / 2**20 if found else 0.0


async def test_many_first_loads_at_once_all_get_there(busy: Busy) -> None:
    office, port, metrics = busy
    tokens = await asyncio.to_thread(enrolled, office, AT_ONCE)
    before = await asyncio.to_thread(resident_mb, metrics)
    loads = await asyncio.gather(*(first_load(port, token) for token in tokens))
    assert [visits for _, visits in loads] == [12] * AT_ONCE
    assert {said.status for refusals, _ in loads for said in refusals} <= {503}
    assert await asyncio.to_thread(resident_mb, metrics) - before < 150


def test_one_that_cannot_start_ends_them_all(lite_settings: ServerSettings) -> None:
    lite_settings.key_file.write_text("{}")
    data = str(lite_settings.key_file.parent)
    said = subprocess.run(
        [*PROGRAM, "server", "--data", data, "--port", "0", "--processes", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout) == (1, "")
    assert "key file" in said.stderr


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> ServerSettings:
    """An office whose database was never opened."""
    plain = ServerSettings.in_folder(tmp_path / "fresh")
    if request.param == "sqlite":
        return plain
    cluster: Cluster = request.getfixturevalue("cluster")
    return ServerSettings(cluster.url(cluster.new_database()), plain.files, plain.key_file)


def test_many_that_open_a_new_office_at_once_open_one(fresh: ServerSettings) -> None:
    number = 6
    together = threading.Barrier(number)

    def one(_: int) -> Office:
        together.wait(20)
        return Office.open(fresh)

    with ThreadPoolExecutor(number) as pool:
        offices = list(pool.map(one, range(number)))
    assert len({office.vault.office for office in offices}) == 1
    with offices[0].database.reading() as c:
        assert current(c) == SCHEMA
        assert c.exec_driver_sql("SELECT count(*) FROM offices").scalar_one() == 1
    for office in offices:
        office.close()


def test_one_process_takes_what_another_gave(settings: ServerSettings) -> None:
    one, other = Office.open(settings), Office.open(settings)
    yard = Backyard(one)
    yard.technician()
    signer = yard.laptop()
    asked = laptops.give_token(one, TokenRequest(laptop=signer.laptop))
    assert isinstance(asked, ChallengeAnswer)
    signature = signer.key.sign(laptops.TOKEN_PREFIX + asked.challenge.encode())
    signed = TokenRequest(laptop=signer.laptop, challenge=asked.challenge, signature=signature)
    given = laptops.give_token(other, signed)
    assert not isinstance(given, ChallengeAnswer)
    assert one.door.bearer(given.token, one.clock.now()) is not None
    with pytest.raises(ProblemError) as raised:
        laptops.give_token(one, signed)
    assert raised.value.status == 401
    one.close()
    other.close()
