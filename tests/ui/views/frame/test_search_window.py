from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.ui.views.frame.conftest import Settle, named, plain_of, texts
from ui.views import theme
from ui.views.main_window import MainWindow
from ui.views.search import SearchPanel
from ui.views.widgets import TextField


def typed(window: MainWindow, text: str) -> TextField:
    field = window.findChildren(TextField)[-1]
    assert field.isVisible()
    QTest.keyClicks(field, text)
    return field


async def test_search_goes_to_a_visit(window: MainWindow, settle: Settle) -> None:
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    await settle()
    field = typed(window, "v-1003")
    await settle()
    assert "Bezoek V-1003 · storing" in texts(window)
    QTest.keyClick(field, Qt.Key.Key_Return)
    await settle()
    assert plain_of(window).noted == ["aim visit-V-1003", "open"]
    assert not field.isVisible()


async def test_search_knows_meters_pages_and_things_to_do(
    window: MainWindow, settle: Settle
) -> None:
    asked: list[bool] = []
    window.synchronise.connect(lambda: asked.append(True))
    for text, keys in (
        ("E0044007382246019", 0),
        ("diagnose", 0),
        ("synchron", 1),
        ("donker", 0),
        ("english", 0),
    ):
        window.open_search()
        field = typed(window, text)
        await settle()
        for _ in range(keys):
            QTest.keyClick(field, Qt.Key.Key_Down)
        QTest.keyClick(field, Qt.Key.Key_Return)
        await settle()
    assert window.frame.settings.page == "diagnose"
    assert (asked, theme.chosen(), window.words.lang) == ([True], "dark", "en")


async def test_search_says_when_there_is_nothing_and_esc_changes_nothing(
    window: MainWindow, settle: Settle
) -> None:
    before = plain_of(window).noted.copy()
    named(window, "Zoeken").click()
    field = typed(window, "xyzzy")
    await settle()
    assert any("Niets gevonden" in text for text in texts(window))
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.isVisible()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible()
    assert plain_of(window).noted == before


async def test_a_row_of_the_answer_can_be_pressed(window: MainWindow, settle: Settle) -> None:
    window.open_search()
    typed(window, "diagnose")
    await settle()
    row = next(
        w for w in window.findChildren(QWidget) if w.accessibleName() == "Diagnose, Bladzijde"
    )
    middle = QPointF(row.rect().center())
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    up = QMouseEvent(QEvent.Type.MouseButtonRelease, middle, middle, button, button, none)
    QApplication.sendEvent(row, up)
    await settle()
    assert window.frame.settings.page == "diagnose"


async def test_the_answers_stay_in_the_middle_of_the_window(
    window: MainWindow, qt: QApplication
) -> None:
    window.open_search()
    panel = window.findChild(SearchPanel)
    assert panel is not None
    for width in (1366, 1920, 1100):
        window.resize(width, 800)
        qt.processEvents()
        left, right = panel.x(), window.width() - panel.x() - panel.width()
        assert abs(left - right) <= 1
