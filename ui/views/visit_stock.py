"""The new meter hangs: its number is the van's, or there is a reason why this one all the same.

In come the meters reserved for the visit and those in the van; out goes the number that was
typed or scanned. Rule: what speaks against a meter is said and stops; the way on is a reason,
which goes to the office. Where no stock is kept a number that was not reserved is asked twice.
"""

from __future__ import annotations

from ui.presenters.visit_page import Primary
from ui.views.visit_numbers import ENOUGH, NumberEditor
from ui.views.visit_words import primary_name
from ui.views.visit_work import Work
from ui.views.widgets import Field, Pill, TextField

_REASON = "despite"


class PlaceEditor(NumberEditor):
    """Which meter hangs there now."""

    expects = "visit.number_place"
    by_keypad = True

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._field.say(self.words("visit.number_last"), self.words("visit.number_last_hint"))
        self._verdict = Pill()
        self.reason = TextField("")
        self.bind(_REASON, self.reason)
        self._why = Field(self.words("van.why"), self.reason, self.words("van.why_hint"))
        self.body.insertWidget(1, self._verdict)
        self.body.insertWidget(2, self._why)
        self.body.addStretch(1)
        self._asked = ""
        self.typed_number.textChanged.connect(self._judge)
        self._judge()

    def expected(self) -> str:
        """The reserved meter of this carrier, else the only one in the van; empty: neither."""
        reserved, carried = self._reserved(), self._carried()
        if reserved:
            return reserved[0]
        return carried[0] if len(carried) == 1 else ""

    def button(self) -> str:
        """Place it, or place it although something speaks against it."""
        if self._is_doubted() or (self._asked and self._asked == self.text()):
            return self.words("visit.button.place_anyway")
        return primary_name(self.words, self.primary)

    def lacks(self) -> str:
        """The number, or its end; why, where something speaks against it."""
        if not self._known() and not self._whole():
            return self.words("visit.number_needed")
        if self._is_doubted() and not self.reason.text().strip():
            return self.words("van.why_needed")
        return ""

    async def submit(self) -> bool:
        """Keep it; without stock a number that was not reserved is asked once more."""
        page = self.work.page
        if not page.carried and not self._known() and self._asked != self.text():
            self._asked = self.text()
            self._judge()
            self.typed.emit()
            return False
        despite = self.reason.text().strip() if self._is_doubted() else ""
        return await self.work.visit.place_meter(
            self.primary.about, self.text(), despite=despite
        )

    def redraw(self) -> None:
        """A meter that was stopped asks for the reason."""
        self._judge()

    def _reserved(self) -> list[str]:
        about = self.primary.about
        return [m.number for m in self.work.page.new_meters if m.number.startswith(about)]

    def _carried(self) -> list[str]:
        about = self.primary.about
        return [one.meter.number for one in self.work.page.carried if one.commodity == about]

    def _known(self) -> str:
        text = self.text()
        numbers = dict.fromkeys((*self._reserved(), *self._carried()))
        ends = [n for n in numbers if len(text) >= ENOUGH and n.endswith(text)]
        return ends[0] if len(ends) == 1 else ""

    def _whole(self) -> bool:
        return len(self.text()) > 2 * ENOUGH

    def _is_doubted(self) -> bool:
        doubted = self.work.page.doubted
        return bool(doubted) and doubted in {self._known(), self.text()}

    def _judge(self) -> None:
        known = self._known()
        doubted = self._is_doubted()
        for part in (self.head, self.pad):
            if part is not None:
                part.setVisible(not doubted)
        asked = doubted and self._why.isHidden()
        self._why.setVisible(doubted)
        if asked:
            self.reason.setFocus()
        self._verdict.setVisible(bool(known) or self._whole())
        if doubted:
            said = self.words("van.doubted", number=self.work.page.doubted)
            self._verdict.say(said, "blocking", "circle-alert")
        elif known:
            said = self.words("visit.number_reserved", number=known)
            self._verdict.say(said, "done", "check")
        else:
            word = "van.not_carried" if self.work.page.carried else "visit.number_not_reserved"
            self._verdict.say(self.words(word), "attention", "triangle-alert")
