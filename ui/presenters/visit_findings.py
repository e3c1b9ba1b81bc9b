"""The findings of a visit as rows: what the rules say now, what was kept, what a person said.

In come the facts of a visit and the answers of now; out come rows, the gravest first, then what
could not be examined, then what is ruled out. Rule: a person's answer stands before the rule's,
and both are shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from fieldapp.domain.diagnosis import RULES, Evidence, Finding, Severity, Verdict
from fieldapp.domain.facts import AnyFact, FindingRecorded

_VERDICTS = [verdict.value for verdict in Verdict]
_SEVERITIES = [severity.value for severity in Severity]


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One answer.

    Attributes:
        why: a code with its `values`; of a person the words.
        by_hand: a person says so.
        ruled: what the rule said where a person says otherwise.
        kept: when it was recorded; None: it is what the rule says now.
    """

    rule: str
    verdict: str
    why: str
    values: dict[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    advice: str = ""
    severity: str = ""
    confidential: bool = False
    by_hand: bool = False
    ruled: FindingRow | None = None
    kept: datetime | None = None


def rows_now(findings: Iterable[Finding], facts: Iterable[AnyFact]) -> tuple[FindingRow, ...]:
    """What the rules say now, under what a person said."""
    said = _last(f for f in _recorded(facts) if f.is_by_hand)
    return _sorted([*_under(said, {f.rule: _of_rule(f) for f in findings})])


def rows_kept(facts: Iterable[AnyFact]) -> tuple[FindingRow, ...]:
    """What was recorded last of each rule."""
    recorded = _recorded(facts)
    said = _last(f for f in recorded if f.is_by_hand)
    ruled = _last(f for f in recorded if not f.is_by_hand)
    return _sorted([*_under(said, {rule: row_of(fact) for rule, fact in ruled.items()})])


def row_of(fact: FindingRecorded) -> FindingRow:
    """One recorded answer."""
    return FindingRow(
        fact.rule,
        fact.verdict,
        fact.why,
        fact.values,
        fact.evidence,
        fact.advice,
        fact.severity,
        fact.confidential,
        by_hand=fact.is_by_hand,
        kept=fact.at,
    )


def _recorded(facts: Iterable[AnyFact]) -> list[FindingRecorded]:
    return [fact for fact in facts if isinstance(fact, FindingRecorded)]


def _last(facts: Iterable[FindingRecorded]) -> dict[str, FindingRecorded]:
    return {fact.rule: fact for fact in facts}


def _under(
    said: dict[str, FindingRecorded], ruled: dict[str, FindingRow]
) -> Iterable[FindingRow]:
    for rule, fact in said.items():
        below = ruled.pop(rule, None)
        row = row_of(fact)
        yield FindingRow(
            rule,
            row.verdict,
            row.why,
            confidential=row.confidential or (below is not None and below.confidential),
            by_hand=True,
            ruled=below,
            kept=row.kept,
        )
    yield from ruled.values()


def _of_rule(finding: Finding) -> FindingRow:
    return FindingRow(
        finding.rule,
        finding.verdict,
        finding.why,
        finding.values,
        finding.evidence,
        finding.advice,
        finding.severity,
        finding.confidential,
    )


def _sorted(rows: list[FindingRow]) -> tuple[FindingRow, ...]:
    return tuple(sorted(rows, key=_place))


def _place(row: FindingRow) -> tuple[int, int, int]:
    return (
        _index(_VERDICTS, row.verdict),
        _index(_SEVERITIES, row.severity),
        _index(RULES, row.rule),
    )


def _index(known: Iterable[str], code: str) -> int:
    ordered = list(known)
    return ordered.index(code) if code in ordered else len(ordered)
