"""The rescue file: a laptop's whole outbox in one sealed file, written and read as it streams.

In go records, out come octets to write; or in go octets as they are read, out come records
again. Sealing itself is handed in. The form, version 1:

    mark      8 octets  `FAPRESC1`
    length    4 octets  of the head, big-endian
    head      JSON, `Head`: to whom the file's key is sealed; no data of a person
    pieces    64 KiB of the plain stream each, the last one shorter or as long, each sealed with
              AES-256-GCM (16 octets more). The nonce is the piece's number (11 octets) and
              whether it is the last (1); bound to it is the SHA-256 of all before the pieces.
              This is the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizar, 2015): a
              cut, swapped, doubled or foreign piece is noticed.

The plain stream is records, each of `length (4 octets) || MessagePack`: one `Manifest`, then
operations, then each file followed by its content, `Lost` wherever something could not be
read, then `End` with the counts, and last `Signed`: the laptop's Ed25519 signature over the
SHA-256 of the plain stream before it; empty where the laptop's key could not be read. Rule:
memory is bounded on both sides, and what is read raises nothing but `RescueDamaged`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated

import msgspec

from fieldapp.domain.passphrase import Costs
from fieldapp.unreadable import UNREADABLE

MARK = b"FAPRESC1"
PIECE = 64 * 1024
TAG = 16
SEALED = PIECE + TAG
SUFFIX = ".rescue"
MAX_HEAD = 64 * 1024
MAX_RECORD = 8 * 1024 * 1024
CONTENT = 256 * 1024
"""Octets of a file in one record, at most."""

_LENGTH = 4
_NUMBER = 11

Sealing = Callable[[bytes, bytes, bytes], bytes]
"""Nonce, octets and what is bound to them, to the octets sealed or opened; an opening one
raises `RescueDamaged`."""

Name = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z._-]{1,64}\Z")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
MediaType = Annotated[str, msgspec.Meta(pattern=r"\A[a-z]+/[0-9A-Za-z.+-]{1,100}\Z")]


class RescueDamaged(Exception):
    """This is no rescue file, or it was changed or cut; `reason` says which.

    `no_rescue_file`, `changed`, `cut_short`, `malformed`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the clear.

    Attributes:
        office: the laptop's.
        recovery: id of the recovery key that the file's key is sealed to; empty: a passphrase.
        sealed: the file's key, sealed to it (HPKE, RFC 9180) under `key_binding`.
        costs: of the passphrase.
    """

    office: str
    recovery: str = ""
    sealed: bytes = b""
    costs: Costs = Costs()


class Manifest(msgspec.Struct, frozen=True, kw_only=True, tag="manifest"):
    """Whose outbox it is. Empty where it could not be read any more."""

    laptop: str
    office: str
    technician: str = ""
    region: str = ""
    incarnation: int = 0
    practice: bool = False
    public_key: bytes = b""
    made_at: datetime


class Operation(msgspec.Struct, frozen=True, kw_only=True, tag="operation"):
    """One operation, its exact octets, and what the laptop knew of its fate."""

    header: bytes
    signature: bytes
    payload: bytes
    state: str
    reason: str = ""
    received_at: datetime | None = None


class File(msgspec.Struct, frozen=True, kw_only=True, tag="file"):
    """A photo, signature or capture; its content follows."""

    visit: Name
    sha256: Sha256
    size: Annotated[int, msgspec.Meta(ge=0, le=1 << 40)]
    slot: Name
    media_type: MediaType
    delivered_at: datetime | None = None


class Content(msgspec.Struct, frozen=True, kw_only=True, tag="content"):
    """The next octets of the file before; fewer in all than its size: the rest was lost."""

    octets: bytes


class Lost(msgspec.Struct, frozen=True, kw_only=True, tag="lost"):
    """Something that could not be read: so many `operation`s or `file`s, or the `device`."""

    what: str
    count: int = 1
    which: str = ""


class End(msgspec.Struct, frozen=True, kw_only=True, tag="end"):
    """How much there was; `files` are those that are whole here."""

    operations: int
    files: int
    octets: int
    lost: int


class Signed(msgspec.Struct, frozen=True, kw_only=True, tag="signed"):
    """The laptop's signature over the SHA-256 of everything before."""

    signature: bytes


Record = Manifest | Operation | File | Content | Lost | End | Signed

_RECORDS = msgspec.msgpack.Decoder(Record)


def key_binding(office: str, recovery: str) -> bytes:
    """What the sealed key of a file is bound to."""
    return msgspec.json.encode(["fieldapp rescue 1", office, recovery])


