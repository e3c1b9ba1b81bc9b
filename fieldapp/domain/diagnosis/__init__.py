"""Diagnosis of a meter and its connection: rules over what a visit knows, each with an answer."""

from fieldapp.domain.diagnosis.codes import BY_HAND, RULES, VERSION

__all__ = ["BY_HAND", "RULES", "VERSION"]
