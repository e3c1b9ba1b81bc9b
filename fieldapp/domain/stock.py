"""What a technician's van carries: new meters, meters taken down, and small parts by kind.

The office's values, which travel to the laptop as one van under one version. Rule: values
only; what a number on the wall must agree with is `van`.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from fieldapp.domain.work_order import Commodity, Meter

MOST = 250
"""So many new meters, and so many old ones, a van holds at most; a van holds some fifty."""


class Part(StrEnum):
    """What is counted and has no number of its own."""

    SEAL = "seal"
    MODEM = "modem"
    ANTENNA = "antenna"


class StockMeter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A new meter in the van.

    Attributes:
        type: the maker's name for it.
        phases: of an electricity meter; None where the office does not know.
        current_a: the most it measures, A a phase; None where the office does not know.
        g_value: of a gas meter, `G4`; empty where the office does not know.
    """

    meter: Meter
    commodity: Commodity
    type: str = ""
    phases: int | None = None
    current_a: int | None = None
    g_value: str = ""


class Van(msgspec.Struct, frozen=True, kw_only=True):
    """One van.

    Attributes:
        version: the office's name for what is in it; another one after every change.
        meters: new ones, by number.
        removed: numbers of meters that were taken down and are on their way to the depot.
        parts: how many of each `Part`; a kind that is not counted is absent.
    """

    version: str
    meters: tuple[StockMeter, ...] = ()
    removed: tuple[str, ...] = ()
    parts: dict[Part, int] = {}

    def meter(self, number: str) -> StockMeter | None:
        """The new meter of this number, if the van has it."""
        return next((one for one in self.meters if one.meter.number == number), None)
