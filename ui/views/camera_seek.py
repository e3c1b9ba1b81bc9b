"""Whether this laptop has a camera.

A job for a process of its own: Qt's room for cameras takes a while to load, and may not be
there at all. Out comes yes or no. Rule: nothing is switched on.
"""

from __future__ import annotations

from collections.abc import Generator

from PySide6.QtCore import QCoreApplication


def seek() -> Generator[None, None, bool]:
    """Look for a camera; False also where the system lacks what it takes to use one."""
    yield
    try:
        from PySide6.QtMultimedia import QMediaDevices  # noqa: PLC0415 - see above
    except ImportError:
        return False
    app = QCoreApplication.instance() or QCoreApplication([])
    there = bool(QMediaDevices.videoInputs())
    del app
    return there
