"""The logs of a simulated meter as profile objects (class 7).

In comes a selection, out come the rows it takes. Rule: a selection that the meter does not know
gives all rows, as the class allows; rows are in the order of time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from hardware.dlms.data import (
    Data,
    DataType,
    array,
    double_long_unsigned,
    enum,
    long_unsigned,
    octet_string,
    structure,
)
from hardware.dlms.date_time import parse_date_time
from hardware.dlms.targets import ENTRY_SELECTOR, RANGE_SELECTOR, Selection
from hardware.dsmr.objects import MeterObject
from hardware.errors import RemoteProtocolError
from hardware.simulators.optical_state import LOG_SIZES, LogRow, OpticalMeter
from hardware.simulators.optical_values import DUTCH, log_row
from hardware.values import Obis

_CODES = {
    "standard": 0,
    "fraud": 1,
    "mbus": 3,
    "communication": 4,
    "power_quality": 5,
    "auxiliary": 6,
    "power_quality_extended": 7,
    "thd": 8,
}
_EXTRA = {
    "communication": (Obis(0, 0, 96, 15, 4),),
    "power_quality_extended": (Obis(0, 0, 96, 11, 20), Obis(0, 0, 96, 11, 21)),
    "thd": (Obis(0, 0, 96, 11, 22),),
}


def log_attributes(
    meter: OpticalMeter, entry: MeterObject, _channel: int
) -> dict[int, Callable[[], Data]]:
    """Attributes 2 to 8 of a log."""
    name = entry.name.removesuffix("_log")
    return {
        2: partial(_buffer, name, lambda: meter.logs.get(name, [])),
        3: partial(_columns, name),
        4: lambda: double_long_unsigned(0),
        5: lambda: enum(1),
        6: lambda: column(8, Obis(0, 0, 1, 0, 0)),
        7: lambda: double_long_unsigned(len(meter.logs.get(name, []))),
        8: lambda: double_long_unsigned(LOG_SIZES[name]),
    }


def selected_rows(meter: OpticalMeter, name: str, selection: Selection) -> Data:
    """The rows of a log that a descriptor takes; errors as `chosen`."""
    rows = meter.logs.get(name, [])
    taken = [rows[at] for at in chosen([row.time for row in rows], selection)]
    return _buffer(name, lambda: taken)


def chosen(times: Sequence[datetime], selection: Selection) -> list[int]:
    """Which rows a range or entry descriptor takes (IEC 62056-6-2, class 7).

    Raises:
        RemoteProtocolError: parameters that are not of that shape.
    """
    everything = list(range(len(times)))
    if selection.selector == RANGE_SELECTOR:
        _, first, last, _ = selection.parameters.fields(4)
        start, end = (parse_date_time(edge.octets, DUTCH) for edge in (first, last))
        if start is None or end is None:
            raise RemoteProtocolError("a range without times")
        return [at for at in everything if start <= times[at] <= end]
    if selection.selector == ENTRY_SELECTOR:
        begin, until, _, _ = (part.integer for part in selection.parameters.fields(4))
        return everything[max(begin - 1, 0) : until or None]
    return everything


def _buffer(name: str, rows: Callable[[], list[LogRow]]) -> Data:
    return array(log_row(name, row) for row in rows())


def _columns(name: str) -> Data:
    columns = [column(8, Obis(0, 0, 1, 0, 0))]
    if name == "power_failure":
        columns.append(column(1, Obis(0, 0, 96, 7, 19)))
    else:
        columns.append(column(1, Obis(0, 0, 96, 11, _CODES[name])))
    columns += [column(1, obis) for obis in _EXTRA.get(name, ())]
    return array(columns)


def column(class_id: int, obis: Obis, attribute: int = 2) -> Data:
    """A capture object: an attribute of this object, its value where not told."""
    return structure(
        long_unsigned(class_id),
        octet_string(obis.to_bytes()),
        Data(DataType.INTEGER, attribute),
        long_unsigned(0),
    )
