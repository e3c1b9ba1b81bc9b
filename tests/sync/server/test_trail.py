from __future__ import annotations

import io
import json
import logging
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from fieldapp.domain import facts as f
from sync.server import audit, erasure, holders, logs
from sync.server.audit import Break, Entry
from sync.server.changes import SEALED, SealedVisit, open_bundle
from sync.server.contact import Handed, handed_out_at_once, note_handed_out
from sync.server.tables import visits
from sync.server.told import told, told_of
from sync.server.verification import verify

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def write(backyard: Backyard, statement: str, **values: object) -> None:
    with backyard.office.database.writing() as c:
        c.execute(text(statement), values)


@pytest.fixture
def trail(backyard: Backyard) -> Backyard:
    with backyard.office.database.writing() as c:
        for number in range(4):
            audit.append(c, AT, "user:Anna", Entry("looked", f"visit{number}"))
        audit.append(c, AT, "user:Bas", Entry("looked", "visit0"))
    return backyard


def broken(backyard: Backyard) -> tuple[Break, ...]:
    with backyard.office.database.reading() as c:
        return audit.verify(c)


def test_a_whole_trail_verifies(trail: Backyard) -> None:
    assert broken(trail) == ()


def test_an_end_that_was_seen_a_moment_ago_may_have_moved_on(trail: Backyard) -> None:
    heads = "SELECT hash FROM audit_heads WHERE chain = 'user:Anna'"
    seen = audit.Head(4, trail.one(heads))
    with trail.office.database.writing() as c:
        for _ in range(2):
            audit.append(c, AT, "user:Anna", Entry("looked", "again"), seen)
    assert broken(trail) == ()
    assert trail.one("SELECT number FROM audit_heads WHERE chain = 'user:Anna'") == 6


def test_what_goes_out_is_told_whoever_wrote_in_the_trail_meanwhile(backyard: Backyard) -> None:
    """In one statement where the end is where it was seen (PostgreSQL), else step by step."""
    office, laptop = backyard.office, backyard.laptop()
    known = backyard.known(laptop)
    chain = f"laptop:{known.id}"
    end = f"SELECT number, hash FROM audit_heads WHERE chain = '{chain}'"
    number = end.replace(", hash", "")
    with office.database.reading() as c:
        seen = audit.Head(*c.execute(text(end)).one())
    handed = Handed(known, AT, 1, 3, seen)
    told_at_once = handed_out_at_once(office, handed)
    assert told_at_once == office.database.is_postgres
    assert backyard.one(number) == seen.number + told_at_once
    with office.database.writing() as c:
        audit.append(c, AT, chain, Entry("looked"))
    for late in (handed, replace(handed, seen=None)):
        assert not handed_out_at_once(office, late)
        with office.database.writing() as c:
            note_handed_out(c, late)
    assert broken(backyard) == ()
    assert backyard.one(number) == seen.number + told_at_once + 3
    assert backyard.known(laptop).handed_out == 3


@pytest.mark.parametrize(
    ("damage", "number"),
    [
        ("UPDATE audit SET subject = 'other' WHERE chain = 'user:Anna' AND number = 2", 2),
        ("UPDATE audit SET outcome = 'no' WHERE chain = 'user:Anna' AND number = 4", 4),
        ("UPDATE audit SET at = :late WHERE chain = 'user:Anna' AND number = 1", 1),
        ("DELETE FROM audit WHERE chain = 'user:Anna' AND number = 3", 3),
        ("DELETE FROM audit WHERE chain = 'user:Anna' AND number = 4", 4),
        ("UPDATE audit SET number = 9 WHERE chain = 'user:Anna' AND number = 2", 2),
        ("UPDATE audit_heads SET number = 3 WHERE chain = 'user:Anna'", 5),
        ("DELETE FROM audit_heads WHERE chain = 'user:Anna'", 1),
    ],
)
def test_the_first_broken_entry_is_named(trail: Backyard, damage: str, number: int) -> None:
    values = {"late": datetime(2027, 1, 1, tzinfo=UTC)} if ":late" in damage else {}
    if values and trail.office.database.engine.dialect.name == "sqlite":
        values = {"late": "2027-01-01 00:00:00.000000"}  # type: ignore[dict-item]
    write(trail, damage, **values)
    assert broken(trail) == (Break("user:Anna", number),)


