"""The profiles of a simulated meter: intervals, days, months; energy, gas and voltage.

In come a meter and a profile's name, out come its columns and the rows that end at the last
full period. Rule: rows are made from the state, not kept, so they agree with the registers and
a later row is never lower. As P3 4.2.2 allows, a time that follows from the row before, and a
value that is the same, are null-data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
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
from hardware.dsmr.objects import CHANNELS, MeterObject, Version, find
from hardware.simulators.optical_profile import chosen, column
from hardware.simulators.optical_state import OpticalMeter
from hardware.simulators.optical_values import DUTCH
from hardware.values import Obis

_QUARTER_S, _HOUR_S, _DAY_S = 900, 3600, 86_400
_WH = {"energy_to_client": 62, "energy_by_client": 11}
_LITRES = 90
"""What a quarter or an hour of the past used, in a meter where nothing moves."""
_TOTALS = ("energy_to_client", "energy_by_client")
_TARIFFS = tuple(f"{total}_t{tariff}" for total in _TOTALS for tariff in (1, 2))


@dataclass(frozen=True, slots=True)
class Column:
    """One capture object, and its value at the time of a row."""

    captured: Data
    value: Callable[[datetime], Data]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a profile holds.

    Attributes:
        period_s: 0 for months, which are not regular.
        entries: how many rows are kept.
        columns: behind the clock.
    """

    period_s: int
    entries: int
    columns: tuple[Column, ...]


def interval_attributes(
    meter: OpticalMeter, entry: MeterObject, channel: int
) -> dict[int, Callable[[], Data]]:
    """Attributes 2 to 8 of a profile."""
    layout = _layout(meter, entry, channel)
    clock = column(8, Obis(0, 0, 1, 0, 0))
    captured = array((clock, *(one.captured for one in layout.columns)))
    return {
        2: lambda: _buffer(layout, _times(meter, layout)),
        3: lambda: captured,
        4: lambda: double_long_unsigned(layout.period_s),
        5: lambda: enum(1),
        6: lambda: clock,
        7: lambda: double_long_unsigned(layout.entries),
        8: lambda: double_long_unsigned(layout.entries),
    }


def selected_intervals(
    meter: OpticalMeter, entry: MeterObject, channel: int, selection: Selection
) -> Data:
    """The rows that a descriptor takes; errors as `chosen`."""
    layout = _layout(meter, entry, channel)
    times = _times(meter, layout)
    return _buffer(layout, [times[at] for at in chosen(times, selection)])


def _layout(meter: OpticalMeter, entry: MeterObject, channel: int) -> Layout:
    period_s, entries, columns = _LAYOUTS.get(entry.name, _PRESENT)
    return Layout(period_s, entries, tuple(columns(meter, channel)))


def _totals(meter: OpticalMeter, _channel: int) -> Iterator[Column]:
    yield _status(2)
    yield from _energy(meter, _TOTALS)


def _tariffs(kind: int, meter: OpticalMeter, _channel: int) -> Iterator[Column]:
    """Energy by tariff; before SMR 5 one profile holds the M-Bus devices too."""
    apart = meter.profile.is_smr5
    if apart or kind != _MONTH:
        yield _status(kind if apart else 2)
    yield from _energy(meter, _TARIFFS)
    for device in () if apart else CHANNELS:
        yield from _gas(meter, device)


def _of_device(kind: int, meter: OpticalMeter, channel: int) -> Iterator[Column]:
    yield _status(kind, channel)
    yield from _gas(meter, channel)


def _quality(meter: OpticalMeter, _channel: int) -> Iterator[Column]:
    yield _status(2)
    yield from _voltages(meter)


_DAY, _MONTH = 4, 6
_Columns = Callable[[OpticalMeter, int], Iterator[Column]]
_LAYOUTS: dict[str, tuple[int, int, _Columns]] = {
    "interval_profile": (_QUARTER_S, 960, _totals),
    "interval_profile_gas": (_HOUR_S, 240, partial(_of_device, 3)),
    "day_profile": (_DAY_S, 40, partial(_tariffs, _DAY)),
    "month_profile": (0, 13, partial(_tariffs, _MONTH)),
    "day_profile_gas": (_DAY_S, 40, partial(_of_device, 5)),
    "month_profile_gas": (0, 13, partial(_of_device, 7)),
    "power_quality_profile": (_QUARTER_S, 960, _quality),
    "power_quality_profile_2": (600, 1440, _quality),
    "definable_profile": (_QUARTER_S, 960, _quality),
}
_PRESENT: tuple[int, int, _Columns] = (0, 1, _totals)
"""What P1 or the display shows."""


