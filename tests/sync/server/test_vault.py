from __future__ import annotations

import stat
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.server import holders
from sync.server.office import Office, OfficeUnavailable
from sync.server.settings import ServerSettings
from sync.server.vault import (
    Unreadable,
    Vault,
    VaultError,
    from_base64,
    seal,
    to_base64,
    unseal,
)

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard

KEY = bytes(range(32))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200), st.text(max_size=20))
def test_sealed_comes_back(plain: bytes, about: str) -> None:
    sealed = seal(KEY, plain, about)
    assert unseal(KEY, sealed, about) == plain
    assert seal(KEY, plain, about) != sealed


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=80))
def test_anything_else_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable):
        unseal(KEY, data, "x")


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 43), st.integers(1, 255))
def test_one_changed_octet_is_noticed(place: int, change: int) -> None:
    sealed = bytearray(seal(KEY, b"0123456789abcdef", "x"))
    sealed[place] ^= change
    with pytest.raises(Unreadable):
        unseal(KEY, bytes(sealed), "x")


def test_bound_to_its_purpose() -> None:
    with pytest.raises(Unreadable):
        unseal(KEY, seal(KEY, b"x", "visit:1"), "visit:2")


@settings(max_examples=50)
@given(st.binary(max_size=50))
def test_base64_round_trip(data: bytes) -> None:
    assert from_base64(to_base64(data)) == data


@pytest.mark.parametrize("text", ["é", "a", "!!!!", "a b c d"])
def test_base64_of_others(text: str) -> None:
    with pytest.raises(Unreadable):
        from_base64(text)


def test_the_key_file_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "new" / "office.key"
    vault = Vault.open(path)
    assert Vault.open(path).derive("x") == vault.derive("x") != vault.derive("y")
    assert [file.name for file in path.parent.iterdir()] == ["office.key"]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_race_for_the_key_file_has_one_winner(tmp_path: Path) -> None:
    found: list[bytes] = []
    gate = threading.Barrier(8)

    def run() -> None:
        gate.wait()
        found.append(Vault.open(tmp_path / "office.key").derive("x"))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"office":"x","key":"AAAA"}', b'{"office":"","key":""}']
)
def test_a_damaged_key_file_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "office.key"
    path.write_bytes(content)
    with pytest.raises(VaultError):
        Vault.open(path)
    with pytest.raises(OfficeUnavailable, match="key file"):
        Office.open(ServerSettings.in_folder(tmp_path))


def test_another_offices_key_file_opens_nothing(tmp_path: Path) -> None:
    settings = ServerSettings.in_folder(tmp_path)
    Office.open(settings).close()
    settings.key_file.unlink()
    Vault.open(settings.key_file)
    with pytest.raises(OfficeUnavailable, match="another office"):
        Office.open(settings)


def test_no_key_is_made_for_an_office_that_had_one(settings: ServerSettings) -> None:
    Office.open(settings).close()
    right = settings.key_file.read_bytes()
    settings.key_file.unlink()
    with pytest.raises(OfficeUnavailable, match="missing"):
        Office.open(settings)
    assert not settings.key_file.exists()
    settings.key_file.write_bytes(right)
    Office.open(settings).close()


def test_holders_keys(backyard: Backyard) -> None:
    office = backyard.office
    name = holders.pseudonym(office, "R", "ean", "871")
    assert name == holders.pseudonym(office, "R", "EAN", " 871 ")
    assert name != holders.pseudonym(office, "S", "ean", "871")
    with office.database.writing() as c:
        key = holders.new_key(office, c, "R", name)
        assert holders.new_key(office, c, "R", name) == key
        assert holders.key(office, c, "R", name) == key
        assert holders.erase(office, c, "R", name)
        assert not holders.erase(office, c, "R", name)
        with pytest.raises(holders.Erased):
            holders.new_key(office, c, "R", name)
        again = holders.known_as(office, c, "R", "ean", "871")
        assert again != name
        assert holders.new_key(office, c, "R", again) != key
        assert holders.known_as(office, c, "R", "ean", "871") == again
        assert holders.erase(office, c, "R", again)
        assert holders.known_as(office, c, "R", "ean", "871") not in {name, again}
        with pytest.raises(holders.Erased):
            holders.key(office, c, "R", "nobody")
