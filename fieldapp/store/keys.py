"""Where the database's key comes from: a keyring, a passphrase, a practice laptop's folder.

In come the store's folder and a source; out comes the 32-byte key. `key.json` says which source
a folder uses, and holds nothing that opens the store by itself. Rule: a new key is made only
where there is no store yet (security.md "laptop stolen, powered off").
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

import msgspec

from fieldapp.domain.passphrase import SALT_SIZE, Costs
from fieldapp.errors import KeyUnavailable, StoreCorrupt, StoreError, StoreFull, WrongKey
from fieldapp.store import secrets
from fieldapp.store.durable import make_folder, no_room, write_whole
from fieldapp.store.passphrase import stretched
from fieldapp.unreadable import UNREADABLE

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_PRACTICE_FILE = "practice.key"
_KEY_FILE = "key.json"
_WRAP = b"fieldapp key file 1"


class KeySource(Protocol):
    """Where a store's key comes from."""

    @property
    def kind(self) -> str:
        """`keyring`, `passphrase` or `practice`."""
        ...

    def load(self, folder: Path) -> bytes:
        """The key of the store in `folder`.

        Raises:
            WrongKey: the passphrase does not open it.
            KeyUnavailable: the source does not have it.
            StoreCorrupt: the key file is damaged.
        """
        ...

    def keep(self, folder: Path, key: bytes) -> None:
        """Put a new key where `load` finds it.

        Raises:
            KeyUnavailable: this machine has no such source.
            OSError: the folder can't be written.
        """
        ...


def load_or_create_key(folder: Path, source: KeySource) -> bytes:
    """The 32-byte key of the store in `folder`; a new one where there is no store yet.

    Raises:
        WrongKey: the passphrase does not open it.
        KeyUnavailable: the store's key comes from another source (`detail` names it), or the
            source does not have it; a key is never made anew for a store that exists.
        StoreCorrupt: the key file is damaged.
        StoreFull: no room for the key file.
        StoreError: the folder can't be written.
    """
    kind = key_kind(folder)
    if kind == source.kind:
        return source.load(folder)
    if kind is not None or next(folder.glob("*.db"), None) is not None:
        raise KeyUnavailable(str(folder), kind or source.kind)
    key = secrets.new_key()
    try:
        make_folder(folder)
        source.keep(folder, key)
    except OSError as e:
        raise (StoreFull if no_room(e) else StoreError)(str(folder), str(e.errno)) from e
    return key


def key_kind(folder: Path) -> str | None:
    """Which source the key of the store in `folder` comes from; None where there is none.

    Raises:
        StoreCorrupt: the key file is damaged.
    """
    if (folder / _PRACTICE_FILE).exists():
        return PracticeSource.kind
    if not (folder / _KEY_FILE).exists():
        return None
    return _read(folder / _KEY_FILE).source


class _KeyFile(msgspec.Struct, frozen=True, kw_only=True):
    """What `key.json` holds; nothing in it opens the store by itself.

    Attributes:
        entry: name of the keyring's entry.
        salt, time_cost, memory_kib, lanes: of Argon2id (RFC 9106).
        nonce, wrapped: the store's key under the passphrase's.
    """

    source: str
    entry: str = ""
    salt: bytes = b""
    time_cost: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4
    nonce: bytes = b""
    wrapped: bytes = b""

    @property
    def costs(self) -> Costs:
        """Those of Argon2id."""
        return Costs(
            salt=self.salt,
            time_cost=self.time_cost,
            memory_kib=self.memory_kib,
            lanes=self.lanes,
        )


def _read(path: Path) -> _KeyFile:
    try:
        made = msgspec.json.decode(path.read_bytes(), type=_KeyFile)
    except (OSError, *UNREADABLE) as e:
        raise StoreCorrupt(str(path)) from e
    if made.source not in (KeyringSource.kind, PassphraseSource.kind):
        raise StoreCorrupt(str(path), made.source)
    if made.source == PassphraseSource.kind and not made.costs.affordable:
        raise StoreCorrupt(str(path))
    return made


