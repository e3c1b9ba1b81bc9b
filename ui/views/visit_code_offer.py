"""What the codes in a photo say: the number of the expected meter, of another, or of none.

In come texts as they were read; out comes a notice, and `taken` with the number where it may be
taken over. Rule: a number is offered, never filled in by itself; one that is not the expected
one is said.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal

from fieldapp.domain.identifiers import meter_numbers_in
from fieldapp.domain.slots import carrier_of, is_new
from ui.presenters.visit_page import VisitPage
from ui.views.language import Words
from ui.views.visit_notice import Notice
from ui.views.visit_photo_box import PhotoBox


class CodeOffer(Notice):
    """Hidden until a photo's codes were read."""

    taken = Signal(str)

    def __init__(self, words: Words, *, takes: bool = False) -> None:
        """Tell; `takes`: the number can be taken over."""
        super().__init__()
        self._words = words
        self._takes = takes
        self.number = ""
        self.pressed.connect(self._take)

    def follow(self, box: PhotoBox, expected: Callable[[], str]) -> None:
        """Tell of each photo in a box."""
        room = box.room
        room.reads_codes = True
        room.read.connect(lambda: self.show_codes(room.codes, expected()))

    def show_codes(self, codes: tuple[str, ...], expected: str, *, asked: bool = False) -> None:
        """Tell what was read; nothing found is told only where somebody asked for a number."""
        known = (expected,) if expected else ()
        numbers = meter_numbers_in(codes, known)
        self.number = numbers[0] if numbers else ""
        words = self._words
        if not numbers:
            self.hide()
            if asked:
                self.say(words("visit.code_none"), words("visit.code_none_do"))
            return
        action = words("visit.code_take") if self._takes else ""
        what = words("visit.code_read", number=self.number)
        if self.number == expected:
            self.say(what, words("visit.code_same"), tone="done", action=action)
        elif expected:
            more = words("visit.code_other", expected=expected)
            self.say(what, more, tone="attention", action=action)
        else:
            self.say(what, _also(words, numbers[1:]), tone="accent", action=action)

    def _take(self) -> None:
        self.hide()
        self.taken.emit(self.number)


def meter_in(page: VisitPage, slot: str) -> str:
    """The number of the meter that a photo should show; empty where that is not known."""
    carrier = carrier_of(slot)
    if carrier is None:
        return ""
    old = next(
        (c.meter.number for c in page.connections if c.meter and c.commodity == carrier), ""
    )
    if not is_new(slot):
        return old
    hangs = page.hanging.get(carrier, "")
    return hangs if hangs != old else ""


def _also(words: Words, others: tuple[str, ...]) -> str:
    return words("visit.code_also", numbers=", ".join(others)) if others else ""
