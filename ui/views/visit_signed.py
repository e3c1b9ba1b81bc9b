"""What a customer signs for, in plain words.

In comes the page; out come lines that a customer may see: readings, meters, choice. Rule: no
finding, no access note, no doubt about the customer ever gets here (trade.md, Findings).
"""

from __future__ import annotations

from fieldapp.domain import facts as f
from ui.presenters.visit_page import VisitPage
from ui.views.language import Words
from ui.views.visit_facts import fact_line
from ui.views.visit_words import amount, choice_name, kind_line, obis_number

_SHOWN = (f.MeterRemoved, f.MeterPlaced, f.PreferenceApplied, f.PreferenceDeferred)


def signed_lines(words: Words, page: VisitPage) -> list[str]:
    """What was done, one line each."""
    lines = [words("visit.signed_kind", kind=kind_line(words, page))]
    lines += [fact_line(words, fact) for fact in page.facts if isinstance(fact, _SHOWN)]
    if page.choice is not None:
        chosen = choice_name(words, page.choice.preference)
        lines.append(words("visit.signed_choice", choice=chosen))
    for moment in ("final", "start"):
        lines += _readings(words, page, moment)
    return lines


def _readings(words: Words, page: VisitPage, moment: str) -> list[str]:
    last = {
        (fact.meter, fact.obis): fact
        for fact in page.facts
        if isinstance(fact, f.ReadingTaken) and fact.moment == moment
    }
    if not last:
        return []
    values = (
        f"{obis_number(one.obis)} {amount(words, one.value, one.unit)}" for one in last.values()
    )
    return [words(f"visit.signed_{moment}", readings=" · ".join(values))]
