"""A meter's whole state as the page shows it.

In comes a `Look`; out comes a frozen `OpticalReading`. Rule: energy in kWh with the digits
as read; what the meter did not give is absent and said so, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fieldapp.work.inspection import Look
from fieldapp.work.meter_texts import HeldText
from hardware.drivers.optical_answers import (
    ClockReading,
    MbusChannel,
    NamedRegister,
    Readout,
)
from hardware.drivers.optical_readout import NO_INTERVALS
from hardware.values import Register
from ui.presenters.live_reading import Phase, RegisterLine, net_of

_NO_TEXT = HeldText()
_KILO = {"Wh": "kWh", "W": "kW"}
MAX_EVENTS = 200
"""Rows of the timeline; the newest, and the rest is counted."""


@dataclass(frozen=True, slots=True)
class ClockLine:
    """The meter's clock.

    Attributes:
        deviation_s: meter minus laptop; None where it gives no time.
        uncertainty_s: how sure that is.
    """

    time: datetime | None
    deviation_s: Decimal | None
    uncertainty_s: Decimal
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the four M-Bus channels; `kind` is empty where nothing is coupled.

    Attributes:
        digits: the eight digits by which the meter knows the device.
        status: what the device reports of itself, by name.
    """

    channel: int
    kind: str = ""
    number: str = ""
    maker: str = ""
    key_status: str = ""
    value: Decimal | None = None
    unit: str = ""
    time: datetime | None = None
    signal: int | None = None
    digits: str = ""
    status: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventLine:
    """One row of the timeline: from which log, what, and the seconds of a power failure."""

    time: datetime | None
    log: str
    name: str
    code: int


@dataclass(frozen=True, slots=True)
class ModemLine:
    """The modem's own report."""

    kind: str
    operator: str
    registration: str
    packet_service: str
    signal_dbm: int | None


@dataclass(frozen=True, slots=True)
class OpticalReading:
    """A readout for people.

    Attributes:
        firmware: component and version, in the meter's order.
        counters: name and number, those over zero first.
        version: of the Dutch requirements; empty where the meter fits none.
        registers_set: alarm and error registers as they were shown.
        preference: the administrative status; None where it was not read.
        events: newest first; `more_events` were left out here.
        left_out: what was not read, in the driver's words; interval profiles never are.
        bytes_read, seconds: what it took on the line.
        location, message: the texts that the meter holds.
    """

    meter: str
    serial_number: str
    hardware_id: str
    p1_version: str
    firmware: tuple[tuple[str, str], ...]
    clock: ClockLine
    registers: tuple[RegisterLine, ...]
    phases: tuple[Phase, ...]
    counters: tuple[tuple[str, int], ...]
    preference: int | None
    alarms: tuple[str, ...]
    errors: tuple[str, ...]
    slots: tuple[Slot, ...]
    modem: ModemLine | None
    events: tuple[EventLine, ...]
    more_events: int
    left_out: tuple[str, ...]
    bytes_read: int
    seconds: Decimal
    version: str = ""
    registers_set: tuple[tuple[str, int], ...] = ()
    location: HeldText = _NO_TEXT
    message: HeldText = _NO_TEXT


def optical_reading(look: Look) -> OpticalReading:
    """All that was read, for people."""
    readout, texts = look.readout, look.texts
    identity, clock = readout.identity, readout.clock
    events = _events(readout)
    modem = readout.modem
    return OpticalReading(
        meter=identity.equipment_id,
        serial_number=identity.serial_number,
        hardware_id=identity.hardware_id,
        p1_version=identity.p1_version,
        firmware=tuple(identity.firmware.items()),
        clock=clock_line(clock),
        registers=tuple(_line(named.register) for named in readout.registers),
        phases=_phases(readout.phases),
        counters=tuple(sorted(readout.counters.items(), key=lambda item: item[1] == 0)),
        preference=readout.preference.value if readout.preference else None,
        alarms=readout.alarms,
        errors=readout.errors,
        slots=tuple(slot_of(channel) for channel in readout.mbus),
        modem=None
        if modem is None
        else ModemLine(
            modem.kind,
            modem.operator,
            modem.registration,
            modem.packet_service,
            modem.signal_dbm,
        ),
        events=tuple(events[:MAX_EVENTS]),
        more_events=max(0, len(events) - MAX_EVENTS),
        left_out=tuple(text for text in readout.left_out if text != NO_INTERVALS),
        bytes_read=readout.wire.bytes_received,
        seconds=Decimal(f"{readout.wire.seconds:.1f}"),
        version=identity.version,
        registers_set=tuple(readout.registers_set.items()),
        location=texts.location,
        message=texts.message,
    )


def clock_line(clock: ClockReading) -> ClockLine:
    """The clock, for people."""
    return ClockLine(clock.time, clock.deviation_s, clock.uncertainty_s, clock.flags)


def _line(register: Register) -> RegisterLine:
    value, unit = _kilo(register)
    return RegisterLine(str(register.obis).partition(":")[2], value, unit)


def _kilo(register: Register) -> tuple[Decimal, str]:
    """Wh as kWh and W as kW, exactly."""
    unit = _KILO.get(register.unit)
    return (register.value.scaleb(-3), unit) if unit else (register.value, register.unit)


def _phases(named: tuple[NamedRegister, ...]) -> tuple[Phase, ...]:
    there = {one.name: _kilo(one.register)[0] for one in named}
    found = []
    for phase in (1, 2, 3):
        taken = there.get(f"power_to_client_l{phase}")
        net = net_of(taken, there.get(f"power_by_client_l{phase}"))
        volts, amps = there.get(f"voltage_l{phase}"), there.get(f"current_l{phase}")
        found.append(Phase(net, volts, amps))
    known_to = max((n for n, phase in enumerate(found, 1) if phase != Phase()), default=0)
    return tuple(found[:known_to])


def slot_of(channel: MbusChannel) -> Slot:
    """A channel, for people."""
    register = channel.register
    return Slot(
        channel=channel.channel,
        kind=channel.device,
        number=channel.equipment_id or channel.number,
        maker=channel.manufacturer,
        key_status=channel.key_status,
        value=register.value if register else None,
        unit=register.unit if register else "",
        time=register.time if register else None,
        signal=channel.signal,
        digits=channel.number,
        status=channel.status,
    )


def _events(readout: Readout) -> list[EventLine]:
    """All logs as one timeline; rows without a time stand at the end."""
    rows = [
        EventLine(row.time, log, row.name, row.code)
        for log, entries in readout.logs.items()
        for row in entries
    ]
    dated = [row for row in rows if row.time is not None]
    dated.sort(key=lambda row: row.time.timestamp() if row.time else 0.0, reverse=True)
    return dated + [row for row in rows if row.time is None]
