"""What one line of a telegram says, as frozen values.

Rule: numbers are exact with the digits of the line, times are aware and UTC, and what a meter
left open is None or empty, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

import msgspec

from hardware.values import Obis


@dataclass(frozen=True, slots=True)
class Outage:
    """One long power failure: when it ended (None where the meter did not know), how long."""

    end: datetime | None
    duration_s: int


Value: TypeAlias = Decimal | str | tuple[Outage, ...]


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One value of a telegram.

    A struct because thousands are made each second, and none that the collector of circles
    looks after: it holds nothing that could hold it.

    Attributes:
        obis: its code, as on the line.
        value: exact number, text, or the outages of the log (most recent first).
        unit: as printed, empty for a bare number or text.
        time: UTC capture time where the line carries a valid one.
        name: from the catalogue.
    """

    obis: Obis
    value: Value
    unit: str
    time: datetime | None
    name: str
