"""What a SET or an ACTION does to a simulated meter.

In comes the value, out comes the result code of the service. Rule: the type is checked before
the value, and what a real meter logs is logged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hardware.dlms.data import Data, DataType
from hardware.dlms.date_time import parse_date_time
from hardware.dlms.results import OTHER_REASON, SUCCESS, TYPE_UNMATCHED
from hardware.dsmr.events import AdministrativeStatus
from hardware.dsmr.objects import MeterObject, Version
from hardware.simulators.optical_fixed import RESET_SCRIPT
from hardware.simulators.optical_state import OpticalMeter
from hardware.simulators.optical_values import DUTCH

Writer = Callable[[Data], int]
Method = Callable[[Data | None], int]
_LONGEST = {"location": 48, "consumer_message": 1024, "consumer_message_code": 8}
_IDENTIFICATION = {
    5: DataType.UNSIGNED,
    6: DataType.DOUBLE_LONG_UNSIGNED,
    7: DataType.LONG_UNSIGNED,
    8: DataType.UNSIGNED,
    9: DataType.UNSIGNED,
}
_STATUS_VALUES = {
    AdministrativeStatus.UNDEFINED,
    AdministrativeStatus.OFF,
    AdministrativeStatus.ON,
}


def writers_of(meter: OpticalMeter, entry: MeterObject, channel: int) -> dict[int, Writer]:
    """The writable attributes of this object: of most attribute 2."""
    if entry.class_id == 72:
        return {number: _identification(meter, channel, number) for number in _IDENTIFICATION}
    kind, _, register = entry.name.rpartition("_")
    if kind == "alarm_register":
        return {2: _number(lambda value: meter.clear_alarms(int(register), value))}
    if kind == "alarm_filter":
        return {2: _number(lambda value: meter.alarm_filters.update({int(register): value}))}
    if entry.name in _LONGEST:
        return {2: _text(meter, entry.name)}
    if entry.name == "mbus_status_clear":
        return {2: _number(lambda mask: _clear_status(meter, channel, mask))}
    return {2: _WRITERS[entry.name](meter)}


def methods_of(meter: OpticalMeter, entry: MeterObject, channel: int) -> dict[int, Method]:
    """The methods of an M-Bus client (not synchronize_clock, data_send) and of the reset."""
    if entry.name == "factory_reset":
        return {1: _reset(meter)}
    if entry.class_id != 72:
        return {}

    def done(change: Callable[[int], None]) -> Method:
        def invoke(_parameter: Data | None) -> int:
            change(channel)
            return SUCCESS

        return invoke

    def install(_parameter: Data | None) -> int:
        return SUCCESS if meter.install(channel) else OTHER_REASON

    methods = {
        1: install,
        2: done(meter.decouple),
        3: done(meter.capture),
        4: done(lambda _: None),
    }
    if meter.profile is Version.DSMR22:
        return methods
    return {
        **methods,
        7: _keyed(meter.set_key, channel),
        8: _keyed(meter.transfer_key, channel),
    }


def _reset(meter: OpticalMeter) -> Method:
    def run(script: Data | None) -> int:
        if script is None or script.tag != DataType.LONG_UNSIGNED:
            return TYPE_UNMATCHED
        if script.integer != RESET_SCRIPT:
            return OTHER_REASON
        meter.reset()
        return SUCCESS

    return run


def _keyed(change: Callable[[int, bytes], bool], channel: int) -> Method:
    def invoke(parameter: Data | None) -> int:
        if parameter is None or parameter.tag != DataType.OCTET_STRING:
            return TYPE_UNMATCHED
        return SUCCESS if change(channel, parameter.octets) else OTHER_REASON

    return invoke


def _identification(meter: OpticalMeter, channel: int, attribute: int) -> Writer:
    def write(value: Data) -> int:
        if value.tag != _IDENTIFICATION[attribute]:
            return TYPE_UNMATCHED
        meter.write_channel(channel, attribute, value.integer)
        return SUCCESS

    return write


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


def _text(meter: OpticalMeter, name: str) -> Writer:
    """A text object; messages to the consumer are no change of configuration (Main 4.4.20)."""

    def write(value: Data) -> int:
        if value.tag != DataType.OCTET_STRING:
            return TYPE_UNMATCHED
        if len(value.octets) > _LONGEST[name]:
            return OTHER_REASON
        meter.texts[name] = value.octets.decode("latin-1")
        if name == "location":
            meter.configuration_changed()
        return SUCCESS

    return write


def _clear_status(meter: OpticalMeter, channel: int, mask: int) -> None:
    device = meter.channels[channel - 1]
    if device is not None:
        meter.channels[channel - 1] = replace(device, status=device.status & ~mask)


_WRITERS: dict[str, Callable[[OpticalMeter], Writer]] = {
    "administrative_status": _status,
    "clock": _clock,
    "error_register": lambda meter: _number(meter.clear_errors),
}
