from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from typing import Any, Protocol

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

import resources
from ui.presenters.visit_page import Action, VisitPage
from ui.views import theme
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.visit import VisitView
from ui.views.visit_editor import Editor
from ui.views.visit_evidence import SignEditor
from ui.views.visit_pane import WorkPane
from ui.views.visit_side import SideColumn
from ui.views.visit_words import ean_groups, obis_number
from ui.wiring import Laptop


class TechnicianLike(Protocol):
    app: QApplication
    laptop: Laptop
    window: MainWindow

    @property
    def view(self) -> VisitView: ...

    @property
    def page(self) -> VisitPage: ...

    @property
    def pane(self) -> WorkPane: ...

    @property
    def editor(self) -> Editor: ...

    def fields(self) -> list[QLineEdit]: ...

    async def open(self, number: str) -> None: ...

    async def step(self) -> bool: ...

    async def until(self, action: Action, about: str = "") -> None: ...

    async def go_on(self) -> None: ...

    async def press(self, text: str) -> None: ...

    async def choose(self, code: str, at: int = 0) -> None: ...

    async def type(self, field_: QLineEdit, text: str) -> None: ...

    async def settle(self) -> None: ...


class DeskLike(Protocol):
    async def reopen(self) -> Laptop: ...


Cut = Callable[[QWidget], list[str]]
Walk = Callable[[QWidget], list[QWidget]]


async def test_half_typed_answers_outlive_page_and_program(
    technician: TechnicianLike, desk: DeskLike
) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.ANSWER_LMRA)
    await me.choose("yes", 0)
    await me.choose("na", 1)
    await me.until(Action.IDENTIFY_METER)
    await me.type(me.fields()[0], "E00440073")
    await me.window.show_page("today")
    await me.open("V-1002")
    await me.open("V-1001")
    assert me.fields()[0].text() == "E00440073"
    visit = me.page.id
    fresh = (await desk.reopen()).visit_presenter(visit)
    await fresh.open()
    step = fresh.state.current
    assert fresh.drafts.text(f"{step}/identify_meter:E/number") == "E00440073"
    assert fresh.drafts.text("/answer_lmra:/cupboard_safe") == ""