def test_every_signed_chain_is_looked_at(backyard: Backyard) -> None:
    one, two = backyard.laptop(), backyard.laptop()
    visit, other = backyard.visits(number=2)
    backyard.push(one, *(one.operation(visit, x) for x in (accepted(), note(), note())))
    backyard.push(two, two.operation(other, accepted()))
    before = verify(backyard.office)
    assert before.broken == ()
    write(backyard, "UPDATE operations SET signature = header WHERE kind = 'visit_accepted'")
    found = verify(backyard.office).broken
    assert {b.chain for b in found} == {f"operations:{x.laptop}:1" for x in (one, two)}
    assert {b.number for b in found} == {1}


def test_a_missing_operation_is_found(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    backyard.push(laptop, *(laptop.operation(visit, note()) for _ in range(3)))
    write(backyard, "DELETE FROM operations WHERE sequence = 2")
    assert verify(backyard.office).broken == (Break(f"operations:{laptop.laptop}:1", 2),)


def accepted() -> f.AnyFact:
    return f.VisitAccepted(at=AT)


def note() -> f.AnyFact:
    return f.ComplaintRecorded(at=AT, text="geheim")


def test_after_erasure_nothing_is_readable_and_everything_verifies(
    backyard: Backyard,
) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    backyard.push(laptop, laptop.operation(visit, accepted()), laptop.operation(visit, note()))
    with backyard.office.database.reading() as c:
        facts = [fact for _, fact in told(backyard.office, c, backyard.known(laptop), visit)]
    assert facts == [accepted(), note()]
    chains = verify(backyard.office).chains
    assert erasure.erase_holder_of(backyard.office, "Westland", visit)
    with backyard.office.database.reading() as c:
        assert told(backyard.office, c, backyard.known(laptop), visit) == ()
        with pytest.raises(holders.Erased):
            told_of(backyard.office, c, "Westland", visit)
        row = c.execute(visits.select().with_only_columns(*SEALED)).one()
        with pytest.raises(holders.Erased):
            open_bundle(backyard.office, c, SealedVisit(*row))
    found = verify(backyard.office)
    assert found.broken == ()
    assert found.chains >= chains


def test_the_trail_holds_no_customers(backyard: Backyard) -> None:
    laptop, (visit,) = backyard.laptop(), backyard.visits()
    backyard.sync(laptop, laptop.operation(visit, note()))
    with backyard.office.database.reading() as c:
        rows = c.execute(text("SELECT * FROM audit")).all()
    told_ = " ".join(str(value) for row in rows for value in row)
    assert "visits_handed_out" in told_
    for secret in ("Oefenklant", "8716870000", "E00440073", "2671", "geheim"):
        assert secret not in told_


def test_a_log_line_is_json_without_what_was_said() -> None:
    record = logging.LogRecord("sync.x", logging.ERROR, "", 1, "broke %s", ("off",), None)
    record.laptop = "L1"
    record.customer = "Klant"
    try:
        int("Klant")
    except ValueError:
        record.exc_info = sys.exc_info()
    line = logs.JsonLines().format(record)
    told_ = json.loads(line)
    assert (told_["event"], told_["laptop"], told_["error"]) == (
        "broke off",
        "L1",
        "ValueError",
    )
    assert told_["level"] == "error"
    assert told_["where"]
    assert "Klant" not in line
    assert "\n" not in line


def test_the_log_goes_to_one_stream_as_lines() -> None:
    root = logging.getLogger()
    before, stream = (root.handlers[:], root.level), io.StringIO()
    with logs.written(stream):
        logging.getLogger("sync.server").info("opened", extra={"count": 3})
        logging.getLogger("sync.server").debug("left out")
    assert (root.handlers, root.level) == before
    assert json.loads(stream.getvalue())["count"] == 3


def test_a_log_that_nobody_reads_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_MOST_WAITING", 2)
    stuck, reads, told = threading.Event(), threading.Event(), list[str]()

    def write(lines: str) -> None:
        stuck.set()
        assert reads.wait(20)
        told.extend(lines.splitlines())

    writer = logs.Writer(write)
    first, *more = (
        logging.LogRecord("sync", logging.INFO, "", 1, event, (), None)
        for event in ("first", *["more"] * 5)
    )
    writer.emit(first)
    assert stuck.wait(20)
    for record in more:
        writer.emit(record)
    reads.set()
    writer.close()
    assert [json.loads(line)["event"] for line in told] == ["first", "more", "more"]


def test_a_log_that_is_closed_is_no_fault() -> None:
    def write(_lines: str) -> None:
        raise BrokenPipeError

    writer = logs.Writer(write)
    writer.emit(logging.LogRecord("sync", logging.INFO, "", 1, "told", (), None))
    writer.close()
