"""Frozen values and rules; no IO, no clock."""
