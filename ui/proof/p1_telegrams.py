"""The telegrams that are read to measure how fast telegrams are read.

A count in; octets out, from simulated meters of the versions that carry a checksum, in turn.
Rule: no two telegrams share their digits, times or checksum, so that nobody gains by
remembering what a line said before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.p1_countries import RECIPES
from hardware.simulators.p1_faults import Faulty

_START = datetime(2026, 6, 3, 10, tzinfo=UTC)

SPECIFICATIONS = {
    "4.0": "V4",
    "4.2": "V4",
    "5.0": "V5",
    "be": "BELGIUM_FLUVIUS",
    "lu": "LUXEMBOURG_SMARTY",
}
"""What the peer calls a version: it does not find out by itself and must be told."""


def by_header() -> dict[str, str]:
    """The peer's specification for each identification that stands in these telegrams."""
    return {RECIPES[version].header: name for version, name in SPECIFICATIONS.items()}


def mixed(count: int) -> Iterator[bytes]:
    """`count` telegrams, all versions in turn, eleven seconds apart."""
    meters = [
        P1Meter(MeterSpec(version=version, phases=3, seed=seed))
        for seed, version in enumerate(SPECIFICATIONS)
    ]
    for at in range(count):
        yield meters[at % len(meters)].telegram(_START + timedelta(seconds=11 * at))


def sample() -> bytes:
    """One telegram of version 5.0 with all it can hold: three phases, two M-Bus devices."""
    meter = Faulty(P1Meter(MeterSpec(version="5.0", phases=3)), ["dead-device"])
    return meter.telegram(_START)
