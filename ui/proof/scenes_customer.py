"""Scenes of the customer view, and of the documents as they come out of the printer.

In comes the stage; out come windows. Rule: the customer view is opened as a technician opens
it, from the visit's own page; a document is shown as it is on paper, page below page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import QBuffer, QByteArray, QPointF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QLabel, QWidget

from ui.proof.scene import Play, Played, Quiet, Scene, ends, page_of
from ui.proof.stage import Stage
from ui.views.customer import LEAFLET, SIGN, TOLD, CustomerView
from ui.views.document_customer import customer_document
from ui.views.document_file import file_document
from ui.views.document_pdf import pdf
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.visit import VisitView
from ui.views.widgets import Scroll

_STROKE = ((50, 110), (80, 40), (100, 120), (130, 60), (150, 110), (200, 70), (260, 100))
_PAGE_PX = QSize(1000, 1414)
Then = Callable[[CustomerView, Quiet], Awaitable[None]]


def shown_at(point: str, sheet: str, then: Then | None = None) -> Play:
    """The customer view of a visit at a point of `POINTS`, on one of its sheets."""

    async def play(here: Stage, words: Words, quiet: Quiet) -> Played:
        visit = await here.relief.at(point)
        window = await page_of(here.relief.laptop, words, "visit", visit)
        view = _given(window)
        view.show_sheet(sheet)
        if then is not None:
            await quiet()
            await then(view, quiet)
        return ends(window)

    return play


async def draw(view: CustomerView, _quiet: Quiet) -> None:
    """The customer signs."""
    pad = view.sign.pad
    pad.begin(QPointF(*_STROKE[0]))
    for x, y in _STROKE[1:]:
        pad.draw_to(QPointF(x, y))
    pad.end()


async def ask(view: CustomerView, _quiet: Quiet) -> None:
    """Somebody wants out."""
    view.ask()


async def door(here: Stage, words: Words, quiet: Quiet) -> Played:
    """A wrong PIN was typed."""
    laptop = here.relief.laptop
    pin = laptop.handover().pin()
    await pin.keep("4711")
    played = await shown_at("written", TOLD, _wrong)(here, words, quiet)
    end = played.end

    async def put_back() -> None:
        await end()
        await pin.remove()

    return Played(played.window, put_back)


async def _wrong(view: CustomerView, quiet: Quiet) -> None:
    view.ask()
    view.door.field.setText("1234")
    view.door.go.click()
    for _ in range(6):  # Argon2id takes its time, and is to
        await quiet()


def paper(point: str, document: str) -> Play:
    """A document of a visit at a point of `POINTS`, else of the one in hand, as its PDF."""

    async def play(here: Stage, words: Words, _quiet: Quiet) -> Played:
        laptop = here.relief.laptop if point else here.technician
        visit = await here.relief.at(point) if point else here.visit
        presenter = laptop.handover().documents(visit)
        if document == "customer":
            told = await presenter.customer()
            assert told is not None
            made = customer_document(words, told.report, told.pictures)
        else:
            report = await presenter.file()
            assert report is not None
            made = file_document(words, report)
        window = _desk(pdf(made))

        async def end() -> None:
            window.deleteLater()

        return Played(window, end)

    return play


SCENES = (
    Scene("customer_told", shown_at("start_readings", TOLD)),
    Scene("customer_sign", shown_at("sign", SIGN, draw)),
    Scene("customer_leaflet", shown_at("written", LEAFLET)),
    Scene("customer_done", shown_at("close", SIGN)),
    Scene("customer_hold", shown_at("written", TOLD, ask)),
    Scene("customer_pin", door),
    Scene("paper_preference", paper("done", "customer")),
    Scene("paper_removal", paper("removed", "customer")),
    Scene("paper_placement", paper("", "customer")),
    Scene("paper_fault", paper("mended", "customer")),
    Scene("paper_file", paper("", "file")),
)


def _given(window: MainWindow) -> CustomerView:
    page = window.page
    assert isinstance(page, VisitView)
    page.show_customer()
    cover = window.cover
    assert isinstance(cover, CustomerView)
    return cover


def _desk(content: bytes) -> QWidget:
    """The pages of a PDF below each other."""
    data = QByteArray(content)
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    document = QPdfDocument()
    document.load(buffer)
    scroll = Scroll()
    for number in range(document.pageCount()):
        sheet = QLabel()
        sheet.setPixmap(QPixmap.fromImage(_on_white(document.render(number, _PAGE_PX))))
        scroll.body.addWidget(sheet, 0, Qt.AlignmentFlag.AlignHCenter)
    document.close()
    return scroll


def _on_white(page: QImage) -> QImage:
    made = QImage(page.size(), QImage.Format.Format_RGB32)
    made.fill(Qt.GlobalColor.white)
    painter = QPainter(made)
    painter.drawImage(0, 0, page)
    painter.end()
    return made
