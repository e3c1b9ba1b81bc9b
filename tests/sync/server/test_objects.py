"""Both stores for files keep the same promises."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sync.server.objects import NoSuchObject, Objects, StoreBusy, StoreRefused
from sync.server.objects_disk import DRAFTS, DiskObjects
from sync.server.objects_s3 import S3Objects

if TYPE_CHECKING:
    from tests.sync.server.s3 import S3Server


@pytest.fixture(params=["disk", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "disk":
        return DiskObjects(tmp_path)
    server: S3Server = request.getfixturevalue("s3_server")
    return S3Objects(server.new_bucket())


def whole(objects: Objects, name: str) -> bytes:
    return b"".join(objects.read(name))


def test_an_object_is_created_once(objects: Objects) -> None:
    objects.check()
    assert objects.create("a/b/1", b"first")
    assert not objects.create("a/b/1", b"second")
    assert whole(objects, "a/b/1") == b"first"
    objects.put("a/b/1", [b"in its ", b"place"])
    assert whole(objects, "a/b/1") == b"in its place"
    assert [one.name for one in objects.lying("")] == ["a/b/1"]


def test_of_many_that_create_one_is_first(objects: Objects) -> None:
    with ThreadPoolExecutor(8) as threads:
        first = list(threads.map(lambda n: objects.create("a/b/1", b"%d" % n), range(16)))
    assert first.count(True) == 1
    assert whole(objects, "a/b/1") == b"%d" % first.index(True)


def test_they_lie_in_the_order_of_their_names(objects: Objects) -> None:
    for name in ("in/x/3", "in/x/1", "in/y/2", "in/xx"):
        objects.create(name, name.encode() * 10)
    found = objects.lying("in/x/")
    assert [(one.name, one.size) for one in found] == [("in/x/1", 60), ("in/x/3", 60)]
    assert abs((found[0].written_at - datetime.now(UTC)).total_seconds()) < 3600
    assert objects.lying("none/") == []
    assert len(objects.lying("in/x")) == 3


def test_what_went_is_gone(objects: Objects) -> None:
    objects.create("in/x/1", b"a")
    objects.remove("in/x/1")
    objects.remove("in/x/1")
    with pytest.raises(NoSuchObject):
        whole(objects, "in/x/1")
    assert objects.create("in/x/1", b"again")


def test_parts_that_break_off_put_nothing(objects: Objects) -> None:
    def parts() -> Iterator[bytes]:
        yield b"some"
        raise KeyError

    objects.create("a/1", b"before")
    with pytest.raises(KeyError):
        objects.put("a/1", parts())
    assert whole(objects, "a/1") == b"before"
    assert [one.name for one in objects.lying("")] == ["a/1"]


def test_large_objects_come_back_in_parts(objects: Objects) -> None:
    data = os.urandom(9 * 1024 * 1024)
    objects.put("a/1", [data])
    parts = list(objects.read("a/1"))
    assert max(map(len, parts)) < len(data)
    assert b"".join(parts) == data


def test_a_folder_that_takes_no_links_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no)
    with pytest.raises(StoreRefused, match="not permitted"):
        DiskObjects(tmp_path).check()
    assert list((tmp_path / DRAFTS).iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    objects = DiskObjects(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("sync.server.objects_disk.os.fsync", full)
        with pytest.raises(StoreBusy, match="No space"):
            objects.create("a/1", b"x")
    assert objects.lying("") == []
    assert objects.create("a/1", b"x")


def test_a_folder_that_goes_in_between_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = DiskObjects(tmp_path)
    link, gone = Path.hardlink_to, iter([True, False, *[True] * 5])

    def racing(self: Path, target: Path) -> None:
        if next(gone):
            self.parent.rmdir()
        link(self, target)

    monkeypatch.setattr(Path, "hardlink_to", racing)
    assert objects.create("in/x/1", b"a")
    with pytest.raises(StoreBusy):
        objects.create("in/y/1", b"a")


@pytest.mark.parametrize(
    "url", ["s3://", "s3:///x", "s3://bucket?colour=red", "s3://b?endpoint=nonsense"]
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(StoreRefused):
        S3Objects(url)


def test_a_store_that_can_not_be_used_is_refused_in_words(s3_server: S3Server) -> None:
    with pytest.raises(StoreRefused, match="NoSuchBucket"):
        S3Objects(s3_server.address("none")).check()
    with pytest.raises(StoreRefused, match="Could not connect"):
        S3Objects("s3://b?endpoint=http://127.0.0.1:1&region=x").check()
    bucket = S3Objects(s3_server.new_bucket())
    s3_server.let_in(0)
    try:
        with pytest.raises(StoreRefused, match="InvalidAccessKeyId"):
            bucket.check()
        with pytest.raises(StoreBusy):
            bucket.create("a", b"x")
    finally:
        s3_server.let_in(1_000_000)


def test_a_store_that_writes_over_is_refused(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = S3Objects(s3_server.new_bucket())
    put = bucket._client.put_object

    def passes_over(**said: Any) -> None:
        put(**{name: value for name, value in said.items() if name != "IfNoneMatch"})

    monkeypatch.setattr(bucket._client, "put_object", passes_over)
    with pytest.raises(StoreRefused, match="written over"):
        bucket.check()
