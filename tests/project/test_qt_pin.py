"""The pinned Qt binding keeps the references of True, False and None (6.12.0 loses them)."""

from __future__ import annotations

import gc
import sys

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot


class Emitter(QObject):
    told = Signal(object)


def references() -> tuple[int, int, int]:
    return sys.getrefcount(True), sys.getrefcount(False), sys.getrefcount(None)  # noqa: FBT003


def test_signals_and_clicks_keep_references(qtbot: QtBot) -> None:
    emitter = Emitter()
    button = QPushButton("x")
    button.setCheckable(True)
    qtbot.addWidget(button)
    heard: list[int] = []
    emitter.told.connect(lambda _value: heard.append(1) if len(heard) < 5 else None)
    button.toggled.connect(lambda _on: None)
    gc.collect()  # what earlier tests left behind would go in the middle
    gc.disable()
    before = references()
    for _ in range(5_000):
        emitter.told.emit(True)  # noqa: FBT003
        emitter.told.emit(None)
    for _ in range(1_000):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    after = references()
    gc.enable()
    assert all(abs(b - a) < 50 for a, b in zip(before, after, strict=True)), (before, after)
    assert heard
