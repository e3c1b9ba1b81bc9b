from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.server import sealed_file
from sync.server.sealed_file import RECORD, SealedFile
from sync.server.vault import Unreadable

KEY = bytes(range(32))


def whole(file: SealedFile) -> bytes:
    return b"".join(file.read())


def test_grows_piece_by_piece(tmp_path: Path) -> None:
    file = SealedFile(tmp_path / "ab" / "x", KEY, "x")
    assert (file.size(), whole(file)) == (0, b"")
    assert file.append(b"abc") == 3
    assert file.append(b"de") == 5
    assert (file.size(), whole(file)) == (5, b"abcde")
    assert b"abc" not in (tmp_path / "ab" / "x").read_bytes()
    file.discard()
    file.discard()
    assert file.size() == 0


def test_a_large_piece_becomes_several_records(tmp_path: Path) -> None:
    file = SealedFile(tmp_path / "x", KEY, "x")
    data = bytes(range(256)) * (RECORD // 256 * 2 + 1)
    assert file.append(data) == len(data)
    assert whole(file) == data
    assert max(len(piece) for piece in file.read()) == RECORD


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5), st.data())
def test_cut_anywhere_it_goes_on_from_whole_records(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("cut") / "x"
    file = SealedFile(path, KEY, "x")
    ends = [0]
    for piece in pieces:
        file.append(piece)
        ends.append(path.stat().st_size)
    cut = data.draw(st.integers(0, ends[-1]))
    path.write_bytes(path.read_bytes()[:cut])
    kept = sum(1 for before, after in pairwise(ends) if after <= cut)
    assert whole(file) == b"".join(pieces[:kept])
    assert file.size() == len(b"".join(pieces[:kept]))
    rest = b"".join(pieces[kept:])
    if rest:
        assert file.append(rest) == len(b"".join(pieces))
    assert whole(file) == b"".join(pieces)


def test_a_tail_that_was_never_written_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "x"
    file = SealedFile(path, KEY, "x")
    file.append(b"first")
    good = path.stat().st_size
    file.append(b"second")
    data = bytearray(path.read_bytes())
    data[good + 4 :] = bytes(len(data) - good - 4)
    path.write_bytes(data)
    assert file.size() == 5
    assert file.append(b"again") == 10
    assert whole(file) == b"firstagain"


@pytest.mark.parametrize("tail", [b"\0\0", b"\0\0\0\0" * 20, b"\xff\xff\xff\xff" * 20])
def test_noise_behind_the_end(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "x"
    file = SealedFile(path, KEY, "x")
    file.append(b"abc")
    path.write_bytes(path.read_bytes() + tail)
    assert file.size() == 3
    assert file.append(b"d") == 4
    assert whole(file) == b"abcd"


def test_records_can_not_be_moved_or_changed(tmp_path: Path) -> None:
    path = tmp_path / "x"
    file = SealedFile(path, KEY, "x")
    file.append(b"aaa")
    file.append(b"bbb")
    data = path.read_bytes()
    half = len(data) // 2
    path.write_bytes(data[half:] + data[:half])
    with pytest.raises(Unreadable):
        whole(file)
    path.write_bytes(data)
    with pytest.raises(Unreadable):
        whole(SealedFile(path, KEY, "y"))
    with pytest.raises(Unreadable):
        whole(SealedFile(path, bytes(32), "x"))


def test_a_new_name_is_made_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(sealed_file, "_sync_folder", synced.append)
    file = SealedFile(tmp_path / "n" / "x", KEY, "x")
    file.append(b"a")
    file.append(b"b")
    assert synced == [tmp_path / "n"]
