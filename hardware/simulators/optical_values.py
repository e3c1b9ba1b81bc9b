"""The value behind each name of the catalogue, for a simulated meter.

In comes a meter and a name, out comes the value as that version's object holds it. Rule: one
table from name to value; versions differ by scaler only, and the scaler comes from the
catalogue.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from zoneinfo import ZoneInfo

from hardware.dlms.data import (
    Data,
    DataType,
    array,
    enum,
    long_unsigned,
    octet_string,
    structure,
    unsigned,
)
from hardware.dlms.date_time import build_date_time
from hardware.dsmr.objects import MeterObject
from hardware.simulators.optical_state import SHIFT_LIMIT_S, LogRow, OpticalMeter

DUTCH = ZoneInfo("Europe/Amsterdam")
_BY_WORD = {tag.word: tag for tag in DataType}

# P0 and HLS5 on P3 and P0 (SMR5: bits 3, 6, 9; bit 0 is the first)
_CONFIGURATION = "0001001001000000"
_P0_BIT = 3

GAS_PERIODS_S = {"mbus_value": 3600, "mbus_value_5min": 300}
"""How often a value comes from the device."""

_LIMITS = {
    "clock_shift_limit": SHIFT_LIMIT_S,
    "long_failure_seconds": 180,
    "sag_limit": 207,
    "sag_seconds": 30,
    "swell_limit": 253,
    "swell_seconds": 30,
}
"""The factory's settings (P3 4.2.2)."""

_DEVICE_TEXTS = {
    "mbus_model": b"SIM-G4",
    "mbus_hardware": b"1",
    "mbus_metrology_firmware": b"2.1",
    "mbus_other_firmware": b"1.7",
    "mbus_version_info": b"2.1/1.7",
}


def value_of(meter: OpticalMeter, entry: MeterObject, channel: int) -> Data:
    """Attribute 2 of a Data, Register or Extended register object."""
    if entry.name in _SPECIAL:
        return _SPECIAL[entry.name](meter, channel)
    if entry.name in meter.texts:
        return octet_string(meter.texts[entry.name].encode())
    kind = _BY_WORD[entry.kind]
    if kind is DataType.ARRAY:
        return array(())
    if kind is DataType.OCTET_STRING:
        return octet_string(_DEVICE_TEXTS.get(entry.name, b""))
    number = _register if entry.scaler is not None else _plain
    return Data(kind, number(meter, entry))


def _register(meter: OpticalMeter, entry: MeterObject) -> int:
    if entry.name in meter.energy:
        return meter.energy_at(entry.name, meter.clock())
    if entry.name in _LIMITS:
        return _LIMITS[entry.name]
    return _on_the_terminals(meter, entry)


def _on_the_terminals(meter: OpticalMeter, entry: MeterObject) -> int:
    quantity, phase = _of_phase(entry.name.removeprefix("average_"))
    phases = [int(phase) - 1] if phase else list(range(meter.phases))
    grid = meter.grid_now()
    if entry.name == "current_total":
        return _rounded(sum(grid.currents[at] for at in phases), 2 + (entry.scaler or 0))
    if quantity == "voltage" and phase:
        return _rounded(grid.voltages[phases[0]], 1 + (entry.scaler or 0))
    if quantity == "current" and phase:
        return _rounded(grid.currents[phases[0]], 2 + (entry.scaler or 0))
    if not quantity.startswith("power"):
        return meter.counters.get(entry.name, 0)
    sign = 1 if quantity == "power_to_client" else -1
    return max(0, sum(sign * grid.powers[at] for at in phases))


