"""What a rule answers: found, ruled out or not examined, why, on what evidence, and what to do.

Out come frozen findings that travel to the office as they are. Rule: a finding holds codes and
exact values; the words for them are the screen's. A finding about fraud is confidential: it
belongs to the file's document, never to the customer's nor on a screen that is shown to him.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from fieldapp.domain.diagnosis.reasons import Why


class Verdict(StrEnum):
    """The three answers, in the order in which they are read."""

    FOUND = "found"
    NOT_EXAMINED = "not_examined"
    RULED_OUT = "ruled_out"


class Severity(StrEnum):
    """How grave what was found is, gravest first."""

    CRITICAL = "critical"  # stop and switch off
    FAULT = "fault"  # this is broken
    WARNING = "warning"  # look into it
    NOTE = "note"  # know it


class Origin(StrEnum):
    """Where a piece of evidence comes from."""

    P0 = "p0"  # an object of the meter, by its OBIS code
    P1 = "p1"  # a line of a telegram, by its OBIS code
    EVENT = "event"  # a row of a log of the meter, by the log's name
    MEASURED = "measured"  # entered; by the instrument's number
    VISIT = "visit"  # what the visit's order or its facts say


class Evidence(msgspec.Struct, frozen=True):
    """One named value that a rule looked at.

    Attributes:
        name: of the quantity, event or fact.
        value: exact, as text; of an event with a length its length.
        unit: of the value, or empty.
        source: an `Origin`.
        ref: OBIS code, name of the log, or number of the instrument.
        at: when it was so, by the clock of its source; None where nobody says.
    """

    name: str
    value: str = ""
    unit: str = ""
    source: str = ""
    ref: str = ""
    at: datetime | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One rule's answer.

    Attributes:
        rule: its code, one of `RULES`.
        verdict: see `Verdict`.
        why: a `Why`.
        values: the exact parameters of `why`, as text.
        advice: an `Advice`; empty where there is nothing to do.
        severity: a `Severity` where something was found, else empty.
        confidential: for the file's document only.
    """

    rule: str
    verdict: Verdict
    why: Why
    values: dict[str, str] = msgspec.field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    advice: str = ""
    severity: str = ""
    confidential: bool = False
