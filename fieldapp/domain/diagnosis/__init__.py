"""Diagnosis of a meter and its connection: rules over what a visit knows."""

from fieldapp.domain.diagnosis.codes import BY_HAND, RULES, VERSION
from fieldapp.domain.diagnosis.difference import Change, difference
from fieldapp.domain.diagnosis.finding import Evidence, Finding, Origin, Severity, Verdict
from fieldapp.domain.diagnosis.observations import Observations
from fieldapp.domain.diagnosis.registry import diagnose

__all__ = [
    "BY_HAND",
    "RULES",
    "VERSION",
    "Change",
    "Evidence",
    "Finding",
    "Observations",
    "Origin",
    "Severity",
    "Verdict",
    "diagnose",
    "difference",
]
