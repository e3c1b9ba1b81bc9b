"""The meter's clock against this machine's.

In comes a conversation and this machine's time as a callable, out comes the deviation with its
own uncertainty. Rule: the comparison is made at the middle of question and answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from hardware.dlms.date_time import clock_status, parse_date_time
from hardware.drivers.optical_answers import ClockReading
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_identity import value_of
from hardware.drivers.optical_logs import DUTCH

_FLAGS = {0: "invalid", 1: "doubtful", 2: "different_base", 3: "invalid_status", 7: "summer"}


async def read_clock(conversation: Conversation, now: Callable[[], datetime]) -> ClockReading:
    """The meter's clock, compared with this machine's in the middle of the exchange.

    Raises:
        AccessDenied, NotSupported: the meter does not give it.
    """
    asked = now()
    octets = (await conversation.get(value_of("clock"))).octets
    heard = now()
    moment = parse_date_time(octets, DUTCH)
    half = (heard - asked) / 2
    status = clock_status(octets)
    flags = tuple(name for bit, name in _FLAGS.items() if status >> bit & 1)
    deviation = None if moment is None else _seconds(moment - (asked + half))
    return ClockReading(moment, deviation, _seconds(half) + _resolution_s(octets), flags)


def _resolution_s(octets: bytes) -> Decimal:
    """How fine the meter says the time: hundredths that are 0 or absent count as none."""
    return Decimal("0.010") if octets[8] not in {0x00, 0xFF} else Decimal("1.000")


def _seconds(span: timedelta) -> Decimal:
    """Exact seconds with three decimals."""
    return (Decimal(span // timedelta(microseconds=1)) / 1_000_000).quantize(Decimal("0.001"))
