"""What this laptop's technician may do, as the office told it last.

In comes the office's word with a sync; out comes the same. Rule: replaced whole; never guessed.
"""

from __future__ import annotations

from sqlalchemy import Connection

from fieldapp.domain.designation import Permit
from fieldapp.store import state

_NAME = "permit"


def store(c: Connection, permit: Permit) -> None:
    """Put it in place of what was here."""
    state.save(c, _NAME, permit)


def permit(c: Connection) -> Permit | None:
    """The office's last word; None before the first."""
    return state.load(c, _NAME, Permit)


def version(c: Connection) -> str:
    """The office's version of what is here; empty for none."""
    known = permit(c)
    return "" if known is None else known.version
