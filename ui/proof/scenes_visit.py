"""Scenes of a visit: every sort of step, and what may happen beside the steps.

In comes the stage; out come windows on a visit of the relief technician that stands where the
scene wants it. Rule: nothing is sent in them, and what is typed is the same in every language.
"""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Mapping

import msgspec
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from fieldapp.store import drafts
from ui.proof.camera import shoot_meter
from ui.proof.scene import Play, Played, Quiet, ends, page_of
from ui.proof.stage import IN_HAND, Stage
from ui.views.language import Words
from ui.views.visit import VisitView
from ui.views.visit_canvas import Canvas
from ui.views.visit_number_photo import NumberFromPhoto
from ui.views.visit_options import Options
from ui.views.visit_pane import WorkPane
from ui.views.visit_photo_box import PhotoBox
from ui.views.visit_signature import SignaturePad
from ui.views.visit_stock import PlaceEditor
from ui.views.visit_story import AGAIN
from ui.views.visit_work import Work
from ui.views.widgets import NumberField

OLD_METER = "E0012001122334411"
_DIGITS = ("44102", "41288")
_LIT = 1 << 1 | 1 << 13
"""Replace battery, fraud attempt."""
_SMALL = "E0044007382399226"
"""Of the van, for one phase."""
_STROKE = ((50, 110), (80, 40), (100, 120), (130, 60), (150, 110), (200, 70), (260, 100))
Then = Callable[[Stage, VisitView], Awaitable[None]]


def stands_at(point: str, panel: str = "", then: Then | None = None) -> Play:
    """A visit at a point of `POINTS`, a panel opened over it, something done there."""

    async def play(here: Stage, words: Words, quiet: Quiet) -> Played:
        visit = await here.relief.at(point)
        window = await page_of(here.relief.laptop, words, "visit", visit)
        page = window.page
        assert isinstance(page, VisitView)
        pane = _pane(page)
        if panel:
            pane.open_panel(panel)
        if then is not None:
            await quiet()
            await then(here, page)
        return ends(window)

    return play


async def in_hand(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The technician's own visit: the choice is next to be written."""
    return ends(await page_of(here.technician, words, "visit", here.visit))


async def look_back(_here: Stage, page: VisitView) -> None:
    """At what was read before."""
    assert page.work is not None
    await page.work.visit.select("final_readings")


async def type_digits(_here: Stage, page: VisitView) -> None:
    """What stands on the old display."""
    fields = _pane(page).findChildren(NumberField)
    for field, digits in zip(fields, _DIGITS, strict=False):
        field.setText(digits)


async def place_another(_here: Stage, page: VisitView) -> None:
    """A meter that does not fit is stopped, and asks for a reason."""
    editor = _pane(page).editor
    assert isinstance(editor, PlaceEditor)
    editor.typed_number.setText(_SMALL)
    _pane(page).bar.primary.click()


async def take_photo(here: Stage, page: VisitView) -> None:
    """A photo is there, and says which meter it shows."""
    _box(page).take(_photo(here, "photo.jpg", OLD_METER))
    await _box(page).room.settled()


async def take_other_photo(here: Stage, page: VisitView) -> None:
    """A photo of another meter."""
    _box(page).take(_photo(here, "other.jpg", "E0044007382319999"))
    await _box(page).room.settled()


async def edit_photo(here: Stage, page: VisitView) -> None:
    """A frame lies round what nobody should see."""
    await take_photo(here, page)
    _box(page).edit()
    canvas = _box(page).findChildren(Canvas)[0]
    canvas.put_frame(0.4)


async def number_from_photo(here: Stage, page: VisitView) -> None:
    """The number was read from a photo, and is offered."""
    reader = _pane(page).findChildren(NumberFromPhoto)[0]
    reader.take(_photo(here, "number.jpg", "E0044007382311125"))


async def scan(_here: Stage, page: VisitView) -> None:
    """A scanner typed the number."""
    editor = _pane(page).editor
    assert isinstance(editor, PlaceEditor)
    type_as_scanner(editor.typed_number, "E0044007382311125")


def type_as_scanner(field: QWidget, code: str) -> None:
    """Keys as a scanner sends them: faster than a hand, with Enter at the end."""
    keys = [(Qt.Key.Key_unknown, sign) for sign in code] + [(Qt.Key.Key_Return, "\r")]
    for at, (key, text) in enumerate(keys, 1):
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, text)
        event.setTimestamp(1000 + 5 * at)
        QApplication.sendEvent(field, event)


