"""Rules about what hangs on the M-Bus: the right gas meter, heard lately, with its key in use.

Limits: a value is passed on each hour over P0 and by P1 before 5.0, each five minutes by P1
5.x; two misses make it stale. Rule: devices are told apart by their whole numbers, never by
channel; ages are by the meter's own clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fieldapp.domain.diagnosis.answers import Values, found, open_question, ruled_out, unread
from fieldapp.domain.diagnosis.finding import Evidence, Finding, Origin, Severity
from fieldapp.domain.diagnosis.observations import CustomerLine, Observations
from fieldapp.domain.diagnosis.reasons import Advice, Why
from fieldapp.domain.diagnosis.state import Channel, State

HOURLY, FIVE_MINUTES = timedelta(hours=2), timedelta(minutes=15)
_IN_USE = frozenset({"", "in_use"})
_CHANNELS = (1, 2, 3, 4)
_VALUES = ("device_value", "device_value_not_corrected")


@dataclass(frozen=True, slots=True)
class _Device:
    """One device, as P0 or P1 tells of it."""

    channel: int
    number: str
    heard: datetime | None
    now: datetime
    limit: timedelta
    evidence: Evidence

    @property
    def age(self) -> timedelta | None:
        return None if self.heard is None else self.now - self.heard


def device_coupling(seen: Observations) -> Finding:
    """Whether the gas meter of the visit is the one that hangs behind the meter."""
    devices = _devices(seen)
    if devices is None:
        return unread(seen)
    evidence = tuple(device.evidence for device in devices)
    couple = (Severity.FAULT, Advice.COUPLE_DEVICE)
    if not seen.gas:
        return open_question(Why.NO_GAS_HERE, None, evidence)
    own = [d for d in devices if plain(d.number) == plain(seen.gas)]
    if len(own) > 1:
        channels = ", ".join(str(device.channel) for device in own)
        return found(Why.COUPLED_TWICE, couple, evidence, number=seen.gas, channels=channels)
    return _with_key(seen, own[0], evidence) if own else _without(seen, devices, evidence)


def _without(
    seen: Observations, devices: tuple[_Device, ...], evidence: tuple[Evidence, ...]
) -> Finding:
    """No channel has the gas meter's number."""
    couple = (Severity.FAULT, Advice.COUPLE_DEVICE)
    if not devices:
        return found(Why.NOT_COUPLED, couple, number=seen.gas)
    other = next((d for d in devices if d.number), None)
    if other is None:
        return open_question(Why.DEVICE_UNNAMED, None, evidence)
    values: Values = {"number": seen.gas, "other": other.number, "channel": other.channel}
    return found(Why.OTHER_DEVICE, couple, evidence, **values)


def device_silent(seen: Observations) -> Finding:
    """Whether each device behind the meter was heard lately."""
    devices = _devices(seen)
    if devices is None:
        return unread(seen)
    if not devices:
        return open_question(Why.NO_DEVICE)
    evidence = tuple(device.evidence for device in devices)
    grave = (Severity.FAULT, Advice.CHECK_DEVICE)
    state = seen.state
    lit = (
        () if state is None else state.lit(*(f"mbus{n}_communication_error" for n in _CHANNELS))
    )
    for device in devices:
        about: Values = {"channel": device.channel, "number": device.number or "?"}
        age = device.age
        if age is None:
            return found(Why.DEVICE_SILENT, grave, (*evidence, *lit), **about)
        if age > device.limit:
            minutes = age // timedelta(minutes=1)
            return found(Why.DEVICE_STALE, grave, (*evidence, *lit), **about, age_min=minutes)
    if lit:
        names = ", ".join(bit.name for bit in lit)
        grave = (Severity.WARNING, Advice.CHECK_DEVICE)
        return found(Why.DEVICE_ERROR, grave, (*evidence, *lit), names=names)
    return ruled_out(Why.DEVICES_HEARD, evidence, count=len(devices))


def plain(number: str) -> str:
    """A number as it is compared: blanks and case do not count."""
    return "".join(number.split()).upper()


def _with_key(seen: Observations, own: _Device, evidence: tuple[Evidence, ...]) -> Finding:
    state = seen.state
    channels = state.channels if state is not None else None
    key = next((c.key_status for c in channels or () if c.number == own.channel), "")
    values: Values = {"number": own.number, "channel": own.channel}
    if key in _IN_USE:
        return ruled_out(Why.DEVICE_AS_PLANNED, evidence, **values)
    grave = (Severity.WARNING, Advice.RENEW_KEY)
    return found(Why.KEY_NOT_IN_USE, grave, evidence, **values, key=key)


def _devices(seen: Observations) -> tuple[_Device, ...] | None:
    """By P0 where that was read, else by P1; None where neither tells."""
    state = seen.state
    if state is not None and state.channels is not None:
        return tuple(_by_p0(seen, state, channel) for channel in state.channels)
    if seen.p1 is not None:
        return tuple(_by_p1(seen.p1))
    return None


def _by_p0(seen: Observations, state: State, channel: Channel) -> _Device:
    now = state.clock_time or state.at or seen.now
    return _Device(channel.number, channel.device, channel.heard, now, HOURLY, channel.evidence)


def _by_p1(port: CustomerLine) -> Iterable[_Device]:
    limit = FIVE_MINUTES if port.version.startswith("5") else HOURLY
    values = {one.name: one for one in port.quantities}
    for channel in _CHANNELS:
        number = port.numbers.get(channel, "")
        names = (f"mbus{channel}_{value}" for value in _VALUES)
        value = next((values[name] for name in names if name in values), None)
        if value is None and not number:
            continue
        heard = None if value is None else value.at
        evidence = Evidence(
            f"mbus{channel}", number, "", Origin.P1, f"0-{channel}:96.1.0", heard
        )
        yield _Device(channel, number, heard, port.at, limit, evidence)
