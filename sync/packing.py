"""Operations as protocol 2 sends them: what the other side can work out is left out.

A header names the SHA-256 of its payload and of the header before it, and neither can be packed
any smaller; both are left out where the other side has what they are the sum of. In come
operations, out come operations with markers in their headers, and the same again. Rule:
`unpacked(packed(x)) == x` to the byte, or `packed` refuses.
"""

from __future__ import annotations

from collections.abc import Iterable

from fieldapp.domain.operation import SignedOperation, sha256_hex

_MARK = b"\0"
"""Stands in no JSON text (RFC 8259, 7: control characters are escaped)."""

_OF_PAYLOAD = b"\0d"
_OF_PREVIOUS = b"\0p"


class NotPackable(Exception):
    """A header that has the marker in it already: damaged, and to be sent as it is."""


def packed(operations: Iterable[SignedOperation]) -> tuple[SignedOperation, ...]:
    """The operations without what can be worked out.

    Raises:
        NotPackable: a header is no JSON.
    """
    made = []
    before: bytes | None = None
    for one in operations:
        if _MARK in one.header:
            raise NotPackable
        header = one.header.replace(sha256_hex(one.payload).encode(), _OF_PAYLOAD)
        if before is not None:
            header = header.replace(sha256_hex(before).encode(), _OF_PREVIOUS)
        made.append(SignedOperation(header, one.signature, one.payload))
        before = one.header
    return tuple(made)


def unpacked(operations: Iterable[SignedOperation]) -> tuple[SignedOperation, ...]:
    """The operations as they were made; markers that fit nothing stay and are refused later."""
    made: list[SignedOperation] = []
    for one in operations:
        header = one.header.replace(_OF_PAYLOAD, sha256_hex(one.payload).encode())
        if made:
            header = header.replace(_OF_PREVIOUS, sha256_hex(made[-1].header).encode())
        made.append(SignedOperation(header, one.signature, one.payload))
    return tuple(made)
