"""The M-Bus of a simulated meter: devices coupled, in reach, and appearing by themselves.

In come writes to a channel and the passing of time, out come coupled devices. Rule: a channel
whose identification fits a device in reach is coupled to it; a wired device also needs an
address, which slave_install gives; one that encrypts is heard only under its key, from its next
telegram on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from hardware.dsmr.identity import flag_number, mbus_value, short_number
from hardware.dsmr.mbus_events import KEY_ACCEPTED, KEY_REJECTED
from hardware.dsmr.mbus_keys import KEY_SIZE, DeviceName, unwrap_dsmr4, unwrap_smr5

CHANNELS = 4
_ADDRESS, _NUMBER, _MAKER, _VERSION, _TYPE = 5, 6, 7, 8, 9
_NO_KEY, _KEY_SET, _KEY_TRANSFERRED, _KEY_IN_USE = 0, 1, 2, 4


@dataclass(frozen=True, slots=True)
class GasMeter:
    """A device on the M-Bus.

    Attributes:
        equipment_id: as on its name plate.
        value: in litres (0.001 m3).
        captured: when the value was taken.
        signal: received signal strength of the radio, 0..255.
        wired: on the wire, so that it needs an address.
        status: the status word that it reports (SMR 5).
        key: what it encrypts its telegrams under; empty: they are in the clear.
        default_key: what it left the factory with, and takes a new one out with.
        key_status: of a device whose key was never touched from here.
    """

    equipment_id: str
    value: int
    captured: datetime
    manufacturer: str = "LGB"
    version: int = 0x50
    device_type: int = 3
    primary_address: int = 1
    key_status: int = 4
    signal: int = 180
    wired: bool = False
    status: int = 0
    key: bytes = field(default=b"", repr=False)
    default_key: bytes = field(default=b"", repr=False)

    @property
    def name(self) -> DeviceName:
        """As the header of its telegrams has it."""
        number = short_number(self.equipment_id)
        return DeviceName(number, self.manufacturer, self.version, self.device_type)

    def given(self, wrapped: bytes, class_version: int) -> GasMeter:
        """The device after a new key was sent to it; one that it can't take it refuses."""
        try:
            if class_version == 0:
                new = unwrap_dsmr4(self.default_key, wrapped)
            else:
                new = unwrap_smr5(self.default_key, self.name, wrapped)
        except ValueError:
            return replace(self, status=self.status | KEY_REJECTED)
        return replace(self, key=new, status=self.status | KEY_ACCEPTED)

    def identification(self, class_version: int) -> dict[int, int]:
        """Attributes 5 to 9 of its channel, in a meter with this version of class 72."""
        digits = short_number(self.equipment_id)
        return {
            _ADDRESS: self.primary_address,
            _NUMBER: mbus_value(digits, class_version) if digits else 0,
            _MAKER: flag_number(self.manufacturer),
            _VERSION: self.version,
            _TYPE: self.device_type,
        }


