"""The file's document: everything of a visit, in order, with times, reasons and hashes.

In comes a `FileReport`; out comes a `Document`. Rule: it is for the office and holds what no
customer sees; nothing is left out, and a fact that has no words of its own shows its fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from fieldapp.domain import facts as f
from fieldapp.domain.confidential import is_confidential
from fieldapp.domain.file_report import VERDICTS, Entry, FileReport
from fieldapp.domain.time_spent import time_spent
from fieldapp.domain.work_order import Connection
from ui.messages import requirement
from ui.presenters.visit_findings import row_of
from ui.views import fact_words
from ui.views.document_parts import (
    Block,
    Bullets,
    Document,
    Grid,
    GridRow,
    Heading,
    Named,
)
from ui.views.finding_words import because, rule_name, says, to_do
from ui.views.language import Words
from ui.views.visit_facts import fact_line
from ui.views.visit_words import capacity_line, capital, ean_groups, slot_name

_MINUTE = timedelta(minutes=1)
_FACT_SHARES = (0.14, 0.2, 0.52, 0.14)
_FILE_SHARES = (0.16, 0.64, 0.09, 0.11)
_RECEIVED = frozenset({"applied", "applied_with_conflict"})
Part = Callable[[Words, FileReport], Iterator[Block]]


def file_document(words: Words, report: FileReport) -> Document:
    """The document."""
    visit, at = report.visit, report.visit.address
    kind = words(f"documents.kind_{visit.kind}")
    day = words.full_day(visit.window_start)
    return Document(
        title=words("documents.file_title"),
        number=visit.number,
        line=words("documents.line", kind=kind, number=visit.number, day=day, times=""),
        beside=(
            visit.customer.name,
            words("documents.for_customer", street=at.street, house=at.number),
            words("documents.town", postcode=at.postcode, place=at.place),
        ),
        blocks=tuple(block for part in _PARTS for block in part(words, report)),
        page=words("documents.page", number=visit.number),
    )


def _visit(words: Words, report: FileReport) -> Iterator[Block]:
    visit, signer = report.visit, report.signer
    rows = (
        ("who", f"{signer.name} ({signer.technician})" if signer.technician else ""),
        ("laptop", signer.laptop),
        ("state", words.code("states", report.progress.state)),
        ("delivered", _delivered(words, report)),
        ("planned", words.window(visit.window_start, visit.window_end)),
        ("time_spent", _time_spent(words, report)),
        ("phone", visit.customer.phone),
        ("reference", visit.customer.holder),
        ("access", visit.access_note),
        ("safety", visit.safety_note),
        ("complaint", visit.complaint),
    )
    named = ((words(f"documents.file.{name}"), value) for name, value in rows if value)
    yield Named(tuple(named))
    yield from _headed(words, "connections", _connections(words, report))
    yield from _headed(words, "choices", _choices(words, report))


def _time_spent(words: Words, report: FileReport) -> str:
    """On the road, at work, standing still: those that there were."""
    spent = time_spent(report.progress)
    parts = (
        ("on_the_road", spent.on_the_road),
        ("at_work", spent.at_work),
        ("standing_still", spent.standing_still),
    )
    return ", ".join(
        words(f"documents.file.{name}", time=words("forms.age_minutes", n=time // _MINUTE))
        for name, time in parts
        if time
    )


def _delivered(words: Words, report: FileReport) -> str:
    left = sum(entry.delivery not in _RECEIVED for entry in report.entries)
    files = sum(not file.delivered for file in report.files)
    if not left and not files:
        return words("documents.file.delivered_all")
    total = len(report.entries)
    return words("documents.file.delivered_part", n=left, all=total, files=files)


def _connections(words: Words, report: FileReport) -> list[str]:
    return [_connection(words, connection) for connection in report.visit.connections]


def _connection(words: Words, connection: Connection) -> str:
    carrier = capital(words.code("commodities", connection.commodity))
    name = words("documents.file.connection", carrier=carrier, ean=ean_groups(connection.ean))
    none = words("documents.file.no_meter")
    facts = words(
        "documents.file.connection_facts",
        capacity=capacity_line(connection),
        meter=connection.meter.number if connection.meter else none,
    )
    return f"{name}: {facts}"


def _choices(words: Words, report: FileReport) -> list[str]:
    made = tuple(fact.choice for fact in report.progress.of(f.ChoiceRecorded))
    lines = []
    for choice in (*report.visit.choices, *made):
        key = "verified" if choice.verified else "unverified"
        text = words(
            "documents.file.choice_row",
            choice=words.code("preferences", choice.preference),
            by=words(f"visit.by_{choice.by}"),
            channel=words(f"visit.channel_{choice.channel}"),
            verified=words(f"documents.file.{key}", how=_how(words, choice.verified)),
        )
        lines.append(f"{words.moment(choice.made_at)}: {text}")
    return lines


def _how(words: Words, verified: str) -> str:
    own = f"documents.file.how_{verified}"
    return words(own) if words.has(own) else verified


def _contacts(words: Words, report: FileReport) -> Iterator[Block]:
    lines = []
    for fact in report.progress.of(f.MeterContacted):
        key = "same" if fact.matches else "other"
        told = words(f"documents.file.contact_{key}", found=fact.found, expected=fact.expected)
        via = words(f"visit.via_{fact.channel}")
        purpose = words.code("purposes", fact.purpose)
        why = words("documents.file.purpose", purpose=purpose)
        lines.append(f"{words.moment(fact.at)}: {told}, {via}, {why}")
    yield from _headed(words, "contacts", lines)


def _findings(words: Words, report: FileReport) -> Iterator[Block]:
    """All three verdicts, also where none has it (trade.md "Findings")."""
    if not report.progress.of(f.FindingRecorded):
        return
    yield Heading(words("documents.file.findings"))
    rows = []
    for verdict in VERDICTS:
        lines = [_finding(words, finding) for finding in report.findings(verdict)]
        told = "\n".join(lines) or words("documents.file.no_findings")
        rows.append((capital(words(f"visit.verdict.{verdict}")), told))
    yield Named(tuple(rows))


def _finding(words: Words, finding: f.FindingRecorded) -> str:
    row = row_of(finding)
    said = (says(words, row), because(words, row), to_do(words, row))
    text = f"{rule_name(words, finding.rule)}: {' '.join(part for part in said if part)}"
    if is_confidential(finding):
        return f"{text} ({words('documents.file.finding_hidden')})"
    return text


def _waivers(words: Words, report: FileReport) -> Iterator[Block]:
    lines = [
        words(
            "documents.file.waived",
            what=capital(requirement(fact.requirement, words.lang)),
            way=words.code("ways_out", fact.way_out),
            reason=fact.reason,
        )
        for fact in report.progress.of(f.WaivedRequirement)
    ]
    yield from _headed(words, "waivers", lines)


def _corrections(words: Words, report: FileReport) -> Iterator[Block]:
    lines = [
        words(
            "documents.file.corrected",
            field=fact.field,
            old=fact.old,
            new=fact.new,
            by=fact.by,
            reason=fact.reason,
        )
        for fact in report.progress.of(f.VisitCorrected)
    ]
    yield from _headed(words, "corrections", lines)


def _evidence(words: Words, report: FileReport) -> Iterator[Block]:
    if not report.files:
        return
    yield Heading(words("documents.file.evidence"))
    heads = tuple(words(f"documents.file.evidence_head_{h}") for h in _EVIDENCE_HEADS)
    rows = (
        (
            slot_name(words, file.slot),
            file.sha256,
            words.size(file.size),
            words(f"documents.file.sent_{'yes' if file.delivered else 'no'}"),
        )
        for file in report.files
    )
    yield Grid(heads, tuple(GridRow(row) for row in rows), _FILE_SHARES, small=True)


def _facts(words: Words, report: FileReport) -> Iterator[Block]:
    yield Heading(words("documents.file.facts"))
    heads = tuple(words(f"documents.file.fact_{h}") for h in ("time", "step", "what", "sent"))
    rows = tuple(GridRow(_fact_cells(words, entry)) for entry in report.entries)
    yield Grid(heads, rows, _FACT_SHARES, frozenset({0}), small=True)


def _fact_cells(words: Words, entry: Entry) -> tuple[str, ...]:
    fact = entry.fact
    step = words.code("steps", fact.step) if fact.step else ""
    return (
        words.moment(fact.at),
        capital(step) or words("documents.file.whole_visit"),
        told(words, fact),
        words.code("states", entry.delivery),
    )


def told(words: Words, fact: f.AnyFact) -> str:
    """A fact in one line: its own words, else its kind and all that it holds."""
    line = fact_line(words, fact)
    if line:
        return line
    kind = capital(words.code("facts", fact.kind))
    fields = [
        words("documents.file.detail", name=name, value=value)
        for name, value in fact_words.parts(words, fact)
    ]
    return f"{kind}: {', '.join(fields)}" if fields else kind


def _headed(words: Words, name: str, lines: list[str]) -> Iterator[Block]:
    if lines:
        yield Heading(words(f"documents.file.{name}"))
        yield Bullets(tuple(lines))


_EVIDENCE_HEADS = ("slot", "hash", "size", "sent")
_PARTS: tuple[Part, ...] = (
    _visit,
    _contacts,
    _findings,
    _waivers,
    _corrections,
    _evidence,
    _facts,
)
