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
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from ui.presenters.visit import Picture
from ui.presenters.visit_page import Action, VisitPage
from ui.views.page import Context
from ui.views.visit_photo_box import PhotoBox
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
    async def sign(self) -> None: ...
    async def go_on(self) -> None: ...


Show = Callable[..., object]
LEFT = Qt.MouseButton.LeftButton
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="no process can be frozen")


@pytest.fixture
async def box(context: Context, show: Show) -> PhotoBox:
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
    return [b.accessibleName() for b in box.findChildren(QPushButton) if b.isVisible()]


def _tool(box: PhotoBox, name: str) -> QPushButton:
    (button,) = (b for b in box.findChildren(QPushButton) if b.accessibleName() == name)
    return button


async def _press(box: PhotoBox, laptop: Laptop, name: str) -> None:
    QTest.mouseClick(_tool(box, name), LEFT)
    await laptop.tasks.settle()


def _frame(box: PhotoBox, by: int = 40) -> None:
    canvas = box._canvas
    middle = canvas.rect().center()
    QTest.mousePress(canvas, LEFT, pos=middle - QPoint(by, by))
    QTest.mouseMove(canvas, middle + QPoint(by, by))
    QTest.mouseRelease(canvas, LEFT, pos=middle + QPoint(by, by))


async def _edited(box: PhotoBox, laptop: Laptop, tool: str) -> Picture:
    if tool != "Kwartslag draaien":
        _frame(box)
        assert "kader open" in box.lack()
    await _press(box, laptop, tool)
    assert box.lack() == ""
    picture = await box.picture()
    assert picture is not None
    return picture


async def test_a_photo_is_framed_wiped_cut_turned_and_each_is_undone_and_done_again(
    box: PhotoBox, laptop: Laptop, photo: Path
) -> None:
    assert not box.is_there()
    assert await box.picture() is None
    box.take(str(photo))
    whole = await box.picture()
    assert whole is not None
    QTest.mouseClick(box._canvas, LEFT)
    kept = [whole]
    for tool in ("Onleesbaar maken", "Bijsnijden", "Kwartslag draaien"):
        kept.append(await _edited(box, laptop, tool))
    wiped, cut, turned = (QImage.fromData(picture.data).size() for picture in kept[1:])
    assert wiped.width() > cut.width()
    assert turned == cut.transposed()
    for expected in reversed(kept[:-1]):
        await _press(box, laptop, "Herstellen")
        assert await box.picture() == expected
    assert not _tool(box, "Herstellen").isEnabled()
    for expected in kept[1:]:
        await _press(box, laptop, "Opnieuw")
        assert await box.picture() == expected
    assert not _tool(box, "Opnieuw").isEnabled()
    QTest.mouseClick(_tool(box, "Klaar"), LEFT)
    assert "Bijsnijden" not in _tools(box)


async def test_without_a_frame_a_tool_puts_one_first(
    box: PhotoBox, laptop: Laptop, photo: Path
) -> None:
    box.take(str(photo))
    whole = await box.picture()
    box.edit()
    await _press(box, laptop, "Bijsnijden")
    assert await box.picture() == whole
    await _press(box, laptop, "Bijsnijden")
    cut = await box.picture()
    assert cut is not None
    assert QImage.fromData(cut.data).width() == 640 * 8 // 10


@pytest.mark.usefixtures("beside")
async def test_a_photo_saved_while_it_is_wiped_is_the_wiped_one(
    context: Context, show: Show, photo: Path
) -> None:
    box = PhotoBox(context)
    show(box)
    box.take(str(photo))
    whole = await box.picture()
    box.edit()
    _frame(box)
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
    box.edit()
    _frame(box)
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
async def test_a_signature_whose_file_could_not_be_made_is_saved_at_the_next_press(
    beside: Beside, technician: TechnicianLike
) -> None:
    me = technician
    await me.open("V-1008")
    await me.until(Action.SIGN)
    await me.sign()
    async with _dying(beside):
        QTest.mouseClick(me.pane.bar.primary, LEFT)
        await asyncio.sleep(0)
    await me.settle()
    problem = me.work.problem
    assert problem is not None
    assert problem.what == "Het rekenwerk naast dit venster is halverwege gestopt."
    assert me.page.primary is not None
    assert me.page.primary.action is Action.SIGN
    await me.go_on()
    assert me.work.problem is None
    assert me.page.primary.action is not Action.SIGN


@asynccontextmanager
async def _dying(worker: Beside) -> AsyncIterator[None]:
    """What is asked of the worker meanwhile finds it frozen, and then dead."""
    pid = await worker.run(os.getpid)
    os.kill(pid, signal.Signals["SIGSTOP"])
    await asyncio.to_thread(_frozen, pid)
    yield
    await asyncio.to_thread(_asked, worker)
    os.kill(pid, signal.Signals["SIGKILL"])


def _frozen(pid: int) -> None:
    """Wait until it stands still: until then one of its threads may still take the job in."""
    if sys.platform != "win32":
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)


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
