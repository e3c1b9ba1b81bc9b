"""What of a telegram can be drawn over time: power, voltage and current of each phase.

In comes a telegram; out come floats by quantity and phase, phase 0 for all together. Rule: what
is not sent is not there, never zero; floats are for pictures only and are kept nowhere.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from hardware.p1.catalogue import CATALOGUE
from hardware.p1.telegram import Telegram

POWER, VOLTAGE, CURRENT = "power", "voltage", "current"
_FORM = re.compile(r"(power_to_client|power_by_client|voltage|current)(?:_l([123]))?")
_SIGNS = {"power_to_client": (POWER, 1), "power_by_client": (POWER, -1)}
_THOUSANDTH = {"W": 1000.0}


class Key(NamedTuple):
    """One line of a picture: `power`, `voltage` or `current`, and its phase (0: all)."""

    quantity: str
    phase: int


def _known() -> dict[str, tuple[Key, int]]:
    found = {}
    for entry in CATALOGUE.values():
        named = _FORM.fullmatch(entry.name)
        if named is not None:
            quantity, sign = _SIGNS.get(named[1], (named[1], 1))
            found[entry.name] = (Key(quantity, int(named[2] or 0)), sign)
    return found


_KNOWN = _known()


def quantities(telegram: Telegram) -> dict[Key, float]:
    """What this telegram says; power in kW is taken minus given back."""
    found: dict[Key, float] = {}
    for reading in telegram.readings:
        known = _KNOWN.get(reading.name)
        if known is not None and isinstance(reading.value, Decimal):
            key, sign = known
            value = sign * float(reading.value) / _THOUSANDTH.get(reading.unit, 1.0)
            found[key] = found.get(key, 0.0) + value
    return found
