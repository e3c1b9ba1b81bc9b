"""In which order Tab walks a window: as it is read.

In comes a widget; out come those below it that Tab may reach, from left to right and from top
to bottom. Rule: the layouts say it, at the moment that Tab is pressed; whoever builds a page
anew need not think of the order.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QLayout, QScrollArea, QWidget


def reading_order(root: QWidget) -> Iterator[QWidget]:
    """What Tab reaches below `root`, and `root` itself."""
    if not root.isVisible() or not root.isEnabled():
        return
    if root.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield root
    if isinstance(root, QComboBox):
        return  # its field speaks for it
    for child in _children(root):
        yield from reading_order(child)


def next_to(root: QWidget, current: QWidget | None, *, forward: bool) -> QWidget | None:
    """What comes after `current`, or before it; round at the ends, from a page into it."""
    order = list(reading_order(root))
    if not order:
        return None
    holders = [one for one in order if current is not None and _holds(one, current)]
    if holders:
        place = order.index(holders[-1]) + (1 if forward else -1)
        return order[place % len(order)]
    inside = [one for one in order if current is not None and current.isAncestorOf(one)]
    return (inside or order)[0 if forward else -1]


def _holds(one: QWidget, current: QWidget) -> bool:
    return one is current or one.isAncestorOf(current)


def _children(widget: QWidget) -> list[QWidget]:
    """Those in its layout as that has them, then the others by where they lie."""
    inner = [widget.widget()] if isinstance(widget, QScrollArea) else []
    layout = widget.layout()
    laid = [*(part for part in inner if part is not None), *_laid(layout)]
    rest = [
        child
        for child in widget.children()
        if isinstance(child, QWidget) and child not in laid and not child.isWindow()
    ]
    rest = [child for child in rest if not any(child.isAncestorOf(part) for part in laid)]
    return [*laid, *sorted(rest, key=lambda child: (child.y(), child.x()))]


def _laid(layout: QLayout | None) -> list[QWidget]:
    found: list[QWidget] = []
    for place in _places(layout):
        item = layout.itemAt(place) if layout is not None else None
        if item is None:
            continue
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            found.append(widget)
        elif inner is not None:
            found += _laid(inner)
    return found


def _places(layout: QLayout | None) -> list[int]:
    """A grid's cells row by row; other layouts as they were filled."""
    if layout is None:
        return []
    places = list(range(layout.count()))
    if isinstance(layout, QGridLayout):
        places.sort(key=lambda place: layout.getItemPosition(place)[:2])  # type: ignore[index]  # PySide6's stub says object
    return places
