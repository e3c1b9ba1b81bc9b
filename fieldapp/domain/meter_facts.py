"""Facts about what was set in a meter or heard of it: clock, alarms, M-Bus, texts, P1.

One frozen value each, read back from the meter; part of `fieldapp.domain.facts`, which says
what facts are for. Rule: no number of a connection and no name stands in them.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from fieldapp.domain.fact import Fact


class ClockSet(Fact, frozen=True, kw_only=True, tag="clock_set"):
    """The meter's clock was set.

    Attributes:
        before_s, after_s: how far it was off; None where it told no time.
        marked: the shift was beyond the meter's limit, so it marked intervals.
    """

    meter: str
    before_s: Decimal | None
    after_s: Decimal | None
    marked: bool = False


class AlarmsCleared(Fact, frozen=True, kw_only=True, tag="alarms_cleared"):
    """Alarm and error registers that were shown and cleared, and what came back at once.

    Attributes:
        before, after: register name to its value.
        names: what was set, by name.
    """

    meter: str
    before: dict[str, int]
    after: dict[str, int]
    names: tuple[str, ...] = ()


class MbusCoupled(Fact, frozen=True, kw_only=True, tag="mbus_coupled"):
    """A device is coupled to an M-Bus channel of the meter.

    Attributes:
        number: its eight digits; `device` its whole number where the meter gives it.
        medium: `gas`, `water`, ...
        key_status: as the meter tells it; empty in meters that do not.
        key: what became of its key: `sent`, `refused` (it is not sent again); empty: none was.
    """

    meter: str
    channel: int
    number: str
    device: str = ""
    medium: str = ""
    key_status: str = ""
    key: str = ""


class HostConfirmed(Fact, frozen=True, kw_only=True, tag="host_confirmed"):
    """The electricity meter of a gas-only visit, by its plate: no gas meter told it yet.

    Attributes:
        meter: the number as the meter told it, which the technician found on its plate.
    """

    meter: str


class MbusDecoupled(Fact, frozen=True, kw_only=True, tag="mbus_decoupled"):
    """A device was taken off an M-Bus channel of the meter."""

    meter: str
    channel: int
    number: str
    device: str = ""


class LocationWritten(Fact, frozen=True, kw_only=True, tag="location_written"):
    """The office's code for where the meter hangs, written into it and read back."""

    meter: str
    before: str
    after: str


class MessageWritten(Fact, frozen=True, kw_only=True, tag="message_written"):
    """A set message to the consumer, written into the meter and read back."""

    meter: str
    template: str


class TelegramChecked(Fact, frozen=True, kw_only=True, tag="telegram_checked"):
    """A whole telegram of the customer port was heard from the meter that hangs there.

    Attributes:
        version: as the telegram gives it; empty where it gives none.
        checksum: `ok`, or `absent` in versions without one.
        gas_at: time of its gas value; None where it carries none.
        gas_fresh: the value is of the interval now running, or of the one before it.
    """

    meter: str
    version: str
    checksum: str
    gas_at: datetime | None = None
    gas_fresh: bool | None = None


class MeterReset(Fact, frozen=True, kw_only=True, tag="meter_reset"):
    """A removed meter was set back to its factory state by its own script (0-1:94.31.5)."""

    meter: str
