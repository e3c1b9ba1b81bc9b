"""Putting parts beside and below each other, and dressing them.

In come widgets; out come layouts with the distances of the theme. Rule: a layout has no margin
unless it is asked for.
"""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.views import theme

L = TypeVar("L", bound=QBoxLayout)


def dress(widget: QWidget, role: str = "", tone: str = "") -> None:
    """Give a widget its role and tone, and have it and its labels drawn by them."""
    if role:
        widget.setProperty("role", role)
    widget.setProperty("tone", tone)
    style = widget.style()
    for one in (widget, *widget.findChildren(QLabel)):
        style.unpolish(one)
        style.polish(one)


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        inner = item.layout() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)


def column(
    *parts: QWidget | QLayout, space: int = theme.SPACE[1], margin: int = 0
) -> QVBoxLayout:
    """Parts from top to bottom."""
    return _filled(QVBoxLayout(), parts, space, margin)


def line(
    *parts: QWidget | QLayout, space: int = theme.SPACE[1], margin: int = 0
) -> QHBoxLayout:
    """Parts from left to right."""
    return _filled(QHBoxLayout(), parts, space, margin)


def inset(part: QWidget, left: int, top: int, right: int, bottom: int) -> QVBoxLayout:
    """A part with room round it: a label's own margins are the style sheet's to forget."""
    made = column(part)
    made.setContentsMargins(left, top, right, bottom)
    return made


def spacer(*, across: bool = False) -> QWidget:
    """An empty widget that takes the room that is left, downwards or across."""
    made = QWidget()
    grow, keep = QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum
    made.setSizePolicy(grow if across else keep, keep if across else grow)
    return made


def _filled(layout: L, parts: tuple[QWidget | QLayout, ...], space: int, margin: int) -> L:
    layout.setSpacing(space)
    layout.setContentsMargins(margin, margin, margin, margin)
    for part in parts:
        if isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)
    return layout
