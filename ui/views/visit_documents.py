"""The documents of a visit that is over: made, saved, opened, printed.

In comes the work in hand; out go PDF files and paper. Rule: the language is the customer's and
not the window's; a file's name tells the visit's number and nothing more; a document is noted
before it leaves the laptop, and none lies in a temporary file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog
from shiboken6 import isValid

from fieldapp.domain import facts as f
from fieldapp.errors import WorkerGone
from ui.messages import LANGUAGES, sentence
from ui.presenters.documents import CUSTOMER
from ui.views import theme
from ui.views.document_customer import customer_document
from ui.views.document_file import file_document
from ui.views.document_parts import Document
from ui.views.document_pdf import pdf, print_on
from ui.views.language import Words
from ui.views.visit_options import Options
from ui.views.visit_work import Work
from ui.views.widgets import Card, QuietButton, SecondaryButton, Small, Tabs, line

PDF = "application/pdf"
LANGUAGE = "customer/language"
"""The draft that keeps which language the customer chose."""

Said = tuple[str, str]
"""Words, and the tone in which they are said."""


def language_options(work: Work) -> Options:
    """In which language the customer reads; what is chosen is kept with the visit."""
    languages = [(lang, work.words(f"documents.language_{lang}")) for lang in LANGUAGES]
    made = Options(languages, customer_language(work), across=2, least_px=theme.TARGET)
    made.chosen.connect(lambda lang: work.visit.drafts.keep(LANGUAGE, lang))
    return made


def customer_language(work: Work) -> str:
    """The language that the customer chose in this visit; Dutch where nobody did."""
    return work.visit.drafts.text(LANGUAGE) or LANGUAGES[0]


class Papers:
    """Makes the documents of the visit in hand, in one language."""

    def __init__(self, work: Work, lang: str) -> None:
        self._worker = work.worker
        self._words = Words(lang, strict=work.words.strict)
        self._documents = work.context.desk.handover().documents(work.page.id)

    async def customer(self, *closing: f.AnyFact) -> bytes:
        """The customer's document as a PDF, with what is about to be kept; empty: it failed.

        Raises:
            WorkerGone: its making broke off.
        """
        document = await self.document(CUSTOMER, *closing)
        return await self._worker.run(pdf, document) if document is not None else b""

    async def document(self, which: str, *closing: f.AnyFact) -> Document | None:
        """A document, not yet drawn; None where the store does not give it."""
        if which == CUSTOMER:
            paper = await self._documents.customer(*closing)
            if paper is None:
                return None
            return customer_document(self._words, paper.report, paper.pictures)
        report = await self._documents.file()
        return file_document(self._words, report) if report is not None else None

    async def leaving(self, which: str) -> Document | None:
        """A document that leaves the laptop, which is noted first."""
        document = await self.document(which)
        noted = document is not None and await self._documents.leaves(which)
        return document if noted else None

    def trouble(self) -> str:
        """What the store said when it gave nothing."""
        problem = self._documents.state.problem
        return f"{problem.what} {problem.do}" if problem is not None else ""


class DocumentCard(Card):
    """One document: its language, and where it goes."""

    def __init__(self, work: Work, which: str) -> None:
        """`which` is `customer` or `file`."""
        words = work.words
        super().__init__(words(f"documents.export_{which}"), margin=theme.SPACE[2])
        self._work, self._which, self._words = work, which, words
        self._path: Path | None = None
        self._language = Tabs([(lang, lang.upper()) for lang in LANGUAGES])
        self._language.setAccessibleName(words("documents.language_label"))
        self._language.choose(customer_language(work))
        self._save = SecondaryButton(words("documents.save"), self._ask, icon="download")
        self._print = SecondaryButton(words("documents.print"), self._ask_printer)
        self._open = QuietButton(words("documents.open"), self._show)
        self._open.hide()
        self._said = Small(words(f"documents.export_{which}_line"), wrap=True)
        row = line(self._save, self._print, self._open, self._language, space=theme.SPACE[1])
        row.insertStretch(3, 1)
        self.body.addWidget(self._said)
        self.body.addLayout(row)

    def save(self, path: str) -> None:
        """Make the document and write it here."""
        self._do(self._saved(Path(path)), "save a document")

    def print_on(self, printer: QPrinter) -> None:
        """Make the document and draw it on paper."""
        self._do(self._printed(printer), "print a document")

    async def _saved(self, path: Path) -> Said:
        papers = self._papers()
        document = await papers.leaving(self._which)
        if document is None:
            return papers.trouble(), "blocking"
        content = await self._work.worker.run(pdf, document)
        try:
            await asyncio.to_thread(path.write_bytes, content)
        except OSError:
            return self._words("documents.not_saved"), "blocking"
        self._path = path
        return self._words("documents.saved", name=path.name), ""

    async def _printed(self, printer: QPrinter) -> Said:
        papers = self._papers()
        document = await papers.leaving(self._which)
        if document is None:
            return papers.trouble(), "blocking"
        print_on(printer, document)
        return self._words("documents.printed"), ""

    def _do(self, work: Coroutine[Any, Any, Said], name: str) -> None:
        self._wait(waits=True)
        self._work.context.spawn(self._done(work), name)

    async def _done(self, work: Coroutine[Any, Any, Said]) -> None:
        try:
            said, tone = await work
        except WorkerGone as e:
            said, tone = sentence(e, self._words.lang), "blocking"
        if isValid(self):
            self._wait(waits=False)
            self._said.say(said, tone)
            self._open.setVisible(self._path is not None)

    def _wait(self, *, waits: bool) -> None:
        for button in (self._save, self._print):
            button.setEnabled(not waits)

    def _papers(self) -> Papers:
        return Papers(self._work, self._language.code)

    def _ask(self) -> None:
        dialog = QFileDialog(self, self._words("documents.save"))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self._words("documents.files") + " (*.pdf)")
        dialog.setDefaultSuffix("pdf")
        dialog.selectFile(file_name(self._work.page.number, self._which))
        dialog.fileSelected.connect(self.save)
        dialog.open()

    def _ask_printer(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(self._work.page.number)
        dialog = QPrintDialog(printer, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.print_on(printer))
        dialog.show()

    def _show(self) -> None:
        """Open the saved file with the program that the system has for it."""
        url = QUrl.fromLocalFile(str(self._path))
        if not QDesktopServices.openUrl(url):
            self._said.say(self._words("documents.not_opened"), "attention")


def file_name(number: str, which: str) -> str:
    """`V-1002-customer.pdf`: nothing of a customer stands in a file's name."""
    return f"{number}-{which}.pdf"
