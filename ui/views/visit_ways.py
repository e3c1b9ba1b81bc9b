"""Ways out of what is asked: the requirement's own, the office's, or another meter found.

In come the ways that the flow names; out go the way taken, its reason and its photo. Rule:
LMRA, identity, voltage-free and tightness have no way out, and none is offered (trade.md).
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.presenters.visit import WayOut
from ui.presenters.visit_page import Action, NeedRow, Primary, VisitPage
from ui.views.visit_code_offer import CodeOffer
from ui.views.visit_editor import Editor
from ui.views.visit_options import Options
from ui.views.visit_scan import ScanMark, meter_number
from ui.views.visit_words import capital, inside, need_name
from ui.views.visit_work import Work
from ui.views.widgets import Field, Label, Muted, TextField

WAIVE, DEFER, OTHER_METER = "waive", "defer", "other_meter"
_PHOTO_WAYS = frozenset({"unreadable", "found_broken", "absent"})
_NO_ACCESS = ("no_access", "port_locked", "no_key", "too_old")


def way_out(page: VisitPage, primary: Primary) -> str:
    """The panel that offers a way out of an action; empty where there is none."""
    if primary.action is Action.APPLY_PREFERENCE and page.choice is not None:
        return DEFER
    if primary.action is Action.IDENTIFY_METER:
        return OTHER_METER
    need = need_of(page, primary)
    return WAIVE if need is not None and need.ways_out else ""


def need_of(page: VisitPage, primary: Primary) -> NeedRow | None:
    """The open need of the step that this action would meet."""
    need = page.need_of(primary)
    return need if need is not None and need.open else None


class WaiveEditor(Editor):
    """Which way, why, and where it is asked a photo."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        need = need_of(work.page, primary)
        self._code = need.code if need else ""
        ways = need.ways_out if need else ()
        options = [(way, capital(self.words.code("ways_out", way))) for way in ways]
        only = ways[0] if len(ways) == 1 else ""
        self._way = Options(options, self.field("way") or only, across=2)
        self._way.chosen.connect(self._chosen)
        self._reason = TextField("")
        self.bind("reason", self._reason)
        self._photo = self.photo_box("waive_photo")
        name = need_name(self.words, need) if need else ""
        what = self.words("visit.waive_what", need=inside(name))
        self.body.addWidget(Label(what, "lead", wrap=True))
        self.body.addWidget(self._way)
        self.body.addWidget(Field(self.words("visit.reason"), self._reason))
        self.body.addWidget(self._photo, 1)

    def title(self) -> tuple[str, str]:
        """That something is skipped."""
        return self.words("visit.waive_title"), self.words("visit.waive_line")

    def button(self) -> str:
        """Skip it, which way."""
        if not self._way.code:
            return self.words("visit.skip")
        way = self.words.code("ways_out", self._way.code)
        return self.words("visit.button.waive", way=way)

    def lacks(self) -> str:
        """The way, the reason, the photo where the way asks for one."""
        if not self._way.code:
            return self.words("visit.way_needed")
        if not self._reason.text().strip():
            return self.words("visit.reason_needed")
        return self._photo.lack(needed=self._way.code in _PHOTO_WAYS)

    def first(self) -> QWidget | None:
        """The part that is open."""
        if not self._way.code:
            return self._way.first()
        return self._photo.focus_here() if self._reason.text().strip() else self._reason

    async def submit(self) -> bool:
        """Take it."""
        reason = self._reason.text().strip()
        photo = await self._photo.picture()
        way = WayOut(self._code, self._way.code, reason, photo)
        return await self.work.visit.waive(way)

    def _chosen(self, code: str) -> None:
        self.keep("way", code)


