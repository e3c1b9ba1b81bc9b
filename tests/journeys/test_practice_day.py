"""The practice day as a user runs it, and what is left of it afterwards."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fieldapp.store import meter_keys
from fieldapp.store.keys import PracticeSource
from tests.journeys.programs import ROOT, Said, Services, fieldapp
from ui.demo.world import practice_keys
from ui.wiring import open_laptop

DAY: dict[str, Any] = json.loads((ROOT / "resources/demo/westland.json").read_text())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    folder = tmp_path_factory.mktemp("finished")
    return folder, fieldapp("demo", "--headless", "--json", "--keep", str(folder))


@pytest.fixture(scope="module")
def undelivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undelivered")
    said = fieldapp("demo", "--headless", "--json", "--keep", str(folder), "--stop-before-sync")
    assert said.status == 0, said.err
    return folder


@pytest.fixture
def waiting(undelivered: Path, tmp_path: Path) -> Path:
    """A copy of the day that is still in the outbox, for each test its own."""
    shutil.copytree(undelivered, tmp_path / "day")
    return tmp_path / "day"


def test_the_office_holds_exactly_what_was_done(finished: tuple[Path, Said]) -> None:
    _, said = finished
    assert said.status == 0, said.err
    summary = said.lines[-1]
    assert summary["kind"] == "summary"
    assert summary["visits"] == 8
    assert summary["operations_made"] == summary["operations_in_office"] > 100
    assert summary["lost"] == summary["duplicated"] == summary["files_lost"] == 0
    assert summary["readings"] == summary["readings_made"] > 0
    assert [line["kind"] for line in said.lines].count("killed") == 1
    ends = {
        line["visit"]: line["state"]
        for line in said.lines
        if line["kind"] == "visit" and "visit" in line
    }
    assert sorted(ends.values()) == ["done"] * 6 + ["not_done"] * 2


async def test_the_meters_were_reached_with_keys_that_travelled_and_are_gone(
    finished: tuple[Path, Said], undelivered: Path
) -> None:
    folder, said = finished
    [imported] = [line for line in said.lines if line.get("what") == "keys"]
    assert imported["new"] == len(practice_keys()) + 1
    assert not (folder / "keys.csv").exists()
    held = {}
    for name, laptop in (("finished", folder), ("undelivered", undelivered)):
        opened = await open_laptop(laptop / "laptop", PracticeSource())
        held[name] = await opened.db.read(meter_keys.held)
        await opened.close()
    assert held["finished"] == ()
    assert "E0044007382246019" in held["undelivered"]


def test_no_customer_and_no_key_can_be_read_in_the_laptops_folder(
    finished: tuple[Path, Said],
) -> None:
    folder, _ = finished
    secrets = [
        word.encode()
        for visit in DAY["visits"]
        for word in (
            visit["customer"]["name"],
            visit["address"]["street"],
            visit["address"]["postcode"],
            *(connection["ean"] for connection in visit["connections"]),
            *(connection["meter"]["number"] for connection in visit["connections"]),
        )
    ]
    keys = [
        key
        for keys in practice_keys().values()
        for key in (keys.encryption, keys.authentication)
    ]
    secrets += [octets for key in keys for octets in (key, key.hex().encode())]
    files = [path for path in (folder / "laptop").rglob("*") if path.is_file()]
    assert len(files) > 10
    for path in files:
        content = path.read_bytes() + os.fsencode(path.name)
        assert not [secret for secret in secrets if secret in content], path.name


def test_no_customer_no_key_and_no_token_is_in_the_offices_log(
    finished: tuple[Path, Said],
) -> None:
    log = (finished[0] / "office" / "office.log").read_text()
    requests = [json.loads(line) for line in log.splitlines() if '"request"' in line]
    routes = Counter(line["route"] for line in requests if line["event"] == "request")
    assert routes["POST /v1/sync"] > 1
    assert routes["PATCH /v1/files/{file}"] > 1
    secrets = _written_of(DAY["visits"])
    assert len(secrets) > 50
    plain = log.casefold()
    assert not [secret for secret in secrets if secret.casefold() in plain]
    assert not re.search(r"eyJ|[Bb]earer|challenge|\?\w+=|[0-9A-Za-z_-]{40,}", log)


def _written_of(value: object) -> set[str]:
    """Every name, number and text in a day file that could be told from other words."""
    if isinstance(value, dict):
        return set().union(*map(_written_of, value.values()))
    if isinstance(value, list):
        return set().union(*map(_written_of, value))
    is_telling = isinstance(value, str) and (len(value) > 9 or " " in value)
    if not isinstance(value, str) or not is_telling or "_" in value:
        return set()
    return {value, value.replace(" ", "")}


def test_the_day_can_be_listed(finished: tuple[Path, Said]) -> None:
    folder, _ = finished
    said = fieldapp("day", "--json", data=folder / "laptop")
    assert [line["state"] for line in said.lines].count("done") == 6
    first = said.lines[0]
    assert first["connections"] == [{"ean": "871687000000200010", "meter": "E0044007382246019"}]
    assert {
        "id",
        "kind",
        "state",
        "window",
        "name",
        "street",
        "postcode",
        "place",
        "phone",
    } <= set(first)


def test_the_offices_audit_trail_verifies(finished: tuple[Path, Said]) -> None:
    folder, _ = finished
    assert fieldapp("server-admin", "audit", "verify", data=folder / "office").status == 0
    status = fieldapp("server-admin", "status", "--json", data=folder / "office").lines[-1]
    assert {"visits", "operations", "readings", "files"} <= set(status)


def test_a_wrong_key_opens_nothing(waiting: Path) -> None:
    key = waiting / "laptop" / "practice.key"
    key.write_text("00" * 32)
    said = fieldapp("day", data=waiting / "laptop")
    assert said.status == 1
    assert len(said.err.strip().splitlines()) == 1


def practice_office(folder: Path) -> tuple[str, ...]:
    return ("server", "--data", str(folder / "office"), "--port", "0", "--practice")


def sync(folder: Path, url: str) -> Said:
    words = ("sync", "--json", "--patience", "2", "--server", url)
    return fieldapp(*words, data=folder / "laptop")


def test_an_outbox_survives_offices_that_are_not_there_and_then_arrives_once(
    waiting: Path, services: Services
) -> None:
    nobody = sync(waiting, "http://127.0.0.1:9")
    with answering(b"<html><form>Log in to this network</form></html>", "text/html") as portal:
        login = sync(waiting, portal)
    with answering(b'{"protocol": ', "application/json") as liar:
        garbage = sync(waiting, liar)
    for failed in (nobody, login, garbage):
        assert failed.status == 1
        assert len(failed.err.strip().splitlines()) == 1
        assert failed.lines[-1]["waiting"] > 100
        assert failed.lines[-1]["sent"] == 0
    office = services.start(*practice_office(waiting))
    arrived = sync(waiting, office.ready)
    assert arrived.status == 0, arrived.err
    assert arrived.lines[-1]["sent"] == garbage.lines[-1]["waiting"]
    assert arrived.lines[-1]["waiting"] == arrived.lines[-1]["files_waiting"] == 0
    again = sync(waiting, office.ready)
    assert again.lines[-1]["sent"] == 0
    held = fieldapp("server-admin", "operations", "--json", data=waiting / "office").lines
    assert len({line["id"] for line in held}) == len(held) == arrived.lines[-1]["sent"]


def test_another_office_takes_no_practice_laptop(
    waiting: Path, tmp_path: Path, services: Services
) -> None:
    other = services.start("server", "--data", str(tmp_path / "other"), "--port", "0")
    refused = sync(waiting, other.ready)
    assert refused.status == 1
    assert refused.lines[-1]["waiting"] > 100


def test_a_wrong_enrolment_code_spends_nothing(tmp_path: Path, services: Services) -> None:
    office = services.start(*practice_office(tmp_path))
    said = fieldapp("enrol", office.ready, "WRONG-CODE", "--practice", data=tmp_path / "laptop")
    assert said.status == 1
    assert len(said.err.strip().splitlines()) == 1


@contextmanager
def answering(body: bytes, media_type: str) -> Iterator[str]:
    """A server on this machine that gives everybody the same answer."""

    class Same(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815 - the name that the library calls

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Same) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
