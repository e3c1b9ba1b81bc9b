from __future__ import annotations

import os
from pathlib import Path

import pytest

from fieldapp.errors import WorkerGone
from fieldapp.settings import Settings
from ui.presenters import photo_folder
from ui.presenters.photo_folder import KEEP, REMOVE, Found, PhotoFolder
from ui.worker.beside import Beside
from ui.worker.here import Here


class Phone:
    """Drops pictures into a folder, each a second later than the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0
        folder.mkdir()

    def drops(self, name: str, content: bytes = b"picture") -> str:
        path = self.folder / name
        path.write_bytes(content)
        self.made += 1
        os.utime(path, (1_000 + self.made, 1_000 + self.made))
        return str(path)


@pytest.fixture
def phone(tmp_path: Path) -> Phone:
    return Phone(tmp_path / "phone")


def _watch(phone: Phone, originals: str = "") -> PhotoFolder:
    kept = Settings(photo_folder=str(phone.folder), photo_originals=originals)
    return PhotoFolder(Here(), lambda: kept)


def _is_there(path: str) -> bool:
    return Path(path).exists()


def _names(folder: PhotoFolder) -> list[str]:
    return [Path(found.path).name for found in folder.new]


async def test_only_whole_pictures_that_came_since_are_offered_the_newest_first(
    phone: Phone,
) -> None:
    phone.drops("old.jpg")
    folder = _watch(phone)
    assert not await folder.look()
    phone.drops("one.JPG")
    phone.drops("two.png")
    phone.drops("empty.jpg", b"")
    phone.drops("note.txt")
    (phone.folder / "sub.jpg").mkdir()
    assert not await folder.look()
    assert await folder.look()
    assert _names(folder) == ["two.png", "one.JPG"]
    assert not await folder.look()


async def test_a_picture_that_is_still_being_written_waits_for_its_end(phone: Phone) -> None:
    folder = _watch(phone)
    await folder.look()
    for size in (10, 20, 30):
        phone.drops("slow.jpg", b"x" * size)
        await folder.look()
        assert folder.new == ()
    await folder.look()
    assert _names(folder) == ["slow.jpg"]
    assert folder.found(str(phone.folder / "slow.jpg")) == folder.new[0]
    assert folder.found("elsewhere.jpg") is None


async def test_a_folder_that_is_gone_is_told_and_may_come_back(phone: Phone) -> None:
    folder = _watch(phone)
    await folder.look()
    phone.folder.rename(phone.folder.with_name("unplugged"))
    assert await folder.look()
    assert not folder.readable
    assert not await folder.look()
    phone.folder.with_name("unplugged").rename(phone.folder)
    assert await folder.look()
    assert folder.readable


async def test_without_a_folder_nothing_is_looked_at() -> None:
    folder = PhotoFolder(Here(), Settings)
    assert not await folder.look()
    assert folder.readable
    assert folder.new == ()


async def test_another_folder_begins_anew(phone: Phone, tmp_path: Path) -> None:
    other = Phone(tmp_path / "camera")
    other.drops("before.jpg")
    named = [phone, other]
    folder = PhotoFolder(Here(), lambda: Settings(photo_folder=str(named[0].folder)))
    await folder.look()
    named.pop(0)
    for _ in range(2):
        await folder.look()
    assert folder.new == ()


async def _new(phone: Phone, originals: str) -> tuple[PhotoFolder, Found]:
    folder = _watch(phone, originals)
    await folder.look()
    phone.drops("meter.jpg")
    for _ in range(2):
        await folder.look()
    return folder, folder.new[0]


@pytest.mark.parametrize("answer", ["", KEEP])
async def test_an_original_stays_unless_it_was_said_that_it_may_go(
    phone: Phone, answer: str
) -> None:
    folder, found = await _new(phone, answer)
    assert await folder.saved(found)
    assert _is_there(found.path)


async def test_an_original_goes_after_it_was_saved_and_only_as_it_was(phone: Phone) -> None:
    folder, found = await _new(phone, REMOVE)
    phone.drops("meter.jpg", b"another picture by the same name")
    assert not await folder.saved(found)
    assert _is_there(found.path)
    for _ in range(2):
        await folder.look()
    assert await folder.saved(folder.new[0])
    assert not _is_there(found.path)
    assert not await folder.saved(folder.new[0])


async def test_a_worker_that_is_gone_leaves_all_as_it_was(phone: Phone) -> None:
    worker = Beside()
    kept = Settings(photo_folder=str(phone.folder), photo_originals=REMOVE)
    folder = PhotoFolder(worker, lambda: kept)
    await worker.close()
    with pytest.raises(WorkerGone):
        await worker.run(photo_folder.look, str(phone.folder))
    assert not await folder.look()
    path = phone.drops("meter.jpg")
    assert not await folder.saved(Found(path, 7, 0))
    assert _is_there(path)
