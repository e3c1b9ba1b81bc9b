from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton, QWidget

from ui.views.language import Words
from ui.views.visit_keypad import Keypad
from ui.views.visit_options import Options
from ui.views.visit_photo_box import PhotoBox
from ui.views.visit_pictures import cropped, encoded, jpeg, load, unreadable
from ui.views.visit_signature import SignaturePad

Show = Callable[..., object]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def pad(qt: QApplication) -> SignaturePad:
    assert qt is not None
    made = SignaturePad("sheet")
    made.resize(400, 200)
    return made


def test_a_stroke_is_a_signature_and_a_dot_is_none(pad: SignaturePad, show: Show) -> None:
    show(pad)
    QTest.mouseClick(pad, LEFT, pos=QPoint(50, 50))
    assert not pad.is_signed()
    QTest.mousePress(pad, LEFT, pos=QPoint(50, 50))
    QTest.mouseMove(pad, QPoint(120, 90))
    QTest.mouseRelease(pad, LEFT, pos=QPoint(120, 90))
    assert pad.is_signed()
    image = QImage.fromData(pad.png())
    assert (image.width(), image.height()) == (pad.width() * 2, pad.height() * 2)
    assert image.pixelColor(170, 140).lightness() < 128
    assert image.pixelColor(780, 20) == QColor(Qt.GlobalColor.white)
    pad.clear()
    assert not pad.is_signed()


def test_a_finger_signs_too(pad: SignaturePad, show: Show, qt: QApplication) -> None:
    show(pad)
    finger = QTest.createTouchDevice()
    QTest.touchEvent(pad, finger).press(0, QPoint(10, 10), pad)
    QTest.touchEvent(pad, finger).move(0, QPoint(60, 60), pad)
    QTest.touchEvent(pad, finger).move(0, QPoint(120, 20), pad)
    QTest.touchEvent(pad, finger).release(0, QPoint(120, 20), pad)
    qt.processEvents()
    assert pad.is_signed()


def test_a_pen_signs_too(pad: SignaturePad, qt: QApplication) -> None:
    pen = QPointingDevice.primaryPointingDevice()
    kinds = (QEvent.Type.TabletPress, QEvent.Type.TabletMove, QEvent.Type.TabletRelease)
    for at, kind in enumerate(kinds):
        point = QPointF(20 + at * 60, 40)
        event = QTabletEvent(
            kind,
            pen,
            point,
            point,
            0.5,
            0,
            0,
            0,
            0,
            0,
            Qt.KeyboardModifier.NoModifier,
            LEFT,
            LEFT,
        )
        qt.sendEvent(pad, event)
    assert pad.is_signed()


def test_a_move_without_a_press_draws_nothing(pad: SignaturePad) -> None:
    pad.draw_to(QPointF(100, 100))
    pad.end()
    assert not pad.is_signed()


def test_the_keypad_types_into_the_field_with_the_focus(
    qt: QApplication, words: Words, show: Show
) -> None:
    assert qt is not None
    root = QWidget()
    one, other = QLineEdit(root), QLineEdit(root)
    other.move(0, 60)
    keypad = Keypad(words)
    keypad.setParent(root)
    keypad.move(0, 120)
    keypad.serve(one, other)
    show(root)
    keys = {b.text() or b.accessibleName(): b for b in keypad.findChildren(QPushButton)}
    assert len(keys) == 12
    for key in "12,5":
        QTest.mouseClick(keys[key], LEFT)
    other.setFocus()
    qt.processEvents()
    keypad.eventFilter(other, QEvent(QEvent.Type.FocusIn))
    QTest.mouseClick(keys["7"], LEFT)
    QTest.mouseClick(keys["Wissen"], LEFT)
    QTest.mouseClick(keys["8"], LEFT)
    assert (one.text(), other.text()) == ("12,5", "8")
    assert all(b.height() >= 44 for b in keypad.findChildren(QPushButton))


def test_options_answer_by_mouse_and_space(qt: QApplication, show: Show) -> None:
    assert qt is not None
    options = Options([("a", "A"), ("b", "B")], across=2)
    told: list[str] = []
    options.chosen.connect(told.append)
    show(options)
    assert options.code == ""
    QTest.mouseClick(options.button("b"), LEFT)
    QTest.keyClick(options.button("a"), Qt.Key.Key_Space)
    assert told == ["b", "a"]
    assert (options.code, options.first()) == ("a", options.button("a"))
    assert Options([]).first() is None


