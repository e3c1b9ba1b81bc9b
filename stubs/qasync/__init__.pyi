"""The little of qasync that is used here."""

import asyncio
from typing import Self

from PySide6.QtWidgets import QApplication

class QEventLoop(asyncio.SelectorEventLoop):
    def __init__(
        self, app: QApplication | None = None, already_running: bool = False
    ) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *args: object) -> None: ...
