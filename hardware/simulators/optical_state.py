"""What a simulated Dutch meter knows: registers, clock, logs, gas meter, the customer's choice.

In comes a start, out come values as the meter holds them (integers, octets, log rows). The true
time comes in as a callable. Rule: everything that changes while a meter is served changes here,
and each change leaves the traces in logs and alarms that a real meter leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hardware.dsmr.events import CONFIGURATION_CHANGED, FAILED_LOGIN
from hardware.dsmr.mbus_events import KEY_SENT
from hardware.dsmr.objects import Version
from hardware.simulators.optical_bus import Bus, GasMeter
from hardware.simulators.optical_life import Life
from hardware.simulators.optical_security import MeterSecurity

__all__ = ["GasMeter", "Grid", "LogRow", "OpticalMeter", "furnished"]

LOCK_S = 10
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SHIFT_LIMIT_S = 60
ALARM_CONFIGURATION, ALARM_FRAUD = 1 << 4, 1 << 13

LOG_SIZES = {
    "standard": 100,
    "fraud": 30,
    "mbus": 30,
    "communication": 2190,
    "power_quality": 100,
    "auxiliary": 80,
    "power_quality_extended": 20,
    "thd": 100,
    "power_failure": 10,
}


@dataclass(frozen=True, slots=True)
class LogRow:
    """One entry of a log: when, the code (or duration in s), and further fields."""

    time: datetime
    code: int
    extra: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """What stands on the terminals: per phase in 0.1 V, 0.01 A and W (negative = export)."""

    voltages: tuple[int, ...] = (2301, 2312, 2298)
    currents: tuple[int, ...] = (152, 38, 0)
    powers: tuple[int, ...] = (346, 85, 0)
    sags: tuple[int, ...] = (2, 0, 1)
    swells: tuple[int, ...] = (0, 0, 0)


_ENERGY = {
    "energy_to_client": 4_213_567,
    "energy_to_client_t1": 2_001_234,
    "energy_to_client_t2": 2_212_333,
    "energy_by_client": 150_042,
    "energy_by_client_t1": 50_021,
    "energy_by_client_t2": 100_021,
}
_COUNTERS = {"power_failures": 7, "long_power_failures": 2}
_FIRMWARE = {
    Version.DSMR22: ("2.2.9", "2.2.4", "GPRS 1.1", "1.0"),
    Version.DSMR422: ("4.2.31", "4.2.12", "GPRS 1.9", "1.1"),
    Version.SMR43: ("4.3.06", "4.3.02", "CDMA 1.4", "1.1"),
    Version.SMR500: ("5.0.17", "5.0.9", "LTE 2.4", "1.3"),
    Version.SMR51: ("5.1.08", "5.1.3", "LTE 2.6", "1.4"),
    Version.SMR52: ("5.2.11", "5.2.5", "LTE-M 3.0", "1.5"),
    Version.SMR55: ("5.5.02", "5.5.1", "LTE-M 3.2", "1.6"),
}
_PARTS = ("core", "module", "modem", "mbus_driver")
_SIGNATURES = ("9F3A51C0", "17B2D9EE", "A08C4412", "5C0017AA")


def texts_of(profile: Version) -> dict[str, str]:
    """What a meter of this version says of itself in words."""
    return {
        "location": "",
        "consumer_message": "",
        "consumer_message_code": "",
        "hardware_id": f"SIM-{profile.value.lstrip('dsmr').ljust(3, '0')}-B",
        "p1_version": "50" if profile.is_smr5 else "42",
        **{f"firmware_{p}": text for p, text in zip(_PARTS, _FIRMWARE[profile], strict=True)},
        **{f"signature_{p}": text for p, text in zip(_PARTS, _SIGNATURES, strict=True)},
    }


@dataclass
class OpticalMeter:
    """One simulated meter.

    Attributes:
        meter_number: equipment identifier, 17 characters on a real meter.
        clock: gives the true time, aware.
        profile: which version of the requirements it follows.
        password: of the management client (LLS).
        clock_error_s: how far its own clock is ahead of the true one.
        needs_password: False for a meter before commissioning, which takes anyone.
        security: what it demands instead of a password, for HLS.
        p0_enabled: bit 3 of the configuration; False leaves the optical port dead.
        administrative_status: 0 undefined, 1 off, 2 on (3 in old meters).
        invocation_counter: the highest of a client that it has seen (0-0:43.1.0).
        modem_registration: class 47 attribute 3; 1 is registered at home, 2 searching.
        bus: what hangs on the M-Bus; `channels` are its four.
        life: what moves by itself; None: nothing does.
        absent, refused: names of objects that it lacks, or keeps to itself.
    """

    meter_number: str
    clock: Callable[[], datetime]
    profile: Version = Version.SMR500
    password: bytes = field(default=b"00000001", repr=False)
    clock_error_s: int = 0
    phases: int = 3
    needs_password: bool = True
    security: MeterSecurity | None = None
    p0_enabled: bool = True
    administrative_status: int = 2
    grid: Grid = field(default_factory=Grid)
    energy: dict[str, int] = field(default_factory=_ENERGY.copy)
    counters: dict[str, int] = field(default_factory=_COUNTERS.copy)
    texts: dict[str, str] = field(default_factory=dict)
    alarms: dict[int, int] = field(default_factory=lambda: {1: 0, 2: 0, 3: 0})
    alarm_filters: dict[int, int] = field(
        default_factory=lambda: dict.fromkeys((1, 2, 3), 0xFFFFFFFF)
    )
    errors: int = 0
    bus: Bus = field(default_factory=Bus)
    life: Life | None = None
    absent: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    logs: dict[str, list[LogRow]] = field(default_factory=dict)
    invocation_counter: int = 250
    modem_registration: int = 1
    locked_until: datetime = _LONG_AGO
    sessions: int = 0

    def __post_init__(self) -> None:
        self.texts = {**texts_of(self.profile), **self.texts}

    @property
    def channels(self) -> list[GasMeter | None]:
        """The devices on the four M-Bus channels."""
        return self.bus.channels

    @property
    def mbus_class(self) -> int:
        """The version of class 72, which decides how a device's number is written."""
        return 1 if self.profile.is_smr5 else 0

    @property
    def mbus_period_s(self) -> int:
        """How often a device sends: every five minutes to an SMR 5 meter, else every hour."""
        return 300 if self.profile.is_smr5 else 3600

    def heard(self, channel: int) -> GasMeter | None:
        """The device on this channel, where the meter can read its telegrams."""
        return self.bus.heard(channel, self.clock(), self.mbus_period_s)

    def energy_at(self, name: str, moment: datetime) -> int:
        """An energy register at this moment, in Wh."""
        if self.life is None or name.endswith("_t1"):
            return self.energy[name]
        net = sum(self.grid.powers[: self.phases])
        watts = max(0, net if "to_client" in name else -net)
        return max(0, self.energy[name] + self.life.energy_wh(watts, moment))

    def grid_now(self) -> Grid:
        """What stands on the terminals now."""
        life, moment = self.life, self.clock()
        if life is None:
            return self.grid
        load, grid = life.load(moment), self.grid
        return replace(
            grid,
            voltages=tuple(v + life.voltage(moment, n) for n, v in enumerate(grid.voltages)),
            currents=tuple(round(value * load) for value in grid.currents),
            powers=tuple(round(value * load) for value in grid.powers),
        )

    def gas_at(self, channel: int, moment: datetime, period_s: int) -> tuple[int, datetime]:
        """A device's last value and when it was taken, of one that sends every `period_s`."""
        device = self.heard(channel)
        if device is None:
            return 0, moment
        if self.life is None:
            return device.value, device.captured
        seconds = int(moment.timestamp())
        taken = datetime.fromtimestamp(seconds - seconds % period_s, UTC)
        return max(0, device.value + self.life.gas_litres(taken)), taken

    def settle(self) -> None:
        """Let happen what is due: devices that appear on the M-Bus."""
        for channel in self.bus.discovered(self.clock()):
            self.log("mbus", 105 + 10 * (channel - 1))
            self.alarms[1] |= 1 << (23 + channel)

    def now(self) -> datetime:
        """The time on the meter's own clock."""
        return self.clock() + timedelta(seconds=self.clock_error_s)

    def log(self, name: str, code: int, *extra: int, at: datetime | None = None) -> None:
        """Add a row; the oldest goes when the log is full."""
        rows = self.logs.setdefault(name, [])
        rows.append(LogRow(at or self.now(), code, extra))
        del rows[: -LOG_SIZES[name]]

    def login_failed(self) -> None:
        """A wrong password or key: event 46, a fraud alarm, port locked (Main 4.4.16)."""
        self.log("fraud", FAILED_LOGIN)
        self.alarms[1] |= ALARM_FRAUD
        self.locked_until = self.clock() + timedelta(seconds=LOCK_S)

    @property
    def is_locked(self) -> bool:
        """Whether the port still refuses after a wrong password or key."""
        return self.clock() < self.locked_until

    def session_began(self) -> None:
        """A session of the management client: one row in the communication session log."""
        self.sessions = (self.sessions + 1) & 0xFFFF
        self.log("communication", 72, self.sessions)

    def write_status(self, value: int) -> None:
        """A new administrative status; leaves event 47 and both alarms (Main 4.4.20)."""
        self.administrative_status = value
        self.configuration_changed()

    def configuration_changed(self) -> None:
        """The traces of any change of configuration."""
        self.log("fraud", CONFIGURATION_CHANGED)
        self.alarms[1] |= ALARM_CONFIGURATION | ALARM_FRAUD

    def write_clock(self, moment: datetime) -> None:
        """Set the meter's clock; beyond its limit it notes the old and the new time."""
        adjusts = abs(moment - self.now()) > timedelta(seconds=SHIFT_LIMIT_S)
        if adjusts:
            self.log("standard", 4)
        self.clock_error_s = round((moment - self.clock()).total_seconds())
        self.log("standard", 5 if adjusts else 3)

    def clear_alarms(self, register: int, value: int) -> None:
        """Write an alarm register (0 clears it); leaves event 11, or 24 for register 2."""
        self.alarms[register] = value
        self.log("standard", 11 if register == 1 else 24)

    def clear_errors(self, value: int) -> None:
        """Write the error register; leaves event 10."""
        self.errors = value
        self.log("standard", 10)

    def reset(self) -> None:
        """Back to the factory's state: energy registers stay, all else goes, security too."""
        self.security, self.needs_password = None, False
        self.administrative_status = 0
        self.texts = texts_of(self.profile)
        self.bus = Bus()
        self.alarms = dict.fromkeys(self.alarms, 0)
        self.errors = 0
        self.logs = {}

    def decouple(self, channel: int) -> None:
        """Forget the device on this M-Bus channel."""
        self.bus.decouple(channel)
        self.configuration_changed()

    def write_channel(self, channel: int, attribute: int, value: int) -> None:
        """Write one attribute of an M-Bus channel; a device that fits it is coupled."""
        self._coupled(channel, self.bus.write(channel, attribute, value, self.mbus_class))
        self.configuration_changed()

    def install(self, channel: int) -> bool:
        """Give the wired device of this channel an address; whether there was one."""
        installed = self.bus.install(channel, self.mbus_class)
        self._coupled(channel, installed)
        return installed

    def key_status(self, channel: int) -> int:
        """Class 72 attribute 14."""
        return self.bus.key_status(channel, self.clock(), self.mbus_period_s)

    def set_key(self, channel: int, key: bytes) -> bool:
        """Hold this key for the channel from now on; whether there is a device."""
        return self.bus.set_key(channel, key, self.clock())

    def transfer_key(self, channel: int, wrapped: bytes) -> bool:
        """Send a key to the device, and note that; whether there is one."""
        sent = self.bus.transfer_key(channel, wrapped, self.mbus_class)
        if sent:
            self.log("auxiliary", KEY_SENT + 0x100 * (channel - 1))
        return sent

    def _coupled(self, channel: int, coupled: bool) -> None:  # noqa: FBT001 - what happened
        if coupled:
            self.log("mbus", 101 + 10 * (channel - 1))
            self.capture(channel)

    def capture(self, channel: int) -> None:
        """Take the value of the device on this channel now."""
        device = self.channels[channel - 1]
        if device is not None:
            self.channels[channel - 1] = replace(device, captured=self.now())


def furnished(
    meter: OpticalMeter, gas_number: str | None = "G0039001936990619"
) -> OpticalMeter:
    """The meter with a history: a gas meter on channel 1, events, two long failures."""
    now = meter.now()
    if gas_number is not None:
        hour = now.replace(minute=0, second=0, microsecond=0)
        meter.channels[0] = GasMeter(gas_number, 1_284_305, hour)
        meter.log("mbus", 105, at=now - timedelta(days=400))
        meter.log("mbus", 101, at=now - timedelta(days=12))
    for days, code in ((200, 1), (200, 2), (21, 3), (9, 1), (9, 2)):
        meter.log("standard", code, at=now - timedelta(days=days))
    meter.log("fraud", 40, at=now - timedelta(days=390))
    meter.log("fraud", 41, at=now - timedelta(days=390))
    if meter.profile.is_smr5:
        meter.log("power_quality", 93, at=now - timedelta(days=5))
    for days, seconds in ((200, 4_020), (9, 1_260)):
        meter.log("power_failure", seconds, at=now - timedelta(days=days))
    return meter
