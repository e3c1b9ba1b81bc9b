"""The reading step: from the meter with one tap, or by hand with a photo of the display.

In come the registers of the step; out go a contact, or the typed digits with their photo.
Rule: a typed reading that stands out is typed again without the first one in sight, and is then
kept as it is, flagged (trade.md, Readings).
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from fieldapp.domain.facts import Channel
from fieldapp.domain.work_order import Commodity, MeterKind
from ui.presenters.metering import HandReading
from ui.presenters.visit_page import Primary, RegisterRow
from ui.views import theme
from ui.views.visit_code_offer import CodeOffer
from ui.views.visit_editor import Editor
from ui.views.visit_keypad import Keypad
from ui.views.visit_notice import Notice
from ui.views.visit_registers import RegisterTable
from ui.views.visit_words import obis_number
from ui.views.visit_work import Work
from ui.views.widgets import SecondaryButton, column, line

BY_HAND = "hand"


class ReadingsEditor(Editor):
    """Registers, and the ports to read them over."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._table = RegisterTable(self.words)
        self.body.addWidget(self._table)
        ways = line(space=theme.SPACE[1])
        for channel in channels(work, primary):
            text = self.words(f"visit.button.read_{channel}")
            ways.addWidget(SecondaryButton(text, self._read(channel), icon="plug"))
        hand = SecondaryButton(self.words("visit.by_hand"), self.does(BY_HAND), icon="keyboard")
        ways.addWidget(hand)
        ways.addStretch(1)
        self.body.addLayout(ways)
        self.body.addStretch(1)
        self._best = channels(work, primary)[0]

    def title(self) -> tuple[str, str]:
        """The step, and the meter that is read."""
        return super().title()[0], meter_line(self.work, self.primary.about)

    def button(self) -> str:
        """Read over the best port."""
        return self.words(f"visit.button.read_{self._best}")

    async def submit(self) -> bool:
        """Read."""
        moment = self.primary.about.partition(".")[0]
        return await self.work.meters.read(self.primary.step, moment, self._best)

    def redraw(self) -> None:
        """The rows as they are now."""
        self._table.show_rows(rows_about(self.work, self.primary.about))

    def _read(self, channel: Channel) -> Callable[[], object]:
        meters, step = self.work.meters, self.primary.step
        moment = self.primary.about.partition(".")[0]
        return lambda: self.work.do(lambda: meters.read(step, moment, channel))


class HandReadingsEditor(Editor):
    """The same registers as fields, with a keypad and the photo of the display."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._rows = rows_about(work, primary.about)
        self._again = Notice()
        self.body.addWidget(self._again)
        self._table = RegisterTable(self.words, by_hand=True)
        self._table.show_rows(self._rows)
        fields = self._table.fields
        for obis, field in fields.items():
            self.bind(f"digits.{obis}", field)
        keypad = Keypad(self.words)
        keypad.serve(*fields.values())
        self._photo = self.photo_box()
        offer = CodeOffer(self.words)
        offer.follow(self._photo, lambda: self._rows[0].meter if self._rows else "")
        left = column(self._table, offer, self._photo, space=theme.SPACE[3])
        both = line(space=theme.SPACE[4])
        both.addLayout(left, 1)
        both.addWidget(keypad, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(both)
        self._warn()

    def title(self) -> tuple[str, str]:
        """The step, and that it is typed."""
        return super().title()[0], meter_line(self.work, self.primary.about)

    def button(self) -> str:
        """Keep the readings."""
        return self.words("visit.button.keep_readings")

    def lacks(self) -> str:
        """The digits that are open, then the photo."""
        for row in self._rows:
            if self.work.visit.judge(row, self._digits(row)) is None:
                number = obis_number(row.register.obis)
                return self.words("visit.digits_needed", obis=number)
        return self._photo.lack()

    def first(self) -> QWidget | None:
        """The first field that holds no reading."""
        fields = self._table.fields
        judged = ((row, self.work.visit.judge(row, self._digits(row))) for row in self._rows)
        left = [fields[row.register.obis] for row, doubt in judged if doubt is None]
        return left[0] if left else self._photo.focus_here()

    async def submit(self) -> bool:
        """Keep them; what stands out is asked once more first."""
        if self._ask_again():
            return False
        moment, _, commodity = self.primary.about.partition(".")
        photo = await self._photo.picture()
        if photo is None:
            return False
        digits = {row.register.obis: self._digits(row) for row in self._rows}
        hand = HandReading(moment, Commodity(commodity), digits, photo)
        return await self.work.meters.read_by_hand(self.primary.step, hand)

    def _digits(self, row: RegisterRow) -> str:
        return "".join(self._table.fields[row.register.obis].text().split())

    def _ask_again(self) -> bool:
        """Whether a reading stands out that was not typed the same twice; it is emptied."""
        unsure = [row for row in self._rows if self._unsure(row)]
        for row in unsure:
            self.keep(f"first.{row.register.obis}", self._digits(row))
            self._table.fields[row.register.obis].clear()
        self._warn()
        if unsure:
            self._table.fields[unsure[0].register.obis].setFocus()
        return bool(unsure)

    def _unsure(self, row: RegisterRow) -> bool:
        digits = self._digits(row)
        doubt = self.work.visit.judge(row, digits)
        return bool(doubt) and self.field(f"first.{row.register.obis}") != digits

    def _warn(self) -> None:
        asked = [
            obis_number(row.register.obis)
            for row in self._rows
            if self.field(f"first.{row.register.obis}")
        ]
        self._again.setVisible(bool(asked))
        if asked:
            what = self.words("visit.again_what", obis=", ".join(asked))
            self._again.say(what, self.words("visit.again_do"))


def channels(work: Work, primary: Primary) -> list[Channel]:
    """The ports over which the meter of these registers can be read, the best one first."""
    rows = rows_about(work, primary.about)
    if any(row.kind is not MeterKind.SMART for row in rows):
        return []
    sources = work.meters.state.sources
    both = ((Channel.P1, sources.p1), (Channel.P0, sources.p0))
    return [channel for channel, source in both if source]


def rows_about(work: Work, about: str) -> list[RegisterRow]:
    """The registers of one of the step's readings."""
    return [row for row in work.page.registers if row.about == about]


def meter_line(work: Work, about: str) -> str:
    """The meter's number, and how it was read where it was."""
    rows = rows_about(work, about) or list(work.page.registers)
    if not rows:
        return ""
    taken = next((row.taken for row in rows if row.taken), None)
    if taken is None:
        return rows[0].meter
    via = work.words(f"visit.via_{taken.channel}")
    time = work.words.time(taken.at)
    return work.words("visit.read_via", number=rows[0].meter, via=via, time=time)
