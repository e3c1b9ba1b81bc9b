"""The lines of a simulated meter's telegram, part by part.

A version's recipe, a house and a moment in; readings out, which the builder turns into lines.
Rule: values come from the house and forms from the recipe, nothing is made up here but what
never changes in a healthy meter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

from hardware.p1.catalogue import CATALOGUE
from hardware.p1.telegram import Outage, Reading, Value
from hardware.p1.timestamps import build_stamp
from hardware.simulators.p1_house import House
from hardware.simulators.p1_versions import Part, Recipe


class Lines:
    """The readings of one moment, part by part."""

    def __init__(self, recipe: Recipe, house: House, now: datetime) -> None:
        self._recipe = recipe
        self._house = house
        self._now = now
        self._phases = range(1, len(house.taken_w) + 1)

    def of(self, part: Part) -> Iterator[Reading]:
        """The readings of one part, in the order of their lines."""
        return _WRITERS[part](self)

    def version(self) -> Iterator[Reading]:
        """The version object, where the version has one."""
        if self._recipe.version is not None:
            yield reading_of(*self._recipe.version)

    def time(self) -> Iterator[Reading]:
        """When the telegram was made."""
        yield reading_of("0-0:1.0.0", build_stamp(self._now))

    def device_name(self) -> Iterator[Reading]:
        """The logical device name."""
        yield reading_of("0-0:42.0.0", "XMX0000000000001")

    def totals(self) -> Iterator[Reading]:
        """Both tariffs together."""
        for direction in (1, 2):
            total = sum(
                (self._house.energy_kwh(direction, tariff) for tariff in (1, 2)), Decimal()
            )
            yield reading_of(f"1-0:{direction}.8.0", total, "kWh")

    def energy(self) -> Iterator[Reading]:
        """The four billed registers."""
        for direction in (1, 2):
            for tariff in (1, 2):
                value = self._house.energy_kwh(direction, tariff)
                yield reading_of(f"1-0:{direction}.8.{tariff}", value, "kWh")

    def power(self) -> Iterator[Reading]:
        """Actual power, all phases together."""
        taken_w, given_w = self._house.net_w()
        yield reading_of("1-0:1.7.0", self._kw(taken_w), "kW")
        yield reading_of("1-0:2.7.0", self._kw(given_w), "kW")

    def demand(self) -> Iterator[Reading]:
        """Average demand and this month's peak."""
        yield reading_of("1-0:1.4.0", self._kw(self._house.net_w()[0]), "kW")
        peak = self._kw(self._house.peak_w)
        yield reading_of("1-0:1.6.0", peak, "kW", self._house.peak_time)

    def switches(self) -> Iterator[Reading]:
        """Breaker and limiter."""
        yield reading_of("0-0:96.3.10", Decimal(1))
        ampere = self._recipe.limiter_unit == "A"
        limit = Decimal(16) if ampere else Decimal("999.9")
        yield reading_of("0-0:17.0.0", limit, self._recipe.limiter_unit)

    def fuse(self) -> Iterator[Reading]:
        """The threshold of the fuse."""
        yield reading_of("1-0:31.4.0", Decimal(999), "A")

    def failures(self) -> Iterator[Reading]:
        """Counts and the log of power failures."""
        ended = datetime(self._now.year - 1, 3, 26, 8, 50, 15, tzinfo=UTC)
        yield reading_of("0-0:96.7.21", Decimal(4))
        yield reading_of("0-0:96.7.9", Decimal(1))
        yield reading_of("1-0:99.97.0", (Outage(ended, 2014),))

    def quality(self) -> Iterator[Reading]:
        """Sags and swells."""
        for event in (32, 36):
            for phase in self._phases:
                yield reading_of(f"1-0:{2 * phase + 1}2.{event}.0", Decimal(0))

    def text_code(self) -> Iterator[Reading]:
        """The text code, empty."""
        yield reading_of("0-0:96.13.1", "")

    def text(self) -> Iterator[Reading]:
        """The text message, empty."""
        yield reading_of("0-0:96.13.0", "")

    def voltage(self) -> Iterator[Reading]:
        """Voltage per phase, tenths of a volt."""
        for phase in self._phases:
            volts = Decimal(self._house.volts[phase - 1]).scaleb(-1)
            yield reading_of(f"1-0:{2 * phase + 1}2.7.0", volts, "V")

    def current(self) -> Iterator[Reading]:
        """Current per phase, without direction."""
        step = Decimal(1).scaleb(-self._recipe.current_decimals)
        for phase in self._phases:
            at = phase - 1
            watt = self._house.taken_w[at] + self._house.given_w[at]
            ampere = Decimal(watt * 10) / self._house.volts[at]
            yield reading_of(f"1-0:{2 * phase + 1}1.7.0", ampere.quantize(step), "A")

    def phase_power(self) -> Iterator[Reading]:
        """Actual power per phase and direction."""
        for direction, loads in ((1, self._house.taken_w), (2, self._house.given_w)):
            for phase in self._phases:
                value = self._kw(loads[phase - 1])
                yield reading_of(f"1-0:{2 * phase}{direction}.7.0", value, "kW")

    def gas(self, number: str) -> Iterator[Reading]:
        """The gas meter on its M-Bus channel; old versions also show its valve."""
        code, national = self._recipe.gas_code, self._recipe.gas_code == "24.2.3"
        yield reading_of("0-1:24.1.0", Decimal(3))
        yield reading_of("0-1:96.1.1" if national else "0-1:96.1.0", number)
        yield reading_of(f"0-1:{code}", self._house.gas_m3(), "m3", self._house.gas_time)
        if Part.SWITCHES in self._recipe.parts:
            yield reading_of("0-1:24.4.0", Decimal(1))

    def _kw(self, watt: int) -> Decimal:
        return Decimal(watt).scaleb(-3).quantize(Decimal(1).scaleb(-self._recipe.decimals))


def reading_of(
    code: str, value: Value, unit: str = "", time: datetime | None = None
) -> Reading:
    """A reading of a code in the catalogue.

    Raises:
        KeyError: it is not there.
    """
    entry = CATALOGUE[code]
    return Reading(entry.obis, value, unit, time, entry.name)


_WRITERS: dict[Part, Callable[[Lines], Iterator[Reading]]] = {
    Part.VERSION: Lines.version,
    Part.TIME: Lines.time,
    Part.DEVICE_NAME: Lines.device_name,
    Part.TOTALS: Lines.totals,
    Part.ENERGY: Lines.energy,
    Part.DEMAND: Lines.demand,
    Part.POWER: Lines.power,
    Part.SWITCHES: Lines.switches,
    Part.FUSE: Lines.fuse,
    Part.FAILURES: Lines.failures,
    Part.QUALITY: Lines.quality,
    Part.TEXT_CODE: Lines.text_code,
    Part.TEXT: Lines.text,
    Part.VOLTAGE: Lines.voltage,
    Part.CURRENT: Lines.current,
    Part.PHASE_POWER: Lines.phase_power,
}
