from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtPdf import QPdfDocument
from PySide6.QtWidgets import QApplication
from typer.testing import CliRunner, Result

from fieldapp.settings import ENVIRONMENT
from fieldapp.store import audit
from ui.cli.main import app
from ui.wiring import Laptop

if TYPE_CHECKING:
    from tests.ui.conftest import Desk


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(folder))
    if QApplication.instance() is None:
        QApplication([])  # in a command's own process it makes one itself


def run(*words: str) -> Result:
    with ThreadPoolExecutor(1) as thread:  # a command runs a loop of its own
        return thread.submit(CliRunner().invoke, app, list(words)).result()


def text_of(path: Path) -> str:
    document = QPdfDocument()
    document.load(str(path))
    text = " ".join(document.getAllText(page).text() for page in range(document.pageCount()))
    document.close()
    return " ".join(text.split())


async def test_both_documents_by_number_in_both_languages(
    desk: Desk, laptop: Laptop, tmp_path: Path
) -> None:
    await laptop.close()
    customer, file = tmp_path / "customer.pdf", tmp_path / "file.pdf"
    try:
        first = run("visit", "report", "V-1001", "--out", str(customer))
        second = run(
            *("visit", "report", "visit-V-1001", "--for", "file", "--lang", "en"),
            *("--out", str(file)),
        )
    finally:
        await desk.open()
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout.startswith(str(customer))
    assert (second.exit_code, second.stderr) == (0, "")
    assert "Uw meter en uw gegevens" in text_of(customer)
    assert "Hond" not in text_of(customer)
    assert "File of the visit" in text_of(file)
    noted = [entry.action for entry in await desk.laptop.db.read(audit.entries)]
    assert noted[-2:] == ["export_customer_document", "export_file_document"]


async def test_what_can_not_be_done_is_one_line(
    desk: Desk, laptop: Laptop, tmp_path: Path
) -> None:
    await laptop.close()
    try:
        unknown = run("visit", "report", "V-9999", "--out", str(tmp_path / "x.pdf"))
        nowhere = run("visit", "report", "V-1001", "--out", str(tmp_path / "no" / "x.pdf"))
        wrong = run("visit", "report", "V-1001", "--lang", "fr", "--out", "x.pdf")
    finally:
        await desk.open()
    assert (unknown.exit_code, len(unknown.stderr.splitlines())) == (1, 1)
    assert nowhere.exit_code == 1
    assert "can't be written" in nowhere.stderr
    assert wrong.exit_code == 2
    assert not (tmp_path / "x.pdf").exists()


async def test_a_folder_without_a_laptop_says_so(tmp_path: Path) -> None:
    result = run("--data", str(tmp_path), "visit", "report", "V-1", "--out", "x.pdf")
    assert result.exit_code == 1
    assert "not tied to a technician" in result.stderr