async def folder_offers(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """A phone drops pictures into a folder while the step is open."""
    laptop = here.relief.laptop
    before = laptop.settings
    folder = laptop.folder / "Telefoon"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    await laptop.keep(msgspec.structs.replace(before, photo_folder=str(folder)))
    visit = await here.relief.at("photo")
    await laptop.db.write(lambda c: drafts.remove(c, visit), touched=frozenset())
    window = await page_of(laptop, words, "visit", visit)
    page = window.page
    assert isinstance(page, VisitView)
    strip = _box(page).ways.strip
    await strip.look()
    for number in (4101, 4102, 4103):
        _photo(here, f"Telefoon/IMG_{number}.jpg", OLD_METER)
    for _ in range(2):
        await strip.look()

    async def put_back() -> None:
        await laptop.keep(before)

    return ends(window, put_back)


async def draw(_here: Stage, page: VisitView) -> None:
    """The customer signs."""
    pad = _pane(page).findChildren(SignaturePad)[0]
    pad.begin(QPointF(*_STROKE[0]))
    for x, y in _STROKE[1:]:
        pad.draw_to(QPointF(x, y))
    pad.end()


async def say_no(_here: Stage, page: VisitView) -> None:
    """Answer the first question of the risk analysis with no."""
    answers = _pane(page).findChildren(QAbstractButton)
    no = page.words("visit.answer_no")
    next(one for one in answers if one.isVisibleTo(page) and one.text() == no).click()


def answer(code: str) -> Then:
    """Give this answer to the question."""

    async def tap(_here: Stage, page: VisitView) -> None:
        _pane(page).findChildren(Options)[0].choose(code)

    return tap


def told(**unusual: object) -> Then:
    """The new meter tells its state while something in it is unusual."""

    async def read(here: Stage, page: VisitView) -> None:
        meter = here.street.meters[IN_HAND]
        usual = {name: getattr(meter, name) for name in unusual}
        await _read(here, page, unusual, usual)

    return read


async def show_alarms(here: Stage, page: VisitView) -> None:
    """Two alarms are set in the new meter, and were looked at."""
    alarms = here.street.meters[IN_HAND].alarms
    await _read(here, page, {"alarms": alarms | {1: _LIT}}, {"alarms": alarms})
    here.street.meters[IN_HAND].alarms = alarms | {1: _LIT}
    await _in_hand(page).meters.look_at_alarms()
    here.street.meters[IN_HAND].alarms = alarms
    page.redraw()


async def show_modem(here: Stage, page: VisitView) -> None:
    """The new meter's modem still searches for a network."""
    await told(modem_registration=2)(here, page)
    _pane(page).open_panel(f"{AGAIN}modem")


async def show_channels(here: Stage, page: VisitView) -> None:
    """The M-Bus channels were read."""
    here.street.plug(IN_HAND)
    await _in_hand(page).meters.look_at_channels()
    page.redraw()


async def _read(
    here: Stage, page: VisitView, unusual: Mapping[str, object], usual: Mapping[str, object]
) -> None:
    meter, work = here.street.meters[IN_HAND], _in_hand(page)
    here.street.plug(IN_HAND)
    for name, value in unusual.items():
        setattr(meter, name, value)
    if not work.page.told:
        await work.meters.retrieve_state("set_up", "placed")
        await work.visit.refresh()
    for name, value in usual.items():
        setattr(meter, name, value)


def _in_hand(page: VisitView) -> Work:
    assert page.work is not None
    return page.work


def _box(page: VisitView) -> PhotoBox:
    return _pane(page).findChildren(PhotoBox)[0]


def _photo(here: Stage, name: str, number: str) -> str:
    path = str(here.relief.laptop.folder / name)
    shoot_meter(path, number)
    return path


def _pane(page: VisitView) -> WorkPane:
    assert page.pane is not None
    return page.pane
