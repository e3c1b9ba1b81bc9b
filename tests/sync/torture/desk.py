"""What the office's people do in a schedule: plan, re-assign, cancel, change, decide, withdraw.

In come an open office and small numbers; out comes what the product made of it. Rule: only the
office's own rooms are used, and its refusals are part of the play.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy import select

from sync.server import arranging, deciding, importing, laptops, planning, quarantine
from sync.server.arranging import PlanChange
from sync.server.dayfile import DayFile
from sync.server.deciding import Chosen, Keep
from sync.server.doors import Role, User
from sync.server.office import Office
from sync.server.problems import ProblemError
from sync.server.tables import visits
from sync.server.visits import VisitRow, seen
from tests.sync.server.doubles import DAY, REGION, day_visit

TECHNICIANS = ("T1", "T2", "T3")
USER = User("Dirk", Role.DISPATCHER, REGION)
_KEEPS = (Keep.FIELD, Keep.OFFICE, Keep.MERGE)


class Desk:
    """One dispatcher; remembers the rows of the day files, so that he can change them."""

    def __init__(self, rows: dict[str, dict[str, Any]]) -> None:
        self.rows = dict(rows)
        self._made = 0

    def do(self, office: Office, who: int, what: int, where: int) -> None:
        """Do one thing."""
        technician = TECHNICIANS[who % len(TECHNICIANS)]
        deed, choice = what % 10, what // 10
        with suppress(ProblemError):
            if deed <= 1:
                self._insert(office, technician, choice)
            elif deed == 2:
                self._insert(office, None, choice)
                planning.plan_day(office, USER, DAY)
                planning.publish_day(office, USER, DAY)
            else:
                self._change(office, technician, deed, (choice, where))

    def _insert(self, office: Office, technician: str | None, choice: int) -> None:
        """New visits, and the published route changes with them."""
        for _ in range(choice % 2 + 1):
            self._made += 1
            number = f"N-{self._made}"
            self.rows[number] = day_visit(number, technician=technician)
            self._import(office, number)
        if technician is not None:
            planning.publish_day(office, USER, DAY)

    def _import(self, office: Office, number: str) -> None:
        file = DayFile.model_validate({"date": str(DAY), "visits": [self.rows[number]]})
        importing.import_day(office, USER, file)

    def _change(
        self, office: Office, technician: str, deed: int, numbers: tuple[int, int]
    ) -> None:
        choice, where = numbers
        row = self._visit(office, where)
        match deed:
            case 3 | 4:
                planning.reassign(office, USER, row.id, technician, confirmed=True)
            case 5:
                planning.reassign(office, USER, row.id, None)
            case 6:
                planning.cancel(office, USER, row.id)
            case 7:
                changed = {"access_note": f"note {choice % 4}", "technician": row.technician}
                self.rows[row.number] = {**self.rows[row.number], **changed}
                self._import(office, row.number)
            case _:
                _place(office, row, technician, choice % 5)

    def _visit(self, office: Office, where: int) -> VisitRow:
        with office.database.reading() as c:
            numbers = c.execute(select(visits.c.number).order_by(visits.c.number)).scalars()
            known = [number for number in numbers if number in self.rows]
            return seen(c, REGION, visits.c.number == known[where % len(known)])[0]


def work_through_inbox(office: Office, how: int) -> None:
    """Decide every conflict that is open, take or drop everything that was set aside.

    Args:
        office: open.
        how: a number that says which way.
    """
    for nth, conflict in enumerate(deciding.listed(office, USER), start=how):
        keep = _KEEPS[nth % len(_KEEPS)] if conflict.field else Keep.SEEN
        with suppress(ProblemError):
            deciding.decide(office, USER, conflict.id, Chosen(keep, "as agreed"))
    for nth, aside in enumerate(quarantine.listed(office, USER), start=how):
        with suppress(ProblemError):
            if nth % 3:
                quarantine.take(office, USER, aside.id)
            else:
                quarantine.drop(office, USER, aside.id, "made twice")


def _place(office: Office, row: VisitRow, technician: str, position: int) -> None:
    placement = {
        "visit": row.id,
        "technician": technician,
        "position": position,
        "version": row.version,
        "was": row.technician,
    }
    change = PlanChange.model_validate(
        {"date": str(DAY), "placements": [placement], "confirmed": True}
    )
    planning.publish_day(office, USER, DAY, lambda c: arranging.place(office, c, USER, change))


def withdraw(office: Office, laptop: str) -> None:
    """The office gives this laptop nothing more."""
    with office.database.writing() as c:
        laptops.withdraw(office, c, laptop)
