"""The chain that makes facts into history: sequence, previous hash, signature.

In come headers whose place is open, out come operations in their place: the next sequence of
the incarnation, the SHA-256 of the previous header's bytes, the laptop's signature. Rule: where
a chain ends is kept apart from its operations, which may leave; a sequence is never used twice
(sync.md "Shape").
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from fieldapp.domain.operation import (
    FIRST_PREVIOUS,
    Header,
    decode_header,
    encode_header,
    sha256_hex,
)
from fieldapp.store import secrets
from fieldapp.store.device import Device
from fieldapp.store.tables import chain, operations


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """The last link of an incarnation: sequence 0 and zeros where there is none."""

    sequence: int
    head: str


@dataclass(frozen=True, slots=True)
class Link:
    """A header in its place, its exact bytes and their signature."""

    header: Header
    encoded: bytes
    signature: bytes


def end(c: Connection, incarnation: int) -> ChainEnd:
    """Where the incarnation's chain ends."""
    query = select(chain.c.sequence, chain.c.head).where(chain.c.incarnation == incarnation)
    row = c.execute(query).one_or_none()
    return ChainEnd(0, FIRST_PREVIOUS) if row is None else ChainEnd(row.sequence, row.head)


def link(c: Connection, owner: Device, draft: Header) -> Link:
    """Give `draft` the next place in the owner's chain and sign it."""
    last = end(c, owner.incarnation)
    header = msgspec.structs.replace(
        draft,
        laptop=owner.laptop,
        incarnation=owner.incarnation,
        sequence=last.sequence + 1,
        previous=last.head,
    )
    encoded = encode_header(header)
    _move(c, header, encoded)
    return Link(header, encoded, secrets.sign(owner.private_key, encoded))


def broken_at(c: Connection, public_key: bytes) -> str | None:
    """Id of the first kept operation whose link or signature does not hold, or None.

    An operation whose predecessor left the laptop is checked by its own signature only.
    """
    query = select(operations).order_by(operations.c.incarnation, operations.c.sequence)
    heads: dict[tuple[int, int], str] = {}
    for row in c.execute(query):
        header = decode_header(row.header)
        previous = heads.get((row.incarnation, row.sequence - 1))
        if row.sequence == 1:
            previous = FIRST_PREVIOUS
        linked = previous is None or header.previous == previous
        signed = secrets.is_signed_by(public_key, row.signature, row.header)
        if not (linked and signed and sha256_hex(row.payload) == header.payload_sha256):
            return header.id
        heads = {(row.incarnation, row.sequence): sha256_hex(row.header)}
    return None


def _move(c: Connection, header: Header, encoded: bytes) -> None:
    last = {"sequence": header.sequence, "head": sha256_hex(encoded)}
    new = insert(chain).values(incarnation=header.incarnation, **last)
    c.execute(new.on_conflict_do_update(index_elements=["incarnation"], set_=last))
