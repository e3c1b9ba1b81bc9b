import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import keyring
import msgspec
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import PasswordSetError

from fieldapp.errors import KeyUnavailable, StoreCorrupt, StoreError, StoreFull, WrongKey
from fieldapp.store.database import Database
from fieldapp.store.keys import (
    KeyringSource,
    KeySource,
    PassphraseSource,
    PracticeSource,
    key_kind,
    load_or_create_key,
)

R = TypeVar("R", bound=KeyringBackend)


class MemoryKeyring(KeyringBackend):
    priority = -1  # never chosen by itself, only where a test sets it

    kept: dict[tuple[str, str], str]
    locked = False

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise PasswordSetError("locked")
        self.kept[service, username] = password


def new_keyring(kind: Callable[[], R]) -> R:
    """An instance of a class whose `__init__` says nothing about its types."""
    return kind()


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    ring = new_keyring(MemoryKeyring)
    ring.kept = {}
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


PASSPHRASE = PassphraseSource("correct horse")
SOURCES: list[KeySource] = [KeyringSource(), PASSPHRASE, PracticeSource()]


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.kind)
@pytest.mark.usefixtures("ring")
def test_the_same_key_comes_again(tmp_path: Path, source: KeySource) -> None:
    folder = tmp_path / "laptop"
    assert key_kind(folder) is None
    key = load_or_create_key(folder, source)
    assert len(key) == 32
    assert load_or_create_key(folder, source) == key
    assert key_kind(folder) == source.kind
    assert load_or_create_key(tmp_path / "other", source) != key


@pytest.mark.parametrize("source", SOURCES[:2], ids=lambda s: s.kind)
@pytest.mark.usefixtures("ring")
def test_the_folder_alone_does_not_tell_the_key(tmp_path: Path, source: KeySource) -> None:
    key = load_or_create_key(tmp_path, source)
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert key not in content
        assert key.hex().encode() not in content
        assert b"correct horse" not in content
    assert "correct horse" not in repr(source)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.kind)
@pytest.mark.usefixtures("ring")
def test_only_this_user_reads_the_key_file(tmp_path: Path, source: KeySource) -> None:
    load_or_create_key(tmp_path, source)
    assert {p.stat().st_mode & 0o777 for p in tmp_path.iterdir()} == {0o600}


def test_another_passphrase_is_wrong(tmp_path: Path) -> None:
    load_or_create_key(tmp_path, PASSPHRASE)
    with pytest.raises(WrongKey):
        load_or_create_key(tmp_path, PassphraseSource("battery staple"))


@pytest.mark.parametrize("there", SOURCES, ids=lambda s: s.kind)
@pytest.mark.usefixtures("ring")
def test_a_store_keeps_its_source(tmp_path: Path, there: KeySource) -> None:
    load_or_create_key(tmp_path, there)
    for asked in SOURCES:
        if asked is not there:
            with pytest.raises(KeyUnavailable) as caught:
                load_or_create_key(tmp_path, asked)
            assert caught.value.detail == there.kind


async def test_no_key_is_made_for_a_store_that_lost_its_own(path: Path, key: bytes) -> None:
    db = await Database.open(path, key)
    await db.close()
    with pytest.raises(KeyUnavailable) as caught:
        load_or_create_key(path.parent, PracticeSource())
    assert caught.value.detail == "practice"
    assert key_kind(path.parent) is None


def test_an_entry_that_is_gone_is_not_made_anew(tmp_path: Path, ring: MemoryKeyring) -> None:
    load_or_create_key(tmp_path, KeyringSource())
    ring.kept.clear()
    with pytest.raises(KeyUnavailable):
        load_or_create_key(tmp_path, KeyringSource())
    assert ring.kept == {}


@pytest.mark.parametrize("entry", ["", "zz", "00" * 31])
def test_a_damaged_entry_is_said_so(tmp_path: Path, ring: MemoryKeyring, entry: str) -> None:
    load_or_create_key(tmp_path, KeyringSource())
    ring.kept = dict.fromkeys(ring.kept, entry)
    with pytest.raises(StoreCorrupt):
        load_or_create_key(tmp_path, KeyringSource())


@pytest.mark.parametrize("content", [b"", b"{", b'{"source": "\xff"}', b"[" * 5000])
def test_a_damaged_key_file_is_said_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key.json").write_bytes(content)
    with pytest.raises(StoreCorrupt):
        key_kind(tmp_path)


def test_a_machine_without_a_keyring_says_so(tmp_path: Path, ring: MemoryKeyring) -> None:
    ring.locked = True
    with pytest.raises(KeyUnavailable):
        load_or_create_key(tmp_path, KeyringSource())
    keyring.set_keyring(new_keyring(NoKeyring))
    with pytest.raises(KeyUnavailable):
        load_or_create_key(tmp_path, KeyringSource())
    assert key_kind(tmp_path) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"memory_kib": 1 << 40},
        {"memory_kib": 7},
        {"time_cost": 0},
        {"time_cost": 10_000},
        {"lanes": 0},
        {"lanes": 1000},
        {"salt": ""},
        {"nonce": ""},
        {"source": "elsewhere"},
        {"wrapped": 7},
    ],
    ids=str,
)
def test_a_changed_key_file_costs_nothing(tmp_path: Path, changes: dict[str, object]) -> None:
    load_or_create_key(tmp_path, PASSPHRASE)
    path = tmp_path / "key.json"
    made = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode({**made, **changes}))
    with pytest.raises(StoreCorrupt):
        load_or_create_key(tmp_path, PASSPHRASE)


def test_a_changed_wrapping_is_a_wrong_key(tmp_path: Path) -> None:
    load_or_create_key(tmp_path, PASSPHRASE)
    path = tmp_path / "key.json"
    made = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode({**made, "wrapped": "AAAA"}))
    with pytest.raises(WrongKey):
        load_or_create_key(tmp_path, PASSPHRASE)


@pytest.mark.parametrize("content", ["", "zz", "00" * 31, "\udcff"])
def test_a_damaged_practice_key_is_said_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "practice.key").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(StoreCorrupt):
        load_or_create_key(tmp_path, PracticeSource())


def test_a_folder_that_can_not_be_written_is_a_store_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError):
        load_or_create_key(tmp_path / "file" / "below", PracticeSource())

    def full(_: int) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreFull):
        load_or_create_key(tmp_path / "full", PracticeSource())
    assert list((tmp_path / "full").iterdir()) == []
