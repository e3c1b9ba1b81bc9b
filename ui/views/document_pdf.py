"""A document onto pages: a PDF file, or whatever else has pages.

`pdf` is a job for the worker (`ui.worker`): it takes 100 ms and more. In comes a `Document`;
out come the octets of a PDF, A4, with the product's own font in it. Rule: the file's
properties tell the visit's number and nothing of a customer.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF
from PySide6.QtGui import (
    QGuiApplication,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
)

from ui.views.document_ink import SMALL, TEXT, TITLE, Ink
from ui.views.document_parts import Document
from ui.views.document_strips import Cutter, Strip

_DOTS = 600
_MARGIN_MM, _FOOT_MM = 14.0, 7.0
_DENSITIES = (1.0, 0.95, 0.9, 0.85)
_BESIDE_SHARE = 0.32
Placed = tuple[float, Strip]
Page = list[Placed]


def pdf(document: Document) -> bytes:
    """The document as a PDF file."""
    _application()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DOTS)
    writer.setTitle(f"{document.title} {document.number}")
    writer.setCreator("fieldapp")
    print_on(writer, document)
    buffer.close()
    return bytes(data.data())


def print_on(device: QPagedPaintDevice, document: Document) -> int:
    """Draw the document on a PDF or a printer; answers the number of pages."""
    margins = QMarginsF(0, 0, 0, 0)
    size = QPageSize(QPageSize.PageSizeId.A4)
    device.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, margins))
    painter = QPainter(device)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    sheet = _fitting(device, document)
    for at, page in enumerate(sheet.pages):
        if at:
            device.newPage()
        sheet.draw(painter, page, at + 1)
    painter.end()
    return len(sheet.pages)


@cache
def _application() -> QGuiApplication:
    """Fonts need one; a process without a window makes one that shows nothing, and keeps it."""
    running = QGuiApplication.instance()
    if isinstance(running, QGuiApplication):
        return running
    return QGuiApplication(["fieldapp", "-platform", "offscreen"])


def _fitting(device: QPagedPaintDevice, document: Document) -> _Sheet:
    """As large as it can be; smaller only where that saves all pages but the first."""
    first = _Sheet(device, document, _DENSITIES[0])
    if not document.one_page or len(first.pages) == 1:
        return first
    smaller = (_Sheet(device, document, density) for density in _DENSITIES[1:])
    return next((sheet for sheet in smaller if len(sheet.pages) == 1), first)


class _Sheet:
    """A document laid out at one density."""

    def __init__(self, device: QPagedPaintDevice, document: Document, density: float) -> None:
        self._ink = Ink(device, density)
        self._document = document
        margin, foot = (mm * device.logicalDpiY() / 25.4 for mm in (_MARGIN_MM, _FOOT_MM))
        self._room = QRectF(
            margin,
            margin,
            device.width() - 2 * margin,
            device.height() - 2 * margin - foot,
        )
        strips = [self._head(), *Cutter(self._ink, self._room.width()).strips(document.blocks)]
        self.pages = list(_paged(strips, self._room.height()))

    def draw(self, painter: QPainter, page: Page, number: int) -> None:
        """One page, with its foot."""
        for top, strip in page:
            strip.draw(painter, self._room.left(), self._room.top() + top)
        words = self._document.page.format(n=number, all=len(self.pages))
        foot = self._ink.figures(words, self._ink.font(SMALL))
        at = QPointF(self._room.right() - foot.width, self._room.bottom() + self._ink.mm(5))
        foot.draw(painter, at, self._ink.colours.muted)

    def _head(self) -> Strip:
        ink, document, width = self._ink, self._document, self._room.width()
        aside = width * _BESIDE_SHARE
        room = width - aside - ink.mm(6)
        title = ink.lines(document.title, ink.font(TITLE, strong=True), room)
        below = ink.lines(document.line, ink.font(TEXT), room)
        beside = ink.lines("\n".join(document.beside), ink.font(TEXT), aside)
        height = max(title.height + below.height, beside.height) + ink.mm(3)

        def paint(painter: QPainter, x: float, y: float) -> None:
            title.draw(painter, QPointF(x, y), ink.colours.text)
            below.draw(painter, QPointF(x, y + title.height), ink.colours.muted)
            beside.draw(painter, QPointF(x + width - aside, y), ink.colours.text)
            place = QRectF(x, y + height, width, 0)
            ink.rule(painter, place, ink.colours.accent, mm=0.6)

        return Strip(height, paint)


def _paged(strips: list[Strip], room: float) -> Iterator[Page]:
    """Strips onto pages: what holds on to the next goes with it."""
    page: Page = []
    top = 0.0
    for at, strip in enumerate(strips):
        before = strip.before if page else 0.0
        if page and top + before + _with_held(strips, at) > room:
            yield page
            page, top, before = [], 0.0, 0.0
            if strip.again is not None:
                page.append((0.0, strip.again))
                top = strip.again.height
        page.append((top + before, strip))
        top += before + strip.height
    yield page


def _with_held(strips: list[Strip], at: int) -> float:
    """The height of a strip and of those that it holds on to."""
    height = strips[at].height
    while strips[at].holds and at + 1 < len(strips):
        at += 1
        height += strips[at].before + strips[at].height
    return height