async def test_a_customer_who_signs_sees_no_notes(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1001")
    side = me.window.findChild(SideColumn)
    assert side is not None
    assert side.isVisible()
    await me.until(Action.SIGN)
    assert isinstance(me.editor, SignEditor)
    seen = [one.text() for one in me.window.findChildren(QLabel) if one.isVisible()]
    assert not any("Hond" in text for text in seen)
    assert any("uitlezing uit, teruggelezen" in text for text in seen)
    me.window.resize(1500, 900)  # nor when the window is turned or made larger
    await me.settle()
    assert not side.isVisible()
    await me.step()
    await me.settle()
    assert any(s.isVisible() for s in me.window.findChildren(SideColumn))


async def test_the_right_column_folds_by_hand_and_by_width(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1001")
    await me.press("Gegevens rechts")
    column = me.view.right_column()
    assert column is not None
    assert not column.isVisible()
    await me.press("Gegevens rechts")
    assert column.isVisible()
    me.window.resize(1000, 700)
    await me.settle()
    assert not column.isVisible()
    await me.press("Gegevens rechts")
    assert column.isVisible()
    me.window.resize(1020, 700)  # still narrow: as it was asked
    await me.settle()
    assert column.isVisible()
    me.window.resize(1366, 768)
    await me.settle()
    assert column.isVisible()


async def test_a_visit_that_the_office_took_back_is_said(technician: TechnicianLike) -> None:
    me = technician
    await me.window.show_page("visit", "visit-nowhere")
    await me.settle()
    seen = [one.text() for one in me.window.findChildren(QLabel) if one.isVisible()]
    assert any("staat niet meer op deze laptop" in text for text in seen)
    await me.press("Naar Vandaag")
    await me.settle()
    assert me.window.page is not None
    assert me.window.page.code == "today"


async def test_the_rail_without_a_visit_takes_the_next(technician: TechnicianLike) -> None:
    me = technician
    await me.window.show_page("visit")
    await me.settle()
    assert me.page.number == "V-1001"
    assert me.view.headline()[0] == "Glazen Kasstraat 12, Naaldwijk"


async def test_another_port_is_used_when_somebody_comes_back(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1001")
    assert me.view.work is not None
    me.laptop.remember_port("optical", "/dev/ttyUSB7")
    await me.open("V-1001")
    assert me.view.work.meters.state.sources.p0 == "/dev/ttyUSB7"


def _small(page: QWidget) -> list[str]:
    touched = [b for b in page.findChildren(QAbstractButton) if b.isVisible()]
    return [b.accessibleName() for b in touched if b.height() < theme.TARGET]


def _nameless(page: QWidget) -> list[str]:
    kinds = (QAbstractButton, QLineEdit)
    found = [w for kind in kinds for w in page.findChildren(kind) if w.isVisible()]
    return [type(w).__name__ for w in found if not w.accessibleName()]


def _wrong(me: TechnicianLike, cut: Cut) -> list[str]:
    page = me.view
    return [*cut(page), *_small(page), *_nameless(page)]


@pytest.mark.parametrize(
    ("lang", "theme_name", "size"),
    [
        ("nl", "light", QSize(1366, 768)),
        ("en", "dark", QSize(1920, 1200)),
        ("en", "outdoor", QSize(1366, 768)),
    ],
)
async def test_nothing_is_cut_small_or_nameless(
    technician: TechnicianLike, cut: Cut, lang: str, theme_name: str, size: QSize
) -> None:
    me = technician
    me.laptop.lang = lang
    me.window.words.switch(lang)
    theme.apply(me.app, theme.THEMES[theme_name])
    me.window.resize(size)
    try:
        for number in ("V-1001", "V-1004"):
            await me.open(number)
            wrong = {"": _wrong(me, cut)}
            while await me.step():
                wrong[str(me.page.primary)] = _wrong(me, cut)
            assert {at: names for at, names in wrong.items() if names} == {}
        assert me.window.size() == size
    finally:
        theme.apply(me.app, theme.THEMES["light"])


@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_every_panel_speaks_both_languages(
    technician: TechnicianLike, cut: Cut, lang: str
) -> None:
    me = technician
    await me.open("V-1002")
    await me.until(Action.IDENTIFY_METER)
    me.window.words.switch(lang)
    await me.settle()
    for panel in ("more", "pause", "not_done", "danger", "complaint", "refusal", "close"):
        me.pane.open_panel(panel)
        await me.settle()
        assert _wrong(me, cut) == [], panel


async def test_a_switch_of_language_keeps_what_was_typed(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.IDENTIFY_METER)
    await me.type(me.fields()[0], "E0044")
    me.window.words.switch("en")
    await me.settle()
    assert me.pane.bar.primary.text() == "Compare the number"
    assert me.fields()[0].text() == "E0044"


async def test_tabs_go_in_the_order_of_reading(technician: TechnicianLike, walk: Walk) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.IDENTIFY_METER)
    order: list[QWidget] = []
    first: QWidget = me.fields()[0]
    widget: QWidget | None = first.nextInFocusChain()
    while widget is not None and widget is not first:
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            order.append(widget)
        widget = widget.nextInFocusChain()
    assert me.pane.bar.primary in order
    inside = [w for w in order if me.pane.isAncestorOf(w)]
    assert inside[-1] is me.pane.bar.primary or inside[0] in walk(me.pane.bar)


def _flat(table: dict[str, Any], before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{name}.")
        else:
            found[before + name] = value
    return found


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    both = [
        _flat(tomllib.loads(resources.read_text(f"words/{lang}/visit.toml")))
        for lang in ("nl", "en")
    ]
    holes = [{k: set(re.findall(r"{(\w+)}", v)) for k, v in one.items()} for one in both]
    assert holes[0] == holes[1]


def test_numbers_and_codes_as_people_read_them(words: Words) -> None:
    assert ean_groups("871687000000200010").replace("\u00a0", " ") == "8716 8700 0000 2000 10"
    assert obis_number("1-0:1.8.1") == "1.8.1"
    assert words("visit.register_back", tariff=words("visit.tariff_low")) == "terug laag"
