"""Tab and a finger on the window: as it is read, and as a hand expects."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QGridLayout, QWidget

from tests.ui.views.conftest import Show, settle
from tests.ui.views.frame.conftest import Settle, named, plain_of
from ui.views.main_window import MainWindow
from ui.views.models.rows import RowLine
from ui.views.reading_order import next_to, reading_order
from ui.views.rows_view import Columns, RowsView
from ui.views.visit_signature import SignaturePad
from ui.views.widgets import Scroll, SecondaryButton, Small, TextField, column, line


def _fields(*names: str) -> list[TextField]:
    fields = [TextField() for _ in names]
    for field, name in zip(fields, names, strict=True):
        field.setAccessibleName(name)
    return fields


def _focused() -> QWidget:
    focused: QWidget | None = QApplication.focusWidget()
    assert focused is not None
    return focused


def _at() -> str:
    """The name of what has the focus; a field of a list goes by the list's name."""
    focused = _focused()
    holder = focused.parentWidget()
    return focused.accessibleName() or (holder.accessibleName() if holder else "")


def _names(root: QWidget) -> str:
    return "".join(one.accessibleName() for one in reading_order(root))


def test_layouts_say_the_order_and_not_who_was_made_first(qt: QApplication, show: Show) -> None:
    assert qt is not None
    d, c, b, a, hidden = _fields("d", "c", "b", "a", "x")
    grid = QGridLayout()
    grid.addWidget(d, 1, 1)
    grid.addWidget(c, 1, 0)
    scroll = Scroll()
    scroll.body.addLayout(grid)
    box = QComboBox(editable=True)
    box.setAccessibleName("e")
    root = QWidget()
    root.setLayout(column(line(a, b), scroll, hidden, box))
    show(root)
    hidden.hide()
    assert _names(root) == "abcde"
    c.setEnabled(False)
    assert _names(root) == "abde"


def test_what_lies_in_no_layout_goes_by_its_place(qt: QApplication, show: Show) -> None:
    assert qt is not None
    root = QWidget()
    low, right, left = _fields("c", "b", "a")
    for field, at in ((low, (0, 90)), (right, (200, 0)), (left, (0, 0))):
        field.setParent(root)
        field.move(*at)
    show(root)
    assert _names(root) == "abc"
    assert next_to(root, low, forward=True) is left
    assert next_to(root, left, forward=False) is low
    assert next_to(root, None, forward=False) is low
    assert next_to(QWidget(), None, forward=True) is None


async def test_tab_walks_rail_title_page_and_status(window: MainWindow, settle: Settle) -> None:
    await window.show_page("settings")
    await settle()
    window.activateWindow()
    met: list[str] = []
    named(window, "Nederlands").setFocus()
    while _at() not in met:
        met.append(_at())
        QTest.keyClick(_focused(), Qt.Key.Key_Tab)
    page = (
        "Nederlands",
        "Als het systeem",
        "P1-kabel",
        "Optische leeskop",
    )  # groups go by arrows
    around = ("P1 niet gekozen", "Vandaag", "Zoeken")
    spots = [met.index(name) for name in (*page, *around)]
    assert spots == sorted(spots)
    assert _at() == met[0]
    QTest.keyClick(_focused(), Qt.Key.Key_Backtab)
    assert _at() == met[-1]


async def test_tab_from_a_page_goes_into_it(window: MainWindow, settle: Settle) -> None:
    await window.show_page("visit", "v1")
    await settle()
    window.activateWindow()
    page = plain_of(window)
    page.setFocus()
    QTest.keyClick(page, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is page.main


def _drag(qt: QApplication, widget: QWidget, start: QPoint, by: int) -> None:
    finger = QTest.createTouchDevice()
    QTest.touchEvent(widget, finger).press(0, start, widget)
    for part in range(1, 11):
        QTest.qWait(10)
        QTest.touchEvent(widget, finger).move(0, start - QPoint(0, by * part // 10), widget)
    QTest.touchEvent(widget, finger).release(0, start - QPoint(0, by), widget)
    settle(qt)


def test_a_finger_scrolls_a_column(qt: QApplication, show: Show) -> None:
    scroll = Scroll()
    for n in range(60):
        scroll.body.addWidget(Small(f"line {n}"))
    show(scroll)
    scroll.resize(300, 200)
    settle(qt)
    assert scroll.verticalScrollBar().maximum() > 0
    _drag(qt, scroll.viewport(), QPoint(100, 180), 150)
    assert scroll.verticalScrollBar().value() > 0


def test_a_finger_scrolls_a_list(qt: QApplication, show: Show) -> None:
    rows = RowsView("rows", Columns())
    rows.show_lines([RowLine(key=str(n), title=f"row {n}") for n in range(60)])
    show(rows)
    rows.resize(300, 200)
    settle(qt)
    _drag(qt, rows.viewport(), QPoint(100, 180), 150)
    assert rows.verticalScrollBar().value() > 0


def test_a_signature_is_not_scrolled_away(qt: QApplication, show: Show) -> None:
    scroll = Scroll()
    pad = SignaturePad("sign here")
    scroll.body.addWidget(pad)
    for n in range(60):
        scroll.body.addWidget(Small(f"line {n}"))
    show(scroll)
    scroll.resize(300, 240)
    settle(qt)
    _drag(qt, pad, QPoint(100, 150), 120)
    assert scroll.verticalScrollBar().value() == 0
    assert pad.is_signed()


def test_a_finger_still_presses_what_lies_in_a_column(qt: QApplication, show: Show) -> None:
    pressed: list[bool] = []
    scroll = Scroll()
    button = SecondaryButton("do", lambda: pressed.append(True))
    scroll.body.addWidget(button)
    for n in range(60):
        scroll.body.addWidget(Small(f"line {n}"))
    show(scroll)
    scroll.resize(300, 200)
    settle(qt)
    finger = QTest.createTouchDevice()
    QTest.touchEvent(button, finger).press(0, QPoint(20, 20), button)
    QTest.touchEvent(button, finger).release(0, QPoint(20, 20), button)
    settle(qt)
    assert pressed == [True]
