"""`fieldapp visit report`: a document of a visit as a PDF, without a screen.

In come a visit's id or number, whom it is for, a language and a file's name; out comes the
file. Rule: a document that leaves the laptop is noted in its audit trail first; nothing of Qt
is imported before it is asked for.
"""

from __future__ import annotations

import asyncio
import os
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from fieldapp.errors import NotEnrolled
from fieldapp.settings import data_folder
from fieldapp.work.documents import CUSTOMER, DocumentWork
from ui.cli.output import emit_line, fail
from ui.cli.passphrase import PassphraseFile, source_of
from ui.wiring import is_laptop, open_laptop


class Reader(StrEnum):
    """Whom a document is for."""

    CUSTOMER = "customer"
    FILE = "file"


class Language(StrEnum):
    """In which language."""

    NL = "nl"
    EN = "en"


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    visit = typer.Typer(no_args_is_help=True, help="What belongs to one visit.")
    visit.callback()(_visit)
    visit.command("report")(report)
    app.add_typer(visit, name="visit")


def _visit() -> None:
    """What belongs to one visit."""


def report(
    visit: Annotated[str, typer.Argument(help="The visit's id or number, as `day` tells it.")],
    *,
    out: Annotated[Path, typer.Option(help="The PDF to write.")],
    reader: Annotated[
        Reader, typer.Option("--for", help="The customer's document, or the file's.")
    ] = Reader.CUSTOMER,
    lang: Annotated[Language, typer.Option(help="The language it is in.")] = Language.NL,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write a document of a visit: what the customer gets, or all that the file holds."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")
    content = asyncio.run(_made(visit, reader, lang, passphrase_file))
    try:
        out.write_bytes(content)
    except OSError as error:
        fail(f"{out} can't be written: {error.strerror}. Name another file.")
    emit_line(f"{out}: {len(content)} bytes")


async def _made(name: str, reader: Reader, lang: Language, passphrase: Path | None) -> bytes:
    folder = data_folder(None)
    if not is_laptop(folder):
        raise NotEnrolled
    laptop = await open_laptop(folder, source_of(folder, passphrase))
    try:
        documents = DocumentWork(laptop.db, laptop.clock)
        visit = await documents.named(name)
        words = import_module("ui.views.language").Words(lang)
        if reader == CUSTOMER:
            paper = await documents.customer(visit)
            make = import_module("ui.views.document_customer").customer_document
            document = make(words, paper.report, paper.pictures)
        else:
            make = import_module("ui.views.document_file").file_document
            document = make(words, await documents.file(visit))
        await documents.note_export(visit, reader)
        content: bytes = import_module("ui.views.document_pdf").pdf(document)
        return content
    finally:
        await laptop.close()
