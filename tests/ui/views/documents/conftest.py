from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QSize
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QApplication

from ui.views.document_parts import Document
from ui.views.document_pdf import pdf

Pages = list[str]
Read = Callable[[bytes], Pages]
Print = Callable[[Document], Pages]


@pytest.fixture
def read(qt: QApplication) -> Read:
    """The text of each page of a PDF, as any reader finds it, blanks made one."""
    assert qt is not None

    def texts(content: bytes) -> Pages:
        data = QByteArray(content)
        buffer = QBuffer(data)
        buffer.open(QBuffer.OpenModeFlag.ReadOnly)
        document = QPdfDocument()
        document.load(buffer)
        pages = [
            " ".join(document.getAllText(page).text().split())
            for page in range(document.pageCount())
        ]
        size = document.pagePointSize(0).toSize()
        document.close()
        assert size == QSize(595, 842)
        return pages

    return texts


@pytest.fixture
def printed(read: Read) -> Print:
    """A document's pages as they come out."""
    return lambda document: read(pdf(document))
