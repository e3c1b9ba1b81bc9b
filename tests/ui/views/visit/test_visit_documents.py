from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest
from PySide6.QtCore import QBuffer, QByteArray
from PySide6.QtGui import QDesktopServices
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QLabel

from fieldapp.domain import facts as f
from fieldapp.errors import StoreFull, WorkerGone
from fieldapp.store import audit
from ui.presenters.visit_page import Action, VisitPage
from ui.views.main_window import MainWindow
from ui.views.visit_documents import DocumentCard
from ui.views.visit_pane import WorkPane
from ui.views.visit_work import Work
from ui.wiring import Laptop


class TechnicianLike(Protocol):
    laptop: Laptop
    window: MainWindow

    @property
    def page(self) -> VisitPage: ...

    @property
    def pane(self) -> WorkPane: ...

    @property
    def work(self) -> Work: ...

    async def open(self, number: str) -> None: ...

    async def until(self, action: Action, about: str = "") -> None: ...

    async def press(self, text: str) -> None: ...

    async def choose(self, code: str, at: int = 0) -> None: ...

    async def go_on(self) -> None: ...

    async def settle(self) -> None: ...


@pytest.fixture
async def over(technician: TechnicianLike) -> TechnicianLike:
    """A visit that was closed in this window."""
    await technician.open("V-1001")
    await technician.until(Action.CLOSE)
    await technician.go_on()
    return technician


def cards(me: TechnicianLike) -> tuple[DocumentCard, DocumentCard]:
    """The customer's, then the file's."""
    first, second = me.pane.findChildren(DocumentCard)
    return first, second


def said(card: DocumentCard) -> str:
    return " | ".join(one.text() for one in card.findChildren(QLabel) if one.isVisible())


def text_of(content: bytes) -> str:
    buffer = QBuffer(data := QByteArray(content))
    assert not data.isEmpty()
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    document = QPdfDocument()
    document.load(buffer)
    pages = range(document.pageCount())
    text = " ".join(document.getAllText(page).text() for page in pages)
    document.close()
    return " ".join(text.split())


async def actions(me: TechnicianLike) -> list[str]:
    return [entry.action for entry in await me.laptop.db.read(audit.entries)]


@pytest.mark.parametrize(
    ("lang", "heading"), [("", "Bezoekverslag"), ("en", "Report of our visit")]
)
async def test_the_customers_document_is_kept_at_closing(
    technician: TechnicianLike, lang: str, heading: str
) -> None:
    await technician.open("V-1001")
    await technician.until(Action.CLOSE)
    if lang:
        await technician.choose(lang)
    await technician.go_on()
    *_, kept, closed = technician.page.facts
    assert isinstance(closed, f.VisitClosed)
    assert isinstance(kept, f.EvidenceAdded)
    assert kept.slot == "report"
    text = text_of(await technician.work.visit.picture(kept.sha256))
    assert text.startswith(heading)
    assert technician.window.words.time(closed.at) in text
    assert "Hond" not in text


async def test_a_document_that_can_not_be_made_keeps_the_visit_open(
    technician: TechnicianLike, monkeypatch: pytest.MonkeyPatch
) -> None:
    await technician.open("V-1001")
    await technician.until(Action.CLOSE)

    async def gone(*_: object) -> bytes:
        raise WorkerGone("9")

    with monkeypatch.context() as broken:
        broken.setattr(technician.work.worker, "run", gone)
        await technician.go_on()
    assert technician.page.state == "started"
    assert technician.work.problem is not None
    await technician.go_on()
    assert technician.page.state == "done"


async def test_both_are_saved_noted_and_opened(
    over: TechnicianLike, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, file = cards(over)
    opened: list[str] = []
    for card, name in ((customer, "a.pdf"), (file, "b.pdf")):
        card.save(str(tmp_path / name))
        await over.settle()
        assert f"Opgeslagen: {name}" in said(card)
    assert (await actions(over))[-2:] == ["export_customer_document", "export_file_document"]
    assert "Uw meter en uw gegevens" in text_of((tmp_path / "a.pdf").read_bytes())
    assert "Dossier van het bezoek" in text_of((tmp_path / "b.pdf").read_bytes())

    def open_url(url: object) -> bool:
        opened.append(str(url))
        return len(opened) == 1

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    await over.press("Openen")
    assert "a.pdf" in opened[0]
    await over.press("Openen")
    assert "Er is geen programma dat een PDF opent." in said(customer)


async def test_where_it_can_not_be_saved_that_is_said(
    over: TechnicianLike, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer, file = cards(over)
    customer.save(str(tmp_path / "no" / "a.pdf"))
    await over.settle()
    assert "Kan hier niet worden opgeslagen" in said(customer)

    async def full(*_: object, **__: object) -> None:
        raise StoreFull("store", "28")

    async def gone(*_: object) -> bytes:
        raise WorkerGone("9")

    with monkeypatch.context() as broken:
        broken.setattr(over.laptop.db, "write", full)
        file.save(str(tmp_path / "b.pdf"))
        await over.settle()
    assert not (tmp_path / "b.pdf").exists(), "what is not noted does not leave"
    with monkeypatch.context() as broken:
        broken.setattr(over.laptop.db, "read", full)
        for card in (customer, file):
            card.print_on(_on_file(tmp_path / "c.pdf"))
            await over.settle()
    assert not (tmp_path / "c.pdf").exists()
    with monkeypatch.context() as broken:
        broken.setattr(over.work.worker, "run", gone)
        file.save(str(tmp_path / "b.pdf"))
        await over.settle()
    assert "halverwege gestopt" in said(file)


async def test_it_is_drawn_on_paper_too(over: TechnicianLike, tmp_path: Path) -> None:
    customer, _ = cards(over)
    customer.print_on(_on_file(tmp_path / "paper.pdf"))
    await over.settle()
    assert "Naar de printer gestuurd" in said(customer)
    assert "Uw meter en uw gegevens" in text_of((tmp_path / "paper.pdf").read_bytes())
    assert "export_customer_document" in await actions(over)


@pytest.mark.parametrize(
    ("button", "kind"), [("Opslaan als", QFileDialog), ("Afdrukken", QPrintDialog)]
)
async def test_the_dialogs_name_the_visit_and_do_not_stop_the_window(
    over: TechnicianLike, button: str, kind: type[QDialog]
) -> None:
    await over.press(button)
    (dialog,) = over.window.findChildren(kind)
    if isinstance(dialog, QFileDialog):
        assert [Path(name).name for name in dialog.selectedFiles()] == ["V-1001-customer.pdf"]
    dialog.close()
    await over.settle()


def _on_file(path: Path) -> QPrinter:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    return printer