def signed_text(digest: bytes) -> bytes:
    """What the laptop signs."""
    return b"fieldapp-rescue:" + digest


def opening(head: Head) -> bytes:
    """Everything before the pieces."""
    body = msgspec.json.encode(head)
    return MARK + len(body).to_bytes(_LENGTH, "big") + body


def head_length(start: bytes) -> int:
    """How long the head is, from the first 12 octets.

    Raises:
        RescueDamaged: `no_rescue_file`.
    """
    length = int.from_bytes(start[len(MARK) :], "big")
    if len(start) != START or not start.startswith(MARK) or not 0 < length <= MAX_HEAD:
        raise RescueDamaged("no_rescue_file")
    return length


START = len(MARK) + _LENGTH
"""Octets before the head."""


def parse_head(body: bytes) -> Head:
    """The head; errors as `head_length`."""
    try:
        return msgspec.json.decode(body, type=Head)
    except UNREADABLE as e:
        raise RescueDamaged("no_rescue_file") from e


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NUMBER, "big") + bytes([last])


class Writer:
    """Turns records into sealed octets; keeps less than a piece back."""

    def __init__(self, start: bytes, seal: Sealing) -> None:
        """`start` is what `opening` made; it is written first."""
        self._context = hashlib.sha256(start).digest()
        self._seal = seal
        self._plain = bytearray()
        self._number = 0
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> bytes:
        """SHA-256 of all records so far."""
        return self._digest.digest()

    def add(self, record: Record) -> bytes:
        """What can be written once this record is there; often nothing yet."""
        body = msgspec.msgpack.encode(record)
        framed = len(body).to_bytes(_LENGTH, "big") + body
        self._digest.update(framed)
        self._plain += framed
        ready = bytearray()
        while len(self._plain) > PIECE:
            ready += self._piece(bytes(self._plain[:PIECE]), last=False)
            del self._plain[:PIECE]
        return bytes(ready)

    def close(self) -> bytes:
        """The last piece."""
        return self._piece(bytes(self._plain), last=True)

    def _piece(self, plain: bytes, *, last: bool) -> bytes:
        sealed = self._seal(_nonce(self._number, last=last), plain, self._context)
        self._number += 1
        return sealed


class Reader:
    """Turns octets into records again; keeps a piece and an unfinished record at most."""

    def __init__(self, start: bytes, unseal: Sealing) -> None:
        """`start` is everything before the pieces, as it was read."""
        self._context = hashlib.sha256(start).digest()
        self._unseal = unseal
        self._sealed = bytearray()
        self._plain = bytearray()
        self._number = 0
        self._digest = hashlib.sha256()
        self._before = b""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the records before the last one that came out."""
        return self._before

    def feed(self, octets: bytes) -> Iterator[Record]:
        """The records that are whole with these octets.

        Raises:
            RescueDamaged: `changed` or `malformed`.
        """
        self._sealed += octets
        while len(self._sealed) > SEALED:
            piece = bytes(self._sealed[:SEALED])
            del self._sealed[:SEALED]
            self._plain += self._opened(piece, last=False)
            yield from self._records()

    def close(self) -> Iterator[Record]:
        """The records of the last piece.

        Raises:
            RescueDamaged: also `cut_short`: more should have come.
        """
        piece = bytes(self._sealed)
        try:
            self._plain += self._opened(piece, last=True)
        except RescueDamaged:
            whole = len(piece) == SEALED and self._is_middle(piece)
            raise RescueDamaged(
                "cut_short" if whole or len(piece) < TAG else "changed"
            ) from None
        yield from self._records()
        if self._plain:
            raise RescueDamaged("malformed")

    def _is_middle(self, piece: bytes) -> bool:
        try:
            self._opened(piece, last=False)
        except RescueDamaged:
            return False
        return True

    def _opened(self, piece: bytes, *, last: bool) -> bytes:
        plain = self._unseal(_nonce(self._number, last=last), piece, self._context)
        self._number += 1
        return plain

    def _records(self) -> Iterator[Record]:
        while len(self._plain) >= _LENGTH:
            length = int.from_bytes(self._plain[:_LENGTH], "big")
            if length > MAX_RECORD:
                raise RescueDamaged("malformed")
            if len(self._plain) < _LENGTH + length:
                return
            framed = bytes(self._plain[: _LENGTH + length])
            del self._plain[: _LENGTH + length]
            self._before = self._digest.digest()
            self._digest.update(framed)
            try:
                yield _RECORDS.decode(framed[_LENGTH:])
            except (msgspec.DecodeError, RecursionError, ValueError) as e:
                raise RescueDamaged("malformed") from e
