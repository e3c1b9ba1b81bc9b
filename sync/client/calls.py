"""One request, as those who ask for it see it; `http` carries it out.

Rule: it loads nothing of the network, so that a program that only shows its store needs none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sync.client.answers import OK


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `path` below the base URL, `accepted` the statuses that are no error."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    accepted: Collection[int] = OK

    def __repr__(self) -> str:
        return f"Call({self.method} {self.path})"  # neither token nor body in a log
