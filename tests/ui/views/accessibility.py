"""What every window is held to: it can be seen whole, touched with a finger, and heard."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from tests.ui.views.conftest import settle
from ui.views import theme
from ui.views.theme import THEMES
from ui.views.widgets import ElidedLabel

TOUCHED = (QAbstractButton, QLineEdit, QComboBox, QPlainTextEdit)


def _visible(root: QWidget, kind: type[QWidget] | tuple[type[QWidget], ...]) -> list[QWidget]:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return [
        w
        for k in kinds
        for w in root.findChildren(k)
        if w.isVisibleTo(root) and not isinstance(w.parent(), QComboBox)
    ]


def _unnamed(root: QWidget) -> list[str]:
    """What can be used and says nothing to a screen reader."""
    return [
        f"{type(w).__name__} in {type(w.parent()).__name__}"
        for w in _visible(root, TOUCHED)
        if w.focusPolicy() != Qt.FocusPolicy.NoFocus and not w.accessibleName().strip()
    ]


def _too_small(root: QWidget) -> list[str]:
    """What can be touched and is lower than a finger."""
    return [
        f"{type(w).__name__} {w.accessibleName()!r} {w.width()}x{w.height()}"
        for w in _visible(root, TOUCHED)
        if w.isEnabled() and min(w.height(), w.width()) < theme.TARGET
    ]


def _cut(root: QWidget) -> list[str]:
    """Labels of one line that are wider than their room and do not say so with dots."""
    return [
        f"{label.text()!r} {label.width()} < {label.sizeHint().width()}"
        for label in root.findChildren(QLabel)
        if label.isVisibleTo(root)
        and not isinstance(label, ElidedLabel)
        and not label.wordWrap()
        and label.text()
        and label.sizeHint().width() > label.width() + 1
    ]


def _broken(root: QWidget) -> list[str]:
    """Wrapped labels with a word wider than their room, or more lines than they show."""
    return [
        f"{label.text()!r} {label.width()}x{label.height()}"
        for label in root.findChildren(QLabel)
        if label.isVisibleTo(root)
        and label.wordWrap()
        and label.text()
        and (_widest(label) > label.width() + 1 or label.height() + 1 < _height(label))
    ]


def _widest(label: QLabel) -> int:
    """The widest part between two blanks where a line may end."""
    words = re.split(r"[ \n\u200b/-]", label.text())
    return max(label.fontMetrics().horizontalAdvance(word) for word in words)


def _height(label: QLabel) -> int:
    return label.heightForWidth(label.width())


def _squeezed(root: QWidget) -> list[str]:
    """Buttons that are narrower than their words."""
    return [
        f"{button.accessibleName()!r} {button.width()} < {button.sizeHint().width()}"
        for button in root.findChildren(QPushButton)
        if button.isVisibleTo(root)
        and button.text()
        and button.sizeHint().width() > button.width() + 1
    ]


def _outside(root: QWidget) -> list[str]:
    """What lies beyond the right edge of the window."""
    return [
        f"{type(w).__name__} {w.accessibleName()!r}"
        for w in _visible(root, TOUCHED)
        if w.mapTo(root, w.rect().topRight()).x() > root.width()
    ]


Check = Callable[[QWidget], list[str]]
CHECKS: dict[str, Check] = {
    "unnamed": _unnamed,
    "too small": _too_small,
    "cut": _cut,
    "outside": _outside,
    "broken": _broken,
    "squeezed": _squeezed,
}


def faults(
    qt: QApplication,
    window: QWidget,
    sizes: tuple[QSize, ...],
    themes: tuple[str, ...] = tuple(THEMES),
) -> list[str]:
    """What is wrong with a window in these sizes and themes."""
    found = []
    for size, name in product(sizes, themes):
        theme.wear(name)
        window.resize(size)
        settle(qt)
        for what, check in CHECKS.items():
            found += [f"{what} at {size.width()} in {name}: {one}" for one in check(window)]
    theme.wear("light")
    return found
