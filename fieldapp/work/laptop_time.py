"""How sure a laptop is of its own time, from its last contact with the office.

In come the store and the clock, out come a `LaptopTime` and the office's time as a callable.
Rule: after a restart nothing is known until the office answers again (trade.md "Time").
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from fieldapp.clock import Clock
from fieldapp.domain.meter_clock import LaptopTime
from fieldapp.store import device
from fieldapp.store.transaction import Transaction


def laptop_time(c: Transaction, clock: Clock) -> LaptopTime | None:
    """What is known of this laptop's time; None before a contact, and after a restart."""
    contact = device.last_contact(c)
    trusted = device.trusted_time(c, clock)
    if contact is None or trusted is None:
        return None
    offset = clock.now() - trusted
    return LaptopTime(
        age=trusted - contact.server_time,
        offset=offset,
        jump=offset - timedelta(seconds=contact.offset_s),
    )


def shifted(now: Callable[[], datetime], known: LaptopTime) -> Callable[[], datetime]:
    """The office's time, from the device's."""
    return lambda: now() - known.offset
