from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from tests.ui.views.conftest import Show, settle
from ui.views import icons, theme
from ui.views.page import Context, Page
from ui.views.theme import THEMES
from ui.views.widgets import (
    BigNumber,
    Card,
    Check,
    Choice,
    ElidedLabel,
    Field,
    Label,
    NumberField,
    Pill,
    PrimaryButton,
    Row,
    RowList,
    Scroll,
    SecondaryButton,
    Select,
    Tabs,
    clear,
    column,
    icon,
    line,
)


def colours(widget: QWidget) -> set[str]:
    image = widget.grab().toImage()
    wide, high = range(image.width()), range(image.height())
    return {image.pixelColor(x, y).name() for x in wide for y in high}


def holder(*parts: QWidget) -> QWidget:
    made = QWidget()
    made.setLayout(column(*parts))
    return made


@pytest.mark.parametrize("name", THEMES)
def test_icons_take_the_colour_of_the_theme(show: Show, name: str) -> None:
    label = icons.IconLabel("check", "done", 24)
    show(label, QSize(24, 24), name)
    assert THEMES[name].done.lower() in colours(label)
    label.set_icon("")
    assert not label.isVisible()


def test_an_icon_that_is_not_shipped_is_a_fault(qt: QApplication) -> None:
    assert qt is not None
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon")
    assert icon("check", "text", gap=4).availableSizes() == [QSize(24, 20)]


def test_a_button_says_what_it_does_and_ampersands_stay(show: Show) -> None:
    pressed: list[str] = []
    button = PrimaryButton("Foto & stand", lambda: pressed.append("x"), icon="camera")
    show(button, QSize(240, 60))
    button.click()
    assert pressed == ["x"]
    assert button.accessibleName() == "Foto & stand"
    assert button.text() == "Foto && stand"
    assert button.minimumSizeHint().height() >= theme.PRIMARY
    button.setEnabled(False)
    assert not button.icon().isNull()


@pytest.mark.parametrize("name", THEMES)
def test_a_tick_and_an_arrow_are_drawn_in_every_theme(show: Show, name: str) -> None:
    check, select = Check("Gezien"), Select("Poort")
    check.setChecked(True)
    show(holder(check, select), QSize(300, 140), name)
    assert THEMES[name].on_accent.lower() in colours(check)
    assert THEMES[name].muted.lower() in colours(select)
    ticked = check.grab().toImage()
    check.setChecked(False)
    assert check.grab().toImage() != ticked


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12345,678", Decimal("12345.678")),
        ("12 345.6", Decimal("12345.6")),
        ("00042", Decimal(42)),
        ("", None),
        ("1,2,3", None),
        ("abc", None),
        ("nan", None),
    ],
)
def test_a_number_is_exact_or_none(qt: QApplication, typed: str, value: Decimal | None) -> None:
    assert qt is not None
    field = NumberField("Stand 1.8.1")
    told: list[bool] = []
    field.typed.connect(lambda: told.append(True))
    QTest.keyClicks(field, typed)
    assert field.value() == value
    assert len(told) == len(typed)


def test_a_field_carries_its_label_and_says_what_is_wrong(show: Show) -> None:
    number = NumberField("")
    field = Field("Stand", number)
    show(field, QSize(300, 120))
    assert not field.hint.isVisible()
    field.say("Stand 1.8.1", "Te laag.", "blocking")
    number.wrong(is_wrong=True)
    assert number.accessibleName() == "Stand 1.8.1"
    assert (field.hint.text(), field.hint.property("tone")) == ("Te laag.", "blocking")
    assert THEMES["light"].blocking.lower() in colours(number)
    number.wrong(is_wrong=False)
    assert THEMES["light"].blocking.lower() not in colours(number)


