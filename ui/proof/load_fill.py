"""Fills an office with a fleet of laptops and their visits, fast, for the office's bench.

In come an open office and how much there should be; out comes the fleet that can load and
send: its visits of today are sealed as in real use and can be read. Visits of the days before
are rows of the same size that nobody asks for, made inside the database. Rule: only for a
database that is thrown away; rows are copied in past the office's own rooms.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg

import resources
from fieldapp.domain.work_order import Visit
from fieldapp.store import secrets
from sync.server import visit_body
from sync.server.dayfile import DayFile
from sync.server.drafting import Particulars, draft
from sync.server.office import Office
from sync.server.partitions import make

REGION = "westland"
EACH = 12
"""Visits of a technician's day (sync.md, "Peaks to hold")."""


class Rider(msgspec.Struct, frozen=True):
    """A laptop that the load can speak for.

    Attributes:
        key: its raw Ed25519 private key.
        visits: today's, in the order of the route.
        before: number of the last change that it had yesterday.
    """

    laptop: str
    technician: str
    key: bytes
    visits: tuple[str, ...]
    before: int

    @property
    def last(self) -> int:
        """Number of the last change in its list."""
        return self.before + len(self.visits)


class Fleet(msgspec.Struct, frozen=True):
    """All laptops of a filled office, with what the load needs to make their tokens.

    Attributes:
        meters: EAN and number of the meter at each place of the route.
    """

    key_file: Path
    region: str
    riders: tuple[Rider, ...]
    meters: tuple[tuple[str, str], ...]


def fill(office: Office, url: str, technicians: int, visits: int) -> Fleet:
    """Make technicians with a laptop each, their visits of today, and older visits.

    Args:
        office: open, empty.
        url: of its database, PostgreSQL.
        technicians: how many; each has `EACH` visits today.
        visits: how many there are in all; what is above today's lies in the days before.
    """
    before = max(0, visits - technicians * EACH) // technicians
    _days(office, office.clock.now().date(), before)
    with psycopg.connect(url) as c:
        with suppress(psycopg.errors.InsufficientPrivilege), c.transaction():
            # the rows fit; where this is allowed, don't look up what each refers to
            c.execute("SET session_replication_role = replica")
        c.execute("SET synchronous_commit = off")
        _people(c, technicians)
        riders = tuple(_today(office, c, technicians, before))
        _past(c, technicians, before, _example_size(c))
        c.execute(
            "INSERT INTO audit_heads SELECT 'laptop:' || id, 0, repeat('0', 64) FROM laptops"
        )
        c.execute(
            "INSERT INTO laptop_reports SELECT region, id, 1, 0, 0, 0, NULL, now() FROM laptops"
        )
        c.execute(
            "INSERT INTO counters SELECT %s, id, %s FROM technicians", (REGION, before + EACH)
        )
    with psycopg.connect(url, autocommit=True) as c:
        c.execute("VACUUM ANALYZE")
        with suppress(psycopg.errors.InsufficientPrivilege):
            c.execute("CHECKPOINT")
    return Fleet(office.settings.key_file, REGION, riders, _meters(office.clock.now().date()))


def _name(number: int) -> str:
    return f"T{number:06d}"


def _people(c: psycopg.Connection[Any], technicians: int) -> None:
    c.execute(
        "INSERT INTO technicians (region, id, name, active)"
        " SELECT %s, 'T' || lpad(n::text, 6, '0'), 'Technician ' || n, true"
        " FROM generate_series(0, %s) n",
        (REGION, technicians - 1),
    )


@dataclass(slots=True)
class _Batch:
    """Rows that are copied in together."""

    now: datetime
    laptops: list[tuple[Any, ...]] = field(default_factory=list)
    holders: list[tuple[Any, ...]] = field(default_factory=list)
    visits: list[tuple[Any, ...]] = field(default_factory=list)
    changes: list[tuple[Any, ...]] = field(default_factory=list)

    def copy(self, c: psycopg.Connection[Any]) -> None:
        """Copy them in."""
        for table, rows in (
            (_LAPTOPS, self.laptops),
            (_HOLDERS, self.holders),
            (_VISITS, self.visits),
            (_CHANGES, self.changes),
        ):
            with c.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            rows.clear()


_LAPTOPS = (
    "laptops (region, id, technician, device_name, public_key, practice, incarnation,"
    " enrolled_at, handed_out, agreement_key)"
)
_HOLDERS = "holders (region, id, wrapped_key, made_at)"
_VISITS = (
    "visits (region, id, number, kind, planned_on, window_start, window_end, technician,"
    " holder, version, route_position, state, published, cancelled, source_hash, sealed)"
)
_CHANGES = "changes (region, technician, number, kind, visit, version, made_at)"


def _today(
    office: Office, c: psycopg.Connection[Any], technicians: int, before: int
) -> Iterator[Rider]:
    """The laptops and their visits of today, published and numbered after those before."""
    batch = _Batch(office.clock.now())
    templates = _templates(batch.now.date())
    for number in range(technicians):
        rider = _rider(office, number, before)
        _add(office, batch, rider, templates)
        yield rider
        if number % 1000 == 0 or number == technicians - 1:
            batch.copy(c)


