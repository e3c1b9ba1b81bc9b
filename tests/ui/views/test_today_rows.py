from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import (
    QMessageLogContext,
    QModelIndex,
    QPoint,
    Qt,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication

from tests.ui.views.conftest import Show
from ui.views import theme
from ui.views.models.rows import LINE, RowLine, RowsModel
from ui.views.rows_view import ROW, Columns, RowsView

KEYS = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


def lines(keys: list[str], state: str = "") -> list[RowLine]:
    return [RowLine(key=key, title=f"row {key}", state=state) for key in keys]


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What Qt's own tester of models complains of."""
    heard: list[str] = []

    def hear(_kind: QtMsgType, _where: QMessageLogContext, text: str) -> None:
        heard.append(text)

    before = qInstallMessageHandler(hear)
    yield heard
    qInstallMessageHandler(before)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(KEYS, st.sampled_from(["", "done"])), min_size=1, max_size=6))
def test_the_model_keeps_qts_rules_whatever_is_shown(
    steps: list[tuple[list[str], str]],
) -> None:
    heard: list[str] = []
    before = qInstallMessageHandler(lambda _kind, _where, text: heard.append(text))
    model = RowsModel()
    tester = QAbstractItemModelTester(
        model, QAbstractItemModelTester.FailureReportingMode.Warning
    )
    try:
        for keys, state in steps:
            model.show_lines(lines(keys, state))
            assert [line.key for line in model.lines] == keys
            assert all(line.state == state for line in model.lines)
    finally:
        qInstallMessageHandler(before)
    assert tester.model() is model
    assert not heard


def test_only_what_changed_is_told(complaints: list[str]) -> None:
    model = RowsModel()
    told: list[tuple[str, int, int]] = []
    model.rowsInserted.connect(lambda _p, a, b: told.append(("in", a, b)))
    model.rowsRemoved.connect(lambda _p, a, b: told.append(("out", a, b)))
    model.dataChanged.connect(lambda a, b: told.append(("new", a.row(), b.row())))
    model.show_lines(lines(["a", "b", "c"]))
    model.show_lines(lines(["a", "b", "c"]))
    model.show_lines(lines(["a", "c"]))
    model.show_lines(
        [replace(line, state="x") for line in lines(["a", "c"])][:1] + lines(["c"])
    )
    assert told == [("in", 0, 2), ("out", 1, 1), ("new", 0, 0)]
    assert (model.row_of("c"), model.row_of("z")) == (1, -1)
    assert not complaints


def test_a_row_can_be_seen_and_said() -> None:
    model = RowsModel()
    line = RowLine("k", "Kerkpad 12", "10:30", "uitlezing uit", "Plaatsing", "gepland")
    model.show_lines([line])
    index = model.index(0)
    assert index.data() == "Kerkpad 12"
    assert index.data(LINE) == line
    spoken = "10:30, Kerkpad 12, uitlezing uit, Plaatsing, gepland"
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == spoken
    assert index.data(Qt.ItemDataRole.DecorationRole) is None
    assert model.data(QModelIndex()) is None
    assert model.rowCount(index) == 0


@pytest.fixture
def view(qt: QApplication, show: Show) -> RowsView:
    assert qt is not None
    made = RowsView("Hierna", Columns(lead=100, detail=120, state=140), whole=True)
    made.show_lines(lines(["a", "b", "c"], "gepland"))
    show(made)
    return made


def test_a_whole_list_is_as_high_as_its_rows(view: RowsView) -> None:
    assert view.height() == 3 * theme.TARGET
    two = [replace(line, subtitle="Oefenklant 20004") for line in lines(["a", "b"], "gepland")]
    view.show_lines(two)
    assert view.height() == 2 * ROW
    view.show_lines([])
    assert view.height() == 0
    assert ROW >= theme.TARGET


def test_a_touch_and_a_key_choose_a_row(view: RowsView) -> None:
    chosen: list[str] = []
    view.chosen.connect(chosen.append)
    button = Qt.MouseButton.LeftButton
    middle = QPoint(40, ROW + ROW // 2)
    QTest.mouseClick(view.viewport(), button, Qt.KeyboardModifier.NoModifier, middle)
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert chosen == ["b", "c"]
    view.show_lines([RowLine("", "no visit")])
    QTest.mouseClick(
        view.viewport(), button, Qt.KeyboardModifier.NoModifier, QPoint(40, ROW // 2)
    )
    assert chosen == ["b", "c"]


def test_enter_without_a_row_is_left_to_the_page(view: RowsView) -> None:
    chosen: list[str] = []
    view.chosen.connect(chosen.append)
    view.setCurrentIndex(QModelIndex())
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert chosen == []


@pytest.mark.parametrize("theme_name", theme.THEMES)
def test_each_tone_is_painted_in_its_colours(
    qt: QApplication, show: Show, theme_name: str
) -> None:
    assert qt is not None
    of = theme.THEMES[theme_name]
    view = RowsView("", Columns(state=160))
    tones = ("neutral", "accent", "done", "attention", "blocking")
    view.show_lines(
        [
            RowLine(t, "title", subtitle="sub", state="word", tone=t, icon="check", faded=True)
            for t in tones
        ]
    )
    image = show(view, view.sizeHint().expandedTo(view.size()), theme_name).toImage()
    colours = {
        image.pixelColor(x, y).name().upper()
        for x in range(image.width())
        for y in range(0, min(image.height(), 5 * ROW), 2)
    }
    assert {of.soft(tone).upper() for tone in tones} <= colours