def test_tabs_tell_a_person_s_choice_only(qt: QApplication) -> None:
    assert qt is not None
    tabs, told = Tabs([("p1", "P1"), ("optical", "Optisch")]), list[str]()
    tabs.chosen.connect(told.append)
    assert tabs.code == "p1"
    tabs.choose("optical")
    assert (tabs.code, told) == ("optical", [])
    next(t for t in tabs.findChildren(Choice) if t.text() == "P1").click()
    assert (tabs.code, told) == ("p1", ["p1"])
    tabs.say([("p1", "Port 1")])
    assert {t.text() for t in tabs.findChildren(Choice)} == {"Port 1", "Optisch"}
    assert Tabs().code == ""


def test_long_words_end_in_dots_and_stand_whole_in_the_tip(show: Show) -> None:
    label = ElidedLabel("Burgemeester van der Goeslaan 112, 's-Gravenzande", "strong")
    show(label, QSize(160, 30))
    assert label.shown().endswith("…")
    assert label.toolTip() == label.text()
    label.resize(900, 30)
    label.grab()
    assert label.shown() == label.text()
    assert label.toolTip() == ""


def test_text_is_never_markup(show: Show) -> None:
    label = Label("<b>Jansen</b>")
    show(label, QSize(200, 30))
    assert label.textFormat() is Qt.TextFormat.PlainText


def click(widget: QWidget, at: QPointF) -> None:
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(QEvent.Type.MouseButtonRelease, at, at, button, button, none)
    QApplication.sendEvent(widget, event)


def test_a_row_is_pressed_by_mouse_and_keys(show: Show) -> None:
    told: list[str] = []
    row, still = Row("V-1001", lambda: told.append("x")), Row("V-1002")
    rows = RowList("Hierna")
    rows.show_rows([row, still])
    show(rows, QSize(600, 200))
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_A):
        QTest.keyClick(row, key)
    QTest.keyClick(still, Qt.Key.Key_Return)
    click(row, QPointF(5, 5))
    click(row, QPointF(-5, 5))
    click(still, QPointF(5, 5))
    assert told == ["x"] * 3
    assert (row.property("last"), still.property("last")) == ("false", "true")
    rows.show_rows([])
    assert not row.isVisible()


@pytest.mark.parametrize("tone", ["accent", "done", "attention", "blocking"])
def test_a_tone_shows_as_an_edge_and_a_pill(show: Show, tone: str) -> None:
    card, pill = Card("Kop", tone=tone), Pill("klaar", tone, "check")
    show(holder(card, pill), QSize(300, 200))
    light = THEMES["light"]
    assert card.grab().toImage().pixelColor(1, 30) == QColor(light.tone(tone))
    assert light.soft(tone).lower() in colours(pill)
    assert pill.accessibleName() == "klaar"
    pill.say("gepland")
    assert light.soft(tone).lower() not in colours(pill)


def test_a_big_number_is_read_out_whole(qt: QApplication) -> None:
    assert qt is not None
    number = BigNumber("1,842", "kW", "afname")
    number.show_number("0,000", "kW", "teruglevering")
    assert number.accessibleName() == "teruglevering 0,000 kW"


def test_a_cleared_layout_lets_everything_go(qt: QApplication) -> None:
    whole = QWidget()
    outer = QVBoxLayout(whole)
    button = SecondaryButton("weg", None)
    outer.addLayout(line(button))
    outer.addWidget(Label("ook weg"))
    outer.addStretch(1)
    clear(outer)
    settle(qt)
    assert outer.count() == 0
    assert whole.findChildren(SecondaryButton) == []


def test_a_column_that_scrolls_is_never_wider_than_what_is_shown(show: Show) -> None:
    scroll = Scroll()
    for _ in range(40):
        scroll.body.addWidget(SecondaryButton("een knop met een tamelijk lange tekst erop"))
    show(scroll, QSize(600, 300))
    inside = scroll.widget()
    assert inside is not None
    assert inside.width() <= scroll.viewport().width()
    assert scroll.verticalScrollBar().maximum() > 0


async def test_a_page_needs_to_override_nothing(context: Context) -> None:
    page = Page(context)
    page.code = "today"
    page.aim("x")
    page.redraw()
    await page.open()
    page.leave()
    assert page.headline() == ("Vandaag", "")
    assert (page.tools(), page.primary(), page.right_column()) == (None, None, None)
    assert not page.back()
