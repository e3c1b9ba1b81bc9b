"""Readings: digits as read, exact values, settlement values, and whether one is plausible.

In come digits and a register of the visit; out comes a value and a verdict in a code. Rule:
implausible never blocks, it asks again and is flagged (trade.md "Readings").
"""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from fieldapp.domain.work_order import MeterRegister
from fieldapp.errors import RuleError

_DIGITS = re.compile(r"[0-9]{1,12}([.,][0-9]{1,6})?")
_MAX_PER_DAY = {"kWh": Decimal(150), "m3": Decimal(60)}


class Doubt(StrEnum):
    """Why a reading is flagged."""

    NONE = ""
    LOWER_THAN_PREVIOUS = "lower_than_previous"
    ROLLED_OVER = "rolled_over"
    RAN_BACKWARDS = "ran_backwards"
    MUCH_HIGHER = "much_higher"
    TOO_MANY_DIGITS = "too_many_digits"


class NotAReading(RuleError):
    """`digits` can't be a reading at all (letters, nothing, signs)."""

    def __init__(self, digits: str) -> None:
        super().__init__(f"not a reading: {digits!r}")
        self.digits = digits


def parse_digits(digits: str) -> Decimal:
    """The exact value of typed or shown digits; a comma or a point may stand before decimals.

    Raises:
        NotAReading: anything but digits with at most one comma or point.
    """
    text = digits.strip()
    if not _DIGITS.fullmatch(text):
        raise NotAReading(digits)
    return Decimal(text.replace(",", "."))


def settlement_value(value: Decimal) -> Decimal:
    """The whole kWh or m3 used for settlement: truncated, never rounded."""
    return value.quantize(Decimal(1), rounding=ROUND_DOWN)


def judge(register: MeterRegister, value: Decimal, on: date) -> Doubt:
    """Compare a reading with the register's width and its previous reading.

    Args:
        register: with its previous reading, if the office had one.
        value: in the register's unit.
        on: the day it is taken.
    """
    if value >= Decimal(10) ** register.digits:
        return Doubt.TOO_MANY_DIGITS
    if register.previous is None:
        return Doubt.NONE
    used = value - register.previous.value
    limit = _MAX_PER_DAY[register.unit] * max(1, (on - register.previous.taken_on).days)
    if used < 0:
        return _judge_lower(register, used, limit)
    return Doubt.MUCH_HIGHER if used > limit else Doubt.NONE


def _judge_lower(register: MeterRegister, used: Decimal, limit: Decimal) -> Doubt:
    if register.may_run_backwards:
        return Doubt.RAN_BACKWARDS
    rolled = used + Decimal(10) ** register.digits
    return Doubt.ROLLED_OVER if rolled <= limit else Doubt.LOWER_THAN_PREVIOUS
