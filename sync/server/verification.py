"""Checks what can't be checked row by row: audit chains and the laptops' signed chains.

In comes an open office; out come the first broken links, none when everything holds. Only
headers and signatures are needed, so the check also holds after a holder's key was erased.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Row, func, select

from fieldapp.domain.operation import FIRST_PREVIOUS, sha256_hex
from sync.server import audit
from sync.server.auth import signed_by
from sync.server.examination import BAD_SIGNATURE
from sync.server.office import Office
from sync.server.tables import audit_heads, laptops, operations


@dataclass(frozen=True, slots=True)
class Findings:
    """How many chains were looked at, and the first broken link of each that has one."""

    chains: int
    broken: tuple[audit.Break, ...]


def verify(office: Office) -> Findings:
    """Look at every chain."""
    with office.database.reading() as c:
        trails = c.execute(select(func.count()).select_from(audit_heads)).scalar_one()
        owners = c.execute(
            select(operations.c.region, operations.c.laptop, operations.c.incarnation)
            .where(operations.c.in_chain)
            .distinct()
            .order_by(operations.c.region, operations.c.laptop, operations.c.incarnation)
        ).all()
        broken = list(audit.verify(c))
        for owner in owners:
            number = _first_break(c, owner)
            if number is not None:
                broken.append(audit.Break(f"operations:{owner[1]}:{owner[2]}", number))
    return Findings(trails + len(owners), tuple(broken))


def _first_break(c: Connection, owner: Row[str, str, int]) -> int | None:
    region, laptop, incarnation = owner
    key = c.execute(
        select(laptops.c.public_key).where(laptops.c.region == region, laptops.c.id == laptop)
    ).scalar_one()
    rows = c.execute(
        select(operations)
        .where(
            operations.c.region == region,
            operations.c.laptop == laptop,
            operations.c.incarnation == incarnation,
            operations.c.in_chain,
        )
        .order_by(operations.c.sequence)
    )
    previous = FIRST_PREVIOUS
    for expected, row in enumerate(rows, start=1):
        sha256 = sha256_hex(row.header)
        signed = row.reason == BAD_SIGNATURE or signed_by(key, row.signature, row.header)
        linked = (row.sequence, row.previous) == (expected, previous)
        if not signed or not linked or sha256 != row.header_sha256:
            return expected
        previous = sha256
    return None
