"""What moves in a simulated meter by itself: load, voltage, energy, gas.

In come the moment at which a meter began to live and another moment; out come factors and
growth. Rule: a pure function of time, so that a register never goes back, a profile's rows
agree with the registers, and the same question at the same moment has the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import cos, pi, sin

_LOAD_SWING, _LOAD_PERIOD_S = 0.25, 600.0
_VOLTAGE_SWING, _VOLTAGE_PERIOD_S = 12, 97.0
GAS_LITRES_PER_HOUR = 96


@dataclass(frozen=True, slots=True)
class Life:
    """A life that began at `since`."""

    since: datetime

    def load(self, moment: datetime) -> float:
        """The factor on the load at this moment."""
        return 1 + _LOAD_SWING * sin(2 * pi * self._elapsed(moment) / _LOAD_PERIOD_S)

    def voltage(self, moment: datetime, phase: int) -> int:
        """What the voltage of this phase is above its middle, in 0.1 V."""
        turn = self._elapsed(moment) / _VOLTAGE_PERIOD_S + phase / 3
        return round(_VOLTAGE_SWING * sin(2 * pi * turn))

    def energy_wh(self, watts: int, moment: datetime) -> int:
        """What a load of `watts` in the mean has used since then; negative before."""
        elapsed = self._elapsed(moment)
        turn = 2 * pi / _LOAD_PERIOD_S
        swung = _LOAD_SWING * (1 - cos(turn * elapsed)) / turn
        return int(watts * (elapsed + swung) // 3600)

    def gas_litres(self, moment: datetime) -> int:
        """What the heating has used since then; negative before."""
        return int(GAS_LITRES_PER_HOUR * self._elapsed(moment) // 3600)

    def _elapsed(self, moment: datetime) -> float:
        return (moment - self.since).total_seconds()
