"""The dispatcher who is signed in on this machine: the office's address and the token.

In comes what the office gave; out comes the same. Rule: the token lies in the encrypted store
and nowhere else; signing out removes it.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from fieldapp.store import state

_NAME = "planner"


class Planner(msgspec.Struct, frozen=True, kw_only=True):
    """A dispatcher's way in; signed out both are empty."""

    server_url: str = ""
    token: str = ""

    def __repr__(self) -> str:
        return f"Planner({self.server_url})"


def planner(c: Connection) -> Planner | None:
    """Who is signed in; None where nobody is."""
    known = state.load(c, _NAME, Planner)
    return known if known is not None and known.token else None


def store_planner(c: Connection, who: Planner | None) -> None:
    """Remember, or forget with None."""
    state.save(c, _NAME, who or Planner())
