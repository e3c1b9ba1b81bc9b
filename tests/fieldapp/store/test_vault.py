import errno
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.errors import StoreCorrupt, StoreError, StoreFull
from fieldapp.store import vault as room
from fieldapp.store.vault import CHUNK, Vault

KEY = bytes(range(32))
SIZES = st.sampled_from([0, 1, 2]).flatmap(
    lambda chunks: st.integers(max(0, chunks * CHUNK - 2), chunks * CHUNK + 2)
)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "files", KEY)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return Vault(tmp_path_factory.mktemp("vault"), KEY)


def sample(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


@given(SIZES, st.integers(0, 3 * CHUNK), st.integers(0, 3 * CHUNK))
@settings(max_examples=60, deadline=None)
def test_any_piece_comes_back(shared: Vault, size: int, start: int, length: int) -> None:
    content = sample(size)
    name = shared.add(content)
    assert shared.read(name, 0, size) == content
    assert shared.read(name, start, start + length) == content[start : start + length]


def test_the_name_and_the_file_tell_nothing(vault: Vault, tmp_path: Path) -> None:
    first, second = vault.add(b"same content"), vault.add(b"same content")
    assert first != second
    one, other = ((tmp_path / "files" / name).read_bytes() for name in (first, second))
    assert b"same" not in one
    assert one[:4] == other[:4]
    assert not set(zip(one[4:], other[4:], strict=True)) <= {(b, b) for b in range(256)}


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_change_is_noticed(shared: Vault, data: st.DataObject) -> None:
    size = data.draw(st.sampled_from([0, 5, CHUNK, CHUNK + 5]))
    name = shared.add(sample(size))
    path = shared._folder / name
    sealed = bytearray(path.read_bytes())
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(sealed)
    with pytest.raises(StoreCorrupt):
        shared.read(name, 0, max(1, size))


@pytest.mark.parametrize("cut", [1, 16, 5 + 16, CHUNK + 16 + 5 + 16, CHUNK + 5 + 16 + 50])
def test_a_cut_file_is_noticed(vault: Vault, tmp_path: Path, cut: int) -> None:
    name = vault.add(sample(CHUNK + 5))
    path = tmp_path / "files" / name
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(StoreCorrupt):
        vault.read(name, 0, CHUNK + 5)


def test_chunks_keep_their_places(vault: Vault, tmp_path: Path) -> None:
    name = vault.add(sample(3 * CHUNK))
    path = tmp_path / "files" / name
    sealed = path.read_bytes()
    head, step = sealed[:20], CHUNK + 16
    first, second, third = (sealed[20 + n * step : 20 + (n + 1) * step] for n in range(3))
    path.write_bytes(head + second + first + third)
    with pytest.raises(StoreCorrupt):
        vault.read(name, 0, 3 * CHUNK)
    path.write_bytes(head + first + second)
    with pytest.raises(StoreCorrupt):
        vault.read(name, 0, 2 * CHUNK)


def test_another_stores_key_opens_nothing(vault: Vault, tmp_path: Path) -> None:
    name = vault.add(b"content")
    with pytest.raises(StoreCorrupt):
        Vault(tmp_path / "files", bytes(32)).read(name, 0, 7)


def test_a_file_that_is_gone_is_damage(vault: Vault) -> None:
    with pytest.raises(StoreCorrupt):
        vault.read("gone", 0, 1)


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, StoreFull), (errno.EACCES, StoreError)]
)
def test_what_the_disk_refuses_has_a_name(
    vault: Vault, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[StoreError]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(room, "write_whole", refuse)
    with pytest.raises(StoreError) as caught:
        vault.add(b"content")
    assert type(caught.value) is kind


def test_leftovers_are_swept(vault: Vault, tmp_path: Path) -> None:
    kept = vault.add(b"kept")
    vault.add(b"without a row")
    (tmp_path / "files" / "half.part").write_bytes(b"half")
    vault.sweep(frozenset({kept}))
    assert [p.name for p in (tmp_path / "files").iterdir()] == [kept]


def test_a_leftover_that_can_not_go_yet_is_nobodys_worry(vault: Vault, tmp_path: Path) -> None:
    held = tmp_path / "files" / "held"  # as a file that another program has open on Windows
    held.mkdir()
    vault.add(b"without a row")
    vault.sweep(frozenset())
    assert [p.name for p in (tmp_path / "files").iterdir()] == ["held"]
