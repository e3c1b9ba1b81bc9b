"""Evidence that is looked at: a photo, a signature.

In come files and strokes; out go pictures. Rule: the customer sees the sheet to sign and what
is signed for, and neither notes about access nor findings (trade.md, Findings).
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.presenters.visit import Picture
from ui.presenters.visit_page import Primary
from ui.views import theme
from ui.views.visit_editor import Editor
from ui.views.visit_photo_box import PhotoBox
from ui.views.visit_pictures import signature
from ui.views.visit_readings import meter_line
from ui.views.visit_registers import RegisterTable
from ui.views.visit_signature import SignaturePad
from ui.views.visit_signed import SignedTable
from ui.views.visit_words import slot_name
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
        self.body.addWidget(Label(self.words("visit.photo_of", about=about), "lead", wrap=True))
        self._photo = PhotoBox(work.context)
        self._photo.changed.connect(self._follow_photo)
        self._photo.choose.hide()
        self.body.addWidget(self._photo, 1)

    def title(self) -> tuple[str, str]:
        """The step, and the meter."""
        return super().title()[0], meter_line(self.work, self.primary.about)

    def button(self) -> str:
        """Choose a photo, then keep it."""
        key = "keep_photo" if self._photo.is_there() else "choose_photo"
        return self.words(f"visit.button.{key}")

    async def submit(self) -> bool:
        """Keep the photo; ask for one where there is none."""
        picture = await self._photo.picture()
        if picture is None:
            self._photo.ask()
            return False
        return await self.work.visit.add_photo(self.primary.about, picture)

    def _follow_photo(self) -> None:
        self._photo.choose.show()
        self.typed.emit()

    def redraw(self) -> None:
        """The readings that were kept in this step."""
        self._table.show_rows(self.work.page.registers)


class SignEditor(Editor):
    """What is signed for, and a sheet to sign on."""

    private = True

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._pad = SignaturePad(self.words("visit.sign_sheet"))
        self._pad.changed.connect(self.typed.emit)
        clear = QuietButton(self.words("visit.sign_clear"), self._pad.clear, icon="rotate-ccw")
        below = line(Label(self._name(), "muted"))
        below.addStretch(1)
        below.addWidget(clear)
        sheet = column(self._pad, below, space=theme.SPACE[1])
        sheet.setStretchFactor(self._pad, 1)
        sheet.addStretch(0)
        both = line(space=theme.SPACE[4])
        both.addWidget(SignedTable(self.words, work.page), 2)
        both.addLayout(sheet, 3)
        self.body.addLayout(both, 1)

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

    def _name(self) -> str:
        customer = self.work.page.customer
        return customer.name if customer else ""
