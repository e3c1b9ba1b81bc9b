"""One telegram as the page shows it: powers, voltages, gas, registers and devices.

In comes a `Telegram`; out comes a frozen `LiveReading`. Rule: what a version does not send is
None, never zero; registers are told by number, since tariff words changed places between
versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from hardware.dsmr.events import device_type_name
from hardware.p1.catalogue import CHANNELS
from hardware.p1.identity import equipment_id
from hardware.p1.rhythm import oldest
from hardware.p1.telegram import Reading, Telegram, Value
from ui.presenters.live_table import Everything, everything

_ENERGIES = tuple(f"1-0:{way}.8.{tariff}" for way in (1, 2) for tariff in (1, 2))
_TOTALS = ("1-0:1.8.0", "1-0:2.8.0")
_VALUES = ("24.2.1", "24.3.0", "24.2.3")
_GAS = "gas"


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase.

    Attributes:
        net_kw: taken minus given back; None where the telegram carries neither.
        volts: None in DSMR 4 and older.
    """

    net_kw: Decimal | None = None
    volts: Decimal | None = None
    amps: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A register: `obis` as `1.8.1`, its value and unit."""

    obis: str
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Device:
    """A device on the M-Bus.

    Attributes:
        kind: `gas`, `water`, ... or `type_<n>`.
        value: None where the meter has heard nothing of it.
        time: when the value was taken, UTC.
    """

    channel: int
    kind: str
    number: str
    value: Decimal | None = None
    unit: str = ""
    time: datetime | None = None

    def is_stale(self, version: str, now: datetime) -> bool:
        """Whether the meter should have heard of it since; False without a time."""
        return self.time is not None and now - self.time > oldest(version)


@dataclass(frozen=True, slots=True)
class LiveReading:
    """A telegram for people.

    Attributes:
        import_kw, export_kw: of all phases together.
        phases: three, or fewer where the meter has fewer.
        tariff: the number that counts now, or empty.
        short_failures, long_failures: counted by the meter since it was made.
        unread: lines that are unknown or could not be read.
        all: every line, in groups.
    """

    meter: str
    version: str
    header: str
    time: datetime | None
    import_kw: Decimal | None
    export_kw: Decimal | None
    phases: tuple[Phase, ...]
    registers: tuple[RegisterLine, ...]
    devices: tuple[Device, ...]
    tariff: str
    short_failures: int | None
    long_failures: int | None
    unread: int
    all: Everything = field(default_factory=Everything)

    @property
    def gas(self) -> Device | None:
        """The gas meter, where one is coupled."""
        return next((device for device in self.devices if device.kind == _GAS), None)


def reading_of(telegram: Telegram) -> LiveReading:
    """What a telegram says, for people."""
    lines = {str(reading.obis): reading for reading in telegram.readings}
    return LiveReading(
        meter=equipment_id(telegram) or "",
        version=telegram.version or "",
        header=telegram.header,
        time=telegram.time,
        import_kw=_number(lines, "1-0:1.7.0"),
        export_kw=_number(lines, "1-0:2.7.0"),
        phases=_phases(lines),
        registers=_registers(lines),
        devices=_devices(telegram, lines),
        tariff=_text(lines, "0-0:96.14.0").lstrip("0"),
        short_failures=_count(lines, "0-0:96.7.21"),
        long_failures=_count(lines, "0-0:96.7.9"),
        unread=len(telegram.unknown) + len(telegram.errors),
        all=everything(telegram),
    )


def _phases(lines: Mapping[str, Reading]) -> tuple[Phase, ...]:
    """Group C counts in twenties: 21, 22 are P+ and P- of L1, 31 and 32 I and U."""
    found = tuple(
        Phase(
            net_kw=_net(lines, 20 * phase),
            volts=_number(lines, f"1-0:{12 + 20 * phase}.7.0"),
            amps=_number(lines, f"1-0:{11 + 20 * phase}.7.0"),
        )
        for phase in (1, 2, 3)
    )
    known = max((n for n, phase in enumerate(found, 1) if phase != Phase()), default=0)
    return found[:known]


def _net(lines: Mapping[str, Reading], group: int) -> Decimal | None:
    taken = _number(lines, f"1-0:{group + 1}.7.0")
    return net_of(taken, _number(lines, f"1-0:{group + 2}.7.0"))


def net_of(taken: Decimal | None, given: Decimal | None) -> Decimal | None:
    """Taken minus given back, with the digits as read; None where neither is known."""
    if taken is None or given is None:
        return taken if given is None else -given
    return taken - given


def _registers(lines: Mapping[str, Reading]) -> tuple[RegisterLine, ...]:
    codes = [code for code in _ENERGIES if code in lines] or list(_TOTALS)
    found = ((code, lines[code]) for code in codes if code in lines)
    return tuple(
        RegisterLine(code.partition(":")[2], reading.value, reading.unit)
        for code, reading in found
        if isinstance(reading.value, Decimal)
    )


def _devices(telegram: Telegram, lines: Mapping[str, Reading]) -> tuple[Device, ...]:
    found = []
    for channel in CHANNELS:
        kind = _count(lines, f"0-{channel}:24.1.0")
        number = equipment_id(telegram, channel) or ""
        if kind is None and not number:
            continue
        reading = _value_of(lines, channel)
        device = Device(channel, device_type_name(kind or 0), number)
        if reading is not None and isinstance(reading.value, Decimal):
            device = Device(
                channel, device.kind, number, reading.value, reading.unit, reading.time
            )
        found.append(device)
    return tuple(found)


def _value_of(lines: Mapping[str, Reading], channel: int) -> Reading | None:
    """The device's value; without a unit the device was taken away."""
    found = (lines.get(f"0-{channel}:{code}") for code in _VALUES)
    return next((reading for reading in found if reading is not None and reading.unit), None)


def _value(lines: Mapping[str, Reading], code: str) -> Value | None:
    reading = lines.get(code)
    return None if reading is None else reading.value


def _number(lines: Mapping[str, Reading], code: str) -> Decimal | None:
    value = _value(lines, code)
    return value if isinstance(value, Decimal) else None


def _count(lines: Mapping[str, Reading], code: str) -> int | None:
    value = _number(lines, code)
    return None if value is None else int(value)


def _text(lines: Mapping[str, Reading], code: str) -> str:
    value = _value(lines, code)
    return value if isinstance(value, str) else ""
