"""The proofs of the writing operations: what the meter held before, was asked, and holds after.

Frozen values only. Rule: `after` is what was read back in the same association, never what the
write answered; a meter that already holds what was asked is not written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from hardware.drivers.optical_answers import ClockReading, MbusChannel
from hardware.dsmr.events import alarm_names, error_names

ERROR_REGISTER = "error_register"
_CLOCK_STEP_S = 1


@dataclass(frozen=True, slots=True)
class AlarmState:
    """The alarm registers and the error register, by name (`alarm_register_1`, ...)."""

    registers: dict[str, int]

    @property
    def alarms(self) -> tuple[str, ...]:
        """The names of the alarms that are set, over all alarm registers."""
        return tuple(
            alarm
            for name, value in self.registers.items()
            if name != ERROR_REGISTER
            for alarm in alarm_names(value, int(name[-1]))
        )

    @property
    def errors(self) -> tuple[str, ...]:
        """The names of the errors that are set."""
        return error_names(self.registers.get(ERROR_REGISTER, 0))

    @property
    def is_clear(self) -> bool:
        """Whether nothing is set."""
        return not any(self.registers.values())


@dataclass(frozen=True, slots=True)
class AlarmProof:
    """Registers cleared: `cleared` were written; an alarm whose cause stays comes back."""

    before: AlarmState
    after: AlarmState
    cleared: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether every register that was cleared is 0."""
        return not any(self.after.registers.get(name) for name in self.cleared)


@dataclass(frozen=True, slots=True)
class ClockProof:
    """A clock that was set.

    Attributes:
        limit_s: a shift beyond this marks intervals in the meter.
        written: the time that was sent.
    """

    before: ClockReading
    after: ClockReading
    limit_s: int
    written: datetime

    @property
    def marks_intervals(self) -> bool:
        """Whether the shift was beyond the meter's limit."""
        return beyond(self.before, self.limit_s)

    @property
    def holds(self) -> bool:
        """Whether the clock now runs with this machine's, as far as whole seconds tell."""
        left = self.after.deviation_s
        return left is not None and abs(left) <= self.after.uncertainty_s + _CLOCK_STEP_S


def beyond(clock: ClockReading, limit_s: int) -> bool:
    """Whether setting it shifts it further than the limit; a clock without a time does."""
    return clock.deviation_s is None or abs(clock.deviation_s) > Decimal(limit_s)


class KeyOutcome(StrEnum):
    """What became of a device's key while it was coupled.

    Whether it is in use shows only with the device's next telegram: see the key status.
    """

    NONE = ""
    """No key was sent."""
    SENT = "sent"
    """The meter took it."""
    REFUSED = "refused"
    """The meter or the device did not take it; it was sent once."""


@dataclass(frozen=True, slots=True)
class CouplingProof:
    """An M-Bus device coupled to, or decoupled from, a channel.

    Attributes:
        channel: the one that was chosen.
        before, after: that channel.
        written: whether anything was sent.
        key: what became of the device's key.
    """

    channel: int
    before: MbusChannel
    after: MbusChannel
    written: bool
    key: KeyOutcome = KeyOutcome.NONE


@dataclass(frozen=True, slots=True)
class TextProof:
    """A text object (location, consumer message) that was written and read back."""

    before: str
    requested: str
    after: str
    written: bool

    @property
    def holds(self) -> bool:
        """Whether the meter now holds what was asked."""
        return self.after == self.requested
