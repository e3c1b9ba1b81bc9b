from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner, Result

from fieldapp.domain import facts as f
from fieldapp.domain.work_order import WorkKind
from fieldapp.store import secrets
from sync.server import planning
from sync.server.dayfile import LOCAL
from sync.server.laptops import learn_agreement_key
from sync.server.office import Office
from sync.server.schema import SCHEMA
from sync.server.settings import ServerSettings
from tests.sync.server.doubles import START
from ui.cli.office import register

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, Running

Run = Callable[..., Result]

APP = typer.Typer()
register(APP)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "office"


@pytest.fixture
def admin(data: Path) -> Run:
    def run(*words: str) -> Result:
        return CliRunner().invoke(APP, ["server-admin", *words, "--data", str(data)])

    return run


def told(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def office(admin: Run, data: Path) -> Iterator[Office]:
    told(admin("technician", "T1", "Ans", "--region", "Westland"))
    opened = Office.open(ServerSettings.in_folder(data))
    yield opened
    opened.close()


@pytest.fixture
def yard(office: Office, yard_class: type[Backyard]) -> Backyard:
    return yard_class(office)


def test_people_and_secrets(admin: Run) -> None:
    (new,) = told(admin("technician", "T1", "Ans", "--region", "Westland"))
    (known,) = told(admin("technician", "T1", "Ans", "--region", "Westland"))
    assert (new["new"], known["new"]) == (True, False)
    (code,) = told(admin("enrolment-code", "T1"))
    assert len(code["code"]) == 19
    (token,) = told(admin("user", "Dirk", "--role", "dispatcher", "--region", "Westland"))
    assert len(token["token"]) > 40


@pytest.mark.parametrize(
    "words",
    [
        ("enrolment-code", "nobody"),
        ("withdraw", "nothing"),
        ("erase", "V-0", "--region", "Westland"),
        ("technician", "T1", "Ans", "--region", "Elders"),
    ],
)
@pytest.mark.usefixtures("office")
def test_what_is_not_there_is_one_line(admin: Run, words: tuple[str, ...]) -> None:
    result = admin(*words)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1


def test_wrong_usage_is_two(admin: Run) -> None:
    assert admin("user", "Dirk", "--role", "king", "--region", "W").exit_code == 2


def test_listings(admin: Run, yard: Backyard) -> None:
    laptop, (visit,) = yard.laptop(), yard.visits()
    at = yard.office.clock.now()
    fact = f.ComplaintRecorded(at=at, text="geheim")
    yard.push(
        laptop,
        laptop.operation(visit, f.VisitAccepted(at=at)),
        laptop.operation(visit, fact),
        laptop.operation("nowhere", fact),
    )
    (status,) = told(admin("status", "--json"))
    assert (status["visits"], status["operations"], status["readings"]) == (1, 3, 0)
    assert (status["files"], status["quarantined"], status["laptops"]) == (0, 1, 1)
    rows = told(admin("operations", "--json"))
    assert [row["sequence"] for row in rows] == [1, 2, 3]
    assert [row["visit_number"] for row in rows] == ["V-1001", "V-1001", None]
    assert rows[0].keys() >= {"id", "laptop", "incarnation", "visit", "kind", "outcome"}
    assert [row["outcome"] for row in rows] == ["applied", "applied", "quarantined"]
    (line,) = told(admin("visits", "--json"))
    assert line == {
        "number": "V-1001",
        "kind": "reading_preference",
        "state": "accepted",
        "steps": 0,
        "readings": 0,
        "operations": 2,
    }
    (known,) = told(admin("laptops", "--json"))
    assert (known["id"], known["technician"]) == (laptop.laptop, "T1")
    for listing in ("status", "operations", "visits", "laptops"):
        plain = admin(listing)
        assert plain.exit_code == 0
        assert plain.stdout
        assert "geheim" not in plain.stdout


def test_withdraw_erase_and_verify(admin: Run, yard: Backyard) -> None:
    laptop, (visit,) = yard.laptop(), yard.visits()
    yard.push(laptop, laptop.operation(visit, f.VisitAccepted(at=yard.office.clock.now())))
    withdrawn = {"withdrawn": laptop.laptop, "meter_keys_to_change": []}
    assert told(admin("withdraw", laptop.laptop)) == [withdrawn]
    assert yard.known(laptop).withdrawn
    row, holder = yard.row("V-1001", technician="T1"), yard.one("SELECT holder FROM visits")
    yard.day({**row, "customer": {**row["customer"], "reference": "put right"}})
    words = ("erase", "V-1001", "--region", "Westland")
    (erased,) = told(admin(*words))
    assert len(erased["erased"]) == 32
    assert (erased["erased_before"], erased["holders_before"]) == ([], [holder])
    (rest,) = told(admin(*words, "--before"))
    assert (rest["erased"], rest["erased_before"]) == (None, [holder])
    assert admin(*words, "--before").exit_code == 1
    (found,) = told(admin("audit", "verify"))
    assert found["broken"] == []
    with yard.office.database.writing() as c:
        c.execute(text("UPDATE audit SET subject = 'x' WHERE chain = 'office'"))
    broken = admin("audit", "verify")
    assert broken.exit_code == 1
    assert json.loads(broken.stdout)["broken"][0]["chain"] == "office"


def test_migrate_says_which_schema(admin: Run) -> None:
    assert told(admin("migrate")) == [{"schema": SCHEMA}]


CSV = "id;name;region\nT1;Ans;Westland\nT2;Bo;Westland\n;;\nT1;Ans;Elders\n"


def test_technicians_from_a_file(admin: Run, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(CSV, encoding="utf-8-sig")
    dry = admin("import", "technicians", str(file), "--dry-run")
    assert dry.exit_code == 1
    assert told(admin("status", "--json"))[0]["technicians"] == 0
    done = admin("import", "technicians", str(file))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["row"] for row in rows if row["kind"] == "fault"] == [3, 4]
    assert rows[-1]["new"] == 2
    as_json = tmp_path / "people.json"
    as_json.write_text('[{"id": "T1", "name": "Ans", "region": "Westland"}]')
    assert told(admin("import", "technicians", str(as_json)))[-1]["known"] == 1


def test_keys_from_a_file_and_the_meters_of_a_withdrawn_laptop(
    admin: Run, yard: Backyard, tmp_path: Path
) -> None:
    meter, key = "E0044007382246019", "5E1C0A77D0B94F3382164AC9F2E07B15"
    file = tmp_path / "keys.csv"
    file.write_text(
        "meter;encryption_key;authentication_key\n"
        f"{meter};{key};{key}\nE1;{key};{key}\n{key};;\n"
    )
    laptop, office = yard.laptop(), yard.office
    today = office.clock.now().astimezone(LOCAL).date()
    yard.day(yard.row(technician="T1"), on=today)
    planning.publish_day(office, yard.dispatcher, today)
    with yard.office.database.writing() as c:
        agreement = secrets.agreement_key(secrets.new_key())
        assert learn_agreement_key(yard.office, c, yard.known(laptop), agreement)
    done = admin("import", "keys", str(file))
    assert done.exit_code == 1
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["row"] for row in rows if row["kind"] == "fault"] == [2, 3]
    assert (rows[-1]["new"], rows[-1]["changed"]) == (1, 0)
    assert key not in done.output
    yard.sync(laptop)
    (said,) = told(admin("withdraw", laptop.laptop))
    assert said["meter_keys_to_change"] == [meter]


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.json", b"{}"), ("x.json", b"["), ("x.csv", b"\xff\xfe"), ("x.json", b"[1]")],
)
def test_files_that_are_no_rows(admin: Run, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    result = admin("import", "technicians", str(tmp_path / name))
    assert result.exit_code == 1
    assert "nothing was changed" in result.stderr


def test_an_office_that_can_not_be_opened(data: Path, admin: Run) -> None:
    data.mkdir()
    (data / "office.key").write_bytes(b"junk")
    result = admin("status", "--json")
    assert result.exit_code == 1
    assert "key file" in result.stderr
    running = CliRunner().invoke(APP, ["server", "--data", str(data), "--port", "0"])
    assert running.exit_code == 1
    assert "can't be used" in running.stderr.replace("\n", " ")


def test_an_address_that_can_not_be_had(data: Path) -> None:
    result = CliRunner().invoke(
        APP, ["server", "--data", str(data), "--host", "192.0.2.1", "--port", "1"]
    )
    assert result.exit_code == 1
    assert "Can't listen" in result.stderr


MAIN = "import typer; from ui.cli.office import register; a = typer.Typer(); register(a); a()"


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_server_says_when_it_is_ready_and_stops_in_good_order(data: Path) -> None:
    words = ["server", "--data", str(data), "--port", "0", "--practice"]
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "FIELDAPP_DATA": str(data)},
    )
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["ready"].startswith("http://127.0.0.1:")
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, b"")
    assert all(json.loads(line)["level"] for line in err.splitlines())


