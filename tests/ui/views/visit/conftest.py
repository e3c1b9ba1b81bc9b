from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget

from fieldapp.domain.work_order import Commodity
from ui.presenters.pin import PinPresenter
from ui.presenters.visit_page import Action, VisitPage
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.visit import VisitView
from ui.views.visit_editor import Editor
from ui.views.visit_options import Options
from ui.views.visit_pane import WorkPane
from ui.views.visit_photo_box import PhotoBox
from ui.views.visit_signature import SignaturePad
from ui.views.visit_work import Work
from ui.views.widgets import Check
from ui.wiring import Laptop

LAPTOP = QSize(1366, 768)
_MOST_PRESSES = 100
_DIGITS = {"1-0:1.8.1": "44102", "1-0:1.8.2": "41288", "0-1:24.2.1": "12011,482"}


class StreetLike(Protocol):
    dead: bool

    def plug(self, number: str) -> None: ...


@dataclass
class Technician:
    """Sits before the real window and uses a mouse and a keyboard, nothing else."""

    app: QApplication
    laptop: Laptop
    street: StreetLike
    window: MainWindow
    photo: Path
    digits: dict[str, str] = field(default_factory=lambda: dict(_DIGITS))
    keys_only: bool = False
    pressed: list[str] = field(default_factory=list)

    @property
    def view(self) -> VisitView:
        page = self.window.page
        assert isinstance(page, VisitView)
        return page

    @property
    def work(self) -> Work:
        assert self.view.work is not None
        return self.view.work

    @property
    def pane(self) -> WorkPane:
        assert self.view.pane is not None
        return self.view.pane

    @property
    def page(self) -> VisitPage:
        return self.work.page

    @property
    def editor(self) -> Editor:
        assert self.pane.editor is not None
        return self.pane.editor

    async def settle(self) -> None:
        await self.laptop.tasks.settle()
        for _ in range(4):
            self.app.processEvents()
            self.app.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    async def open(self, number: str) -> None:
        await self.window.show_page("visit", f"visit-{number}")
        await self.settle()

    async def go_on(self) -> None:
        """The primary button, by a finger or by Enter."""
        if self.keys_only:
            await self.key(Qt.Key.Key_Return)
        else:
            await self.click(self.pane.bar.primary)

    async def click(self, widget: QWidget) -> None:
        assert widget.isVisible(), widget.accessibleName()
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
        await self.settle()

    async def key(self, key: Qt.Key) -> None:
        focused: QWidget | None = self.window.focusWidget()
        QTest.keyClick(self.window if focused is None else focused, key)
        await self.settle()

    async def press(self, text: str) -> None:
        """A button by its words, wherever it is in the window."""
        await self.click(self.button(text))

    def button(self, text: str) -> QPushButton:
        found = [
            b
            for b in self.window.findChildren(QPushButton)
            if b.isVisible() and text.lower() in b.accessibleName().lower()
        ]
        assert found, text
        return found[0]

    async def type(self, field_: QLineEdit, text: str) -> None:
        if self.keys_only:
            assert self.window.focusWidget() is field_, "the field that is open has the focus"
        else:
            await self.click(field_)
        field_.clear()
        QTest.keyClicks(field_, text)
        await self.settle()

    def fields(self) -> list[QLineEdit]:
        return [f for f in self.editor.findChildren(QLineEdit) if f.isVisible()]

    async def give_photo(self) -> None:
        """What the file dialog answers."""
        (box,) = (b for b in self.editor.findChildren(PhotoBox) if b.isVisible())
        box.take(str(self.photo))
        await self.settle()

    async def choose(self, code: str, at: int = 0) -> None:
        options = [o for o in self.editor.findChildren(Options) if o.isVisible()][at]
        button = options.button(code)
        if self.keys_only:
            button.setFocus()
            QTest.keyClick(button, Qt.Key.Key_Space)
            await self.settle()
        else:
            await self.click(button)

    async def step(self) -> bool:
        """Do what the middle asks; False when the visit is over."""
        primary = self.page.primary
        if primary is None:
            return False
        self.pressed.append(primary.action)
        self.street.plug(self.page.hanging.get(Commodity.ELECTRICITY, ""))
        answer = _ANSWERS.get(primary.action)
        if answer is not None:
            await answer(self)
        assert self.work.problem is None, self.work.problem
        if primary != self.page.primary:
            return True  # one tap was enough
        await self.go_on()
        assert self.work.problem is None, self.work.problem
        return True

    async def whole(self) -> None:
        while await self.step():
            assert len(self.pressed) < _MOST_PRESSES, self.pressed

    async def until(self, action: Action, about: str = "") -> None:
        while True:
            primary = self.page.primary
            assert primary is not None
            if primary.action is action and about in {"", primary.about}:
                return
            assert await self.step()
            assert len(self.pressed) < _MOST_PRESSES, self.pressed[-5:]

    async def sign(self) -> None:
        (pad,) = self.editor.findChildren(SignaturePad)
        middle = pad.rect().center()
        QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=middle - QPoint(120, 0))
        for x in range(-100, 120, 20):
            QTest.mouseMove(pad, middle + QPoint(x, (x * 7) % 40 - 20))
        QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=middle + QPoint(120, 0))
        await self.settle()


