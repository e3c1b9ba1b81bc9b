"""Tells every process of the office that technicians have something new to hear.

In comes the transaction that writes the change; nothing goes out, the database carries it: on
PostgreSQL a notification that leaves with the commit, on SQLite the change itself, which those
who listen see (`bell_watch`). Rule: whatever a sync would bring is rung for in the transaction
that writes it, and what is rung holds names of technicians only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from sqlalchemy import Connection, func, select

CHANNEL = "fieldapp_changed"

_AT_ONCE = 50
"""Technicians in one notification: names have 64 characters, PostgreSQL takes 8000 octets."""

Whom = tuple[str, str]
"""A region and one of its technicians."""


def ring(c: Connection, region: str, technicians: Iterable[str]) -> None:
    """Say, once `c` is committed, that these technicians have something new."""
    if c.dialect.name != "postgresql":
        return
    for text in _notes(region, sorted(set(technicians))):
        c.execute(select(func.pg_notify(CHANNEL, text)))


def heard(text: str) -> frozenset[Whom]:
    """Whom a notification names; nobody where it is none of ours."""
    try:
        region, *technicians = msgspec.json.decode(text, type=list[str])
    except (msgspec.DecodeError, ValueError):
        return frozenset()
    return frozenset((region, one) for one in technicians)


def _notes(region: str, technicians: list[str]) -> Iterator[str]:
    for start in range(0, len(technicians), _AT_ONCE):
        note = [region, *technicians[start : start + _AT_ONCE]]
        yield msgspec.json.encode(note).decode()