def _add(office: Office, batch: _Batch, rider: Rider, templates: list[Visit]) -> None:
    """One laptop and its day."""
    now, technician = batch.now, rider.technician
    public, agreement = secrets.public_key(rider.key), secrets.agreement_key(rider.key)
    batch.laptops.append(
        (REGION, rider.laptop, technician, "", public, False, 1, now, rider.before, agreement)
    )
    for place, (visit, template) in enumerate(zip(rider.visits, templates, strict=True), 1):
        holder = f"h{visit}"
        wrapped = office.vault.new_wrapped_key(holder)
        made = msgspec.structs.replace(
            template,
            id=visit,
            number=f"V-{technician}-{place}",
            customer=msgspec.structs.replace(template.customer, holder=holder),
            route_position=place,
        )
        key = office.vault.unwrap(wrapped, holder)
        body = visit_body.close(key, made)
        batch.holders.append((REGION, holder, wrapped, now))
        window = (now.date(), made.window_start, made.window_end)
        state = (holder, 1, place, "planned", True, False, "", body)
        batch.visits.append(
            (REGION, visit, made.number, made.kind.value, *window, technician, *state)
        )
        change = rider.before + place
        batch.changes.append((REGION, technician, change, "visit", visit, 1, now))


def _rider(office: Office, number: int, before: int) -> Rider:
    visits = tuple(office.clock.new_id() for _ in range(EACH))
    return Rider(office.clock.new_id(), _name(number), secrets.new_key(), visits, before)


def _templates(today: date) -> list[Visit]:
    """A day's visits as the practice day has them, over and over until it is full."""
    rows = json.loads(resources.read_text("demo/westland.json"))["visits"]
    plain = [{**row, "technician": None} for row in rows]
    file = DayFile.model_validate({"date": today.isoformat(), "visits": plain})
    made = [draft(row, today, Particulars("", REGION, "", 1, 0)) for row in file.visits]
    return [made[n % len(made)] for n in range(EACH)]


def _meters(today: date) -> tuple[tuple[str, str], ...]:
    """What hangs at the first connection of each of a day's visits."""
    firsts = [visit.connections[0] for visit in _templates(today)]
    return tuple((c.ean, c.meter.number if c.meter is not None else "") for c in firsts)


def _example_size(c: psycopg.Connection[Any]) -> int:
    row = c.execute("SELECT avg(length(sealed))::int FROM visits").fetchone()
    return int(row[0]) if row else 0


def _days(office: Office, today: date, before: int) -> None:
    """The partitions that were made as these days came."""
    with office.database.writing() as c:
        for n in range(before // EACH + 2):
            make(c, today - timedelta(days=n))


def _past(c: psycopg.Connection[Any], technicians: int, before: int, size: int) -> None:
    """The visits of the days before: done, published, heard of, with the last operation."""
    if not before:
        return
    numbers = {
        "region": REGION,
        "last": technicians * before - 1,
        "technicians": technicians,
        "each": EACH,
        "body": secrets.new_key() * (size // 32 + 1),
        "today": datetime.now(UTC).date(),
    }
    for statement in _PAST:
        c.execute(statement, numbers)


_SERIES = """
FROM generate_series(0, %(last)s) n
CROSS JOIN LATERAL (SELECT
    'old-' || n AS visit,
    'T' || lpad((n %% %(technicians)s)::text, 6, '0') AS technician,
    n / %(technicians)s AS place,
    %(today)s::date - 1 - ((n / %(technicians)s) / %(each)s)::int AS day
) o
"""

_PAST = (
    "INSERT INTO holders (region, id, made_at) VALUES (%(region)s, 'old', now())",
    "INSERT INTO visits (region, id, number, kind, planned_on, window_start, window_end,"
    " technician, holder, version, route_position, state, published, cancelled, source_hash,"
    " sealed) SELECT %(region)s, visit, visit, 'fault', day, day, day, technician, 'old', 1,"
    " 1, 'done', true, false, '', %(body)s" + _SERIES,
    "INSERT INTO changes (region, technician, number, kind, visit, version, made_at)"
    " SELECT %(region)s, technician, place + 1, 'visit', visit, 1, day" + _SERIES,
    "INSERT INTO visit_days (region, visit, made_on) SELECT %(region)s, visit, day" + _SERIES,
    "INSERT INTO operations (region, laptop, header_sha256, made_on, id, incarnation, sequence,"
    " visit, kind, previous, payload_sha256, header, signature, holder, sealed, in_chain,"
    " counts, outcome, reason, device_time, received_at)"
    " SELECT %(region)s, l.id, lpad(n::text, 64, '0'), day, 'op-' || n, 1, place + 1, visit,"
    " 'visit_closed', '', '', substr(%(body)s, 1, 400), substr(%(body)s, 1, 64), 'old',"
    " substr(%(body)s, 1, 120), true, true, 'applied', '', day, day"
    + _SERIES
    + " JOIN laptops l ON l.region = %(region)s AND l.technician = o.technician",
)
