from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget

from ui.views.language import Words
from ui.views.visit_ink import signature
from ui.views.visit_keypad import Keypad
from ui.views.visit_options import Options
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
    image = QImage.fromData(signature(pad.sheet()))
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


def _sign_with_pen(pad: SignaturePad, qt: QApplication, pressure: float) -> None:
    pen = QPointingDevice.primaryPointingDevice()
    kinds = (QEvent.Type.TabletPress, QEvent.Type.TabletMove, QEvent.Type.TabletRelease)
    for at, kind in enumerate(kinds):
        point = QPointF(20 + at * 60, 40)
        event = QTabletEvent(
            kind,
            pen,
            point,
            point,
            pressure,
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


def test_a_pen_signs_too_however_hard_it_is_pressed(
    pad: SignaturePad, qt: QApplication
) -> None:
    kept = []
    for pressure in (0.05, 1.0):
        pad.clear()
        _sign_with_pen(pad, qt, pressure)
        assert pad.is_signed()
        kept.append(signature(pad.sheet()))
    assert kept[0] == kept[1]


def test_strokes_are_taken_back_and_put_back_one_by_one_and_a_new_one_ends_that(
    pad: SignaturePad,
) -> None:
    def draw(y: float) -> None:
        pad.begin(QPointF(10, y))
        pad.draw_to(QPointF(120, y))
        pad.end()

    draw(10)
    draw(20)
    both = pad.sheet()
    pad.undo()
    assert len(pad.sheet().strokes) == 1
    pad.undo()
    pad.undo()
    assert not pad.is_signed()
    assert not pad.undoes()
    pad.redo()
    pad.redo()
    pad.redo()
    assert pad.sheet() == both
    pad.clear()
    assert not pad.is_signed()
    pad.redo()
    assert pad.sheet() == both
    pad.undo()
    assert pad.redoes()
    draw(30)
    assert not pad.redoes()


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
