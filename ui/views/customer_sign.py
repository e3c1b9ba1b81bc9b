"""The customer view's second sheet: what is signed for, and where.

In come a `Report` and whether it is time to sign; out go strokes. Rule: the readings and the
choice stand beside the line, so that nobody signs for what he can't see.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from fieldapp.domain.report import Report
from ui.views import theme
from ui.views.customer_told import reading_rows
from ui.views.document_customer import choice_rows
from ui.views.language import Words
from ui.views.visit_signature import SignaturePad
from ui.views.widgets import (
    Card,
    Label,
    Muted,
    PrimaryButton,
    QuietButton,
    Scroll,
    clear,
    column,
    line,
)


class SignSheet(QWidget):
    """The sheet, or why there is none now."""

    signed = Signal()
    """The customer is done: `pad` holds the signature."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._shown: tuple[object, ...] = ()
        self._what = Scroll()
        self.pad = SignaturePad("")
        self._ask, self._name = Label("", "title"), Muted("")
        self._clear = QuietButton("", self.pad.clear, icon="rotate-ccw")
        self.keep = PrimaryButton("", self.signed.emit, icon="pen-line")
        self._no = Label("", "title", wrap=True)
        self._failed = Label("", wrap=True)
        self._busy = False
        self.pad.changed.connect(self._follow)
        self._build()

    def show_report(self, report: Report, *, may: bool, busy: bool) -> None:
        """Show what is signed for; the strokes stay."""
        words = self._words
        self._busy = busy
        self._ask.say(words("customer.sign_here"))
        self._name.say(report.customer)
        self.pad.setAccessibleName(words("visit.sign_sheet"))
        self._clear.say(words("visit.sign_clear"))
        self.keep.say(words("customer.sign_keep"))
        self._no.say(self._why_not(report))
        stack = self.layout()
        if isinstance(stack, QStackedLayout):
            stack.setCurrentIndex(0 if may else 1)
        self._show_what(report)
        self._follow()

    def say_failed(self, *, failed: bool) -> None:
        """Whether the signature could not be kept; the technician is told why."""
        self._failed.say(self._words("customer.sign_failed"), "blocking")
        self._failed.setVisible(failed)

    def _why_not(self, report: Report) -> str:
        words, signed = self._words, report.signature
        if signed is not None:
            return words("customer.signed", time=words.time(signed.at))
        return words("customer.sign_not_yet")

    def _show_what(self, report: Report) -> None:
        """The new meter's readings; the old one's where no new one hangs there."""
        key = (report, self._words.lang)
        if self._shown == key:
            return
        self._shown = key
        words = self._words
        clear(self._what.body)
        starts = [one for one in report.readings if one.moment == "start"]
        readings = starts or list(report.readings)
        kind = words(f"documents.kind_{report.kind}")
        card = Card(words("customer.signed_for"))
        card.body.addWidget(Label(kind, "lead", wrap=True))
        if readings:
            card.body.addWidget(reading_rows(words, readings))
        for _name, sentence in choice_rows(words, report):
            card.body.addWidget(Label(sentence, "lead", wrap=True))
        self._what.body.addWidget(card)
        self._what.body.addStretch(1)

    def _follow(self) -> None:
        self.keep.setEnabled(self.pad.is_signed() and not self._busy)
        self._clear.setEnabled(not self._busy)

    def _build(self) -> None:
        below = line(self._name, space=theme.SPACE[2])
        below.addStretch(1)
        below.addWidget(self._clear)
        below.addWidget(self.keep)
        sheet = column(self._ask, self.pad, self._failed, below, space=theme.SPACE[2])
        sheet.setStretchFactor(self.pad, 1)
        sheet.addStretch(0)
        both = line(space=theme.SPACE[4])
        both.addWidget(self._what, 2)
        both.addLayout(sheet, 3)
        signing, not_now = QWidget(), QWidget()
        signing.setLayout(both)
        why = column(self._no)
        why.addStretch(1)
        not_now.setLayout(why)
        stack = QStackedLayout()
        stack.addWidget(signing)
        stack.addWidget(not_now)
        self.setLayout(stack)
