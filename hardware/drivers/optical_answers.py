"""The answers that the optical driver hands out.

Frozen values only: exact decimals, aware times, names from `hardware.dsmr`. Rule: nothing of
the protocol is in them except where the question was about the protocol (`GetAnswer`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from hardware.dlms.data import Compact, Data, DataType
from hardware.dlms.targets import AttributeRef
from hardware.pump import WireStats
from hardware.values import Register


@dataclass(frozen=True, slots=True)
class GetAnswer:
    """One attribute as it was read.

    Attributes:
        scaler: power of ten, where the class has one and the attribute is its value.
        unit: of the scaled value.
        scaled: value x 10^scaler, exact.
    """

    target: AttributeRef
    data: Data
    scaler: int | None = None
    unit: str | None = None
    scaled: Decimal | None = None

    @property
    def type(self) -> str:
        """The type in the standard's words."""
        return self.data.tag.word

    @property
    def value(self) -> object:
        """The value in plain words: see `plain`."""
        return plain(self.data)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the meter is.

    Attributes:
        equipment_id: the number on its plate.
        version: of the Dutch requirements (`smr500`, ...); empty where it fits none.
        firmware: component to version, for the components it has.
        signatures: component to firmware signature.
    """

    equipment_id: str
    serial_number: str = ""
    logical_device: str = ""
    hardware_id: str = ""
    version: str = ""
    p1_version: str = ""
    firmware: dict[str, str] = field(default_factory=dict)
    signatures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preference:
    """The administrative status: its value in the meter and its name."""

    value: int
    name: str


@dataclass(frozen=True, slots=True)
class PreferenceProof:
    """What a change of the administrative status found, asked and left.

    Attributes:
        meter: equipment identifier read in the same association.
        requested: `on`, `off`, or None where it was only read.
        after: as read back after the write, not as the write answered.
        written: whether a SET was sent; a meter that already holds the value gets none.
        time: when it was read back.
    """

    meter: str
    before: Preference
    requested: str | None
    after: Preference
    written: bool
    time: datetime

    @property
    def holds(self) -> bool:
        """Whether the meter now holds what was asked."""
        return self.requested is None or self.after.name == self.requested


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The meter's clock against this machine's.

    Attributes:
        time: as the meter gives it, UTC; None where it gives none.
        deviation_s: meter minus machine, taken at the middle of question and answer.
        uncertainty_s: half the time between question and answer, and the clock's resolution.
        flags: `invalid`, `doubtful`, `summer`, ...
    """

    time: datetime | None
    deviation_s: Decimal | None
    uncertainty_s: Decimal
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedRegister:
    """A register with the name of its quantity."""

    name: str
    register: Register


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One row of an event log.

    Attributes:
        code: event code; in the power failure log the duration in seconds.
        name: of the code, from `hardware.dsmr.events`; `power_failure` in that log.
        extra: further columns as they stand.
    """

    time: datetime | None
    code: int
    name: str
    extra: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MbusChannel:
    """One of the four M-Bus channels.

    Attributes:
        device: its medium; empty where that is not set.
        number: eight digits; empty where none is set.
        key_status: empty where the meter's version has none.
        status: the names of the status bits that the device reports (SMR 5).
    """

    channel: int
    device: str = ""
    equipment_id: str = ""
    number: str = ""
    manufacturer: str = ""
    version: int = 0
    address: int = 0
    key_status: str = ""
    register: Register | None = None
    signal: int | None = None
    status: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is coupled here."""
        return not self.device and not self.number


@dataclass(frozen=True, slots=True)
class Modem:
    """The modem's own report (class 47)."""

    kind: str
    operator: str
    registration: str
    packet_service: str
    signal_dbm: int | None


@dataclass(frozen=True, slots=True)
class Readout:
    """The standard readout of a visit ("retrieve state", DSMR Main 6.1.7).

    Attributes:
        phases: voltages, currents and powers with their names.
        counters: power failures, sags and swells.
        logs: log name to its rows, oldest first.
        left_out: what was not read, and why.
        registers_set: alarm and error registers by name; `alarms` and `errors` name their bits.
    """

    identity: Identity
    clock: ClockReading
    registers: tuple[NamedRegister, ...]
    phases: tuple[NamedRegister, ...]
    counters: dict[str, int]
    preference: Preference | None
    alarms: tuple[str, ...]
    errors: tuple[str, ...]
    mbus: tuple[MbusChannel, ...]
    modem: Modem | None
    logs: dict[str, tuple[LogEntry, ...]]
    left_out: tuple[str, ...]
    wire: WireStats
    registers_set: dict[str, int] = field(default_factory=dict)


def plain(data: Data) -> object:
    """A value as lists, numbers, text and None; octets and dates as hexadecimal text."""
    if isinstance(data.value, tuple | Compact):
        return [plain(element) for element in data.elements]
    if isinstance(data.value, bytes):
        return data.value.hex()
    if data.tag == DataType.BOOLEAN:
        return bool(data.value)
    return data.value


def text_of(data: Data) -> str:
    """An octet string as text where it is printable, else its octets in hexadecimal."""
    octets = data.octets.rstrip(b"\x00")
    return octets.decode("ascii") if _is_text(octets) else octets.hex()


def _is_text(octets: bytes) -> bool:
    return all(0x20 <= octet < 0x7F for octet in octets)
