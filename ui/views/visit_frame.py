"""The frame on a photo: eight handles for a finger, and where they pull it.

In come rectangles and points, in any unit; out comes the rectangle after. Rule: a frame stays
inside its picture and never turns inside out.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF

MOVE = "move"
HANDLES = ("nw", "n", "ne", "e", "se", "s", "sw", "w")


def handle_at(frame: QRectF, name: str) -> QPointF:
    """Where a handle lies: corners and the middles of the sides."""
    x = frame.left() if "w" in name else frame.right() if "e" in name else frame.center().x()
    y = frame.top() if "n" in name else frame.bottom() if "s" in name else frame.center().y()
    return QPointF(x, y)


def grip_at(frame: QRectF, at: QPointF, reach: float) -> str:
    """What a finger at this point takes hold of: a handle, all of it (`MOVE`), or nothing."""
    if frame.isEmpty():
        return ""
    near = {name: _distance(handle_at(frame, name), at) for name in HANDLES}
    closest = min(near, key=lambda name: near[name])
    if near[closest] <= reach:
        return closest
    return MOVE if frame.contains(at) else ""


def pulled(frame: QRectF, grip: str, by: QPointF, room: QRectF, least: float) -> QRectF:
    """The frame after a pull; no side shorter than `least` where the picture has that much."""
    if grip == MOVE:
        x = min(max(frame.left() + by.x(), room.left()), room.right() - frame.width())
        y = min(max(frame.top() + by.y(), room.top()), room.bottom() - frame.height())
        return QRectF(x, y, frame.width(), frame.height())
    left, right = frame.left(), frame.right()
    top, bottom = frame.top(), frame.bottom()
    if "w" in grip:
        left = max(room.left(), min(left + by.x(), right - least))
    if "e" in grip:
        right = min(room.right(), max(right + by.x(), left + least))
    if "n" in grip:
        top = max(room.top(), min(top + by.y(), bottom - least))
    if "s" in grip:
        bottom = min(room.bottom(), max(bottom + by.y(), top + least))
    return QRectF(QPointF(left, top), QPointF(right, bottom))


def _distance(a: QPointF, b: QPointF) -> float:
    away = a - b
    return float((away.x() ** 2 + away.y() ** 2) ** 0.5)
