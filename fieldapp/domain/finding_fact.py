"""The fact of a finding: what one rule, or a person, answers.

Part of `fieldapp.domain.facts`, which says what facts are for. Rule: codes and exact values go
to the office as the rule gave them; a person's answer is in the person's words.
"""

from __future__ import annotations

import msgspec

from fieldapp.domain.diagnosis.finding import Evidence
from fieldapp.domain.fact import Fact


class FindingRecorded(Fact, frozen=True, kw_only=True, tag="finding_recorded"):
    """A diagnosis: what one rule, or a person, answers.

    Attributes:
        verdict: found, ruled_out or not_examined.
        why: a code of `diagnosis.reasons` where a rule answered, else the person's words.
        rules: version of the set of rules that answered; 0: a person did.
        values: the exact parameters of the reason.
        evidence: what was looked at.
        advice, severity: codes, or empty.
        confidential: for the file's document only.
    """

    rule: str
    verdict: str
    why: str
    rules: int = 0
    values: dict[str, str] = msgspec.field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    advice: str = ""
    severity: str = ""
    confidential: bool = False

    @property
    def is_by_hand(self) -> bool:
        """Whether a person says so."""
        return self.rules == 0
