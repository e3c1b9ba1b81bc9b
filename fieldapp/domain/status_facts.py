"""Facts about where a visit stands: taken, on the way, begun, paused, ended, step by step.

One frozen value each; part of `fieldapp.domain.facts`, which says what facts are for.
"""

from __future__ import annotations

from datetime import date

import msgspec

from fieldapp.domain.fact import Fact
from fieldapp.domain.status import NotDoneReason


class VisitAccepted(Fact, frozen=True, kw_only=True, tag="visit_accepted"):
    """The technician takes the visit."""


class VisitRefused(Fact, frozen=True, kw_only=True, tag="visit_refused"):
    """The technician gives it back to the pool."""

    reason: str


class VisitTravelling(Fact, frozen=True, kw_only=True, tag="visit_travelling"):
    """On the way."""


class VisitArrived(Fact, frozen=True, kw_only=True, tag="visit_arrived"):
    """At the address."""


class LmraAnswered(Fact, frozen=True, kw_only=True, tag="lmra_answered"):
    """The last-minute risk analysis; `answers` maps question code to `yes`, `no` or `na`."""

    version: int
    answers: dict[str, str]
    by: str

    @property
    def safe(self) -> bool:
        """Whether no answer is a no."""
        return "no" not in self.answers.values()


class VisitStarted(Fact, frozen=True, kw_only=True, tag="visit_started"):
    """Work begins, or begins again after a pause."""


class VisitPaused(Fact, frozen=True, kw_only=True, tag="visit_paused"):
    """Work stands still."""

    reason: str = ""


class VisitHandedOver(Fact, frozen=True, kw_only=True, tag="visit_handed_over"):
    """A colleague goes on with what was begun; the office says who."""

    reason: str
    note: str = ""


class VisitNotDone(Fact, frozen=True, kw_only=True, tag="visit_not_done"):
    """The visit ends without its work."""

    reason: NotDoneReason
    text: str = ""
    photo: str = ""
    follow_up: bool = True


class PendingCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can't be proven on site in minutes: what, by whom, until when."""

    what: str
    by: str
    until: date


class VisitClosed(Fact, frozen=True, kw_only=True, tag="visit_closed"):
    """The visit is done, possibly with checks pending."""

    pending: tuple[PendingCheck, ...] = ()


class StepDone(Fact, frozen=True, kw_only=True, tag="step_done"):
    """A step is finished; `step` says which."""