@dataclass
class Bus:
    """What hangs on the bus and what is near it.

    Attributes:
        channels: the coupled devices.
        in_reach: devices that can be coupled.
        appearing: devices that the meter will discover by itself, and when.
        written: identification written to a channel that is not coupled yet.
        keys: the key that the meter holds for a channel, and since when.
        sent: the channels to whose device a key was sent.
    """

    channels: list[GasMeter | None] = field(default_factory=lambda: [None] * CHANNELS)
    in_reach: list[GasMeter] = field(default_factory=list)
    appearing: list[tuple[datetime, GasMeter]] = field(default_factory=list)
    written: dict[int, dict[int, int]] = field(default_factory=dict)
    keys: dict[int, tuple[bytes, datetime]] = field(default_factory=dict)
    sent: set[int] = field(default_factory=set)

    def heard(self, channel: int, now: datetime, period_s: int) -> GasMeter | None:
        """The device on this channel, where the meter can read its telegrams."""
        device = self.channels[channel - 1]
        if device is None or not device.key or self._in_use(channel, device, now, period_s):
            return device
        return None

    def key_status(self, channel: int, now: datetime, period_s: int) -> int:
        """Class 72 attribute 14; a key is in use from the device's next telegram on."""
        device = self.channels[channel - 1]
        if device is None:
            return _NO_KEY
        if channel not in self.keys and channel not in self.sent:
            return _NO_KEY if device.key else device.key_status
        if self._in_use(channel, device, now, period_s):
            return _KEY_IN_USE
        is_set = _KEY_SET if channel in self.keys else 0
        return is_set | (_KEY_TRANSFERRED if channel in self.sent else 0)

    def _in_use(self, channel: int, device: GasMeter, now: datetime, period_s: int) -> bool:
        """A device sends at every whole `period_s`."""
        key, since = self.keys.get(channel, (b"", now))
        sends = int(now.timestamp()) // period_s > int(since.timestamp()) // period_s
        return bool(key) and key == device.key and sends

    def set_key(self, channel: int, key: bytes, now: datetime) -> bool:
        """set_encryption_key; whether there is a device, and the key has its size."""
        if self.channels[channel - 1] is None or len(key) != KEY_SIZE:
            return False
        self.keys[channel] = (key, now)
        return True

    def transfer_key(self, channel: int, wrapped: bytes, class_version: int) -> bool:
        """transfer_key; whether there is a device to send it to."""
        device = self.channels[channel - 1]
        if device is None:
            return False
        self.channels[channel - 1] = device.given(wrapped, class_version)
        self.sent.add(channel)
        return True

    def identification(self, channel: int, class_version: int) -> dict[int, int]:
        """Attributes 5 to 9 of this channel as they are now."""
        device = self.channels[channel - 1]
        if device is not None:
            return device.identification(class_version)
        return self.written.get(channel, {})

    def write(self, channel: int, attribute: int, value: int, class_version: int) -> bool:
        """Write one attribute; whether a device became coupled by it."""
        held = self.identification(channel, class_version)
        changed = {**held, attribute: value}
        if changed == held:
            return False
        self._clear(channel)
        self.written[channel] = {key: number for key, number in changed.items() if number}
        return self._couple(channel, class_version, lambda device: not device.wired)

    def install(self, channel: int, class_version: int) -> bool:
        """slave_install: give the wired device of this channel an address, and couple it."""
        return self._couple(channel, class_version, lambda device: device.wired)

    def decouple(self, channel: int) -> None:
        """Forget the device on this channel; it stays in reach."""
        device = self.channels[channel - 1]
        if device is not None:
            self.in_reach.append(device)
        self._clear(channel)
        self.written.pop(channel, None)

    def _clear(self, channel: int) -> None:
        self.channels[channel - 1] = None
        self.keys.pop(channel, None)
        self.sent.discard(channel)

    def discovered(self, now: datetime) -> list[int]:
        """The channels on which devices have appeared by now, each told once."""
        found = []
        for due, device in list(self.appearing):
            free = [n for n in range(1, CHANNELS + 1) if not self._taken(n)]
            if due > now or not free:
                continue
            self.appearing.remove((due, device))
            self.channels[free[0] - 1] = replace(device, key_status=_NO_KEY)
            found.append(free[0])
        return found

    def _taken(self, channel: int) -> bool:
        return self.channels[channel - 1] is not None or bool(self.written.get(channel))

    def _couple(
        self, channel: int, class_version: int, takes: Callable[[GasMeter], bool]
    ) -> bool:
        wanted = self.written.get(channel, {})
        for device in self.in_reach:
            own = device.identification(class_version)
            asked = {n: value for n, value in wanted.items() if n != _ADDRESS}
            whole = _NUMBER in asked and _TYPE in asked
            if whole and takes(device) and asked.items() <= own.items():
                self.in_reach.remove(device)
                address = channel if device.wired else device.primary_address
                self.channels[channel - 1] = replace(device, primary_address=address)
                self.written.pop(channel)
                return True
        return False
