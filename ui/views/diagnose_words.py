"""Diagnose in words: what was found on a port, and what to do.

In come codes of the presenter; out come short texts. Rule: the standard's own values stay as
they are; a code without words keeps its name.
"""

from __future__ import annotations

from dataclasses import dataclass

from ui.presenters.diagnosis import PortFinding
from ui.views.language import Words
from ui.views.meter_words import optional, version_text

_GOOD, _QUIET = {"p1", "optical", "sealed"}, {"silent"}
_NONE = "—"


@dataclass(frozen=True, slots=True)
class Told:
    """A finding in words, and the tone it is said in."""

    what: str
    why: str
    do: str
    tone: str


def looks(words: Words, detail: str) -> str:
    """What unreadable octets look like."""
    key = f"diagnose.looks_{detail.lower().replace(' ', '_')}"
    return optional(words, key, detail)


def short(words: Words, finding: PortFinding | None, chance: str = "") -> tuple[str, str]:
    """A finding as a pill, words and tone; before that what the port could be."""
    if finding is None:
        return optional(
            words, f"diagnose.chance_{chance}", words("diagnose.not_tried")
        ), "neutral"
    if finding.other_meter:
        return words("diagnose.finding_other"), "attention"
    version = _version(finding)
    plain = "_plain" if finding.kind == "p1" and not version else ""
    key = f"diagnose.found_{finding.kind}{plain}"
    return words(key, version=version, baud=finding.baud), _tone(finding)


def told(words: Words, finding: PortFinding) -> Told:
    """A finding whole: what, why, what to do."""
    base, tone = finding.kind, _tone(finding)
    if finding.other_meter:
        base, tone = "other", "attention"
    elif finding.kind == "optical" and finding.detail:
        base, tone = "refused", "attention"
    elif finding.kind == "silent":
        tone = "attention"
    version = _version(finding)
    plain = "_plain" if base == "p1" and not version else ""
    why = words(
        f"diagnose.finding_{base}_why{plain}",
        version=version or _NONE,
        baud=finding.baud,
        form=finding.form,
        meter=finding.meter or _NONE,
        detail=looks(words, finding.detail),
    )
    request = optional(words, f"diagnose.request_{finding.kind}_{finding.request}", "")
    do = words(f"diagnose.finding_{base}_do")
    why = f"{why} {request}".rstrip()
    return Told(words(f"diagnose.finding_{base}"), why, do, tone)


def _tone(finding: PortFinding) -> str:
    if finding.kind in _GOOD:
        return "done"
    return "neutral" if finding.kind in _QUIET else "attention"


def _version(finding: PortFinding) -> str:
    if finding.kind != "p1":
        return finding.version
    return f"DSMR {version_text(finding.version)}" if finding.version else ""
