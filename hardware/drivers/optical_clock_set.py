"""Set the meter's clock to this machine's, with before and after.

In come a conversation, this machine's time and the owner's rule, out comes the proof. Rule: the
rule is asked with the clock as just read, in the same association, and decides before anything
is written.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from hardware.dlms.data import octet_string
from hardware.dlms.date_time import build_date_time
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_answers import ClockReading
from hardware.drivers.optical_clock import read_clock
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_identity import value_of
from hardware.drivers.optical_logs import DUTCH
from hardware.drivers.optical_proofs import ClockProof
from hardware.dsmr.inventory import Inventory
from hardware.errors import MeterError

SHIFT_LIMIT_S = 60
"""Where the meter does not tell its own (P3 4.2.2: 1-0:0.9.11)."""

ClockRule = Callable[[ClockReading, int], None]
"""Raises where this clock may not be set now; the second is the meter's limit in seconds."""


async def set_clock(
    conversation: Conversation,
    inventory: Inventory,
    now: Callable[[], datetime],
    rule: ClockRule,
) -> ClockProof:
    """Write this machine's time, allowing for half an exchange on the line.

    Raises:
        AccessDenied, NotSupported, MeterError: the meter's refusal.
    """
    limit_s = await read_shift_limit(conversation, inventory)
    asked = now()
    before = await read_clock(conversation, now)
    travel = (now() - asked) / 2
    rule(before, limit_s)
    moment = _whole(now() + travel)
    octets = build_date_time(moment, DUTCH)
    await conversation.set_named(value_of("clock"), octet_string(octets))
    after = await read_clock(conversation, now)
    return ClockProof(before, after, limit_s, moment)


async def read_shift_limit(conversation: Conversation, inventory: Inventory) -> int:
    """The shift beyond which this meter marks its intervals, in seconds."""
    entry = inventory.find("clock_shift_limit")
    if entry is None:
        return SHIFT_LIMIT_S
    try:
        target = AttributeRef(entry.class_id, entry.obis(), 2)
        return (await conversation.get(target)).integer
    except MeterError:
        return SHIFT_LIMIT_S


def _whole(moment: datetime) -> datetime:
    """The nearest whole second."""
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)
