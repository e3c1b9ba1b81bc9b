"""What has to be reviewed, in words: fields, reasons, values.

In come rows of the planner's inbox and `Words`; out comes text. Rule: a code that this program
does not know is shown as it came, so that nothing is passed over.
"""

from __future__ import annotations

from fieldapp.domain.day_close import day_of, is_day
from ui.presenters.planning_inbox import Aside, Dispute, Opened
from ui.views import fact_words, sync_words
from ui.views.language import Words


def title(words: Words, row: Dispute | Aside) -> str:
    """What it is about."""
    reason = sync_words.reason_of(words, row.reason).rstrip(".")
    if isinstance(row, Aside):
        what = words.code("facts", row.what)
        return words("inbox.title_aside", what=what[:1].upper() + what[1:], reason=reason)
    if row.field:
        return words("inbox.title_field", field=sync_words.field(words, row.field))
    if is_day(row.visit):
        return words("inbox.title_day", day=day_of(row.visit), reason=reason)
    return words("inbox.title_whole", reason=reason)


def second_line(words: Words, row: Dispute | Aside) -> str:
    """Whose it is, and since when."""
    number = day_of(row.number)
    if isinstance(row, Dispute):
        found = words.moment(row.found_at)
        return words(
            "inbox.line_conflict", number=number, technician=row.technician, found=found
        )
    said = words(
        "inbox.line_aside",
        number=number,
        technician=row.technician,
        made=words.moment(row.made_at),
        received=words.moment(row.received_at),
    )
    flags = (words("inbox.withdrawn"),) if row.withdrawn else ()
    return sync_words.DOT.join((*flags, said))


def pill(words: Words, row: Dispute | Aside) -> tuple[str, str, str]:
    """Where it stands: words, tone and icon."""
    if isinstance(row, Aside):
        return words("inbox.pill_aside"), "attention", "eye"
    if row.state != "open":
        return words(f"inbox.state_{row.state}"), "done", "check"
    kind = "field" if row.field else "whole"
    return words(f"inbox.pill_{kind}"), "attention", "triangle-alert"


def values(words: Words, row: Dispute | Aside, opened: Opened) -> tuple[str, ...]:
    """What it holds, line by line."""
    if isinstance(row, Aside):
        return _of_fact(words, row, opened)
    told = (("site", opened.site), ("office", opened.office), ("had", opened.before))
    return tuple(
        words(f"inbox.{who}", value=sync_words.value_of(words, row.field, value))
        for who, value in told
        if value is not None
    )


def _of_fact(words: Words, row: Aside, opened: Opened) -> tuple[str, ...]:
    why = words("inbox.why", reason=sync_words.reason_of(words, row.reason))
    match opened.fact:
        case None:
            return why, words("inbox.unreadable")
        case dict():
            found = fact_words.plain_parts(words, opened.fact)
            return why, words("inbox.newer"), *_lines(words, found)
        case _:
            step = ((words("facts.field.step"), words.code("steps", opened.fact.step)),)
            found = fact_words.parts(words, opened.fact)
            return why, *_lines(words, (step if opened.fact.step else ()) + found)


def _lines(words: Words, found: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(words("facts.line", name=name, value=value) for name, value in found)
