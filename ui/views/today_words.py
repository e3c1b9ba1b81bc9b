"""The day in words: what its card, its rows, its stops and its gaps say.

In come rows of the day's State, the words of a language and the time it is; out come lines that
are ready to be shown. Rule: no widgets; what is told to people about a visit is put together
here and nowhere else on this page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fieldapp.domain.status import NotDoneReason, VisitState
from fieldapp.domain.work_order import Commodity, MeterKind, WorkKind
from ui.presenters.day import DayState
from ui.presenters.day_changes import Change, Window
from ui.presenters.day_rows import ConnectionRow, Lack, VisitRow
from ui.views.language import Words
from ui.views.models.rows import RowLine
from ui.views.route_scheme import Stop, StopState

DOT = " · "
_SHOWN_LACKS = (
    Lack.NOT_DESIGNATED,
    Lack.DESIGNATION_EXPIRES,
    Lack.NO_STOCK_METER,
    Lack.NO_PHONE,
    Lack.CHOICE_OPEN,
)
_SINCE = (VisitState.TRAVELLING, VisitState.ON_SITE, VisitState.STARTED, VisitState.PAUSED)
_VARIANT_KINDS = {WorkKind.PLACEMENT, WorkKind.REMOVAL}


@dataclass(frozen=True, slots=True)
class Chip:
    """Something worth knowing before the door opens: words, tone, icon."""

    text: str
    tone: str = "neutral"
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing: what, what to do, and for which visit."""

    visit: str
    what: str
    means: str


def kind(words: Words, row: VisitRow) -> str:
    """`Plaatsing E+G`."""
    digital = row.kind is WorkKind.PLACEMENT and row.meter_kind is MeterKind.DIGITAL
    key = f"today.kind_{row.kind}{'_digital' if digital else ''}"
    return words(key, variant=row.variant) if row.kind in _VARIANT_KINDS else words(key)


def where(row: VisitRow) -> str:
    """`Kerkpad 12, Naaldwijk`."""
    return f"{row.street}, {row.place}"


def who(words: Words, row: VisitRow) -> str:
    """`Fam. Voorbeeld · 3x25 A · gas G4 · 0174-000001`, with a real times sign."""
    parts = [row.name, *(_capacity(words, c) for c in row.connections), row.phone]
    return DOT.join(part for part in parts if part)


def when(words: Words, row: VisitRow, now: datetime) -> str:
    """The window and how it stands: `10:30-12:00 · begint over 25 min`."""
    return words.window(*row.window) + DOT + _standing(words, row, now)


def is_late(row: VisitRow, now: datetime) -> bool:
    """Whether the promise is broken: nobody is there and the window is over."""
    waiting = {VisitState.PLANNED, VisitState.ACCEPTED, VisitState.TRAVELLING}
    return row.state in waiting and now > row.window[1]


def chips(words: Words, row: VisitRow) -> tuple[Chip, ...]:
    """What to bring and to know, the gaps first."""
    made = [
        Chip(words.code("lacks", lack), "attention", "triangle-alert")
        for lack in row.lacks
        if lack in _SHOWN_LACKS and lack is not Lack.DESIGNATION_EXPIRES
    ]
    if row.choice is not None:
        made.append(Chip(words(f"today.chip_choice_{row.choice}")))
    if row.bring:
        several = len(row.bring) > 1
        key = "today.chip_meters" if several else "today.chip_meter"
        made.append(Chip(words(key, count=len(row.bring)), "neutral", "package"))
    if row.state in {VisitState.STARTED, VisitState.PAUSED}:
        made += _progress(words, row)
    return tuple(made)


def rows_after(words: Words, state: DayState) -> tuple[RowLine, ...]:
    """The visits to come after the next one."""
    rows = [r for r in state.visits if not r.state.final and r.id != state.next]
    return tuple(_later(words, row, _change_of(state, row)) for row in rows)


def rows_before(words: Words, state: DayState) -> tuple[RowLine, ...]:
    """The visits that are over, in route order."""
    return tuple(_earlier(words, row) for row in state.visits if row.state.final)


def stops(words: Words, state: DayState) -> tuple[Stop, ...]:
    """The route's stops in order."""
    return tuple(
        _stop(words, number, row, is_next=row.id == state.next)
        for number, row in enumerate(state.visits, 1)
    )


def gaps(words: Words, state: DayState) -> tuple[Gap, ...]:
    """What is missing, in route order; and once that nobody is judged by a designation."""
    unjudged = (
        (Gap("", words("today.unjudged"), words("today.means_unjudged")),)
        if state.unjudged
        else ()
    )
    lacking = tuple(
        Gap(
            row.id,
            words("today.missing_line", position=place, lack=words.code("lacks", lack)),
            words(f"today.means_{lack}"),
        )
        for place, row, lack in _shown_lacks(state)
    )
    return (*lacking, *unjudged)


