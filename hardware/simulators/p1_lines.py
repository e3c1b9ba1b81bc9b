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
    """The readings of one moment, part by part.

    Attributes:
        recipe, house, now: what they are made of.
        phases: their numbers, from 1.
    """

    def __init__(self, recipe: Recipe, house: House, now: datetime) -> None:
        self.recipe = recipe
        self.house = house
        self.now = now
        self.phases = range(1, len(house.taken_w) + 1)

    def of(self, part: Part) -> Iterator[Reading]:
        """The readings of one part, in the order of their lines."""
        return _WRITERS[part](self)

    def version(self) -> Iterator[Reading]:
        """The version object, where the version has one."""
        if self.recipe.version is not None:
            yield reading_of(*self.recipe.version)

    def time(self) -> Iterator[Reading]:
        """When the telegram was made."""
        yield reading_of("0-0:1.0.0", build_stamp(self.now))

    def device_name(self) -> Iterator[Reading]:
        """The logical device name."""
        yield reading_of("0-0:42.0.0", "XMX0000000000001")

    def totals(self) -> Iterator[Reading]:
        """Both tariffs together."""
        for direction in (1, 2):
            total = sum(
                (self.house.energy_kwh(direction, tariff) for tariff in (1, 2)), Decimal()
            )
            yield self.energy_of(f"1-0:{direction}.8.0", total)

    def energy(self) -> Iterator[Reading]:
        """The four billed registers."""
        for direction in (1, 2):
            for tariff in (1, 2):
                value = self.house.energy_kwh(direction, tariff)
                yield self.energy_of(f"1-0:{direction}.8.{tariff}", value)

    def power(self) -> Iterator[Reading]:
        """Actual power, all phases together."""
        taken_w, given_w = self.house.net_w()
        for code, watt in (("1-0:1.7.0", taken_w), ("1-0:2.7.0", given_w)):
            yield self.power_of(code, watt)

    def demand(self) -> Iterator[Reading]:
        """Average demand and this month's peak."""
        yield reading_of("1-0:1.4.0", self.kw(self.house.net_w()[0]), "kW")
        peak = self.kw(self.house.peak_w)
        yield reading_of("1-0:1.6.0", peak, "kW", self.house.peak_time)

    def switches(self) -> Iterator[Reading]:
        """Breaker and limiter."""
        yield reading_of("0-0:96.3.10", Decimal(1))
        ampere = self.recipe.limiter_unit == "A"
        limit = Decimal(16) if ampere else Decimal("999.9")
        yield reading_of("0-0:17.0.0", limit, self.recipe.limiter_unit)

    def fuse(self) -> Iterator[Reading]:
        """The threshold of the fuse."""
        yield reading_of("1-0:31.4.0", Decimal(999), "A")

    def failures(self) -> Iterator[Reading]:
        """Counts and the log of power failures."""
        ended = datetime(self.now.year - 1, 3, 26, 8, 50, 15, tzinfo=UTC)
        yield reading_of("0-0:96.7.21", Decimal(4))
        yield reading_of("0-0:96.7.9", Decimal(1))
        yield reading_of("1-0:99.97.0", (Outage(ended, 2014),))

    def quality(self) -> Iterator[Reading]:
        """Sags and swells."""
        for event in (32, 36):
            for phase in self.phases:
                yield reading_of(f"1-0:{2 * phase + 1}2.{event}.0", Decimal(0))

    def text_code(self) -> Iterator[Reading]:
        """The text code, empty."""
        yield reading_of("0-0:96.13.1", "")

    def text(self) -> Iterator[Reading]:
        """The text message, empty."""
        yield reading_of("0-0:96.13.0", "")

    def voltage(self) -> Iterator[Reading]:
        """Voltage per phase, tenths of a volt."""
        for phase in self.phases:
            volts = Decimal(self.house.volts[phase - 1]).scaleb(-1)
            yield reading_of(f"1-0:{2 * phase + 1}2.7.0", volts, "V")

    def current(self) -> Iterator[Reading]:
        """Current per phase, without direction."""
        step = Decimal(1).scaleb(-self.recipe.current_decimals)
        for phase in self.phases:
            at = phase - 1
            watt = self.house.taken_w[at] + self.house.given_w[at]
            ampere = Decimal(watt * 10) / self.house.volts[at]
            yield reading_of(f"1-0:{2 * phase + 1}1.7.0", ampere.quantize(step), "A")

    def phase_power(self) -> Iterator[Reading]:
        """Actual power per phase and direction."""
        for direction, loads in ((1, self.house.taken_w), (2, self.house.given_w)):
            for phase in self.phases:
                yield self.power_of(f"1-0:{2 * phase}{direction}.7.0", loads[phase - 1])

    def gas(self, number: str) -> Iterator[Reading]:
        """The gas meter on its M-Bus channel; old versions also show its valve."""
        code, national = self.recipe.gas_code, self.recipe.gas_code == "24.2.3"
        yield reading_of("0-1:24.1.0", Decimal(3))
        yield reading_of("0-1:96.1.1" if national else "0-1:96.1.0", number)
        yield reading_of(f"0-1:{code}", self.house.gas_m3(), "m3", self.house.gas_time)
        if Part.SWITCHES in self.recipe.parts:
            yield reading_of("0-1:24.4.0", Decimal(1))

    def energy_of(self, code: str, kwh: Decimal, unit: str = "kWh") -> Reading:
        """A register in kWh, or in whole Wh where the meter counts so."""
        if self.recipe.whole_watts:
            return reading_of(code, kwh.scaleb(3).quantize(Decimal(1)), unit[1:])
        return reading_of(code, kwh, unit)

    def power_of(self, code: str, watt: int, unit: str = "kW") -> Reading:
        """A power in kW, or in whole W where the meter counts so."""
        if self.recipe.whole_watts:
            return reading_of(code, Decimal(watt), unit[1:])
        return reading_of(code, self.kw(watt), unit)

    def kw(self, watt: int) -> Decimal:
        """Kilowatts with the version's decimals."""
        return Decimal(watt).scaleb(-3).quantize(Decimal(1).scaleb(-self.recipe.decimals))


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
