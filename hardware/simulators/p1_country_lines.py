"""The lines that only meters of other countries send, part by part.

The `Lines` of a moment in; readings out. Rule: as in `p1_lines`; what the house does not know
is a plain share of what it does, so that it moves and never runs back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from zoneinfo import ZoneInfo

from hardware.p1.lines import MONTH_PEAK, MONTH_VALUE
from hardware.p1.readings import Reading
from hardware.p1.timestamps import build_stamp
from hardware.simulators.p1_lines import Lines, reading_of
from hardware.simulators.p1_versions import Part

_ZONE = ZoneInfo("Europe/Amsterdam")
_MILLI = Decimal("0.001")
_CODE = "0-0:98.1.0"


def _share(kwh: Decimal, part: int) -> Decimal:
    return (kwh / part).quantize(_MILLI, ROUND_DOWN)


def _total(lines: Lines, direction: int) -> Decimal:
    return sum((lines.house.energy_kwh(direction, tariff) for tariff in (1, 2)), Decimal())


def _reactive(lines: Lines) -> Iterator[Reading]:
    """Reactive energy and power, both directions."""
    taken_w, given_w = lines.house.net_w()
    for direction, watt in ((3, taken_w), (4, given_w)):
        kvarh = _share(_total(lines, direction - 2), 10)
        yield lines.energy_of(f"1-0:{direction}.8.0", kvarh, "kvarh")
        yield lines.power_of(f"1-0:{direction}.7.0", watt // 10, "kvar")


def _phase_reactive(lines: Lines) -> Iterator[Reading]:
    """Reactive power per phase and direction."""
    for direction, loads in ((3, lines.house.taken_w), (4, lines.house.given_w)):
        for phase in lines.phases:
            code = f"1-0:{2 * phase}{direction}.7.0"
            yield lines.power_of(code, loads[phase - 1] // 10, "kvar")


def _quadrants(lines: Lines) -> Iterator[Reading]:
    """Reactive energy and power by quadrant, and what went either way."""
    for quadrant in range(1, 5):
        kvarh = _share(_total(lines, 1 + quadrant % 2), 10 * quadrant)
        yield lines.energy_of(f"1-0:{4 + quadrant}.8.0", kvarh, "kvarh")
    yield lines.energy_of("1-0:15.8.0", _total(lines, 1) + _total(lines, 2))
    for quadrant in range(1, 5):
        watt = lines.house.net_w()[quadrant % 2] // (10 * quadrant)
        yield lines.power_of(f"1-0:{4 + quadrant}.7.0", watt, "kvar")


def _factors(lines: Lines) -> Iterator[Reading]:
    """Power factors and frequency."""
    codes = ("1-0:13.7.0", *(f"1-0:{2 * phase + 1}3.7.0" for phase in lines.phases))
    for at, code in enumerate(codes):
        yield reading_of(code, Decimal(990 - lines.now.second - at).scaleb(-3))
    yield reading_of("1-0:14.7.0", Decimal(4995 + lines.now.second % 10).scaleb(-2), "Hz")


def _fuses(lines: Lines) -> Iterator[Reading]:
    """The threshold of each fuse."""
    for phase in lines.phases:
        yield reading_of(f"1-0:{2 * phase + 1}1.4.0", Decimal("200.00"), "A")


def _breaker(_lines: Lines) -> Iterator[Reading]:
    """The breaker alone."""
    yield reading_of("0-0:96.3.10", Decimal(1))


def _number(_lines: Lines) -> Iterator[Reading]:
    """The number of the connection."""
    yield reading_of("1-0:0.0.0", "1336001560")


def _status(_lines: Lines) -> Iterator[Reading]:
    """Status and serial number of a Q3D."""
    yield reading_of("1-0:96.5.5", "80")
    yield reading_of("0-0:96.1.255", "1ESY13360015")


def _month(lines: Lines, back: int) -> datetime:
    """The first moment, on the meter's clock, of the month that began `back` months ago."""
    months = 12 * lines.now.year + lines.now.month - 1 - back
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=_ZONE).astimezone(UTC)


def _month_end(lines: Lines, back: int) -> Reading:
    end = _month(lines, back)
    return reading_of(_CODE, build_stamp(end), "", end)


def _peaks(lines: Lines) -> Iterator[Reading]:
    """Belgium's list: three months, the first of which had no peak yet."""
    for back in (2, 1, 0):
        yield _month_end(lines, back)
        at = None if back == 2 else _month(lines, back + 1)
        peak = Decimal() if at is None else lines.kw(1500 + 700 * back)
        yield _named(reading_of(_CODE, lines.kw(0) + peak, "kW", at), MONTH_PEAK)


def _closing(lines: Lines) -> Iterator[Reading]:
    """Hungary's registers at the end of the month."""
    end = _month_end(lines, 0)
    yield end
    for direction in (1, 2):
        kwh = _share(_total(lines, direction), 2)
        yield _named(reading_of(_CODE, kwh, "kWh", end.time), MONTH_VALUE)


def _named(reading: Reading, name: str) -> Reading:
    return Reading(reading.obis, reading.value, reading.unit, reading.time, name)


def _heat(lines: Lines) -> Iterator[Reading]:
    """A heat meter on the first channel."""
    yield reading_of("0-1:24.1.0", Decimal(4))
    yield reading_of("0-1:96.1.0", "H0099000000000326")
    gigajoules = _share(lines.house.gas_m3(), 30)
    yield reading_of("0-1:24.2.1", gigajoules, "GJ", lines.house.gas_time)


WRITERS: Mapping[Part, Callable[[Lines], Iterator[Reading]]] = {
    Part.REACTIVE: _reactive,
    Part.PHASE_REACTIVE: _phase_reactive,
    Part.QUADRANTS: _quadrants,
    Part.FACTORS: _factors,
    Part.FUSES: _fuses,
    Part.BREAKER: _breaker,
    Part.NUMBER: _number,
    Part.STATUS: _status,
    Part.PEAKS: _peaks,
    Part.MONTH_END: _closing,
    Part.HEAT: _heat,
}
"""By part; the parts of Dutch meters stand in `p1_lines`."""
