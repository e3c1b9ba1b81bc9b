from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
import pytest
import zxingcpp
from PySide6.QtCore import QMimeData, QRect, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from fieldapp.domain import facts as f
from fieldapp.domain.slots import Slot
from fieldapp.store import drafts
from fieldapp.store.transaction import Transaction
from ui.presenters.photo_folder import REMOVE
from ui.presenters.visit import Picture
from ui.presenters.visit_page import Action, VisitPage
from ui.views.page import Context
from ui.views.photo_folder_field import PhotoFolderField
from ui.views.visit_photo_box import PhotoBox
from ui.worker.beside import Beside

if TYPE_CHECKING:
    from ui.messages import Message
    from ui.views.visit_editor import Editor
    from ui.views.visit_pane import WorkPane
    from ui.views.visit_work import Work
    from ui.wiring import Laptop

LEFT = Qt.MouseButton.LeftButton
Show = Callable[..., object]


class TechnicianLike(Protocol):
    laptop: Laptop
    work: Work
    page: VisitPage
    pane: WorkPane
    editor: Editor

    async def open(self, number: str) -> None: ...
    async def until(self, action: Action, about: str = "") -> None: ...
    async def give_photo(self) -> None: ...
    async def settle(self) -> None: ...
    async def go_on(self) -> None: ...
    async def press(self, text: str) -> None: ...
    async def choose(self, code: str, at: int = 0) -> None: ...


def _photo_of(path: Path, number: str) -> str:
    wall = QImage(1600, 1200, QImage.Format.Format_RGB32)
    wall.fill(QColor("#b8a890"))
    code = zxingcpp.create_barcode(number, zxingcpp.BarcodeFormat.Code128)
    bars = QImage.fromData(code.to_svg(scale=3).encode())
    painter = QPainter(wall)
    painter.drawImage(QRect(200, 400, bars.width(), 200), bars)
    painter.end()
    assert wall.save(str(path))
    return str(path)


@pytest.fixture
async def box(context: Context, show: Show) -> PhotoBox:
    made = PhotoBox(context)
    show(made)
    return made


@pytest.fixture
async def clipboard(qt: QApplication) -> AsyncIterator[QMimeData]:
    assert qt is not None
    mime = QMimeData()
    yield mime
    QGuiApplication.clipboard().clear()


