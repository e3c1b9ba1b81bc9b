"""The house behind a simulated meter: what it takes, gives back and burns as time goes by.

A seed and the time in; power, energy, gas and voltage out, all exact. Rule: the same seed and
the same times give the same house; time is only ever passed in, and never runs backwards here.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from functools import partial

_HOUR_S = 3600
_MAX_STEP_S = 86_400
_NOON_H, _HALF_DAY_H = 12, 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Start:
    """Where the registers stand at first.

    Attributes:
        energy_wh: 1.8.1, 1.8.2, 2.8.1 and 2.8.2 in Wh.
        gas_l: the gas meter in litres.
    """

    energy_wh: tuple[int, int, int, int]
    gas_l: int = 0


class House:
    """Loads per phase in W, registers in Wh and litres of gas.

    Attributes:
        taken_w: power taken from the grid, one value per phase.
        given_w: power given back, one value per phase.
        volts: tenths of a volt, one value per phase.
    """

    def __init__(
        self, seed: int, phases: int, gas_period_s: int, start: Start | None = None
    ) -> None:
        self._random = random.Random(seed)
        self._gas_period_s = gas_period_s
        self._time: datetime | None = None
        self._solar_w = self._random.choice((0, 1800, 4200))
        start = start or self._somewhere()
        registers = ((direction, tariff) for direction in (1, 2) for tariff in (1, 2))
        self._energy = dict(zip(registers, map(Decimal, start.energy_wh), strict=True))
        self._gas_l = start.gas_l
        self._base_w = [self._random.randint(40, 260) for _ in range(phases)]
        self.taken_w = [0] * phases
        self.given_w = [0] * phases
        self.volts = [2300] * phases
        self.gas_time = _EPOCH
        self.peak_w = 0
        self.peak_time = _EPOCH

    def advance(self, now: datetime, tariff: int) -> None:
        """Let the time run to `now` (aware) with `tariff` (1 or 2) in force."""
        passed_s = 0.0 if self._time is None else (now - self._time).total_seconds()
        self._count(Decimal(str(min(max(passed_s, 0.0), _MAX_STEP_S))), tariff)
        self._time = now if self._time is None else max(now, self._time)
        self._draw(now)
        self._burn(now)

    def net_w(self) -> tuple[int, int]:
        """Power taken and given by all phases together; a Dutch meter sums before it counts."""
        net = sum(self.taken_w) - sum(self.given_w)
        return max(net, 0), max(-net, 0)

    def energy_kwh(self, direction: int, tariff: int) -> Decimal:
        """Register D.8.T in kWh, whole Wh, cut off as a meter does."""
        watt_hours = self._energy[direction, tariff].to_integral_value(ROUND_DOWN)
        return watt_hours.scaleb(-3)

    def gas_m3(self) -> Decimal:
        """The gas meter at `gas_time`, in m3 with three decimals."""
        return Decimal(self._gas_l).scaleb(-3)

    def _somewhere(self) -> Start:
        any_wh = partial(self._random.randint, 50_000, 9_000_000)
        energy_wh = (any_wh(), any_wh(), any_wh(), any_wh())
        return Start(energy_wh, self._random.randint(100_000, 4_000_000))

    def _count(self, passed_s: Decimal, tariff: int) -> None:
        for direction, power_w in enumerate(self.net_w(), start=1):
            self._energy[direction, tariff] += power_w * passed_s / _HOUR_S

    def _draw(self, now: datetime) -> None:
        """Choose the loads that hold until the next step."""
        hour = now.hour + now.minute / 60
        daylight = max(0.0, 1 - abs(hour - _NOON_H) / _HALF_DAY_H)
        solar_w = round(self._solar_w * daylight * self._random.uniform(0.7, 1.0))
        for phase, base_w in enumerate(self._base_w):
            share_w = solar_w if phase == 0 else 0
            net_w = round(base_w * self._random.uniform(0.8, 2.5)) - share_w
            self.taken_w[phase], self.given_w[phase] = max(net_w, 0), max(-net_w, 0)
            self.volts[phase] = 2300 + self._random.randint(-45, 60) - net_w // 200
        taken_w, _ = self.net_w()
        if taken_w > self.peak_w or self.peak_time.month != now.month:
            self.peak_w, self.peak_time = taken_w, now

    def _burn(self, now: datetime) -> None:
        """The gas value changes only when a capture period has begun."""
        seconds = int(now.timestamp())
        captured = datetime.fromtimestamp(seconds - seconds % self._gas_period_s, UTC)
        if captured > self.gas_time:
            first = self.gas_time == _EPOCH
            self._gas_l += 0 if first else self._random.randint(0, self._gas_period_s // 5)
            self.gas_time = captured