class DeferEditor(Editor):
    """The optical port can't be reached: the office sets the choice remotely."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self.body.addWidget(Label(self.words("visit.defer_what"), "lead", wrap=True))
        options = [(code, self.words(f"visit.no_p0_{code}")) for code in _NO_ACCESS]
        self._why = Options(options, self.field("why"), across=2)
        self._why.chosen.connect(lambda code: self.keep("why", code))
        self._note = TextField("")
        self.bind("note", self._note)
        self.body.addWidget(self._why)
        self.body.addWidget(Field(self.words("visit.note"), self._note))
        self.body.addStretch(1)

    def title(self) -> tuple[str, str]:
        """No access."""
        return self.words("visit.defer_title"), self.words("visit.defer_line")

    def button(self) -> str:
        """Hand it to the office."""
        return self.words("visit.button.defer")

    def lacks(self) -> str:
        """Why."""
        return "" if self._why.code else self.words("visit.reason_needed")

    def first(self) -> QWidget | None:
        """The reasons."""
        return self._why.first()

    async def submit(self) -> bool:
        """It goes through the office; never the same as done."""
        choice = self.work.page.choice
        if choice is None:
            return False
        note = self._note.text().strip()
        reason = f"{self._why.code}: {note}" if note else self._why.code
        step = self.primary.step
        return await self.work.meters.defer_preference(step, choice.preference, reason)


class OtherMeterEditor(Editor):
    """Another meter hangs there than the office knows."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self.body.addWidget(Label(self.words("visit.other_what"), "lead", wrap=True))
        self._number = TextField("")
        self.bind("number", self._number)
        if not self._number.text():
            self._number.setText(work.page.other_meter)
        self._reason = TextField("")
        self.bind("reason", self._reason)
        self._photo = self.photo_box("other_meter_photo")
        offer = CodeOffer(self.words, takes=True)
        offer.follow(self._photo, str)
        offer.taken.connect(self._number.setText)
        mark = ScanMark(self.words, self._number, meter_number)
        self.body.addWidget(Field(self.words("visit.number_found"), self._number))
        self.body.addWidget(mark)
        self.body.addWidget(Field(self.words("visit.reason"), self._reason))
        self.body.addWidget(self._photo, 1)
        self.body.addWidget(offer)

    def title(self) -> tuple[str, str]:
        """Another meter."""
        return self.words("visit.other_title"), self.words("visit.other_line")

    def button(self) -> str:
        """Tell the office."""
        return self.words("visit.button.other_meter")

    def lacks(self) -> str:
        """The number, the reason, the photo."""
        missing = (
            ("visit.number_needed", self._number.text().strip()),
            ("visit.reason_needed", self._reason.text().strip()),
        )
        lacking = next((self.words(key) for key, there in missing if not there), "")
        return lacking or self._photo.lack()

    def first(self) -> QWidget | None:
        """The part that is open."""
        if not self._number.text().strip():
            return self._number
        return self._photo.focus_here() if self._reason.text().strip() else self._reason

    async def submit(self) -> bool:
        """Keep what was found."""
        number, reason = self._number.text().strip(), self._reason.text().strip()
        photo = await self._photo.picture()
        return await self.work.visit.other_meter(number, reason, photo)


class NoteEditor(Editor):
    """What the technician sees at a reading that stands out."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self.body.addWidget(Muted(self.words("visit.note_what"), wrap=True))
        self._text = TextField("")
        self.bind("text", self._text)
        self.body.addWidget(Field(self.words("visit.note"), self._text))
        self.body.addStretch(1)

    def title(self) -> tuple[str, str]:
        """Of which register."""
        number = self.primary.about.partition(":")[2]
        return self.words("visit.note_reading"), number

    def button(self) -> str:
        """Keep the note."""
        return self.words("visit.button.note")

    def lacks(self) -> str:
        """Words."""
        return "" if self._text.text().strip() else self.words("visit.note_needed")

    def first(self) -> QWidget | None:
        """The field."""
        return self._text

    async def submit(self) -> bool:
        """Keep it with the register it is about."""
        rule = f"reading:{self.primary.about}"
        return await self.work.visit.find(rule, "found", self._text.text().strip())
