from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ui.views.visit_canvas import Canvas
from ui.views.visit_frame import HANDLES, MOVE, grip_at, handle_at, pulled
from ui.views.visit_pictures import Pixels

ROOM = QRectF(0, 0, 400, 300)
LEFT = Qt.MouseButton.LeftButton
pull = st.integers(-900, 900)


@given(grip=st.sampled_from((*HANDLES, MOVE)), by=st.tuples(pull, pull))
def test_a_frame_stays_in_the_photo_and_the_right_way_round(
    grip: str, by: tuple[int, int]
) -> None:
    frame = pulled(QRectF(100, 80, 120, 90), grip, QPointF(*by), ROOM, 20)
    assert ROOM.contains(frame)
    assert min(frame.width(), frame.height()) >= 20
    if grip == MOVE:
        assert (frame.width(), frame.height()) == (120, 90)


def test_a_finger_finds_each_handle_from_22_px_away_and_the_middle_moves() -> None:
    frame = QRectF(100, 80, 200, 160)
    for name in HANDLES:
        assert grip_at(frame, handle_at(frame, name) + QPointF(15, 15), 22) == name
    assert grip_at(frame, frame.center(), 22) == MOVE
    assert grip_at(frame, QPointF(5, 5), 22) == ""
    assert grip_at(QRectF(), QPointF(5, 5), 22) == ""


def _canvas(qt: QApplication) -> Canvas:
    canvas = Canvas("Kies een foto")
    canvas.resize(400, 300)
    canvas.show_picture(Pixels(800, 600, b"\x40\x80\xc0\xff" * 800 * 600))
    canvas.let_frame(on=True)
    canvas.show()
    qt.processEvents()
    return canvas


def _drag(canvas: Canvas, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(canvas, LEFT, pos=start)
    QTest.mouseMove(canvas, end)
    QTest.mouseRelease(canvas, LEFT, pos=end)


def test_a_frame_is_drawn_pulled_moved_and_let_go_by_pointer(qt: QApplication) -> None:
    canvas = _canvas(qt)
    _drag(canvas, QPoint(100, 100), QPoint(200, 180))
    assert canvas.part() == (200, 200, 200, 160)
    _drag(canvas, QPoint(198, 178), QPoint(248, 228))
    assert canvas.part() == (200, 200, 300, 260)
    _drag(canvas, QPoint(175, 165), QPoint(75, 65))
    assert canvas.part() == (0, 0, 300, 260)
    canvas.resize(200, 150)
    assert canvas.part() == (0, 0, 300, 260)
    QTest.mouseClick(canvas, LEFT, pos=QPoint(190, 140))
    assert not canvas.is_framed()


def test_keys_move_a_frame_and_pull_its_corner(qt: QApplication) -> None:
    canvas = _canvas(qt)
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert not canvas.is_framed()
    canvas.put_frame(0.5)
    assert canvas.part() == (200, 150, 400, 300)
    QTest.keyClick(canvas, Qt.Key.Key_Left)
    QTest.keyClick(canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.part() == (184, 150, 400, 316)


def test_an_empty_place_takes_no_frame(qt: QApplication) -> None:
    canvas = _canvas(qt)
    canvas.show_picture(None)
    canvas.put_frame(0.5)
    _drag(canvas, QPoint(100, 100), QPoint(200, 180))
    assert not canvas.is_framed()
    assert canvas.part() == (0, 0, 0, 0)
