"""Single values of the store, each under a name: this laptop, the cursor, the last contact.

In go msgspec values, out come the same; JSON in between. Rule: a value is replaced whole.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from fieldapp.store.tables import state

T = TypeVar("T")


def load(c: Connection, name: str, kind: type[T]) -> T | None:
    """The value under `name`, or None."""
    body = c.execute(select(state.c.body).where(state.c.name == name)).scalar_one_or_none()
    return None if body is None else msgspec.json.decode(body, type=kind)


def save(c: Connection, name: str, value: object) -> None:
    """Put `value` under `name`."""
    body = msgspec.json.encode(value)
    new = insert(state).values(name=name, body=body)
    c.execute(new.on_conflict_do_update(index_elements=["name"], set_={"body": body}))
