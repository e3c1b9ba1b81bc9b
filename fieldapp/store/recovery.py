"""The office's recovery key on this laptop, and the copy of the database's key sealed to it.

In come public halves as the office tells them; out comes the one that is taken. Beside the
database lies a copy of its key that only the office's private half opens, which is offline: so
a broken laptop can be read though its keyring or passphrase is gone. The copy never goes out by
itself. Rule: the copy always is of this database's key and for the key that is taken; where it
is not (another generation, another key, the file gone) `settle` makes it anew.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from sqlalchemy import Connection

from fieldapp.domain.recovery import (
    RecoveryKey,
    StoreKeyCopy,
    is_sound,
    store_key_binding,
    successor,
)
from fieldapp.errors import StoreCorrupt
from fieldapp.store import secrets, state
from fieldapp.store.database import key_of
from fieldapp.store.device import Device, device
from fieldapp.store.durable import write_whole
from fieldapp.unreadable import UNREADABLE

SUFFIX = ".recovery"
_STATE = "recovery"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What this laptop knows of the office's recovery key.

    Attributes:
        taken: what is sealed to it; None: none came yet.
        offered: another one, which `taken` does not vouch for; only a person takes that.
    """

    taken: RecoveryKey | None = None
    offered: RecoveryKey | None = None


def known(c: Connection) -> Known:
    """What is known."""
    return state.load(c, _STATE, Known) or Known()


def known_id(c: Connection) -> str:
    """The id to name to the office: of the newest key that it needs not tell again."""
    found = known(c)
    newest = found.offered or found.taken
    return newest.id if newest is not None else ""


def learn(c: Connection, told: tuple[RecoveryKey, ...]) -> None:
    """Take what the office tells: its generations since the known one, oldest first.

    The first that ever came is taken; later ones where each step is signed. Another one is kept
    as `offered`, for a person to compare.
    """
    owner = device(c)
    if owner is None or not told or not is_sound(owner.office, told[-1]):
        return
    before = known(c)
    if before.taken is None:
        state.save(c, _STATE, Known(taken=told[-1]))
    else:
        taken = successor(owner.office, before.taken, told, secrets.is_signed_by)
        newest = told[-1] if told[-1].id != taken.id else None
        state.save(c, _STATE, Known(taken=taken, offered=newest))
    settle(c)


def trust(c: Connection, key_id: str) -> bool:
    """A person has compared the offered key with the office: take it; False: it is another."""
    offered = known(c).offered
    if offered is None or offered.id != key_id:
        return False
    state.save(c, _STATE, Known(taken=offered))
    settle(c)
    return True


def settle(c: Connection) -> bool:
    """Make the copy beside the database what it must be; False where the disk refuses.

    The copy is for a bad day: that it can't be written now stops nothing, and the next sync or
    start tries again.
    """
    owner, taken = device(c), known(c).taken
    if owner is None or taken is None:
        return True
    path = _path(c)
    mark = _mark(key_of(c))
    there = _read(path)
    if there is not None and (there.recovery, there.mark) == (taken.id, mark):
        return True
    try:
        write_whole(path, msgspec.json.encode(_copy(key_of(c), mark, owner, taken)))
    except OSError:
        return False
    return True


def copy_beside(store: Path) -> StoreKeyCopy:
    """The copy beside the database `store`.

    Raises:
        StoreCorrupt: there is none, or it is none any more.
    """
    path = store.with_suffix(SUFFIX)
    found = _read(path)
    if found is None:
        raise StoreCorrupt(str(path))
    return found


def _copy(key: bytes, mark: str, owner: Device, taken: RecoveryKey) -> StoreKeyCopy:
    bound = store_key_binding(owner.office, owner.laptop, taken.id)
    return StoreKeyCopy(
        office=owner.office,
        laptop=owner.laptop,
        recovery=taken.id,
        mark=mark,
        sealed=secrets.seal_to(taken.agreement_key, key, bound),
    )


def _mark(key: bytes) -> str:
    return secrets.derive(key, "fieldapp store key copy").hex()


def _read(path: Path) -> StoreKeyCopy | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=StoreKeyCopy)
    except (OSError, *UNREADABLE):
        return None


def _path(c: Connection) -> Path:
    found = c.exec_driver_sql("PRAGMA database_list").all()
    return Path(next(row[2] for row in found if row[1] == "main")).with_suffix(SUFFIX)