async def test_a_copied_picture_or_file_is_pasted_by_button_and_by_key(
    box: PhotoBox, laptop: Laptop, photo: Path, clipboard: QMimeData
) -> None:
    await laptop.tasks.settle()
    assert not box.ways.paste.isVisible()
    box.ways.take_clipboard()
    assert box.room.idle
    QGuiApplication.clipboard().setImage(QImage(str(photo)))
    assert box.ways.paste.isVisible()
    QTest.mouseClick(box.ways.paste, LEFT)
    first = await box.picture()
    assert first is not None
    assert QImage.fromData(first.data).width() == 640
    small = _photo_of(photo.with_name("copied.png"), "E0044007382311125")
    clipboard.setUrls([QUrl("https://example.org/x.jpg"), QUrl.fromLocalFile(small)])
    QGuiApplication.clipboard().setMimeData(clipboard)
    QTest.keyClick(box, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    second = await box.picture()
    assert second is not None
    assert QImage.fromData(second.data).width() == 1600


async def test_without_a_camera_there_is_no_button(box: PhotoBox, laptop: Laptop) -> None:
    await laptop.tasks.settle()
    assert not box.ways.camera.isVisible()
    assert [b.text() for b in box.ways.findChildren(QPushButton) if b.isVisible()] == [
        "Foto kiezen…"
    ]


async def test_a_camera_gives_its_photo_and_is_switched_off(
    box: PhotoBox, laptop: Laptop
) -> None:
    pytest.importorskip("PySide6.QtMultimedia", exc_type=ImportError)
    camera_view = importlib.import_module("ui.views.camera_view")
    await laptop.tasks.settle()
    for _ in range(2):
        box.ways.camera_wanted.emit()
        camera = box._now.camera
        assert camera is not None
        assert camera.isVisible()
        assert not box.ways.isVisible()
        assert box.back()
        assert not camera.isVisible()
    box.ways.camera_wanted.emit()
    camera = box._now.camera
    assert camera is not None
    shot = QImage(64, 48, QImage.Format.Format_RGB32)
    shot.fill(QColor("#204060"))
    assert isinstance(camera, camera_view.CameraView)
    camera._captured(1, shot)
    photo = await box.picture()
    assert photo is not None
    assert QImage.fromData(photo.data).width() == 64
    assert box._now.camera is None


async def test_another_photo_shows_the_ways_where_there_are_several(
    box: PhotoBox, laptop: Laptop, photo: Path, clipboard: QMimeData, qt: QApplication
) -> None:
    box.take(str(photo))
    await laptop.tasks.settle()
    (other,) = (b for b in box.findChildren(QPushButton) if b.text() == "Andere foto…")
    QTest.mouseClick(other, LEFT)
    (dialog,) = (w for w in qt.topLevelWidgets() if isinstance(w, QFileDialog))
    dialog.close()
    clipboard.setUrls([QUrl.fromLocalFile(str(photo))])
    QGuiApplication.clipboard().setMimeData(clipboard)
    assert not box.ways.isVisible()
    QTest.mouseClick(other, LEFT)
    assert box.ways.isVisible()
    QTest.mouseClick(other, LEFT)
    assert not box.ways.isVisible()


async def _watched(laptop: Laptop, folder: Path, originals: str = "") -> None:
    _make(folder)
    await laptop.keep(
        msgspec.structs.replace(
            laptop.settings, photo_folder=str(folder), photo_originals=originals
        )
    )


def _make(folder: Path) -> None:
    folder.mkdir()


def _is_there(path: str) -> bool:
    return Path(path).exists()


async def _drop(me: TechnicianLike, path: Path, number: str) -> QPushButton:
    """A picture comes, and is offered."""
    (box,) = me.editor.findChildren(PhotoBox)
    await me.settle()
    await box.ways.strip.look()
    _photo_of(path, number)
    os.utime(path, (2_000, 2_000))
    for _ in range(2):
        await box.ways.strip.look()
    await me.settle()
    name = f"Foto {path.name} nemen"
    found = (b for b in box.findChildren(QPushButton) if b.accessibleName() == name)
    return next(found)


async def test_a_phone_drops_a_picture_that_is_offered_picked_saved_and_let_go(
    technician: TechnicianLike, tmp_path: Path
) -> None:
    me, folder = technician, tmp_path / "phone"
    await _watched(me.laptop, folder)
    await me.open("V-1007")
    await me.until(Action.TAKE_PHOTO)
    about = me.page.primary.about if me.page.primary else ""
    number = next(c.meter.number for c in me.page.connections if c.meter)
    thumb = await _drop(me, folder / "IMG_1.jpg", number)
    (box,) = me.editor.findChildren(PhotoBox)
    assert not box.is_there()
    QTest.mouseClick(thumb, LEFT)
    await me.settle()
    assert box.is_there()
    await me.press("Verwijderen na bewaren")
    assert me.laptop.settings.photo_originals == REMOVE
    assert _is_there(str(folder / "IMG_1.jpg"))
    await me.go_on()
    assert not _is_there(str(folder / "IMG_1.jpg"))
    kept = [x for x in me.page.facts if isinstance(x, f.EvidenceAdded)]
    assert [x.slot for x in kept][-1:] == [about]


async def test_an_original_that_can_not_go_is_told(
    technician: TechnicianLike, tmp_path: Path
) -> None:
    me, folder = technician, tmp_path / "phone"
    await _watched(me.laptop, folder, REMOVE)
    await me.open("V-1007")
    await me.until(Action.TAKE_PHOTO)
    thumb = await _drop(me, folder / "IMG_1.jpg", "E0044007382311125")
    QTest.mouseClick(thumb, LEFT)
    await me.settle()
    _photo_of(folder / "IMG_1.jpg", "another")
    said: list[Message] = []
    (box,) = me.editor.findChildren(PhotoBox)
    box._context = _telling(box._context, said)
    await me.go_on()
    assert [message.what for message in said] == [
        "Een foto is bewaard, maar het origineel staat nog in de map."
    ]
    assert _is_there(str(folder / "IMG_1.jpg"))


def _telling(context: Context, said: list[Message]) -> Context:
    return Context(context.desk, context.words, context.spawn, context.go, said.append)


async def _wiped(me: TechnicianLike) -> Picture:
    (box,) = me.editor.findChildren(PhotoBox)
    box.edit()
    await me.press("Onleesbaar maken")
    await me.press("Onleesbaar maken")
    wiped = await box.picture()
    assert wiped is not None
    await me.press("Klaar")
    return wiped


async def test_a_chosen_photo_outlives_a_kill_and_is_no_draft_once_it_is_saved(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1007")
    await me.until(Action.TAKE_PHOTO)
    await me.give_photo()
    wiped = await _wiped(me)
    visit, primary = me.page.id, me.page.primary
    assert primary is not None
    field = f"{primary.step}/{primary.action}:{primary.about}/photo"

    def draft(c: Transaction) -> bytes:
        return drafts.load_photo(c, visit, field)

    assert await me.laptop.db.read(draft) == wiped.data
    fresh = me.laptop.visit_presenter(visit)
    await fresh.open()
    again = PhotoBox(me.work.context, me.work.photo_draft(primary, "photo"))
    found = await again.picture()
    assert found is not None
    assert found.data == wiped.data
    again.deleteLater()
    fresh.close()
    await me.go_on()
    assert await me.laptop.db.read(draft) == b""
    kept = [x for x in me.page.facts if isinstance(x, f.EvidenceAdded)][-1]
    assert await me.work.visit.picture(kept.sha256) == wiped.data


async def test_a_photo_that_is_read_when_the_window_closes_leaves_nothing_running(
    context: Context, laptop: Laptop, show: Show, tmp_path: Path
) -> None:
    worker = Beside()
    laptop.tasks.worker = worker
    box = PhotoBox(context)
    box.room.reads_codes = True
    show(box)
    box.take(_photo_of(tmp_path / "meter.jpg", "E0044007382311125"))
    await asyncio.sleep(0)
    await laptop.tasks.close()
    assert box.room.photo is None
    assert worker._warm._child is None


async def test_a_photo_of_a_slot_is_added_at_any_time_and_leaves_the_step_alone(
    technician: TechnicianLike, tmp_path: Path
) -> None:
    me = technician
    await me.open("V-1007")
    await me.until(Action.TAKE_PHOTO)
    await me.give_photo()
    primary = me.page.primary
    await me.press("Anders…")
    await me.press("Foto toevoegen")
    assert "Kies wat er op de foto staat" in me.editor.lacks()
    await me.choose(Slot.CUPBOARD)
    (box,) = me.editor.findChildren(PhotoBox)
    box.take(_photo_of(tmp_path / "cupboard.jpg", "E0044007382311125"))
    await me.settle()
    await me.go_on()
    kept = [x for x in me.page.facts if isinstance(x, f.EvidenceAdded)][-1]
    assert kept.slot == Slot.CUPBOARD
    assert me.page.primary == primary
    (box,) = me.editor.findChildren(PhotoBox)
    assert box.is_there()


async def test_the_folder_is_chosen_and_forgotten_in_the_settings(
    context: Context, laptop: Laptop, show: Show, tmp_path: Path, qt: QApplication
) -> None:
    field = PhotoFolderField(context)
    field.redraw()
    show(field)

    async def press(text: str) -> None:
        (button,) = (b for b in field.findChildren(QPushButton) if b.text() == text)
        QTest.mouseClick(button, LEFT)
        await laptop.tasks.settle()

    await press("Map kiezen…")
    (dialog,) = (w for w in qt.topLevelWidgets() if isinstance(w, QFileDialog))
    dialog.fileSelected.emit(str(tmp_path))
    dialog.close()
    await laptop.tasks.settle()
    assert laptop.settings.photo_folder == str(tmp_path)
    await press("Laten staan")
    assert laptop.settings.photo_originals == "keep"
    await press("Geen map")
    assert laptop.settings.photo_folder == ""
