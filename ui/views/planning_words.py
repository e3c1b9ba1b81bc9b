"""The planner's values in words: kinds, states of lanes and blocks, verdicts.

In come values of the planner's State and `Words`; out comes text. Rule: no widget is known
here.
"""

from __future__ import annotations

from datetime import timedelta

from fieldapp.domain.day_plan import Fit, Verdict
from fieldapp.domain.status import VisitState
from ui.presenters.planning_state import Block, Lane, PlanningState
from ui.views.language import Words

FIT_TONES = {Fit.FITS: "done", Fit.TIGHT: "attention", Fit.IMPOSSIBLE: "blocking"}
FIT_ICONS = {Fit.FITS: "circle-check", Fit.TIGHT: "triangle-alert", Fit.IMPOSSIBLE: "ban"}
UNDER_WAY = frozenset(
    {VisitState.TRAVELLING, VisitState.ON_SITE, VisitState.STARTED, VisitState.PAUSED}
)


def kind(words: Words, block: Block) -> str:
    """`Plaatsing E+G`."""
    return words(f"planning.kind_{block.kind}", variant=block.variant).strip()


def where(words: Words, block: Block) -> str:
    """Street and place, or that they are not known."""
    known = ", ".join(part for part in (block.street, block.place) if part)
    return known or words("planning.unknown_place")


def tone(block: Block) -> str:
    """What a block's colour says: done, late, or simply planned."""
    if block.state is VisitState.DONE:
        return "done"
    if block.late_min and block.movable:
        return "attention"
    return "accent" if block.movable else "neutral"


def second_line(words: Words, block: Block) -> str:
    """What stands below a block's place: its state where it has one, else its time."""
    if not block.movable or block.state in UNDER_WAY:
        return words.code("states", block.state)
    if block.late_min:
        return words("planning.late", minutes=block.late_min)
    return words.time(block.start)


def block_name(words: Words, block: Block) -> str:
    """All of a block, as it is read aloud."""
    state = words.code("states", block.state)
    if block.late_min and block.movable and block.state not in UNDER_WAY:
        state = words("planning.late_spoken", minutes=block.late_min)
    return words(
        "planning.block_name",
        number=block.number,
        kind=kind(words, block),
        where=where(words, block),
        state=state,
        time=words.window(block.start, block.end),
    )


def lane_line(words: Words, lane: Lane) -> tuple[str, str]:
    """What stands below a technician's name, and its tone: what asks for attention first."""
    if not lane.has_laptop:
        return words("planning.no_laptop"), "attention" if lane.total else ""
    if lane.late:
        key = "planning.lane_late_one" if lane.late == 1 else "planning.lane_late_many"
        return words(key, count=lane.late), "attention"
    waiting = lane.published - lane.on_laptop - lane.changes
    if waiting > 0:
        return words("planning.not_on_laptop", count=waiting), "attention"
    if lane.total > lane.published:
        return words("planning.unpublished", count=lane.total - lane.published), "accent"
    if lane.last_contact is None:
        return words("planning.never_seen"), ""
    return words("planning.seen", time=words.time(lane.last_contact)), ""


def lane_progress(words: Words, lane: Lane) -> str:
    """`3/8 klaar`."""
    if not lane.total:
        return words("planning.no_visits")
    return words("planning.progress", done=lane.done, total=lane.total)


def verdict(words: Words, found: Verdict) -> str:
    """`past, +11 min rijden`."""
    key = "planning.fits" if found.reason == "fits" else f"planning.fits_{found.reason}"
    said = words(key, minutes=found.minutes, number=found.number)
    extra = int(found.extra_travel / timedelta(minutes=1))
    if extra and found.fit is not Fit.IMPOSSIBLE:
        return f"{said} · {words('planning.extra', minutes=extra)}"
    return said


def summary(words: Words, state: PlanningState) -> str:
    """The line beside the page's title."""
    if not state.signed_in:
        return words("planning.summary_out")
    day = words.long_day(state.on)
    if state.at is None:
        return words("planning.summary_loading", day=day)
    return words(
        "planning.summary",
        day=day,
        visits=counted(words, "visits", state.visits),
        technicians=counted(words, "technicians", len(state.lanes)),
        pool=len(state.pool),
    )


def detail(words: Words, state: PlanningState, block: Block) -> str:
    """The line below a selected visit's address: when, and where the plan stands."""
    lane = state.lane_of(block.id)
    parts = [words("planning.detail_window", window=words.window(*block.window))]
    if lane is None:
        parts.append(words("planning.detail_pool"))
        return " · ".join(parts)
    key = "planning.detail_expected" if block.movable else "planning.detail_happened"
    parts.append(words(key, window=words.window(block.start, block.end)))
    parts.append(words(f"planning.detail_state_{_standing(block)}"))
    return " · ".join(parts)


def counted(words: Words, what: str, count: int, **values: object) -> str:
    """`1 bezoek`, `8 bezoeken`."""
    key = f"planning.{what}_{'one' if count == 1 else 'many'}"
    return words(key, count=count, **values)


def _standing(block: Block) -> str:
    if block.moved:
        return "moved"
    if not block.published:
        return "unpublished"
    return "on_laptop" if block.on_laptop else "published"
