from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from ui.presenters.visit_page import Action, VisitPage
from ui.views.page import Context
from ui.views.visit_photo_box import PhotoBox
from ui.views.visit_pictures import Part, Pixels, cropped, jpeg, load, small, unreadable
from ui.worker.beside import Beside

if sys.platform != "win32":
    import fcntl
    import termios

if TYPE_CHECKING:
    from ui.views.visit_pane import WorkPane
    from ui.views.visit_work import Work
    from ui.wiring import Laptop


class TechnicianLike(Protocol):
    work: Work
    page: VisitPage
    pane: WorkPane

    async def open(self, number: str) -> None: ...
    async def until(self, action: Action, about: str = "") -> None: ...
    async def give_photo(self) -> None: ...
    async def settle(self) -> None: ...
    async def go_on(self) -> None: ...


Show = Callable[..., object]
LEFT = Qt.MouseButton.LeftButton
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="no process can be frozen")
RED = b"\x00\x00\xff\xff"
"""One pixel, as it lies in the octets of a picture."""


@given(part=st.tuples(*(st.integers(-50, 250) for _ in range(4))))
@settings(max_examples=60, deadline=None)
def test_any_part_can_be_cut_or_wiped(part: Part) -> None:
    whole = Pixels(200, 120, RED * 200 * 120)
    wiped, cut = unreadable(whole, part), cropped(whole, part)
    assert (wiped.width, wiped.height) == (200, 120)
    assert 0 < cut.width <= 200
    assert 0 < cut.height <= 120
    assert {len(one.data) - 4 * one.width * one.height for one in (wiped, cut)} == {0}


