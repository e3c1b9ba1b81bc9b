"""Evidence that is looked at: a photo, a signature.

In come files and strokes; out go pictures. Rule: the customer sees the sheet to sign and what
is signed for, and neither notes about access nor findings (trade.md, Findings).
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QWidget

from fieldapp.domain.identifiers import meter_numbers_in
from fieldapp.domain.slots import Slot, carrier_of
from ui.presenters.visit import Picture
from ui.presenters.visit_page import Primary
from ui.views import theme
from ui.views.visit_code_offer import CodeOffer, meter_in
from ui.views.visit_editor import Editor
from ui.views.visit_ink import signature
from ui.views.visit_options import Options
from ui.views.visit_readings import meter_line
from ui.views.visit_registers import RegisterTable
from ui.views.visit_signature import SignaturePad
from ui.views.visit_signed import SignedTable
from ui.views.visit_words import capital, slot_name
from ui.views.visit_work import Work
from ui.views.widgets import Label, QuietButton, column, line


class PhotoEditor(Editor):
    """One photo of one thing; above it the readings that it belongs to, where there are."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._table = RegisterTable(self.words)
        self._table.setVisible(bool(work.page.registers))
        self.body.addWidget(self._table)
        about = slot_name(self.words, primary.about)
        self._of = Label(self.words("visit.photo_of", about=about), "lead", wrap=True)
        self.body.addWidget(self._of)
        self._photo = self.photo_box()
        self._photo.ways.choose.hide()
        self._photo.changed.connect(self._follow_photo)
        if carrier_of(primary.about) is not None:
            offer = CodeOffer(self.words)
            offer.follow(self._photo, lambda: meter_in(self.work.page, self.primary.about))
            self._photo.room.read.connect(self._remember)
            self.body.addWidget(offer)
        self.body.addWidget(self._photo, 1)

    def title(self) -> tuple[str, str]:
        """The step, and the meter."""
        return super().title()[0], meter_line(self.work, self.primary.about)

    def button(self) -> str:
        """Choose a photo, then keep it."""
        key = "keep_photo" if self._photo.is_there() else "choose_photo"
        return self.words(f"visit.button.{key}")

    def lacks(self) -> str:
        """What was framed and left so."""
        return self._photo.lack(needed=False)

    async def submit(self) -> bool:
        """Keep the photo; ask for one where there is none."""
        picture = await self._photo.picture()
        if picture is None:
            self._photo.ask()
            return False
        return await self.work.visit.add_photo(self.primary.about, picture)

    def redraw(self) -> None:
        """The readings that were kept in this step."""
        self._table.show_rows(self.work.page.registers)

    def _follow_photo(self) -> None:
        """The photo takes the room of what it is asked of."""
        self._photo.ways.choose.show()
        self._of.setHidden(self._photo.is_there())

    def _remember(self) -> None:
        """What was read can be taken over where a number is asked later."""
        expected = meter_in(self.work.page, self.primary.about)
        numbers = meter_numbers_in(self._photo.room.codes, (expected,))
        self.work.keep_numbers(self.primary.about, numbers)


class AddPhotoEditor(Editor):
    """A photo that no step asks for now: what it shows, and the photo."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, replace(primary, about="extra_photo"))
        slots = [(slot.value, capital(slot_name(self.words, slot))) for slot in _slots(work)]
        self._slot = Options(slots, self.field("slot"), across=3)
        self._slot.chosen.connect(self._chosen)
        self._photo = self.photo_box()
        self._offer = offer = CodeOffer(self.words)
        offer.follow(self._photo, self._expected)
        self.body.addWidget(self._slot)
        self.body.addWidget(offer)
        self.body.addWidget(self._photo, 1)

    def title(self) -> tuple[str, str]:
        """A photo."""
        return self.words("visit.add_photo_title"), self.words("visit.add_photo_line")

    def button(self) -> str:
        """Keep it."""
        return self.words("visit.button.keep_photo")

    def lacks(self) -> str:
        """What it shows, then the photo."""
        return self._photo.lack() if self._slot.code else self.words("visit.slot_needed")

    def first(self) -> QWidget | None:
        """The part that is open."""
        return self._photo.focus_here() if self._slot.code else self._slot.first()

    async def submit(self) -> bool:
        """Keep the photo."""
        picture = await self._photo.picture()
        return picture is not None and await self.work.visit.add_photo(self._slot.code, picture)

    def _expected(self) -> str:
        return meter_in(self.work.page, self._slot.code)

    def _chosen(self, code: str) -> None:
        self.keep("slot", code)
        self._offer.show_codes(self._photo.room.codes, self._expected())


class SignEditor(Editor):
    """What is signed for, and a sheet to sign on."""

    private = True

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._pad = SignaturePad(self.words("visit.sign_sheet"))
        self._pad.changed.connect(self.typed.emit)
        self._pad.changed.connect(self._follow_pad)
        self._undo = self._tool("sign_undo", "undo-2")
        self._undo.clicked.connect(self._pad.undo)
        self._redo = self._tool("sign_redo", "redo-2")
        self._redo.clicked.connect(self._pad.redo)
        clear = QuietButton(self.words("visit.sign_clear"), self._pad.clear, icon="rotate-ccw")
        below = line(Label(self._name(), "muted"))
        below.addStretch(1)
        for tool in (self._undo, self._redo, clear):
            below.addWidget(tool)
        sheet = column(self._pad, below, space=theme.SPACE[1])
        sheet.setStretchFactor(self._pad, 1)
        sheet.addStretch(0)
        both = line(space=theme.SPACE[4])
        both.addWidget(SignedTable(self.words, work.page), 2)
        both.addLayout(sheet, 3)
        self.body.addLayout(both, 1)
        self._follow_pad()

    def title(self) -> tuple[str, str]:
        """What is asked of the customer."""
        return self.words("visit.sign_title"), self.words("visit.sign_line")

    def lacks(self) -> str:
        """A signature."""
        return "" if self._pad.is_signed() else self.words("visit.sign_needed")

    def first(self) -> QWidget | None:
        """The sheet."""
        return self._pad

    async def submit(self) -> bool:
        """Keep the signature."""
        ink = await self.work.worker.run(signature, self._pad.sheet())
        return await self.work.visit.sign(Picture(ink, "image/png"))

    def _tool(self, name: str, icon: str) -> QuietButton:
        made = QuietButton("", icon=icon)
        made.setAccessibleName(self.words(f"visit.{name}"))
        made.setToolTip(self.words(f"visit.{name}"))
        return made

    def _follow_pad(self) -> None:
        self._undo.setEnabled(self._pad.undoes())
        self._redo.setEnabled(self._pad.redoes())

    def _name(self) -> str:
        customer = self.work.page.customer
        return customer.name if customer else ""


def _slots(work: Work) -> list[Slot]:
    """What there can be a photo of at this address."""
    carriers = {connection.commodity for connection in work.page.connections}
    return [slot for slot in Slot if carrier_of(slot) in {None, *carriers}]
