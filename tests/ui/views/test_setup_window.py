from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

from fieldapp.errors import StoreCorrupt, StoreLocked
from fieldapp.work.rescue import Rescued
from sync.errors import Offline, Unauthorized
from tests.ui.views.conftest import LAPTOP, Show
from ui.presenters.setup import SetupPresenter, Stage
from ui.tasks import Tasks
from ui.views import theme
from ui.views.language import Words
from ui.views.setup import SetupWindow
from ui.views.setup_form import BrokenForm
from ui.views.widgets import Row


class Door:
    """Notes what was typed; fails as told."""

    def __init__(self) -> None:
        self.keyring = True
        self.locked = False
        self.error: Exception | None = None
        self.asked: list[tuple[str, ...]] = []

    async def asks_passphrase(self) -> bool:
        return not self.keyring

    def is_locked(self) -> bool:
        return self.locked

    async def open(self) -> bool:
        return self._note("open")

    async def unlock(self, passphrase: str) -> bool:
        return self._note("unlock", passphrase)

    async def rescue(self, path: Path) -> Rescued:
        self._note("rescue", path.name)
        return Rescued(operations=3, lost_files=1)

    async def enrol(self, url: str, code: str, passphrase: str) -> None:
        self._note("enrol", url, code, passphrase)

    async def plan(self, url: str, token: str, passphrase: str) -> None:
        self._note("plan", url, token, passphrase)

    async def workshop(self, passphrase: str) -> None:
        self._note("workshop", passphrase)

    def _note(self, *words: str) -> bool:
        self.asked.append(words)
        if self.error is not None:
            raise self.error
        return True


def fail(failure: BaseException) -> None:
    raise failure


class Stand:
    """The first questions on the screen."""

    def __init__(self, door: Door, words: Words, show: Show) -> None:
        self.door = door
        self.tasks = Tasks(fail)
        self.presenter = SetupPresenter(door, lambda: words.lang)
        self.window = SetupWindow(self.presenter, words, self._spawn)
        self.done: list[bool] = []
        self.window.done.connect(lambda: self.done.append(True))
        self._show = show

    def _spawn(self, work: Coroutine[Any, Any, object], name: str) -> object:
        return self.tasks.spawn(work, name)

    async def open(self) -> None:
        await self.presenter.open()
        self._show(self.window)

    async def press(self, name: str) -> None:
        buttons = self.window.findChildren(QPushButton)
        next(b for b in buttons if b.isVisible() and b.accessibleName() == name).click()
        await self.settle()

    async def settle(self) -> None:
        await self.tasks.settle()
        QApplication.processEvents()

    def fields(self) -> list[QLineEdit]:
        return [f for f in self.window.findChildren(QLineEdit) if f.isVisible()]

    def texts(self) -> list[str]:
        return [label.text() for label in self.window.findChildren(QLabel) if label.isVisible()]


Begin = Callable[[], Awaitable[Stand]]


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def begin(door: Door, words: Words, show: Show) -> Begin:
    async def make() -> Stand:
        stand = Stand(door, words, show)
        await stand.open()
        return stand

    return make


async def test_a_technician_is_tied_by_keyboard_alone(begin: Begin, door: Door) -> None:
    stand = await begin()
    first = stand.window.findChildren(Row)[0]
    QTest.keyClick(first, Qt.Key.Key_Return)
    await stand.settle()
    address, code = stand.fields()
    QTest.keyClicks(address, "https://kantoor.voorbeeld.nl")
    QTest.keyClicks(code, "ab-12")
    QTest.keyClick(code, Qt.Key.Key_Return)
    await stand.settle()
    assert door.asked == [("enrol", "https://kantoor.voorbeeld.nl", "ab-12", "")]
    assert stand.done == [True]


async def test_what_is_wrong_stands_below_its_field_and_what_was_typed_stays(
    begin: Begin, door: Door
) -> None:
    door.keyring = False
    stand = await begin()
    stand.presenter.choose(Stage.TECHNICIAN)
    address, code, phrase, again = stand.fields()
    assert phrase.echoMode() is again.echoMode() is QLineEdit.EchoMode.Password
    for field, text in ((code, "ab"), (phrase, "een lange zin"), (again, "een lange zim")):
        field.setText(text)
    await stand.press("Koppelen")
    assert "Vul het adres in dat u van het kantoor kreeg." in stand.texts()
    address.setText("https://o.example")
    await stand.press("Koppelen")
    assert "De twee zinnen zijn niet gelijk." in stand.texts()
    assert again.property("tone") == "blocking"
    again.setText("een lange zin")
    door.error = Unauthorized("used")
    await stand.press("Koppelen")
    assert "De twee zinnen zijn niet gelijk." not in stand.texts()
    assert stand.presenter.state.problem is not None
    assert stand.presenter.state.problem.what in stand.texts()
    assert (address.text(), code.text()) == ("https://o.example", "ab")
    door.error = None
    await stand.press("Koppelen")
    assert stand.done == [True]


