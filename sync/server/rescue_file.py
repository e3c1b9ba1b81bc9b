"""A rescue file as the office reads it: opened, and looked through before anything is taken.

In come a path and a private half or a passphrase; out come the laptop's manifest, how much
there is, and the records again as often as they are asked for. Rule: `look` has read the whole
file (every piece, every count) before a caller sees anything of it; memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from fieldapp.domain import rescue
from fieldapp.domain.rescue import RescueDamaged
from sync.server.auth import signed_by
from sync.server.recovery_file import PrivateHalf, stretched
from sync.server.vault import Unreadable, unseal_piece

_STEP = 256 * 1024


class RescueFault(Exception):
    """The file can't be taken; `reason` is stable, nothing was changed.

    `unreadable`, `no_rescue_file`, `needs_key`, `needs_passphrase`, `other_key`, `changed`
    (also: a wrong passphrase), `cut_short`, `malformed`, `bad_signature`, `other_office`,
    `unknown_laptop`.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Found:
    """What the whole file holds.

    Attributes:
        signed: the laptop's signature over everything; empty where it could not sign.
        digest: SHA-256 of what it is over.
        lost_operations: that the laptop could not read any more.
        lost_files: SHA-256 of those files, empty where that was lost too.
    """

    manifest: rescue.Manifest
    operations: int
    files: int
    octets: int
    lost_operations: int
    lost_files: tuple[str, ...]
    signed: bytes = field(repr=False)
    digest: bytes = field(repr=False)

    def is_signed_by(self, public_key: bytes) -> bool:
        """Whether the laptop with this key made the file."""
        return signed_by(public_key, self.signed, rescue.signed_text(self.digest))


class RescueFile:
    """An open file whose key is known; made by `opened`."""

    def __init__(self, file: BinaryIO, start: bytes, key: bytes) -> None:
        """Only `opened` makes one."""
        self._file = file
        self._start = start
        self._key = key

    def records(self) -> Iterator[rescue.Record]:
        """Every record, from the beginning.

        Raises:
            RescueFault: `changed`, `cut_short`, `malformed` or `unreadable`.
        """
        reader = rescue.Reader(self._start, self._unseal)
        for record, _digest in self._read(reader):
            yield record

    def look(self) -> Found:
        """Read all of it and prove that it hangs together; errors as `records`."""
        reader = rescue.Reader(self._start, self._unseal)
        tally = _Tally()
        for record, digest in self._read(reader):
            tally.note(record, digest)
        return tally.found()

    def _read(self, reader: rescue.Reader) -> Iterator[tuple[rescue.Record, bytes]]:
        try:
            self._file.seek(len(self._start))
            while octets := self._file.read(_STEP):
                for record in reader.feed(octets):
                    yield record, reader.digest
            for record in reader.close():
                yield record, reader.digest
        except RescueDamaged as e:
            raise RescueFault(e.reason) from e
        except OSError as e:
            raise RescueFault("unreadable", e.strerror or "") from e

    def _unseal(self, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
        try:
            return unseal_piece(self._key, nonce, sealed, context)
        except Unreadable as e:
            raise RescueDamaged("changed") from e


@contextmanager
def opened(path: Path, half: PrivateHalf | None, passphrase: str) -> Iterator[RescueFile]:
    """Open a file with what fits it.

    Raises:
        RescueFault: it can't be read, is no rescue file, or what was given does not fit it.
    """
    try:
        file = path.open("rb")
    except OSError as e:
        raise RescueFault("unreadable", e.strerror or "") from e
    with file:
        try:
            start = file.read(rescue.START)
            length = rescue.head_length(start)
            body = file.read(length)
        except OSError as e:
            raise RescueFault("unreadable", e.strerror or "") from e
        except RescueDamaged as e:
            raise RescueFault(e.reason) from e
        if len(body) != length:
            raise RescueFault("cut_short")
        yield RescueFile(file, start + body, _key(body, half, passphrase))


def _key(body: bytes, half: PrivateHalf | None, passphrase: str) -> bytes:
    try:
        head = rescue.parse_head(body)
    except RescueDamaged as e:
        raise RescueFault(e.reason) from e
    if head.recovery:
        return _opened_key(head, half)
    if not head.costs.affordable:
        raise RescueFault("no_rescue_file")
    if not passphrase:
        raise RescueFault("needs_passphrase")
    return stretched(passphrase, head.costs)


def _opened_key(head: rescue.Head, half: PrivateHalf | None) -> bytes:
    if half is None:
        raise RescueFault("needs_key", head.recovery)
    if half.id != head.recovery:
        raise RescueFault("other_key", head.recovery)
    try:
        key = half.open(head.sealed, rescue.key_binding(head.office, head.recovery))
    except Unreadable as e:
        raise RescueFault("changed") from e
    if len(key) != 32:
        raise RescueFault("changed")
    return key


class _Tally:
    """Counts the records as they come, and says where one is out of place."""

    def __init__(self) -> None:
        self._manifest: rescue.Manifest | None = None
        self._end: rescue.End | None = None
        self._signed: tuple[bytes, bytes] | None = None
        self._operations = self._files = self._octets = self._lost_operations = 0
        self._lost_files: list[str] = []
        self._left = 0

    def note(self, record: rescue.Record, digest: bytes) -> None:
        """The next one."""
        if not self._is_in_place(record):
            raise RescueFault("malformed")
        match record:
            case rescue.Manifest():
                self._manifest = record
            case rescue.Operation():
                self._operations += 1
            case rescue.File() | rescue.Content() | rescue.Lost():
                self._file(record)
            case rescue.End():
                self._whole_before()
                self._end = record
            case rescue.Signed():
                self._signed = record.signature, digest

    def _file(self, record: rescue.File | rescue.Content | rescue.Lost) -> None:
        match record:
            case rescue.File():
                self._whole_before()
                self._files, self._left = self._files + 1, record.size
            case rescue.Content():
                self._content(len(record.octets))
            case rescue.Lost():
                self._lost(record)

    def _is_in_place(self, record: rescue.Record) -> bool:
        """The manifest first, the signature last and right behind the end, each once."""
        if isinstance(record, rescue.Manifest) != (self._manifest is None) or self._signed:
            return False
        return isinstance(record, rescue.Signed) == (self._end is not None)

    def _content(self, size: int) -> None:
        if not 0 < size <= self._left:
            raise RescueFault("malformed")
        self._left -= size
        self._octets += size

    def _lost(self, record: rescue.Lost) -> None:
        if record.what == "operation":
            self._lost_operations += record.count
            return
        if self._left:
            self._left, self._files = 0, self._files - 1
        self._lost_files.append(record.which)

    def _whole_before(self) -> None:
        if self._left:
            raise RescueFault("malformed")

    def found(self) -> Found:
        """What there was in all."""
        manifest, end, signed = self._manifest, self._end, self._signed
        if manifest is None or end is None or signed is None:
            raise RescueFault("malformed")
        if (end.operations, end.files) != (self._operations, self._files):
            raise RescueFault("malformed")
        return Found(
            manifest=manifest,
            operations=self._operations,
            files=self._files,
            octets=self._octets,
            lost_operations=self._lost_operations,
            lost_files=tuple(self._lost_files),
            signed=signed[0],
            digest=signed[1],
        )
