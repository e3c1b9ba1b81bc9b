"""The interval profiles of a simulated meter: energy and voltage by the quarter of an hour.

In comes a meter, out come rows that end at the last full quarter. Rule: rows are made from the
state, not kept: energy counts back evenly from now, so a later row is never lower. As P3 4.2.2
allows, a time that follows from the row before, and a value that is the same, are null-data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from hardware.dlms.data import (
    NULL,
    Data,
    array,
    double_long_unsigned,
    enum,
    long_unsigned,
    octet_string,
    structure,
    unsigned,
)
from hardware.dlms.date_time import build_date_time
from hardware.dlms.targets import Selection
from hardware.dsmr.objects import MeterObject
from hardware.simulators.optical_profile import chosen, column
from hardware.simulators.optical_state import OpticalMeter
from hardware.simulators.optical_values import DUTCH
from hardware.values import Obis

PERIOD_S = 900
ENTRIES = 960
_IMPORT_WH, _EXPORT_WH = 62, 11
_ENERGY = (Obis(1, 0, 1, 8, 0), Obis(1, 0, 2, 8, 0))
_VOLTAGES = tuple(Obis(1, 0, group, 24, 0) for group in (32, 52, 72))


def interval_attributes(
    meter: OpticalMeter, entry: MeterObject, _channel: int
) -> dict[int, Callable[[], Data]]:
    """Attributes 2 to 8 of a load or power quality profile."""
    return {
        2: lambda: _buffer(meter, entry.name, list(range(ENTRIES))),
        3: partial(_columns, meter, entry.name),
        4: lambda: double_long_unsigned(PERIOD_S),
        5: lambda: enum(1),
        6: lambda: column(8, Obis(0, 0, 1, 0, 0)),
        7: lambda: double_long_unsigned(ENTRIES),
        8: lambda: double_long_unsigned(ENTRIES),
    }


def selected_intervals(meter: OpticalMeter, name: str, selection: Selection) -> Data:
    """The rows that a descriptor takes; errors as `chosen`."""
    return _buffer(meter, name, chosen(_times(meter), selection))


def _times(meter: OpticalMeter) -> list[datetime]:
    now = int(meter.now().timestamp())
    last = meter.now().fromtimestamp(now - now % PERIOD_S, meter.now().tzinfo)
    return [last - timedelta(seconds=PERIOD_S * back) for back in reversed(range(ENTRIES))]


def _buffer(meter: OpticalMeter, name: str, rows: list[int]) -> Data:
    times = _times(meter)
    values = _VALUES[name]
    compressed = []
    before: tuple[Data, ...] = ()
    for at in rows:
        row = (unsigned(0), *values(meter, ENTRIES - 1 - at))
        time = NULL if before else octet_string(build_date_time(times[at], DUTCH))
        compressed.append(structure(time, *_unlike(row, before or (None,) * len(row))))
        before = row
    return array(compressed)


def _unlike(row: Sequence[Data], before: Sequence[Data | None]) -> Iterator[Data]:
    pairs = zip(row, before, strict=True)
    return (NULL if value == earlier else value for value, earlier in pairs)


def _columns(meter: OpticalMeter, name: str) -> Data:
    codes = _ENERGY if name == "interval_profile" else _VOLTAGES[: meter.phases]
    captured = [column(3, code) for code in codes]
    return array((column(8, Obis(0, 0, 1, 0, 0)), column(1, Obis(0, 0, 96, 10, 2)), *captured))


def _energy(meter: OpticalMeter, back: int) -> tuple[Data, ...]:
    taken = meter.energy["energy_to_client"] - back * _IMPORT_WH
    given = meter.energy["energy_by_client"] - back * _EXPORT_WH
    return tuple(double_long_unsigned(max(0, value)) for value in (taken, given))


def _voltage(meter: OpticalMeter, back: int) -> tuple[Data, ...]:
    """A slow wave of 3 V around the present voltage."""
    swing = abs(back % 96 - 48) * 60 // 48 - 30
    return tuple(long_unsigned(value + swing) for value in meter.grid.voltages[: meter.phases])


_VALUES: dict[str, Callable[[OpticalMeter, int], tuple[Data, ...]]] = {
    "interval_profile": _energy,
    "power_quality_profile": _voltage,
}