@pytest.fixture
def dispatch(running: Running, premises: Backyard, tmp_path: Path) -> Run:
    token = tmp_path / "token"
    token.write_text(premises.token() + "\n")

    def run(*words: str) -> Result:
        where = ["--server", running.url, "--token-file", str(token)]
        return CliRunner().invoke(APP, ["dispatch", *words, *where])

    return run


def test_a_day_is_dispatched(dispatch: Run, premises: Backyard, tmp_path: Path) -> None:
    premises.technician("T2")
    file = tmp_path / "day.json"
    file.write_text(json.dumps({"visits": [premises.row("V-1"), premises.row("V-2")]}))
    on = ("--date", "2026-03-02")
    assert told(dispatch("import", str(file), *on))[0]["new"] == 2
    file.write_text(json.dumps([premises.row("V-1")]))
    assert told(dispatch("import", str(file), *on))[0]["unchanged"] == 1
    assert told(dispatch("plan", *on))[0]["assigned"] == 2
    assert told(dispatch("publish", *on)) == [{"published": 2}]
    lines = told(dispatch("status", *on, "--json"))
    assert [line["number"] for line in lines] == ["V-1", "V-2"]
    assert told(dispatch("reassign", "V-1", "T2"))[0]["technician"] == "T2"
    assert told(dispatch("reassign", "V-1"))[0]["technician"] is None
    assert told(dispatch("cancel", "V-2"))[0]["cancelled"]
    plain = dispatch("status")
    assert plain.exit_code == 0
    assert "cancelled" in plain.stdout
    assert len(plain.stdout.splitlines()) == 2


