from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLineEdit,
)

from tests.ui.views.diagnose.site import PAGE, Cut, Show, Site, texts
from ui.views.diagnose import DiagnosePage


async def test_a_trace_is_opened_and_kept_by_keyboard(
    site: Site, show: Show, qt: QApplication, tmp_path: Path, cut: Cut
) -> None:
    page = site.page
    source = tmp_path / "line.trace"
    source.write_text("fieldapp-trace 1\n0 = 300 7E1\n0.1 > 2f3f210d0a\n")
    await site.begin()
    await page.open()
    show(page, PAGE)
    assert not page.trace.file.keep_button.isEnabled()
    QTest.keyClick(page.trace.file.read_button, Qt.Key.Key_Space)
    await chosen(page, qt, source)
    show(page, PAGE)
    assert "Dit staat in line.trace." in texts(page)
    assert cut(page) == []
    path = tmp_path / "kept.trace"
    QTest.keyClick(page.trace.file.keep_button, Qt.Key.Key_Space)
    (dialog,) = dialogs(qt)
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert dialog.selectedFiles()[0].endswith(".trace")
    await chosen(page, qt, path)
    (told,) = (text for text in texts(page) if text.startswith("Bewaard als kept.trace."))
    assert "Verwijder het voor" in told
    assert path.read_text().startswith("fieldapp-trace 1")
    page.leave()


def dialogs(qt: QApplication) -> list[QFileDialog]:
    return [w for w in qt.topLevelWidgets() if isinstance(w, QFileDialog) and w.isVisible()]


async def chosen(page: DiagnosePage, qt: QApplication, path: Path) -> None:
    """Type the file's name into the dialog that is open, and press Enter."""
    (dialog,) = dialogs(qt)
    name = dialog.findChild(QLineEdit)
    assert isinstance(name, QLineEdit)
    name.setText(str(path))
    QTest.keyClick(name, Qt.Key.Key_Return)
    await page.diagnosis.ended()
    page.redraw()


async def test_an_open_file_that_is_no_trace_is_told_beside_it(
    site: Site, show: Show, tmp_path: Path
) -> None:
    page = site.page
    wrong = tmp_path / "photo.trace"
    wrong.write_bytes(b"\xff\xd8")
    await page.open()
    page.diagnosis.read(str(wrong))
    await page.diagnosis.ended()
    page.redraw()
    show(page, PAGE)
    assert any("is no recording of a line" in text for text in texts(page))
    page.leave()
