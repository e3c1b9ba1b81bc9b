"""What a customer signs for, in plain words.

In comes the page; out come rows that a customer may see: work, meters, choice, readings. Rule:
no finding, no access note, no doubt about the customer ever gets here (trade.md, Findings).
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from fieldapp.domain import facts as f
from ui.presenters.visit_page import VisitPage
from ui.views import theme
from ui.views.language import Words
from ui.views.visit_words import amount, choice_name, inside, kind_line, obis_number
from ui.views.widgets import Label, Muted

Row = tuple[str, str]
_HOLDS = "\u00a0"


def signed_rows(words: Words, page: VisitPage) -> list[Row]:
    """What was done: names and values; what did not happen has no row."""
    rows = [
        ("work", kind_line(words, page)),
        ("action", _deeds(words, page)),
        ("removed", _numbers(x for x in page.facts if isinstance(x, f.MeterRemoved))),
        ("placed", _numbers(x for x in page.facts if isinstance(x, f.MeterPlaced))),
        ("choice", _choice(words, page)),
        ("meter", _meter(words, page)),
        ("final", _readings(words, page, "final")),
        ("start", _readings(words, page, "start")),
    ]
    return [(words(f"visit.signed_{name}"), value) for name, value in rows if value]


class SignedTable(QWidget):
    """The rows, names at the left."""

    def __init__(self, words: Words, page: VisitPage) -> None:
        super().__init__()
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SPACE[3])
        grid.setVerticalSpacing(theme.SPACE[1])
        grid.setColumnStretch(1, 1)
        for at, (name, value) in enumerate(signed_rows(words, page)):
            grid.addWidget(Muted(name), at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(Label(value, wrap=True), at, 1)
        grid.setRowStretch(grid.rowCount(), 1)
        self.setLayout(grid)


def _numbers(facts: Iterable[f.MeterRemoved | f.MeterPlaced]) -> str:
    return ", ".join(fact.number for fact in facts)


def _deeds(words: Words, page: VisitPage) -> str:
    deeds = (x.action for x in page.facts if isinstance(x, f.ActionTaken))
    return ", ".join(inside(words(f"visit.deed.{deed}")) for deed in dict.fromkeys(deeds))


def _choice(words: Words, page: VisitPage) -> str:
    return choice_name(words, page.choice.preference) if page.choice else ""


def _meter(words: Words, page: VisitPage) -> str:
    """What the meter holds, or that the office sets it."""
    if page.preference is not None:
        after = choice_name(words, page.preference.after)
        return words("visit.signed_read_back", after=after)
    return words("visit.signed_deferred") if page.deferred else ""


def _readings(words: Words, page: VisitPage, moment: str) -> str:
    last = {
        (fact.meter, fact.obis): fact
        for fact in page.facts
        if isinstance(fact, f.ReadingTaken) and fact.moment == moment
    }
    values = (
        f"{obis_number(one.obis)}{_HOLDS}{_HOLDS}{amount(words, one.value, one.unit)}"
        for one in last.values()
    )
    return "   ".join(values)
