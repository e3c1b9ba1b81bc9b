"""What a SET or an ACTION does to a simulated meter.

In comes the value, out comes the result code of the service. Rule: the type is checked before
the value, and what a real meter logs is logged.
"""

from __future__ import annotations

from collections.abc import Callable

from hardware.dlms.data import Data, DataType
from hardware.dlms.date_time import parse_date_time
from hardware.dlms.results import OTHER_REASON, SUCCESS, TYPE_UNMATCHED
from hardware.dsmr.events import AdministrativeStatus
from hardware.dsmr.objects import MeterObject
from hardware.simulators.optical_state import OpticalMeter
from hardware.simulators.optical_values import DUTCH

Writer = Callable[[Data], int]
Method = Callable[[Data | None], int]
_MAX_LOCATION = 48
_STATUS_VALUES = {
    AdministrativeStatus.UNDEFINED,
    AdministrativeStatus.OFF,
    AdministrativeStatus.ON,
}


def writers_of(meter: OpticalMeter, entry: MeterObject) -> dict[int, Writer]:
    """The writable attribute 2 of this object."""
    kind, _, register = entry.name.rpartition("_")
    if kind == "alarm_register":
        return {2: _number(lambda value: meter.clear_alarms(int(register), value))}
    if kind == "alarm_filter":
        return {2: _number(lambda value: meter.alarm_filters.update({int(register): value}))}
    return {2: _WRITERS[entry.name](meter)}


def methods_of(meter: OpticalMeter, entry: MeterObject, channel: int) -> dict[int, Method]:
    """The methods of an M-Bus client (deinstall, capture, reset alarm); others have none."""
    if entry.class_id != 72:
        return {}

    def done(change: Callable[[int], None]) -> Method:
        def invoke(_parameter: Data | None) -> int:
            change(channel)
            return SUCCESS

        return invoke

    return {2: done(meter.decouple), 3: done(meter.capture), 4: done(lambda _: None)}


def _number(change: Callable[[int], None]) -> Writer:
    def write(value: Data) -> int:
        if value.tag != DataType.DOUBLE_LONG_UNSIGNED:
            return TYPE_UNMATCHED
        change(value.integer)
        return SUCCESS

    return write


def _status(meter: OpticalMeter) -> Writer:
    def write(value: Data) -> int:
        if value.tag != DataType.ENUM:
            return TYPE_UNMATCHED
        if value.integer not in _STATUS_VALUES:
            return OTHER_REASON
        meter.write_status(value.integer)
        return SUCCESS

    return write


def _clock(meter: OpticalMeter) -> Writer:
    def write(value: Data) -> int:
        if value.tag != DataType.OCTET_STRING or len(value.octets) != 12:
            return TYPE_UNMATCHED
        moment = parse_date_time(value.octets, DUTCH)
        if moment is None:
            return OTHER_REASON
        meter.write_clock(moment)
        return SUCCESS

    return write


def _location(meter: OpticalMeter) -> Writer:
    def write(value: Data) -> int:
        if value.tag != DataType.OCTET_STRING:
            return TYPE_UNMATCHED
        if len(value.octets) > _MAX_LOCATION:
            return OTHER_REASON
        meter.texts["location"] = value.octets.decode("latin-1")
        meter.configuration_changed()
        return SUCCESS

    return write


_WRITERS: dict[str, Callable[[OpticalMeter], Writer]] = {
    "administrative_status": _status,
    "clock": _clock,
    "location": _location,
    "error_register": lambda meter: _number(meter.clear_errors),
}