def test_what_follows_is_listed_and_settled(dispatch: Run, premises: Backyard) -> None:
    laptop, (visit,) = premises.laptop(), premises.visits()
    check = f.PendingCheck(what="preference", by="head_end", until=date(2096, 3, 9))
    asked = f.FollowUpAsked(at=START, work=WorkKind.FAULT, reason="gas_leak_inside")
    closed = f.VisitClosed(at=START, pending=(check,))
    for fact in (closed, asked, asked):
        premises.push(laptop, laptop.operation(visit, fact))
    (line,) = told(dispatch("checks", "--json"))
    assert "preference" in dispatch("checks").stdout
    assert told(dispatch("checks", "--prove", line["id"], "preference"))[0]["state"] == "proven"
    assert told(dispatch("checks", "--json")) == []
    one, two = told(dispatch("follow-ups", "--json"))
    assert "gas_leak_inside" in dispatch("follow-ups").stdout
    assert dispatch("follow-ups", "--plan", one["id"]).exit_code == 2
    day = ("--date", "2026-03-09")
    planned = told(dispatch("follow-ups", "--plan", one["id"], *day))[0]
    assert planned["state"] == "planned"
    assert told(dispatch("follow-ups", "--drop", two["id"]))[0]["state"] == "dropped"
    assert len(told(dispatch("status", *day, "--json"))) == 1


@pytest.mark.parametrize(
    ("name", "content"), [("x.json", "{"), ("x.json", '{"visits": 3}'), ("x.json", "7")]
)
def test_day_files_that_are_none(
    dispatch: Run, tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)
    result = dispatch("import", str(tmp_path / name), "--date", "2026-03-02")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1


def test_what_the_office_refuses_is_said(dispatch: Run) -> None:
    result = dispatch("cancel", "V-9")
    assert result.exit_code == 1
    assert "urn:fieldapp:visit-unknown" in result.stderr
    assert dispatch("plan", "--date", "tomorrow").exit_code == 2


def test_without_a_token_or_an_office(tmp_path: Path) -> None:
    def run(*more: str) -> Result:
        words = ["dispatch", "status", "--data", str(tmp_path), *more]
        return CliRunner().invoke(APP, words, env={"FIELDAPP_TOKEN": ""})

    assert "Who are you" in run().stderr
    missing = run("--token-file", str(tmp_path / "none"))
    assert missing.exit_code == 1
    nobody = run("--token", "x", "--server", "http://127.0.0.1:1")
    assert nobody.exit_code == 1
    assert len(nobody.stderr.splitlines()) == 1
