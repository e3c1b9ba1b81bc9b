"""The program of the version before, as the office hears it: a frozen protocol 1.

In come today's requests and answers; out come those that the older program would send, and
what it would understand of the answers. Rule: these shapes never change with the product's.
"""

from __future__ import annotations

import msgspec

from sync.client.answers import Answer
from sync.client.http import Http
from sync.wire import SyncRequest, decode

SYNC = "/v1/sync"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request of protocol 1; operations as they came."""

    protocol: int = 1
    cursor: int = 0
    incarnation: int = 1
    last_sequence: int = 0
    operations: tuple[msgspec.Raw, ...] = ()
    agreement_key: bytes = b""
    held_keys: tuple[str, ...] | None = None
    van: str | None = None
    permit: str | None = None
    closings: tuple[str, ...] = ()


_UNDERSTOOD = frozenset(
    {
        "protocol",
        "verdicts",
        "changes",
        "cursor",
        "has_more",
        "checksum",
        "digest",
        "known_sequence",
        "van",
        "permit",
        "receipts",
        "server_time",
    }
)
"""The fields of an answer of protocol 1."""


class OlderHttp(Http):
    """A line that speaks protocol 1."""

    def post(self, path: str, message: bytes, *, token: str = "") -> Answer:
        if path != SYNC:
            return super().post(path, message, token=token)
        today = msgspec.json.encode(decode(message, SyncRequest))
        told = msgspec.json.decode(today, type=Request)
        older = msgspec.structs.replace(told, protocol=1)
        answer = super().post(path, msgspec.json.encode(older), token=token)
        if answer.media_type != "application/json":
            return answer
        heard = msgspec.json.decode(answer.body, type=dict[str, msgspec.Raw])
        known = {name: value for name, value in heard.items() if name in _UNDERSTOOD}
        return Answer(answer.status, answer.headers, msgspec.json.encode(known))