def _times(meter: OpticalMeter, layout: Layout) -> list[datetime]:
    """The times of the rows, oldest first."""
    now = meter.now()
    if not layout.period_s:
        return _midnights(now, layout.entries, months=True)
    if layout.period_s == _DAY_S:
        return _midnights(now, layout.entries, months=False)
    seconds = int(now.timestamp())
    last = datetime.fromtimestamp(seconds - seconds % layout.period_s, now.tzinfo)
    step = timedelta(seconds=layout.period_s)
    return [last - step * back for back in reversed(range(layout.entries))]


def _midnights(now: datetime, count: int, *, months: bool) -> list[datetime]:
    """The last midnights at the meter: of each day, or of the first of each month."""
    day = now.astimezone(DUTCH).date()
    if months:
        day = day.replace(day=1)
    found = []
    for _ in range(count):
        found.append(datetime.combine(day, time(), DUTCH))
        day -= timedelta(days=1)
        if months:
            day = day.replace(day=1)
    return found[::-1]


def _buffer(layout: Layout, times: list[datetime]) -> Data:
    regular = 0 < layout.period_s < _DAY_S  # a day with a change of time is not
    rows: list[Data] = []
    before: Sequence[Data | None] = (None,) * len(layout.columns)
    for moment in times:
        values = [one.value(moment) for one in layout.columns]
        clock = NULL if regular and rows else octet_string(build_date_time(moment, DUTCH))
        rows.append(structure(clock, *_unlike(values, before)))
        before = values
    return array(rows)


def _unlike(row: Sequence[Data], before: Sequence[Data | None]) -> Iterator[Data]:
    pairs = zip(row, before, strict=True)
    return (NULL if value == earlier else value for value, earlier in pairs)


def _status(kind: int, channel: int = 0) -> Column:
    captured = column(1, Obis(0, channel, 96, 10, kind))
    return Column(captured, lambda _moment: unsigned(0))


def _energy(meter: OpticalMeter, names: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(column(3, find(name, meter.profile).obis()), partial(_wh, meter, name))
        for name in names
    )


def _wh(meter: OpticalMeter, name: str, moment: datetime) -> Data:
    if meter.life is not None:
        return double_long_unsigned(meter.energy_at(name, moment))
    quarters = (meter.now() - moment) // timedelta(seconds=_QUARTER_S)
    used = quarters * _WH.get(name, 0)
    return double_long_unsigned(max(0, meter.energy[name] - used))


def _gas(meter: OpticalMeter, channel: int) -> tuple[Column, ...]:
    """The value and, from 4.2.2 on, when it was taken."""
    obis = find("mbus_value", meter.profile).obis(channel)
    value = Column(column(4, obis), partial(_litres, meter, channel))
    taken = Column(column(4, obis, 5), lambda at: octet_string(build_date_time(at, DUTCH)))
    return (value,) if meter.profile is Version.DSMR22 else (value, taken)


def _litres(meter: OpticalMeter, channel: int, moment: datetime) -> Data:
    value, _ = meter.gas_at(channel, moment, _HOUR_S)
    if meter.life is None:
        value -= _LITRES * ((meter.now() - moment) // timedelta(hours=1))
    return double_long_unsigned(max(0, value))


def _voltages(meter: OpticalMeter) -> tuple[Column, ...]:
    return tuple(
        Column(
            column(3, find(f"average_voltage_l{phase + 1}", meter.profile).obis()),
            partial(_voltage, meter, phase),
        )
        for phase in range(meter.phases)
    )


def _voltage(meter: OpticalMeter, phase: int, moment: datetime) -> Data:
    """A slow wave of 3 V around the present voltage."""
    back = (meter.now() - moment) // timedelta(seconds=_QUARTER_S)
    value = meter.grid.voltages[phase] + abs(back % 96 - 48) * 60 // 48 - 30
    return long_unsigned(value if meter.profile.is_smr5 else (value + 5) // 10)
