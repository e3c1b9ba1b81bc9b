"""The visit's status and the one table that says which may follow which.

`planned > accepted > travelling > on_site > started <> paused > done | not_done`; work that was
begun may be handed over to a colleague. The office may cancel or re-assign at any moment, but
facts from the site are still taken.
"""

from __future__ import annotations

from enum import StrEnum

from fieldapp.errors import IllegalTransition


class VisitState(StrEnum):
    """Where a visit stands."""

    PLANNED = "planned"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    TRAVELLING = "travelling"
    ON_SITE = "on_site"
    STARTED = "started"
    PAUSED = "paused"
    DONE = "done"
    NOT_DONE = "not_done"
    HANDED_OVER = "handed_over"

    @property
    def final(self) -> bool:
        """Whether the technician is through with it."""
        return not WAYS[self]


_S = VisitState
WAYS: dict[VisitState, frozenset[VisitState]] = {
    _S.PLANNED: frozenset({_S.ACCEPTED, _S.REFUSED}),
    _S.ACCEPTED: frozenset({_S.TRAVELLING, _S.NOT_DONE}),
    _S.TRAVELLING: frozenset({_S.ON_SITE, _S.NOT_DONE}),
    _S.ON_SITE: frozenset({_S.STARTED, _S.NOT_DONE}),
    _S.STARTED: frozenset({_S.PAUSED, _S.DONE, _S.NOT_DONE, _S.HANDED_OVER}),
    _S.PAUSED: frozenset({_S.STARTED, _S.NOT_DONE, _S.HANDED_OVER}),
    _S.REFUSED: frozenset(),
    _S.DONE: frozenset(),
    _S.NOT_DONE: frozenset(),
    _S.HANDED_OVER: frozenset(),
}
GIVEN_BACK = frozenset({_S.REFUSED, _S.HANDED_OVER})
"""This technician is through with it and somebody else goes on: it is in the pool again."""


def check_way(state: VisitState, wanted: VisitState) -> None:
    """Raise `IllegalTransition` unless `wanted` may follow `state`."""
    if wanted not in WAYS[state]:
        raise IllegalTransition(state, wanted)


class NotDoneReason(StrEnum):
    """Why a visit was not done; the office plans the follow-up from it."""

    NOBODY_HOME = "nobody_home"
    NO_ACCESS = "no_access"
    UNSAFE = "unsafe"
    REFUSED = "refused"
    WRONG_MATERIAL = "wrong_material"
    CUPBOARD_NOT_IN_ORDER = "cupboard_not_in_order"
    ASBESTOS_SUSPECTED = "asbestos_suspected"
    OTHER = "other"


PHOTO_REASONS = frozenset(
    {
        NotDoneReason.NOBODY_HOME,
        NotDoneReason.UNSAFE,
        NotDoneReason.CUPBOARD_NOT_IN_ORDER,
        NotDoneReason.ASBESTOS_SUSPECTED,
    }
)
"""Reasons that ask for a photo as evidence."""
