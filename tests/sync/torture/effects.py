"""What facts set going in the office, counted once more from the facts themselves.

In comes an office; out come findings where an effect is missing or there twice: checks, work
that follows, moves of stock and the parts that are left, fields in conflict. Rule: counted from
the payloads of the operations that count, never from what the product noted about them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, Table, select

from fieldapp.domain import facts as f
from fieldapp.domain.operation import decode_payload
from fieldapp.domain.van import part_used
from sync.server import holders
from sync.server.conflicts import FIELDS, values_of
from sync.server.office import Office
from sync.server.tables import laptops, operations
from sync.server.tables_followed import checks, follow_ups
from sync.server.tables_people import conflicts
from sync.server.tables_stock import stock_moves, stock_parts
from sync.server.vault import unseal
from tests.sync.torture.books import Finding, Trouble


def once(office: Office, seals: int) -> Iterator[Finding]:
    """Every effect is there once; `seals` is what was in each van at first."""
    with office.database.reading() as c:
        facts = _facts(office, c)
        wanted = {
            checks.name: {made for made, _, fact in facts if _leaves_check(fact)},
            follow_ups.name: {made for made, _, fact in facts if _is_followed(fact)},
            stock_moves.name: {made for made, _, fact in facts if _moves(fact)},
        }
        for table in (checks, follow_ups, stock_moves):
            found = _ids(c, table)
            for made in sorted(wanted[table.name] - found):
                yield Finding(Trouble.LOST, f"{table.name} has nothing of {made}")
            for made in sorted(found - wanted[table.name]):
                yield Finding(Trouble.DOUBLED, f"{table.name} has {made}")
        used = Counter(technician for _, technician, fact in facts if part_used(fact))
        left = select(stock_parts.c.technician, stock_parts.c.count.label("number"))
        for row in c.execute(left):
            if row.number != seals - used[row.technician]:
                what = f"{row.number} of {seals} seals after {used[row.technician]}"
                yield Finding(Trouble.DOUBLED, what)


def disputes(office: Office) -> Iterator[Finding]:
    """Every field in conflict is on the list, with what the technician said of it."""
    with office.database.reading() as c:
        facts = {made: fact for made, _, fact in _facts(office, c)}
        rows = c.execute(select(conflicts).where(conflicts.c.field != "")).mappings().all()
        listed = {(row["laptop"], row["visit"], row["field"]) for row in rows}
        for row in rows:
            site, fact = values_of(office, c, row).site, facts.get(row["operation"])
            if not isinstance(fact, f.VisitCorrected) or fact.new != site:
                yield Finding(Trouble.LOST, f"{fact} is in conflict, {site} is kept")
        counting = select(operations.c.laptop, operations.c.visit, operations.c.reason)
        for laptop, visit, reason in c.execute(counting.where(operations.c.counts)):
            kind, _, fields = reason.partition(":")
            for field in fields.split(",") if kind == FIELDS else ():
                if (laptop, visit, field) not in listed:
                    yield Finding(Trouble.LOST, f"{field} of {visit} is on no list")


def _facts(office: Office, c: Connection) -> list[tuple[str, str, f.AnyFact]]:
    """Operation, technician and fact of all that counts."""
    owners = {row.id: row.technician for row in c.execute(select(laptops))}
    found = []
    for row in c.execute(select(operations).where(operations.c.counts)):
        key = holders.key(office, c, row.region, row.holder)
        payload = unseal(key, row.sealed, f"operation:{row.header_sha256}")
        found.append((row.id, owners[row.laptop], decode_payload(payload).fact))
    return found


def _ids(c: Connection, table: Table) -> set[str]:
    return set(c.execute(select(table.c.id)).scalars())


def _leaves_check(fact: f.AnyFact) -> bool:
    return isinstance(fact, f.VisitClosed) and bool(fact.pending)


def _is_followed(fact: f.AnyFact) -> bool:
    if isinstance(fact, f.VisitNotDone):
        return fact.follow_up
    return isinstance(fact, (f.FollowUpAsked, f.DangerReported))


def _moves(fact: f.AnyFact) -> bool:
    placed = isinstance(fact, (f.MeterPlaced, f.MeterRemoved))
    return placed or part_used(fact) is not None