async def _lmra(me: Technician) -> None:
    if me.keys_only:
        for _ in me.page.lmra:
            await me.key(Qt.Key.Key_1)
        return
    for at in range(len(me.page.lmra)):
        await me.choose("yes", at)


async def _identify(me: Technician) -> None:
    known = {m.number: m.kind for c in me.page.connections if (m := c.meter)}
    assert me.page.primary is not None
    number = me.page.hanging[Commodity(me.page.primary.about)]
    if known.get(number) == "analogue" or number.startswith("E0055"):
        await me.type(me.fields()[0], number.lower())


async def _readings(me: Technician) -> None:
    if any(row.kind != "smart" for row in me.page.registers):
        fields = me.fields()
        for row, one in zip(me.page.registers, fields, strict=True):
            if me.keys_only:
                one.setFocus()
            await me.type(one, me.digits.get(row.register.obis, "44102"))
        await me.give_photo()


async def _photo(me: Technician) -> None:
    await me.give_photo()


async def _measure(me: Technician) -> None:
    value, instrument = me.fields()
    assert me.page.primary is not None
    asked = me.page.need_of(me.page.primary)
    between = asked.usual if asked else (None, None)
    low, high = between
    usual = (low + high) / 2 if low is not None and high is not None else 0
    await me.type(value, str(usual).replace(".", ","))
    if instrument.text():
        return
    if me.keys_only:
        await me.key(Qt.Key.Key_Return)
    await me.type(instrument, "FLUKE-12")


async def _question(me: Technician) -> None:
    assert me.page.primary is not None
    asked = me.page.need_of(me.page.primary)
    assert asked is not None
    await me.choose(asked.options[0])


async def _agree(me: Technician) -> None:
    """Look first, then agree to what is shown."""
    before = me.page.primary
    await me.go_on()
    ticks = [t for t in me.editor.findChildren(Check) if t.isVisible()]
    if me.page.primary == before and ticks:
        await me.click(ticks[0])


async def _channels(me: Technician) -> None:
    await me.go_on()


async def _skip(me: Technician) -> None:
    await me.press(me.window.words("visit.skip"))
    await me.choose("absent")
    await me.type(me.fields()[0], "kent dat niet")
    await me.give_photo()


async def _seal(me: Technician) -> None:
    await me.type(me.fields()[0], "Z40817")


async def _number(me: Technician) -> None:
    editor = me.editor
    number = str(getattr(editor, "number", ""))
    await me.type(me.fields()[0], number[-4:])


async def _choice(me: Technician) -> None:
    if me.page.choice is None:
        await me.choose("off")


async def _preference(me: Technician) -> None:
    if me.page.choice is None:
        await me.choose("off")
        await me.go_on()


async def _action(me: Technician) -> None:
    await me.choose("repaired")


async def _sign(me: Technician) -> None:
    await me.sign()


_ANSWERS: dict[Action, Callable[[Technician], Awaitable[None]]] = {
    Action.ANSWER_LMRA: _lmra,
    Action.ANSWER_QUESTION: _question,
    Action.CLEAR_ALARMS: _agree,
    Action.COUPLE: _channels,
    Action.DECOUPLE: _agree,
    Action.RESET_METER: _skip,
    Action.IDENTIFY_METER: _identify,
    Action.TAKE_READINGS: _readings,
    Action.TAKE_PHOTO: _photo,
    Action.ENTER_MEASUREMENT: _measure,
    Action.RECORD_SEAL: _seal,
    Action.PLACE_METER: _number,
    Action.REMOVE_METER: _number,
    Action.RECORD_CHOICE: _choice,
    Action.APPLY_PREFERENCE: _preference,
    Action.RECORD_ACTION: _action,
    Action.SIGN: _sign,
}


@pytest.fixture
def photo(tmp_path: Path, qt: QApplication) -> Path:
    assert qt is not None
    stripes = b"\xd0\x80\x20\xff" * 8 + b"\x30\x60\x90\xff" * 8
    image = QImage(stripes * 40 * 480, 640, 480, QImage.Format.Format_RGB32)
    path = tmp_path / "meterkast.png"
    assert image.save(str(path))
    return path


@pytest.fixture
async def technician(
    qt: QApplication, qt_laptop: Laptop, street: StreetLike, words: Words, photo: Path
) -> AsyncIterator[Technician]:
    qt_laptop.settings = msgspec.structs.replace(
        qt_laptop.settings, ports={"p1": "p1", "optical": "p0"}, language="nl"
    )
    qt_laptop.lang = "nl"
    window = MainWindow(qt_laptop, qt_laptop.frame_presenter(), words, qt_laptop.tasks.spawn)
    window.resize(LAPTOP)
    window.show()
    await window.start("today")
    window.activateWindow()
    made = Technician(qt, qt_laptop, street, window, photo)
    await made.settle()
    yield made
    await made.settle()
    window.closed_for_good()
    window.deleteLater()
    with contextlib.suppress(RuntimeError):
        await made.settle()


@pytest.fixture
async def pin(qt_laptop: Laptop) -> PinPresenter:
    made = qt_laptop.handover().pin()
    await made.keep("4711")
    return made