async def test_an_office_out_of_reach_is_said_for_this_screen(begin: Begin, door: Door) -> None:
    door.error = Offline("x")
    stand = await begin()
    stand.presenter.choose(Stage.DISPATCHER)
    address, token = stand.fields()
    assert token.echoMode() is QLineEdit.EchoMode.Password
    address.setText("https://o.example")
    token.setText("geheim")
    await stand.press("Aanmelden")
    assert any(text.startswith("Er is nog niets vastgelegd.") for text in stand.texts())
    door.error = None
    await stand.press("Aanmelden")
    assert door.asked[-1] == ("plan", "https://o.example", "geheim", "")


async def test_back_and_esc_lead_to_the_first_question(begin: Begin) -> None:
    stand = await begin()
    stand.presenter.choose(Stage.WORKSHOP)
    await stand.press("Terug")
    assert "Waarvoor gebruikt u deze laptop?" in stand.texts()
    stand.presenter.choose(Stage.WORKSHOP)
    QTest.keyClick(stand.window, Qt.Key.Key_Escape)
    assert stand.presenter.state.stage is Stage.WELCOME
    QTest.keyClick(stand.window, Qt.Key.Key_Escape)
    QTest.keyClick(stand.window, Qt.Key.Key_Return)
    assert stand.presenter.state.stage is Stage.WELCOME


async def test_a_workshop_begins_at_once(begin: Begin, door: Door) -> None:
    stand = await begin()
    stand.presenter.choose(Stage.WORKSHOP)
    assert stand.fields() == []
    await stand.press("Beginnen")
    assert door.asked == [("workshop", "")]


async def test_a_locked_laptop_is_opened(begin: Begin, door: Door) -> None:
    door.locked = True
    stand = await begin()
    [phrase] = stand.fields()
    QTest.keyClicks(phrase, "een lange zin")
    await stand.press("Openen")
    assert door.asked == [("unlock", "een lange zin")]
    assert stand.done == [True]


async def test_a_store_that_does_not_open_says_why(begin: Begin, door: Door) -> None:
    stand = await begin()
    stand.presenter.fail(StoreCorrupt("laptop.db"))
    assert stand.presenter.state.problem is not None
    assert {"Deze laptop gaat niet open", stand.presenter.state.problem.what} <= set(
        stand.texts()
    )
    await stand.press("Opnieuw proberen")
    assert door.asked == [("open",)]


async def test_what_a_damaged_store_still_holds_is_saved(begin: Begin, door: Door) -> None:
    stand = await begin()
    stand.presenter.fail(StoreLocked("laptop.db"))
    form = stand.window.findChild(BrokenForm)
    assert form is not None
    assert not form.rescue.isVisible()
    stand.presenter.fail(StoreCorrupt("laptop.db"))
    assert form.rescue.isVisible()
    form.saved.emit("/stick/out.rescue")
    await stand.tasks.settle()
    assert door.asked == [("rescue", "out.rescue")]
    (told,) = (text for text in stand.texts() if text.startswith("out.rescue is compleet"))
    assert "1 foto's waren niet meer te lezen" in told


async def test_what_runs_is_said_and_can_not_be_begun_twice(
    begin: Begin, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()

    async def wait(_passphrase: str) -> None:
        await gate.wait()

    monkeypatch.setattr(door, "workshop", wait)
    stand = await begin()
    stand.presenter.choose(Stage.WORKSHOP)
    buttons = stand.window.findChildren(QPushButton)
    start = next(b for b in buttons if b.isVisible() and b.accessibleName() == "Beginnen")
    start.click()
    await asyncio.sleep(0)
    assert "De versleutelde opslag maken…" in stand.texts()
    assert not start.isEnabled()
    gate.set()
    await stand.settle()
    assert stand.done == [True]


@pytest.mark.parametrize("name", theme.THEMES)
async def test_every_screen_speaks_both_languages_and_cuts_nothing(
    begin: Begin,
    door: Door,
    show: Show,
    cut: Callable[[QWidget], list[str]],
    name: str,
) -> None:
    door.keyring = False
    stand = await begin()
    for stage in (Stage.WELCOME, Stage.TECHNICIAN, Stage.DISPATCHER, Stage.WORKSHOP):
        for lang in ("nl", "en"):
            stand.presenter.choose(stage)
            show(stand.window, LAPTOP, name, lang)
            assert cut(stand.window) == []
            large = [b.height() >= theme.TARGET for b in stand.window.findChildren(QPushButton)]
            assert all(large)
    await stand.press("Nederlands")
    assert "Back" not in [b.accessibleName() for b in stand.window.findChildren(QPushButton)]
    stand.window.closed_for_good()
