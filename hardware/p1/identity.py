"""What a telegram says about the meter it came from, and the registers that are billed.

A `Telegram` in; equipment identifiers and `Register` values out. Rule: the number of the meter
comes from its own object only and is None where the telegram does not carry it, so that nobody
books a reading on a guessed meter.
"""

from decimal import Decimal

from hardware.p1.telegram import Reading, Telegram
from hardware.values import Obis, Register

_BILLED = tuple(Obis(1, 0, direction, 8, tariff) for direction in (1, 2) for tariff in (1, 2))
_METER_GROUPS = ((96, 1, 1), (96, 1, 0), (42, 0, 0), (96, 1, 255))
_DEVICE_GROUPS = ((96, 1, 0), (96, 1, 1))
_GAS = Decimal(3)
_GAS_GROUPS = ((24, 2, 1), (24, 3, 0), (24, 2, 3))


def equipment_id(telegram: Telegram, channel: int = 0) -> str | None:
    """The equipment identifier of the electricity meter (0) or an M-Bus device (1..4).

    0-0:96.1.1 and 0-n:96.1.0 in DSMR 3.0 to 5.0, with the groups used by 2.2 and by other
    countries behind them; without the spaces that pad a short meter code.
    """
    groups = _DEVICE_GROUPS if channel else _METER_GROUPS
    found = {reading.obis: reading.value for reading in telegram.readings}
    for c, d, e in groups:
        value = found.get(Obis(0, channel, c, d, e))
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def registers(telegram: Telegram) -> tuple[Register, ...]:
    """The registers that a visit keeps: 1.8.1, 1.8.2, 2.8.1, 2.8.2 and gas, where present.

    Energy is in kWh with the decimals of the line, at the time of the telegram; gas in m3 as
    0-n:24.2.1 with its capture time, whatever form the version gives it.
    """
    energy = [
        Register(reading.obis, reading.value, reading.unit, telegram.time)
        for reading in telegram.readings
        if reading.obis in _BILLED and isinstance(reading.value, Decimal)
    ]
    channels = _gas_channels(telegram)
    gas = [
        Register(Obis(0, reading.obis.b, 24, 2, 1), reading.value, reading.unit, reading.time)
        for reading in telegram.readings
        if _is_gas(reading, channels) and isinstance(reading.value, Decimal)
    ]
    return (*energy, *gas)


def _gas_channels(telegram: Telegram) -> frozenset[int]:
    """M-Bus channels whose device type is gas (EN 13757-3: 3)."""
    return frozenset(
        reading.obis.b
        for reading in telegram.readings
        if reading.obis.groups[2:5] == (24, 1, 0) and reading.value == _GAS
    )


def _is_gas(reading: Reading, channels: frozenset[int]) -> bool:
    """A gas value; a device that was taken away still stands there, but without a unit."""
    on_channel = reading.obis.a == 0 and reading.obis.b in channels
    return on_channel and reading.obis.groups[2:5] in _GAS_GROUPS and bool(reading.unit)
