"""What closing a visit may leave open, as the page offers it.

In come the page and the date; out come the checks, each with who proves it and until when.
Rule: which checks there are is the domain's; here only what can't be ticked away is marked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fieldapp.domain import facts as f
from fieldapp.domain.pending import check_of
from ui.presenters.visit_page import VisitPage


@dataclass(frozen=True, slots=True)
class Pending:
    """A check that may stay open; `must` where it can't be ticked away."""

    check: f.PendingCheck
    must: bool = False


def pending_of(page: VisitPage, today: date) -> tuple[Pending, ...]:
    """The checks that closing this visit may leave open."""
    return tuple(Pending(check_of(what, today), what in page.owed) for what in page.open_checks)
