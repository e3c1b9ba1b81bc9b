from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.server.objects import NoSuchObject, Objects
from sync.server.objects_disk import DiskObjects
from sync.server.objects_s3 import S3Objects
from sync.server.sealed_file import INCOMING, RECORD, SealedFile
from sync.server.vault import Unreadable

if TYPE_CHECKING:
    from tests.sync.server.s3 import S3Server

KEY = bytes(range(32))


@pytest.fixture(params=["disk", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "disk":
        return DiskObjects(tmp_path)
    server: S3Server = request.getfixturevalue("s3_server")
    return S3Objects(server.new_bucket())


def whole(file: SealedFile) -> bytes:
    return b"".join(file.read())


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_grows_piece_by_piece_and_becomes_one(objects: Objects) -> None:
    file = SealedFile(objects, KEY, "ab")
    assert file.size() == 0
    assert file.add(0, b"abc")
    assert file.add(3, b"de")
    assert file.size() == 5
    with pytest.raises(NoSuchObject):
        whole(file)
    assert file.join(sha256(b"abcde"))
    assert whole(file) == b"abcde"
    file.drop_pieces()
    (one,) = objects.lying("")
    assert one.name == "ab/ab"
    assert b"abc" not in b"".join(objects.read(one.name))
    assert not file.join(sha256(b"abcde"))
    assert whole(file) == b"abcde"


def test_a_large_piece_becomes_several_records(objects: Objects) -> None:
    file = SealedFile(objects, KEY, "x")
    data = os.urandom(2 * RECORD + 1)
    assert file.add(0, data)
    assert file.size() == len(data)
    assert file.add(len(data), b"end")
    assert file.join(sha256(data + b"end"))
    assert whole(file) == data + b"end"
    assert [len(piece) for piece in file.read()] == [RECORD, RECORD, 1, 3]


def test_the_first_of_two_pieces_at_a_place_counts(objects: Objects) -> None:
    one, other = SealedFile(objects, KEY, "x"), SealedFile(objects, KEY, "x")
    assert one.add(0, b"abc")
    assert not other.add(0, b"abcde")
    assert other.size() == 3
    assert other.add(3, b"de")
    assert not one.add(3, b"d")
    assert one.join(sha256(b"abcde"))
    assert whole(other) == b"abcde"


def test_what_has_a_gap_before_it_does_not_count(objects: Objects) -> None:
    file = SealedFile(objects, KEY, "x")
    file.add(5, b"later")
    assert file.size() == 0
    file.add(0, b"first")
    assert file.size() == 10


def test_other_content_than_announced_is_no_file(objects: Objects) -> None:
    file = SealedFile(objects, KEY, "x")
    file.add(0, b"abc")
    assert not file.join(sha256(b"abd"))
    assert [one.name for one in objects.lying("")] == [f"{INCOMING}x/{0:012d}"]
    file.drop_pieces()
    assert file.size() == 0


@settings(max_examples=40, deadline=None)
@given(
    st.binary(min_size=1, max_size=60),
    st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 20)), max_size=12),
)
def test_two_writers_in_any_order_make_the_file(
    tmp_path_factory: pytest.TempPathFactory,
    content: bytes,
    steps: list[tuple[bool, bool, int]],
) -> None:
    """Each goes on from what it saw last, looks again or not, and joins when it thinks so."""
    objects = DiskObjects(tmp_path_factory.mktemp("two"))
    writers = [SealedFile(objects, KEY, "x"), SealedFile(objects, KEY, "x")]
    seen = [0, 0]
    for who, looks, size in steps:
        if looks:
            seen[who] = writers[who].size()
        if writers[who].add(seen[who], content[seen[who] :][:size]):
            seen[who] = min(len(content), seen[who] + size)
        if seen[who] == len(content):
            assert writers[who].join(sha256(content))
    while (at := writers[0].size()) < len(content):
        assert writers[0].add(at, content[at:][:20])
    assert writers[1].join(sha256(content))
    assert whole(writers[0]) == content


@pytest.mark.parametrize("tail", [b"\0\0", b"\0\0\0\0" * 20, b"\xff\xff\xff\xff" * 20])
def test_noise_behind_the_end(tmp_path: Path, tail: bytes) -> None:
    objects = DiskObjects(tmp_path)
    file = SealedFile(objects, KEY, "x")
    file.add(0, b"abc")
    file.join(sha256(b"abc"))
    path = tmp_path / "x" / "x"
    path.write_bytes(path.read_bytes() + tail)
    with pytest.raises(Unreadable):
        whole(file)


def test_records_can_not_be_moved_or_changed(tmp_path: Path) -> None:
    objects = DiskObjects(tmp_path)
    file = SealedFile(objects, KEY, "x")
    file.add(0, b"aaa")
    file.add(3, b"bbb")
    file.join(sha256(b"aaabbb"))
    path = tmp_path / "x" / "x"
    data = path.read_bytes()
    half = len(data) // 2
    path.write_bytes(data[half:] + data[:half])
    with pytest.raises(Unreadable):
        whole(file)
    path.write_bytes(data)
    assert whole(file) == b"aaabbb"
    with pytest.raises(Unreadable):
        whole(SealedFile(objects, bytes(32), "x"))
    other = SealedFile(objects, KEY, "yx")
    (tmp_path / "yx").mkdir()
    path.rename(tmp_path / "yx" / "yx")
    with pytest.raises(Unreadable):
        whole(other)
