"""What of a laptop has not arrived yet, in words.

In come rows of the laptops' State, the words of a language and the time it is; out come lines
that are ready to be shown. Rule: no widgets; what the office does not know is said, not hidden.
"""

from __future__ import annotations

from datetime import datetime

from ui.presenters.laptops import LaptopRow, LaptopsState, Standing
from ui.views.language import Words
from ui.views.models.rows import RowLine

DOT = " · "
_TONES = {
    Standing.SILENT: ("blocking", "wifi-off"),
    Standing.MISSING: ("attention", "triangle-alert"),
    Standing.LOOKED_AT: ("attention", "eye"),
    Standing.COMING: ("neutral", "clock"),
    Standing.UNKNOWN: ("neutral", "circle-dashed"),
    Standing.WHOLE: ("done", "circle-check"),
}
_COUNTS = (
    "waiting",
    "files_waiting",
    "missing",
    "held",
    "files_partial",
    "set_aside",
    "conflicts",
)


def summary(words: Words, state: LaptopsState) -> str:
    """All laptops in one line."""
    if not state.rows:
        return ""
    said = {"count": len(state.rows), "waiting": state.waited_for}
    if state.silent:
        return words("laptops.summary_silent", silent=state.silent, **said)
    return words("laptops.summary", **said)


def title(row: LaptopRow) -> str:
    """Whose it is."""
    return row.name or row.technician


def contact(words: Words, row: LaptopRow, now: datetime) -> str:
    """When it was last heard of."""
    at = row.last_contact
    if at is None:
        return words("laptops.never")
    return words("laptops.contact", moment=words.moment(at), age=words.age(now - at))


def pill(words: Words, row: LaptopRow) -> tuple[str, str, str]:
    """How it stands: words, tone and icon."""
    return words(f"laptops.state_{row.standing}"), *_TONES[row.standing]


def line(words: Words, row: LaptopRow, now: datetime) -> RowLine:
    """A laptop as a row."""
    said, tone, icon = pill(words, row)
    below = DOT.join((*_flags(words, row), contact(words, row, now), *expected(words, row)[:1]))
    return RowLine(
        key=row.laptop, title=title(row), subtitle=below, state=said, tone=tone, icon=icon
    )


def _flags(words: Words, row: LaptopRow) -> list[str]:
    return [words("laptops.state_withdrawn")] if row.withdrawn else []


def expected(words: Words, row: LaptopRow) -> list[str]:
    """What is still to come, or to be looked at, one fact a line."""
    found = [
        words(f"laptops.{name}", count=count)
        for name in _COUNTS
        if (count := getattr(row, name))
    ]
    if row.oldest_waiting is not None:
        found.append(words("laptops.oldest", moment=words.moment(row.oldest_waiting)))
    if row.without_files:
        found.append(words("laptops.without_files", numbers=", ".join(row.without_files)))
    if row.days_differ:
        days = ", ".join(words.day(day) for day in row.days_differ)
        found.append(words("laptops.days_differ", days=days))
    return found


def detail(words: Words, row: LaptopRow, now: datetime) -> list[str]:
    """Everything about one laptop, one fact a line."""
    told = [*_flags(words, row), contact(words, row, now)]
    if row.visits_today:
        told.append(words("laptops.visits", done=row.done_today, count=row.visits_today))
    coming = expected(words, row)
    if row.waiting is None:
        coming.append(words("laptops.unsaid"))
    return [*told, *(coming or [words("laptops.nothing")])]
