"""What was typed or chosen and not yet recorded, so that a kill loses no digit and no photo.

In come texts and photos by field of a visit; out come the same. Rule: a draft is no fact: it is
never sent, and it goes when it was recorded, when its step is done or when its visit leaves the
laptop. A photo lies in the sealed database until it is a file of the visit.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, and_, delete, select
from sqlalchemy.dialects.sqlite import insert

from fieldapp.store import state
from fieldapp.store.tables import state as table

_LAST = "\U0010ffff"


def load(c: Connection, visit_id: str) -> dict[str, str]:
    """Texts by field, as last kept."""
    return state.load(c, _name(visit_id), dict[str, str]) or {}


def save(c: Connection, visit_id: str, texts: Mapping[str, str]) -> None:
    """Keep these texts and no others for the visit."""
    if texts:
        state.save(c, _name(visit_id), dict(texts))
    else:
        c.execute(delete(table).where(table.c.name == _name(visit_id)))


def load_photo(c: Connection, visit_id: str, field: str) -> bytes:
    """The photo chosen in a field; nothing where there is none."""
    query = select(table.c.body).where(table.c.name == _photo(visit_id, field))
    return c.execute(query).scalar_one_or_none() or b""


def save_photo(c: Connection, visit_id: str, field: str, content: bytes) -> None:
    """Keep the photo that was chosen in a field, in place of an earlier one."""
    new = insert(table).values(name=_photo(visit_id, field), body=content)
    c.execute(new.on_conflict_do_update(index_elements=["name"], set_={"body": content}))


def remove_photos(c: Connection, visit_id: str, prefix: str = "") -> None:
    """Let the photos go that were chosen in the fields under a prefix."""
    c.execute(delete(table).where(_photos(visit_id, prefix)))


def photo_was_kept(c: Connection, visit_id: str, content: bytes) -> None:
    """This photo is a file of the visit now: as a draft it goes, in the same transaction."""
    c.execute(delete(table).where(_photos(visit_id), table.c.body == content))


def remove(c: Connection, visit_id: str) -> None:
    """Let all drafts of the visit go."""
    save(c, visit_id, {})
    remove_photos(c, visit_id)


def _name(visit_id: str) -> str:
    return f"draft:{visit_id}"


def _photo(visit_id: str, field: str) -> str:
    return f"photo:{visit_id}:{field}"


def _photos(visit_id: str, prefix: str = "") -> ColumnElement[bool]:
    first = _photo(visit_id, prefix)
    return and_(table.c.name >= first, table.c.name < first + _LAST)