def _rounded(value: int, digits: int) -> int:
    step = int(10**digits)
    return (value + step // 2) // step


def _of_phase(name: str) -> tuple[str, str]:
    """`voltage_l2` as quantity and phase; the phase is empty where there is none."""
    quantity, _, phase = name.rpartition("_l")
    return (quantity, phase) if phase in {"1", "2", "3"} else (name, "")


def _plain(meter: OpticalMeter, entry: MeterObject) -> int:
    name = entry.name
    quantity, phase = _of_phase(name)
    if quantity == "voltage_sags":
        return meter.grid.sags[int(phase) - 1]
    if quantity == "voltage_swells":
        return meter.grid.swells[int(phase) - 1]
    kind, _, register = name.rpartition("_")
    if kind == "alarm_register":
        return meter.alarms[int(register)]
    if kind == "alarm_filter":
        return meter.alarm_filters[int(register)]
    return meter.counters.get(name, 0)


def _configuration(meter: OpticalMeter, _channel: int) -> Data:
    bits = list(_CONFIGURATION)
    bits[_P0_BIT] = "1" if meter.p0_enabled else "0"
    flags = Data(DataType.BIT_STRING, "".join(bits))
    return flags if meter.profile.is_smr5 else structure(enum(1), flags)


def _sap(_meter: OpticalMeter, _channel: int) -> Data:
    return array((structure(long_unsigned(1), octet_string(b"SIM0000000000001")),))


def _device_id(meter: OpticalMeter, channel: int) -> Data:
    device = meter.heard(channel)
    return octet_string(device.equipment_id.encode() if device else b"")


def _device_value(period_s: int, meter: OpticalMeter, channel: int) -> Data:
    value, _ = meter.gas_at(channel, meter.clock(), period_s)
    return Data(DataType.DOUBLE_LONG_UNSIGNED, value)


def _device_status(meter: OpticalMeter, channel: int) -> Data:
    device = meter.channels[channel - 1]
    return Data(DataType.DOUBLE_LONG_UNSIGNED, device.status if device else 0)


def _network(meter: OpticalMeter, _channel: int) -> Data:
    """{signal dBm, base stations, network} (P3 4.2.2, 0-1:94.31.4)."""
    registered = meter.modem_registration == 1
    network = octet_string(b"20408" if registered else b"00000")
    return structure(Data(DataType.INTEGER, -71), unsigned(3), network)


_SPECIAL: dict[str, Callable[[OpticalMeter, int], Data]] = {
    "equipment_id": lambda meter, _: octet_string(meter.meter_number.encode()),
    "serial_number": lambda meter, _: octet_string(meter.meter_number[5:15].encode()),
    "logical_device_name": lambda _, __: octet_string(b"SIM0000000000001"),
    "invocation_counter": lambda meter, _: Data(
        DataType.DOUBLE_LONG_UNSIGNED, meter.invocation_counter
    ),
    "administrative_status": lambda meter, _: enum(meter.administrative_status),
    "amr_status": lambda _, __: unsigned(0),
    "tariff_indicator": lambda _, __: octet_string(b"\x00\x02"),
    "error_register": lambda meter, _: Data(DataType.DOUBLE_LONG_UNSIGNED, meter.errors),
    "configuration": _configuration,
    "sap_assignment": _sap,
    "mbus_device_id": _device_id,
    **{name: partial(_device_value, period) for name, period in GAS_PERIODS_S.items()},
    "mbus_status": _device_status,
    "gprs_network": _network,
    "randomisation": lambda _, __: structure(unsigned(0), long_unsigned(0), unsigned(0)),
}


def clock_octets(meter: OpticalMeter) -> bytes:
    """The meter's own time as twelve octets."""
    return build_date_time(meter.now(), DUTCH)


def log_row(name: str, row: LogRow) -> Data:
    """A row of a log as it stands in the profile's buffer."""
    time = octet_string(build_date_time(row.time, DUTCH))
    if name == "power_failure":
        return structure(time, Data(DataType.DOUBLE_LONG_UNSIGNED, row.code))
    code = long_unsigned(row.code) if name == "auxiliary" else unsigned(row.code)
    return structure(time, code, *(long_unsigned(value) for value in row.extra))
