"""The customer view's third sheet: the leaflet, large, with an address to scan.

In comes a `Report`; out come the same questions and answers as on paper.
"""

from __future__ import annotations

from PySide6.QtCore import Qt

from fieldapp.domain.report import Report
from ui.views import theme
from ui.views.document_leaflet import leaflet_of
from ui.views.language import Words
from ui.views.qr import QrCode
from ui.views.widgets import Card, Label, Muted, Scroll, clear, column, line


class LeafletSheet(Scroll):
    """Questions, answers, and the code at the right."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._shown: tuple[object, ...] = ()

    def show_report(self, report: Report) -> None:
        """What was read in this visit, and the rest."""
        leaflet = leaflet_of(self._words, report)
        if self._shown == (leaflet, self._words.lang):
            return
        self._shown = (leaflet, self._words.lang)
        self.setAccessibleName(leaflet.title)
        clear(self.body)
        card = Card()
        answers = column(space=theme.SPACE[3])
        for question, text in leaflet.answers:
            both = column(Label(question, "strong"), Label(text, "lead", wrap=True), space=2)
            answers.addLayout(both)
        code = QrCode(self._words("documents.leaflet.address"))
        address = Muted(leaflet.address, wrap=True)
        address.setFixedWidth(code.width())
        aside = column(code, address, space=theme.SPACE[1])
        aside.addStretch(1)
        sides = line(space=theme.SPACE[5])
        sides.addLayout(answers, 1)
        sides.addLayout(aside)
        sides.setAlignment(aside, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(sides)
        self.body.addWidget(card)
        self.body.addStretch(1)
