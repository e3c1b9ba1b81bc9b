"""Dragging as a hand does it, and where on the planner's board it ends."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from ui.views.planning import PlanningPage

LEFT = Qt.MouseButton.LeftButton


def drag(widget: QWidget, to: QPoint, *, esc: bool = False) -> None:
    """Press in the middle, move to a global position, release."""
    start = widget.rect().center()
    QTest.mousePress(widget, LEFT, Qt.KeyboardModifier.NoModifier, start)
    for step in (2, 1):
        there = widget.mapFromGlobal(to) + QPoint(0, 2 * (step - 1))
        QTest.mouseMove(widget, there)
    if esc:
        QTest.keyClick(widget, Qt.Key.Key_Escape)
    QTest.mouseRelease(widget, LEFT, Qt.KeyboardModifier.NoModifier, widget.mapFromGlobal(to))


def spot(page: PlanningPage, lane: int, hour: float) -> QPoint:
    """A global position on the board: a technician's row at so many hours after its start."""
    scale = page.board.scale
    assert scale is not None
    head = page.board.heads[lane]
    x = scale.x(scale.first) + hour * scale.per_hour
    return page.board.mapToGlobal(QPoint(int(x), head.geometry().center().y()))
