"""What was typed and not yet recorded, so that a kill loses no digit.

In come texts by field of a visit; out come the same. Rule: a draft is no fact: it is never
sent, and it goes when its step is done or its visit leaves the laptop.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete

from fieldapp.store import state
from fieldapp.store.tables import state as table


def load(c: Connection, visit_id: str) -> dict[str, str]:
    """Texts by field, as last kept."""
    return state.load(c, _name(visit_id), dict[str, str]) or {}


def save(c: Connection, visit_id: str, texts: Mapping[str, str]) -> None:
    """Keep these texts and no others for the visit."""
    if texts:
        state.save(c, _name(visit_id), dict(texts))
    else:
        remove(c, visit_id)


def remove(c: Connection, visit_id: str) -> None:
    """Let all drafts of the visit go."""
    c.execute(delete(table).where(table.c.name == _name(visit_id)))


def _name(visit_id: str) -> str:
    return f"draft:{visit_id}"