def _shown_lacks(state: DayState) -> list[tuple[int, VisitRow, Lack]]:
    """Position, visit and lack; a designation that ends soon is named at its first visit."""
    found: list[tuple[int, VisitRow, Lack]] = []
    for place, row in enumerate(state.visits, 1):
        for lack in row.lacks:
            again = lack is Lack.DESIGNATION_EXPIRES and lack in {one for *_, one in found}
            if lack in _SHOWN_LACKS and not again:
                found.append((place, row, lack))
    return found


def change(words: Words, one: Change) -> tuple[str, str]:
    """One change: its name, and what it is about."""
    about = [one.where or one.number]
    if one.before and one.after and one.before != one.after:
        spans = {"before": _span(words, one.before, one.after)}
        spans["after"] = _span(words, one.after, one.before)
        about.append(words("today.change_from_to", **spans))
    elif (window := one.after or one.before) is not None:
        about.append(words.window(*window))
    return words(f"today.change_{one.kind}"), DOT.join(about)


def summary(words: Words, state: DayState) -> str:
    """The day in one line."""
    day = words.long_day(state.on)
    count = len(state.visits)
    if not count:
        return words("today.summary_none", day=day)
    if state.done == count:
        key = "today.summary_done" if count > 1 else "today.summary_done_one"
        return words(key, day=day, count=count)
    until = words.time(max(row.window[1] for row in state.visits))
    return words("today.summary", day=day, done=state.done, count=count, until=until)


def _capacity(words: Words, connection: ConnectionRow) -> str:
    if connection.commodity is Commodity.GAS:
        return words("today.gas", capacity=connection.capacity)
    return connection.capacity.replace("x", "\u00d7").replace("A", "\u00a0A")


def _standing(words: Words, row: VisitRow, now: datetime) -> str:
    start, end = row.window
    if row.state in _SINCE and row.since is not None and not is_late(row, now):
        return words(f"today.{row.state}", time=words.time(row.since))
    if now < start:
        return words("today.in_time", age=words.age(start - now))
    if now <= end:
        return words("today.running", age=words.age(end - now))
    return words("today.late", age=words.age(now - end))


def _progress(words: Words, row: VisitRow) -> list[Chip]:
    done = words("today.chip_steps", done=row.steps_done, count=row.steps)
    made = [Chip(done, "accent", "list-checks")]
    if row.current:
        step = words.code("steps", row.current)
        made.append(Chip(words("today.chip_current", step=step)))
    return made


def _change_of(state: DayState, row: VisitRow) -> Change | None:
    return next((one for one in state.changes if one.visit == row.id), None)


def _later(words: Words, row: VisitRow, changed: Change | None) -> RowLine:
    pill = Chip(words.code("states", row.state))
    lacks = [lack for lack in row.lacks if lack in _SHOWN_LACKS]
    if Lack.WITHDRAWN in row.lacks:
        pill = Chip(words("today.pill_withdrawn"), "blocking", "circle-x")
    elif lacks:
        pill = Chip(words.code("lacks", lacks[0]), "attention", "triangle-alert")
    elif changed is not None:
        pill = Chip(words(f"today.pill_{changed.kind}"), "accent", "info")
    return RowLine(
        key=row.id,
        lead=words.window(*row.window),
        title=where(row),
        subtitle=_about(words, row),
        detail=kind(words, row),
        state=pill.text,
        tone=pill.tone,
        icon=pill.icon,
        faded=Lack.WITHDRAWN in row.lacks,
    )


def _about(words: Words, row: VisitRow) -> str:
    """The one thing more that is worth knowing of a visit in a row."""
    choice = words(f"today.choice_{row.choice}") if row.choice is not None else ""
    return row.complaint or choice or row.name


def _earlier(words: Words, row: VisitRow) -> RowLine:
    done = row.state is VisitState.DONE
    said = words.code("states", row.state)
    if row.ending in set(NotDoneReason):
        said = words.code("not_done", row.ending)
    waits = [words("today.to_send")] if row.undelivered else []
    reason = [row.ending] if row.ending and row.state is VisitState.REFUSED else []
    return RowLine(
        key=row.id,
        lead=words.time(row.since) if row.since else "",
        title=where(row),
        subtitle=DOT.join([*reason, *waits]),
        detail=kind(words, row),
        state=said,
        tone="done" if done else "accent",
        icon="check" if done else "ban",
        faded=True,
    )


def _stop(words: Words, number: int, row: VisitRow, *, is_next: bool) -> Stop:
    state = StopState.LATER
    if row.state.final:
        state = StopState.DONE if row.state is VisitState.DONE else StopState.NOT_DONE
    elif Lack.WITHDRAWN in row.lacks:
        state = StopState.NOT_DONE
    elif is_next:
        state = StopState.NEXT
    said = words.code("states", row.state)
    spoken = words("today.stop_spoken", number=number, place=row.place, state=said)
    return Stop(row.id, number, row.place, state, spoken)


def _span(words: Words, window: Window, other: Window) -> str:
    """A window, with its day where the other one is on another day."""
    told = words.window(*window)
    if window[0].date() == other[0].date():
        return told
    return f"{words.day(window[0].date())} {told}"