@given(part=st.tuples(*(st.integers(-50, 250) for _ in range(4))))
@settings(max_examples=60, deadline=None)
def test_any_part_can_be_cut_or_wiped(part: tuple[int, int, int, int]) -> None:
    image = QImage(200, 120, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    rect = QRect(*part)
    wiped, cut = unreadable(image, rect), cropped(image, rect)
    assert wiped.size() == image.size()
    assert 0 < cut.width() <= 200
    assert 0 < cut.height() <= 120


def test_what_was_wiped_is_gone_from_the_file() -> None:
    image = QImage(112, 112, QImage.Format.Format_RGB32)
    for x in range(112):
        for y in range(112):
            image.setPixelColor(
                x, y, Qt.GlobalColor.black if (x + y) % 2 else Qt.GlobalColor.white
            )
    wiped = unreadable(image, QRect(0, 0, 56, 112))
    shades = {wiped.pixelColor(x, y).lightness() // 40 for x in range(50) for y in range(112)}
    assert len(shades) <= 2
    assert wiped.pixelColor(100, 100) == image.pixelColor(100, 100)


def test_a_large_photo_is_made_smaller_and_loses_its_camera(tmp_path: Path) -> None:
    image = QImage(4000, 1000, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.blue)
    image.setText("Location", "52.0 4.2")
    path = tmp_path / "big.png"
    path.write_bytes(encoded(image, b"PNG"))
    assert b"Location" in path.read_bytes()
    loaded = load(str(path))
    assert loaded is not None
    assert (loaded.width(), loaded.height()) == (1920, 480)
    kept = jpeg(loaded)
    assert kept.startswith(b"\xff\xd8")
    assert b"Location" not in kept
    assert load(str(tmp_path / "none.png")) is None


@pytest.fixture
def box(qt: QApplication, words: Words, show: Show) -> PhotoBox:
    assert qt is not None
    made = PhotoBox(words)
    show(made)
    return made


def _tools(box: PhotoBox) -> list[str]:
    return [b.text() for b in box.findChildren(QPushButton) if b.isVisible()]


def test_a_photo_is_marked_wiped_cut_and_restored(box: PhotoBox, photo: Path) -> None:
    assert not box.is_there()
    assert box.picture() is None
    box.take(str(photo))
    whole = box.picture()
    assert whole is not None
    canvas = box._canvas
    middle = canvas.rect().center()
    for tool in ("Onleesbaar maken", "Bijsnijden"):
        QTest.mousePress(canvas, LEFT, pos=middle - QPoint(40, 40))
        QTest.mouseMove(canvas, middle + QPoint(40, 40))
        QTest.mouseRelease(canvas, LEFT, pos=middle + QPoint(40, 40))
        assert tool in _tools(box)
        (button,) = (b for b in box.findChildren(QPushButton) if b.text() == tool)
        QTest.mouseClick(button, LEFT)
    cut = box.picture()
    assert cut is not None
    assert QImage.fromData(cut.data).width() < QImage.fromData(whole.data).width()
    (undo,) = (b for b in box.findChildren(QPushButton) if b.text() == "Herstellen")
    QTest.mouseClick(undo, LEFT)
    assert box.picture() == whole
    QTest.mouseClick(canvas, LEFT)
    assert "Bijsnijden" not in _tools(box)


def test_a_photo_can_be_dropped_and_a_text_can_not(
    box: PhotoBox, photo: Path, tmp_path: Path, qt: QApplication
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
        assert box.is_there() is (path is photo)


def test_the_dialog_is_opened_and_never_waited_for(
    box: PhotoBox, photo: Path, qt: QApplication
) -> None:
    QTest.mouseClick(box._canvas, LEFT)
    (dialog,) = (w for w in qt.topLevelWidgets() if isinstance(w, QFileDialog))
    assert dialog.isVisible()
    dialog.fileSelected.emit(str(photo))
    dialog.close()
    assert box.is_there()
