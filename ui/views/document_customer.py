"""The customer's document: a `Report` in the customer's language, on one page where it fits.

In come what the customer is told, and the pictures; out comes a `Document`. Rule: a part that
says nothing is not there, and nothing comes in here but what the `Report` holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby

from fieldapp.domain.report import ReadingLine, Report
from fieldapp.domain.report_deeds import Agreement, Deed
from ui.views.document_leaflet import leaflet_of
from ui.views.document_parts import (
    Beside,
    Block,
    Bullets,
    Document,
    Grid,
    GridRow,
    Heading,
    Named,
    Paragraph,
    Picture,
    Pictures,
)
from ui.views.language import Words
from ui.views.visit_words import amount, capital, obis_number, unit_of

_READING_SHARES = (0.42, 0.32, 0.26)
_DEED_SHARES, _HALF_DEED_SHARES = (0.07, 0.93), (0.13, 0.87)
_FIGURES = frozenset({1, 2})
_ONE_COLUMN = 6
_HOLDS = "\u00a0"
_TOLD_SHARE = 0.6


def customer_document(words: Words, report: Report, pictures: Mapping[str, bytes]) -> Document:
    """The document; a picture that is not there is left out."""
    not_done = report.not_done is not None
    at = report.address
    return Document(
        title=words("documents.title_not_done" if not_done else "documents.title"),
        number=report.number,
        line=_line(words, report),
        beside=(
            report.customer,
            words("documents.for_customer", street=at.street, house=at.number),
            words("documents.town", postcode=at.postcode, place=at.place),
        ),
        blocks=tuple(_blocks(words, report, pictures)),
        page=words("documents.page", number=report.number),
        one_page=True,
    )


def _line(words: Words, report: Report) -> str:
    start, end = report.arrived, report.ended
    times = ""
    if start is not None and end is not None:
        both = (words.time(start), words.time(end))
        times = words("documents.times", start=both[0], end=both[1])
    elif start is not None:
        times = words("documents.since", start=words.time(start))
    moment = start or end
    kind = words(f"documents.kind_{report.kind}")
    day = words.full_day(moment) if moment else ""
    return words("documents.line", kind=kind, number=report.number, day=day, times=times)


def _blocks(words: Words, report: Report, pictures: Mapping[str, bytes]) -> Iterator[Block]:
    yield from _done(words, report)
    yield from _readings(words, report)
    told = (
        *_choice(words, report),
        *_listed(words, "agreed", [agreement_line(words, x) for x in report.agreed]),
        *_checks(words, report),
        *_listed(words, "corrections", _corrections(words, report)),
    )
    shown = (*_signature(words, report, pictures), *_photos(words, report, pictures))
    if told and shown:
        yield Beside(told, shown, _TOLD_SHARE)
    else:
        yield from (*told, *shown)
    yield leaflet_of(words, report)


def _done(words: Words, report: Report) -> Iterator[Block]:
    if report.complaint:
        yield Heading(words("documents.reported"))
        yield Paragraph(words("visit.quoted", text=report.complaint))
    if report.not_done is not None:
        reason = words.code("not_done", report.not_done)
        yield Heading(words("documents.done"))
        yield Paragraph(words("documents.not_done_why", reason=reason))
    elif report.deeds:
        yield Heading(words("documents.done"))
        rows = [GridRow((words.time(deed.at), deed_line(words, deed))) for deed in report.deeds]
        yield from _in_halves(rows)
    yield from _listed(words, "found", found_lines(words, report))


def _in_halves(rows: list[GridRow]) -> Iterator[Block]:
    """A long list in two columns, read down the left one first."""
    if len(rows) <= _ONE_COLUMN:
        yield Grid((), tuple(rows), _DEED_SHARES, frozenset({0}))
        return
    half = (len(rows) + 1) // 2
    left, right = (
        Grid((), tuple(part), _HALF_DEED_SHARES, frozenset({0}))
        for part in (rows[:half], rows[half:])
    )
    yield Beside((left,), (right,))


def deed_line(words: Words, deed: Deed) -> str:
    """One thing that was done, in a sentence."""
    meter = words(f"documents.deed.meter_{deed.carrier}") if deed.carrier else ""
    return words(f"documents.deed.{deed.code}", number=deed.number, meter=meter)


def found_lines(words: Words, report: Report) -> list[str]:
    """What was found; a rule that has no words for customers is not told."""
    keys = (f"documents.found_rule.{rule.partition(':')[0]}" for rule in report.found)
    return [words(key) for key in keys if words.has(key)]


def agreement_line(words: Words, agreement: Agreement) -> str:
    """One thing that was agreed, in a sentence."""
    code, about = agreement.code, agreement.about
    if code in {"refused", "instead"}:
        about = words(f"documents.agree.meter_{about}")
    elif code == "follow_up":
        about = words.code("kinds", about)
    elif about:
        about = words.code("about", about)
    return words(f"documents.agree.{code}", about=about)


def check_lines(words: Words, report: Report) -> list[str]:
    """What is still to be proven, and until when."""
    return [
        words(
            "documents.check.until",
            what=words(f"documents.check.{check.what}"),
            until=words.long_day(check.until).replace(" ", _HOLDS),
        )
        for check in report.checks
    ]


def _checks(words: Words, report: Report) -> Iterator[Block]:
    yield from _listed(words, "checks", check_lines(words, report))
    if report.checks:
        yield Paragraph(words("documents.check.nothing_to_do"), small=True)


def choice_rows(words: Words, report: Report) -> list[tuple[str, str]]:
    """What the customer chose, and what stands in the meter."""
    rows = []
    if report.choice is not None:
        choice = words(f"documents.choice_{report.choice.preference}")
        day = words.full_day(report.choice.made_at)
        chosen = words("documents.chosen_by", choice=choice, day=day)
        rows.append((words("documents.your_choice"), chosen))
    setting = report.setting
    if setting is not None:
        key = "later" if setting.after is None else setting.after
        holds = words(f"documents.in_meter_{key}", time=words.time(setting.at))
        rows.append((words("documents.in_meter"), holds))
    return rows


def _choice(words: Words, report: Report) -> Iterator[Block]:
    rows = choice_rows(words, report)
    if rows:
        yield Heading(words("documents.choice"))
        yield Named(tuple(rows))


def _listed(words: Words, name: str, lines: list[str]) -> Iterator[Block]:
    if lines:
        yield Heading(words(f"documents.{name}"))
        yield Bullets(tuple(lines))


def _readings(words: Words, report: Report) -> Iterator[Block]:
    """The old meter's at the left, the new one's at the right."""
    grids = [
        _grid(words, [line for line in report.readings if (line.moment == "start") is new])
        for new in (False, True)
    ]
    there = [grid for grid in grids if grid is not None]
    if there:
        yield Heading(words("documents.readings"))
    if len(there) > 1:
        yield Beside((there[0],), (there[1],))
    else:
        yield from there


def _grid(words: Words, lines: list[ReadingLine]) -> Grid | None:
    rows: list[GridRow] = []
    for (moment, meter, how), ones in groupby(
        lines, lambda line: (line.moment, line.meter, how_read(words, line))
    ):
        head = words(f"documents.group_{moment}", meter=meter)
        rows.append(GridRow((head, how), heads=True))
        rows += [GridRow(reading_cells(words, line)) for line in ones]
    heads = ("register", "read_digits", "settled")
    names = tuple(words(f"documents.{head}") for head in heads)
    return Grid(names, tuple(rows), _READING_SHARES, _FIGURES) if rows else None


def how_read(words: Words, line: ReadingLine) -> str:
    """How a reading came to us: read, given by the customer, or estimated."""
    how = words(f"documents.how_{line.channel}")
    return words(f"documents.origin_{line.origin}", how=how)


def reading_cells(words: Words, line: ReadingLine) -> tuple[str, str, str]:
    """Register, digits as read, and what counts."""
    return (
        f"{obis_number(line.obis)}  {_tariff(words, line)}".strip(),
        f"{line.digits} {unit_of(line.unit)}",
        amount(words, line.settlement, line.unit),
    )


def _tariff(words: Words, line: ReadingLine) -> str:
    if line.carrier == "G":
        return words("documents.gas")
    key = "feed_in" if obis_number(line.obis).startswith("2.") else "supply"
    tariff = words(f"visit.tariff_{line.tariff or 'none'}")
    return words(f"documents.{key}", tariff=tariff).strip()


def _corrections(words: Words, report: Report) -> list[str]:
    return [
        words(
            "documents.corrected",
            field=capital(change.field),
            old=change.old,
            new=change.new,
            reason=change.reason,
        )
        for change in report.corrections
    ]


def _photos(words: Words, report: Report, pictures: Mapping[str, bytes]) -> Iterator[Block]:
    shown = tuple(
        Picture(pictures[photo.sha256], _caption(words, photo.slot, photo.at))
        for photo in report.photos
        if photo.sha256 in pictures
    )
    if shown:
        yield Heading(words("documents.photos"))
        yield Pictures(shown)


def _caption(words: Words, slot: str, at: datetime) -> str:
    name = "reading" if slot.startswith("reading_") else slot
    return f"{words(f'documents.photo.{name}')}, {words.time(at)}"


def _signature(words: Words, report: Report, pictures: Mapping[str, bytes]) -> Iterator[Block]:
    signed = report.signature
    if signed is None and not report.unsigned:
        return
    yield Heading(words("documents.signature"))
    if signed is None:
        known = words.has(f"documents.unsigned_{report.unsigned}")
        yield Paragraph(words(f"documents.unsigned_{report.unsigned if known else 'other'}"))
        return
    text = words("documents.signed", time=words.time(signed.at))
    if signed.sha256 in pictures:
        yield Pictures((Picture(pictures[signed.sha256], text),), ink=True)
    else:
        yield Paragraph(text)
