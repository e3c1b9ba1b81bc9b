"""Scenes of a visit: every sort of step, and what may happen beside the steps.

In comes the stage; out come windows on a visit of the relief technician that stands where the
scene wants it. Rule: nothing is sent in them, and what is typed is the same in every language.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QAbstractButton

from ui.demo.photo import practice_photo
from ui.proof.scene import Play, Played, Quiet, ends, page_of
from ui.proof.stage import Stage
from ui.views.language import Words
from ui.views.visit import VisitView
from ui.views.visit_pane import WorkPane
from ui.views.visit_photo_box import PhotoBox
from ui.views.visit_signature import SignaturePad
from ui.views.visit_stock import PlaceEditor
from ui.views.widgets import NumberField

_DIGITS = ("44102", "41288")
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
    """A photo is there, and can be looked over."""
    path = here.relief.laptop.folder / "photo.png"
    path.write_bytes(practice_photo("V-3006 old_meter"))
    _pane(page).findChildren(PhotoBox)[0].take(str(path))


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


def _pane(page: VisitView) -> WorkPane:
    assert page.pane is not None
    return page.pane
