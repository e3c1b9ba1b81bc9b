"""The trail of a laptop that belongs to nobody: which contacts were made, in a plain file.

In comes each contact with its purpose and the operating system's account; out comes a file
with one JSON object a line, each linked to the one before by its hash. Rule: nothing that a
meter told is in it; a contact that can't be noted does not happen (trade.md "Purposes").
"""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path

import msgspec

from fieldapp.errors import StoreError
from fieldapp.unreadable import UNREADABLE

FILE = "contacts.jsonl"


class LooseContact(msgspec.Struct, frozen=True, kw_only=True):
    """One contact.

    Attributes:
        at: by the machine's clock, aware.
        account: of the operating system.
        purpose: why.
        action: the command.
        source: the port's name.
        previous: SHA-256 of the line before, empty for the first.
    """

    at: datetime
    account: str
    purpose: str
    action: str
    source: str
    previous: str = ""


def note(folder: Path, contact: LooseContact) -> Path:
    """Add a contact and answer the file; it is on the disk when this returns.

    Raises:
        StoreError: the folder can't be written.
    """
    path = folder / FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        linked = msgspec.structs.replace(contact, previous=_last_hash(path))
        with path.open("ab") as file:
            file.write(msgspec.json.encode(linked) + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as e:
        raise StoreError(str(path), str(e.errno)) from e
    return path


def contacts(folder: Path) -> tuple[LooseContact, ...]:
    """All contacts noted in `folder`, in order.

    Raises:
        StoreError: the file can't be read, or a line is none of ours.
    """
    path = folder / FILE
    try:
        lines = path.read_bytes().splitlines()
        return tuple(msgspec.json.decode(line, type=LooseContact) for line in lines)
    except FileNotFoundError:
        return ()
    except (OSError, *UNREADABLE) as e:
        raise StoreError(str(path)) from e


def _last_hash(path: Path) -> str:
    if not path.exists():
        return ""
    lines = path.read_bytes().splitlines()
    return hashlib.sha256(lines[-1]).hexdigest() if lines else ""