@dataclass(frozen=True, slots=True)
class PracticeSource:
    """A practice laptop: the key lies in the folder, for this user only (mode 0600)."""

    kind: ClassVar[str] = "practice"

    def load(self, folder: Path) -> bytes:
        """See `KeySource.load`."""
        path = folder / _PRACTICE_FILE
        try:
            key = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except (OSError, ValueError) as e:
            raise StoreCorrupt(str(path)) from e
        return _sized(path, key)

    def keep(self, folder: Path, key: bytes) -> None:
        """See `KeySource.keep`."""
        write_whole(folder / _PRACTICE_FILE, key.hex().encode("ascii"))


@dataclass(frozen=True, slots=True)
class PassphraseSource:
    """The technician's passphrase; a key made from it by Argon2id wraps the store's key.

    The costs are the second recommended ones of RFC 9106 (4): 64 MiB, 3 passes, 4 lanes.
    """

    passphrase: str = field(repr=False)
    kind: ClassVar[str] = "passphrase"

    def load(self, folder: Path) -> bytes:
        """See `KeySource.load`."""
        path = folder / _KEY_FILE
        made = _read(path)
        try:
            return secrets.unseal(self._wrapping_key(made), made.nonce, made.wrapped, _WRAP)
        except secrets.Tampered as e:
            raise WrongKey(str(path)) from e
        except ValueError as e:
            raise StoreCorrupt(str(path)) from e

    def keep(self, folder: Path, key: bytes) -> None:
        """See `KeySource.keep`."""
        blank = _KeyFile(
            source=self.kind, salt=os.urandom(SALT_SIZE), nonce=os.urandom(secrets.NONCE_SIZE)
        )
        wrapped = secrets.seal(self._wrapping_key(blank), blank.nonce, key, _WRAP)
        made = msgspec.structs.replace(blank, wrapped=wrapped)
        write_whole(folder / _KEY_FILE, msgspec.json.encode(made))

    def _wrapping_key(self, made: _KeyFile) -> bytes:
        return stretched(self.passphrase, made.costs)


@dataclass(frozen=True, slots=True)
class KeyringSource:
    """The operating system's keyring; `key.json` names the entry."""

    service: str = "fieldapp"
    kind: ClassVar[str] = "keyring"

    def load(self, folder: Path) -> bytes:
        """See `KeySource.load`."""
        path = folder / _KEY_FILE
        with _keyring(folder) as ring:
            text = ring.get_password(self.service, _read(path).entry)
        if text is None:
            raise KeyUnavailable(str(folder), self.kind)
        try:
            return _sized(path, bytes.fromhex(text))
        except ValueError as e:
            raise StoreCorrupt(str(path)) from e

    def keep(self, folder: Path, key: bytes) -> None:
        """See `KeySource.keep`."""
        entry = secrets.random_name()
        with _keyring(folder) as ring:
            ring.set_password(self.service, entry, key.hex())
        made = _KeyFile(source=self.kind, entry=entry)
        write_whole(folder / _KEY_FILE, msgspec.json.encode(made))


def keyring_works() -> bool:
    """Whether this machine has a keyring that can be asked now; may block on its service."""
    try:
        with _keyring(Path()) as ring:
            ring.get_password("fieldapp", "is there a keyring")
    except KeyUnavailable:
        return False
    return True


@contextmanager
def _keyring(folder: Path) -> Iterator[KeyringBackend]:
    # Late: it looks for every backend of the machine, which takes a tenth of a second, and a
    # store with another source never needs it.
    import keyring  # noqa: PLC0415 - see above
    from keyring.errors import KeyringError  # noqa: PLC0415 - see above

    try:
        yield keyring.get_keyring()
    except KeyringError as e:
        raise KeyUnavailable(str(folder), KeyringSource.kind) from e


def _sized(path: Path, key: bytes) -> bytes:
    if len(key) != secrets.KEY_SIZE:
        raise StoreCorrupt(str(path))
    return key