def test_what_was_wiped_is_gone_from_the_file() -> None:
    black, white = b"\x00\x00\x00\xff", b"\xff\xff\xff\xff"
    rows = ((black + white) * 56, (white + black) * 56)
    whole = Pixels(112, 112, b"".join(rows) * 56)
    wiped = unreadable(whole, (0, 0, 56, 112)).image().copy()
    shades = {wiped.pixelColor(x, y).lightness() // 40 for x in range(50) for y in range(112)}
    assert len(shades) <= 2
    assert wiped.pixelColor(100, 100) == whole.image().pixelColor(100, 100)


def test_a_large_photo_is_made_smaller_and_loses_its_camera(tmp_path: Path) -> None:
    image = QImage(4000, 1000, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.blue)
    image.setText("Location", "52.0 4.2")
    path = tmp_path / "big.png"
    assert image.save(str(path))
    assert b"Location" in path.read_bytes()
    loaded = load(str(path))
    assert loaded is not None
    assert (loaded.width, loaded.height) == (1920, 480)
    kept = jpeg(loaded)
    assert kept.startswith(b"\xff\xd8")
    assert b"Location" not in kept
    assert load(str(tmp_path / "none.png")) is None


def test_a_small_photo_stays_as_it_is_and_a_kept_one_is_shown_smaller(photo: Path) -> None:
    whole = QImage(str(photo))
    loaded = load(str(photo))
    assert loaded is not None
    assert (loaded.width, loaded.height) == (whole.width(), whole.height())
    shown = small(jpeg(loaded), 32, 32)
    assert shown is not None
    assert max(shown.width, shown.height) == 32
    assert small(b"no picture", 32, 32) is None


@pytest.fixture
def box(context: Context, show: Show) -> PhotoBox:
    made = PhotoBox(context)
    show(made)
    return made


@pytest.fixture
async def beside(laptop: Laptop) -> Beside:
    """The laptop's worker is a process of its own, as in the window."""
    made = Beside()
    laptop.tasks.worker = made
    return made


def _tools(box: PhotoBox) -> list[str]:
    return [b.text() for b in box.findChildren(QPushButton) if b.isVisible()]


def _tool(box: PhotoBox, text: str) -> QPushButton:
    (button,) = (b for b in box.findChildren(QPushButton) if b.text() == text)
    return button


def _mark(box: PhotoBox) -> None:
    canvas = box._canvas
    middle = canvas.rect().center()
    QTest.mousePress(canvas, LEFT, pos=middle - QPoint(40, 40))
    QTest.mouseMove(canvas, middle + QPoint(40, 40))
    QTest.mouseRelease(canvas, LEFT, pos=middle + QPoint(40, 40))


async def test_a_photo_is_marked_wiped_cut_and_restored(
    box: PhotoBox, laptop: Laptop, photo: Path
) -> None:
    assert not box.is_there()
    assert await box.picture() is None
    box.take(str(photo))
    whole = await box.picture()
    assert whole is not None
    for tool in ("Onleesbaar maken", "Bijsnijden"):
        _mark(box)
        assert tool in _tools(box)
        QTest.mouseClick(_tool(box, tool), LEFT)
        await laptop.tasks.settle()
    cut = await box.picture()
    assert cut is not None
    assert QImage.fromData(cut.data).width() < QImage.fromData(whole.data).width()
    QTest.mouseClick(_tool(box, "Herstellen"), LEFT)
    assert await box.picture() == whole
    QTest.mouseClick(box._canvas, LEFT)
    assert "Bijsnijden" not in _tools(box)


@pytest.mark.usefixtures("beside")
async def test_a_photo_saved_while_it_is_wiped_is_the_wiped_one(
    context: Context, show: Show, photo: Path
) -> None:
    box = PhotoBox(context)
    show(box)
    box.take(str(photo))
    whole = await box.picture()
    _mark(box)
    QTest.mouseClick(_tool(box, "Onleesbaar maken"), LEFT)
    assert not _tool(box, "Onleesbaar maken").isEnabled()
    wiped = await box.picture()
    assert whole is not None
    assert wiped is not None
    assert wiped != whole


@on_posix
async def test_a_worker_that_dies_is_told_and_the_photo_stays(
    beside: Beside, context: Context, laptop: Laptop, show: Show, photo: Path
) -> None:
    box = PhotoBox(context)
    show(box)
    box.take(str(photo))
    whole = await box.picture()
    _mark(box)
    async with _dying(beside):
        QTest.mouseClick(_tool(box, "Bijsnijden"), LEFT)
        await asyncio.sleep(0)
    await laptop.tasks.settle()
    assert "halverwege gestopt" in box._said.text()
    assert await box.picture() == whole
    QTest.mouseClick(_tool(box, "Bijsnijden"), LEFT)
    cut = await box.picture()
    assert cut is not None
    assert cut != whole


@on_posix
async def test_a_photo_whose_file_could_not_be_made_is_saved_at_the_next_press(
    beside: Beside, technician: TechnicianLike
) -> None:
    me = technician
    await me.open("V-1007")
    await me.until(Action.TAKE_PHOTO)
    await me.give_photo()
    async with _dying(beside):
        QTest.mouseClick(me.pane.bar.primary, LEFT)
        await asyncio.sleep(0)
    await me.settle()
    problem = me.work.problem
    assert problem is not None
    assert problem.what == "Het rekenwerk naast dit venster is halverwege gestopt."
    assert me.page.primary is not None
    assert me.page.primary.action is Action.TAKE_PHOTO
    await me.go_on()
    assert me.work.problem is None
    assert me.page.primary.action is not Action.TAKE_PHOTO


@asynccontextmanager
async def _dying(worker: Beside) -> AsyncIterator[None]:
    """What is asked of the worker meanwhile finds it frozen, and then dead."""
    pid = await worker.run(os.getpid)
    os.kill(pid, signal.Signals["SIGSTOP"])
    yield
    await asyncio.to_thread(_asked, worker)
    os.kill(pid, signal.Signals["SIGKILL"])


def _asked(worker: Beside) -> None:
    """Wait until a job lies before the frozen process."""
    child = worker._warm._child
    assert child is not None
    assert child.stdin is not None
    waiting = bytearray(4)
    if sys.platform != "win32":
        while not any(waiting):
            fcntl.ioctl(child.stdin, termios.FIONREAD, waiting)
            os.sched_yield()


async def test_a_photo_can_be_dropped_and_a_text_can_not(
    box: PhotoBox, laptop: Laptop, photo: Path, tmp_path: Path, qt: QApplication
) -> None:
    text = tmp_path / "note.txt"
    text.write_text("no photo", encoding="utf-8")
    for path in (text, photo):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        entered = QDragEnterEvent(
            QPoint(5, 5),
            Qt.DropAction.CopyAction,
            mime,
            LEFT,
            Qt.KeyboardModifier.NoModifier,
        )
        qt.sendEvent(box, entered)
        assert entered.isAccepted()
        dropped = QDropEvent(
            QPointF(5, 5),
            Qt.DropAction.CopyAction,
            mime,
            LEFT,
            Qt.KeyboardModifier.NoModifier,
        )
        qt.sendEvent(box, dropped)
        await laptop.tasks.settle()
        assert box.is_there() is (path is photo)
        assert ("geen foto die te lezen is" in box._said.text()) is (path is text)


async def test_the_dialog_is_opened_and_never_waited_for(
    box: PhotoBox, laptop: Laptop, photo: Path, qt: QApplication
) -> None:
    QTest.mouseClick(box._canvas, LEFT)
    (dialog,) = (w for w in qt.topLevelWidgets() if isinstance(w, QFileDialog))
    assert dialog.isVisible()
    dialog.fileSelected.emit(str(photo))
    dialog.close()
    await laptop.tasks.settle()
    assert box.is_there()
