"""A finger scrolls: what is longer than its room follows the hand.

In comes a scrolling area; nothing goes out. Rule: what takes touches itself (a sheet to sign
on, a photo to mark) is not scrolled away under the finger.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QScrollPrepareEvent
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QScroller,
    QScrollerProperties,
    QWidget,
)


class Finger(QObject):
    """Lets a finger scroll an area; the area owns it."""

    def __init__(self, area: QAbstractScrollArea) -> None:
        super().__init__(area)
        surface = area.viewport()
        QScroller.grabGesture(surface, QScroller.ScrollerGestureType.TouchGesture)
        scroller = QScroller.scroller(surface)
        properties = scroller.scrollerProperties()
        never = QScrollerProperties.OvershootPolicy.OvershootAlwaysOff
        for metric in (
            QScrollerProperties.ScrollMetric.VerticalOvershootPolicy,
            QScrollerProperties.ScrollMetric.HorizontalOvershootPolicy,
        ):
            properties.setScrollMetric(metric, never)
        scroller.setScrollerProperties(properties)
        surface.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave alone what takes touches itself."""
        if isinstance(event, QScrollPrepareEvent) and isinstance(watched, QWidget):
            under = watched.childAt(event.startPos().toPoint())
            while under is not None and under is not watched:
                if under.testAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents):
                    event.ignore()
                    return True
                under = under.parentWidget()
        return super().eventFilter(watched, event)
