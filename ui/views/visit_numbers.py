"""The number on the meter: compared, hung up, taken down.

In come the numbers that the visit knows; out go what a port told or what was typed or scanned.
Rule: the number decides, never the place on the wall; a number that is not expected is asked
twice, and the office decides about another meter.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from fieldapp.domain.facts import Channel, MeterPlaced
from fieldapp.domain.identifiers import meter_numbers_in
from fieldapp.domain.work_order import Commodity, MeterKind
from ui.presenters.visit_page import Primary, VisitPage
from ui.views import theme
from ui.views.visit_code_offer import CodeOffer
from ui.views.visit_editor import Editor
from ui.views.visit_keypad import Keypad
from ui.views.visit_notice import Notice
from ui.views.visit_number_photo import NumberFromPhoto
from ui.views.visit_scan import ScanMark, meter_number
from ui.views.visit_work import Work
from ui.views.widgets import (
    Field,
    Label,
    Muted,
    SecondaryButton,
    TextField,
    column,
    dress,
    line,
)

_FIELD_PX = 420
ENOUGH = 4
"""So many last characters tell the meters of a visit apart."""


def kind_of(page: VisitPage, number: str) -> MeterKind:
    """What kind of meter a number of this visit belongs to."""
    known = [c.meter for c in page.connections if c.meter] + list(page.new_meters)
    known += [
        fact.taken.meter for fact in page.facts if isinstance(fact, MeterPlaced) and fact.taken
    ]
    return next((m.kind for m in known if m.number == number), MeterKind.SMART)


class NumberEditor(Editor):
    """A large number to look for, and a field for what stands on the plate."""

    expects = "visit.number_expected"
    by_keypad = False

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self.number = self.expected()
        self.head = self._card()
        self.pad: Keypad | None = None
        self.body.addWidget(self.head)
        self.typed_number = TextField("")
        dress(self.typed_number, "number-field")
        self.typed_number.setMaximumWidth(_FIELD_PX)
        self.bind("number", self.typed_number)
        label = self.words("visit.number_type")
        self._field = Field(label, self.typed_number, self.words("visit.number_hint"))
        self._mark = ScanMark(self.words, self.typed_number, meter_number)
        self._offer = CodeOffer(self.words, takes=True)
        self._offer.taken.connect(self.typed_number.setText)
        self._photos = NumberFromPhoto(work.context)
        self._photos.read.connect(self._offer_asked)
        self.body.addLayout(self._typed())
        self._offer_known()

    def _typed(self) -> QHBoxLayout:
        """The field with what fills it, and the keypad where a step has one."""
        row = line(space=theme.SPACE[5])
        at_top = column(self._field, self._mark, self._photos, self._offer)
        at_top.addStretch(1)
        row.addLayout(at_top, 1)
        if self.by_keypad:
            self.pad = Keypad(self.words)
            self.pad.serve(self.typed_number)
            row.addWidget(self.pad, 0, Qt.AlignmentFlag.AlignTop)
            row.addStretch(1)
        return row

    def expected(self) -> str:
        """The number to be found."""
        return self.work.page.hanging.get(Commodity(self.primary.about), "")

    def text(self) -> str:
        """What was typed, without blanks, in capitals."""
        return "".join(self.typed_number.text().split()).upper()

    def first(self) -> QWidget | None:
        """The field."""
        return self.typed_number

    def _offer_asked(self, codes: tuple[str, ...]) -> None:
        self._offer.show_codes(codes, self.number, asked=True)

    def _offer_known(self) -> None:
        """A number that a photo of this visit has told already."""
        known = meter_numbers_in(self.work.numbers(), (self.number,))
        fits = [one for one in known if one[:1] == self.primary.about or one == self.number]
        if fits and not self.typed_number.text():
            self._offer.show_codes(tuple(fits[:1]), self.number)

    def _card(self) -> QWidget:
        made = QWidget()
        carrier = self.words.code("commodities", self.primary.about)
        heading = Muted(self.words(self.expects, carrier=carrier))
        number = Label(self.number or self.words("visit.number_unknown"), "hero")
        made.setLayout(column(heading, number, space=theme.SPACE[0]))
        return made


class IdentifyEditor(NumberEditor):
    """Let the meter tell its own number over a port, or type what stands on it."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._other = Notice()
        self._other.pressed.connect(self.does("other_meter"))
        self.body.insertWidget(0, self._other)
        self._ports = line(space=theme.SPACE[1])
        for channel in self._channels():
            self._ports.addWidget(self._port(channel))
        self._ports.addStretch(1)
        self.body.insertLayout(2, self._ports)
        self.body.addStretch(1)

    def button(self) -> str:
        """Compare what was typed, else read over the best port."""
        if self.text() or not self._channels():
            return self.words("visit.button.compare_number")
        return self.words(f"visit.button.identify_{self._channels()[0]}")

    def lacks(self) -> str:
        """A number, where there is no port to ask."""
        if self.text() or self._channels():
            return ""
        return self.words("visit.number_needed")

    async def submit(self) -> bool:
        """Compare."""
        meters, step = self.work.meters, self.primary.step
        if self.text():
            return await meters.identify_by_nameplate(step, self.text())
        return await meters.identify(step, self._channels()[0])

    def redraw(self) -> None:
        """Another meter than the visit's is said until the right one was found."""
        found = self.work.page.other_meter
        self._other.setVisible(bool(found))
        if found:
            what = self.words("visit.other_meter", found=found)
            more = self.words("visit.other_meter_means", expected=self.number)
            action = self.words("visit.other_meter_report")
            self._other.say(what, more, tone="blocking", action=action)

    def _channels(self) -> list[Channel]:
        sources = self.work.meters.state.sources
        if kind_of(self.work.page, self.number) is not MeterKind.SMART:
            return []
        both = ((Channel.P1, sources.p1), (Channel.P0, sources.p0))
        page = self.work.page
        placed = any(isinstance(o, MeterPlaced) and o.number == self.number for o in page.facts)
        ordered = reversed(both) if placed else both
        return [channel for channel, source in ordered if source]

    def _port(self, channel: Channel) -> SecondaryButton:
        text = self.words(f"visit.button.identify_{channel}")
        return SecondaryButton(text, self._read(channel), icon="plug")

    def _read(self, channel: Channel) -> Callable[[], object]:
        meters, step = self.work.meters, self.primary.step
        return lambda: self.work.do(lambda: meters.identify(step, channel))


class RemoveEditor(NumberEditor):
    """The old meter comes off: its number is read once more."""

    expects = "visit.number_remove"
    by_keypad = True

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._field.say(self.words("visit.number_last"), self.words("visit.number_last_hint"))
        self.body.addStretch(1)

    def expected(self) -> str:
        """The number of the visit's meter of this carrier, which hangs there now."""
        about = self.primary.about
        old = [c.meter for c in self.work.page.connections if c.commodity == about]
        return next((meter.number for meter in old if meter), "")

    def lacks(self) -> str:
        """The number, or its end."""
        if len(self.text()) < ENOUGH:
            return self.words("visit.number_last_needed")
        return "" if self._same() else self.words("visit.number_differs")

    async def submit(self) -> bool:
        """The meter is off the wall."""
        return await self.work.visit.remove_meter(self.primary.about, self.text())

    def _same(self) -> bool:
        return self.number.endswith(self.text())
