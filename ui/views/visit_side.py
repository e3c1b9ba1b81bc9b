"""What stands beside the work: who and where, access, connection, choice, what blocks closing.

In comes the page; out come quiet blocks. Rule: warnings about access lead; a screen that is
shown to the customer goes without this column.
"""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QWidget

from fieldapp.domain.work_order import Connection
from ui.presenters.visit_page import VisitPage
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.visit_words import (
    amount,
    capacity_line,
    capital,
    choice_name,
    ean_groups,
    obis_number,
    register_name,
)
from ui.views.widgets import Label, Scroll, Small, clear, column, dress, line

Block = tuple[str, list[QWidget]]


class SideColumn(QFrame):
    """One card with blocks below each other."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._scroll = Scroll(theme.SPACE[3])
        self._scroll.setAccessibleName(words("visit.side"))
        self._shown: tuple[object, ...] = ()
        self._scroll.body.setContentsMargins(0, 0, theme.SPACE[0], 0)
        whole = column(self._scroll)
        whole.setContentsMargins(theme.SPACE[3], theme.SPACE[3], theme.SPACE[1], theme.SPACE[3])
        self.setLayout(whole)
        dress(self, "card")

    def show_page(self, page: VisitPage) -> None:
        """Show what there is; a block that says nothing is not there."""
        key = (page.id, self._words.lang, page.blockers, page.choice, page.preference)
        if key == self._shown:
            return
        self._shown = key
        clear(self._scroll.body)
        blocks = (
            self._who(page),
            self._access(page),
            self._blockers(page),
            *(self._connection(connection) for connection in page.connections),
            self._choice(page),
            *(self._previous(connection) for connection in page.connections),
        )
        for heading, parts in blocks:
            if parts:
                self._scroll.body.addWidget(_block(heading, parts))
        self._scroll.body.addStretch(1)

    def _who(self, page: VisitPage) -> Block:
        parts: list[QWidget] = []
        if page.customer is not None:
            parts.append(Label(page.customer.name, wrap=True))
            if page.customer.phone:
                parts.append(Label(page.customer.phone))
        if page.address is not None:
            at = page.address
            parts.append(Label(f"{at.street} {at.number}", wrap=True))
            parts.append(Label(f"{at.postcode} {at.place}", wrap=True))
        return self._words("visit.side_who"), parts

    def _access(self, page: VisitPage) -> Block:
        parts: list[QWidget] = []
        for note, icon in ((page.safety_note, "siren"), (page.access_note, "door-open")):
            if note:
                row = QWidget()
                text = Label(note, "strong", tone="attention", wrap=True)
                parted = line(IconLabel(icon, "attention", 16), text)
                parted.setStretch(1, 1)
                row.setLayout(parted)
                parts.append(row)
        return self._words("visit.side_access"), parts

    def _connection(self, connection: Connection) -> Block:
        carrier = self._words.code("commodities", connection.commodity)
        meter = connection.meter
        parts: list[QWidget] = [Label(capacity_line(connection))]
        if meter is not None:
            kind = self._words(f"visit.meter_{meter.kind}")
            parts += [Label(meter.number), Small(kind, wrap=True)]
        parts.append(Small(f"EAN {ean_groups(connection.ean)}", wrap=True))
        return self._words("visit.side_connection", carrier=carrier), parts

    def _choice(self, page: VisitPage) -> Block:
        if page.choice is None:
            return "", []
        chosen = capital(choice_name(self._words, page.choice.preference))
        by = self._words(f"visit.by_{page.choice.by}")
        channel = self._words(f"visit.channel_{page.choice.channel}")
        day = self._words.day(page.choice.made_at.date())
        parts: list[QWidget] = [
            Label(chosen, "strong"),
            Small(f"{by}, {day}, {channel}", wrap=True),
        ]
        if page.choice_to_person:
            parts.append(Small(self._words("visit.choice_to_person"), wrap=True))
        return self._words("visit.side_choice"), parts

    def _previous(self, connection: Connection) -> Block:
        meter = connection.meter
        known = [r for r in meter.registers if r.previous] if meter else []
        parts: list[QWidget] = []
        for register in known:
            if register.previous is None:
                continue
            row = QWidget()
            name = f"{obis_number(register.obis)} {register_name(self._words, register)}"
            value = amount(self._words, register.previous.value, register.unit)
            parted = line(Small(name), Small(value))
            parted.insertStretch(1, 1)
            row.setLayout(parted)
            parts.append(row)
        carrier = self._words.code("commodities", connection.commodity)
        return self._words("visit.side_previous", carrier=carrier), parts

    def _blockers(self, page: VisitPage) -> Block:
        left = page.blockers
        if not left:
            return "", []
        key = "visit.side_step_left" if len(left) == 1 else "visit.side_steps_left"
        count = self._words(key, n=len(left))
        return self._words("visit.side_blockers"), [Label(count, tone="attention", wrap=True)]


def _block(heading: str, parts: list[QWidget]) -> QWidget:
    made = QWidget()
    head = Small(heading)
    dress(head, "eyebrow")
    made.setLayout(column(head, *parts, space=2))
    return made
