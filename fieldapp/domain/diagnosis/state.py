"""A meter's state, as a fact keeps it, in a shape that rules can look at.

In comes the mapping of `StateRetrieved.state`; out come quantities, events, counters and
channels. Rule: the mapping came from a store or from the office, perhaps of another version:
what is not there or not of its kind counts as absent and never raises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldapp.domain.diagnosis.finding import Evidence, Origin

COUNTER_OBIS = {
    "power_failures": "0-0:96.7.21",
    "long_power_failures": "0-0:96.7.9",
    **{f"voltage_sags_l{n}": f"1-0:{2 * n + 1}2.32.0" for n in (1, 2, 3)},
    **{f"voltage_swells_l{n}": f"1-0:{2 * n + 1}2.36.0" for n in (1, 2, 3)},
}
_ERROR_REGISTER, _ALARM_REGISTER = "0-0:97.97.0", "0-0:97.98.0"
CLOCK, STATUS = "0-0:1.0.0", "0-1:94.31.0"
_FAILURE_LOG = "power_failure"
_UNDEFINED = "undefined"
"""What a meter says of an object that it does not have (data-access-result 4)."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its name, unit and origin."""

    name: str
    value: Decimal
    unit: str
    evidence: Evidence

    @property
    def at(self) -> datetime | None:
        """When it was so."""
        return self.evidence.at


@dataclass(frozen=True, slots=True)
class Event:
    """A row of a log, by the meter's own clock; of a power failure `code` is its seconds."""

    log: str
    name: str
    code: int
    at: datetime | None

    @property
    def evidence(self) -> Evidence:
        """The row as it stands."""
        length = (str(self.code), "s") if self.log == _FAILURE_LOG else ("", "")
        return Evidence(self.name, *length, Origin.EVENT, self.log, self.at)


@dataclass(frozen=True, slots=True)
class Channel:
    """A device on the M-Bus; `heard` is when its value was taken, None where there is none."""

    number: int
    kind: str
    device: str
    key_status: str
    heard: datetime | None
    status: tuple[str, ...]

    @property
    def evidence(self) -> Evidence:
        """Who hangs here, and when it was heard."""
        ref = f"0-{self.number}:24.1.0"
        return Evidence(f"mbus{self.number}", self.device, "", Origin.P0, ref, self.heard)


@dataclass(frozen=True, slots=True)
class State:
    """One state; `at` is when it was read, by the laptop's clock."""

    raw: Mapping[str, Any]
    at: datetime | None

    @property
    def version(self) -> str:
        """Of the Dutch requirements: `smr500`, `dsmr22`; empty where it fits none."""
        return _text(_map(self.raw.get("identity")), "version")

    def quantity(self, name: str) -> Quantity | None:
        """A register, a value of a phase, or a counter."""
        for group in ("phases", "registers"):
            for row in _rows(self.raw.get(group)):
                value = number(row.get("value"))
                if row.get("name") == name and value is not None:
                    unit, obis = _text(row, "unit"), _text(row, "obis")
                    return self._quantity(name, value, unit, obis)
        count = number(_map(self.raw.get("counters")).get(name))
        if count is None:
            return None
        return self._quantity(name, count, "", COUNTER_OBIS.get(name, ""))

    def names(self, group: str) -> tuple[str, ...]:
        """The bits that are set: of `alarms` or `errors`."""
        held = self.raw.get(group)
        return tuple(str(name) for name in held) if isinstance(held, list) else ()

    def lit(self, *beginnings: str) -> tuple[Evidence, ...]:
        """The alarm and error bits whose names begin so."""
        groups = (("alarms", _ALARM_REGISTER), ("errors", _ERROR_REGISTER))
        return tuple(
            Evidence(name, "1", "", Origin.P0, obis, self.at)
            for group, obis in groups
            for name in self.names(group)
            if name.startswith(beginnings)
        )

    def has_log(self, *names: str) -> bool:
        """Whether one of these logs was read."""
        logs = _map(self.raw.get("logs"))
        return any(isinstance(logs.get(name), list) for name in names)

    def events(self, *beginnings: str) -> tuple[Event, ...]:
        """The rows of all logs whose names begin so, oldest first; without a time last."""
        rows = (event for event in self._events() if event.name.startswith(beginnings))
        return tuple(sorted(rows, key=lambda e: (e.at is None, e.at or _NEVER)))

    def log(self, name: str) -> tuple[Event, ...]:
        """The rows of one log."""
        return tuple(event for event in self._events() if event.log == name)

    def refused(self, *beginnings: str) -> bool:
        """Whether the meter has objects whose names begin so and keeps them to itself."""
        held = self.raw.get("left_out")
        kept = [str(one) for one in held] if isinstance(held, list) else []
        return any(one.startswith(beginnings) and _UNDEFINED not in one for one in kept)

    @property
    def channels(self) -> tuple[Channel, ...] | None:
        """The M-Bus channels where something is coupled; None where none was read."""
        held = self.raw.get("mbus")
        if not isinstance(held, list) or not held:
            return None
        return tuple(_channel(row) for row in _rows(held) if _text(row, "device"))

    @property
    def clock(self) -> Mapping[str, Any]:
        """The clock's part."""
        return _map(self.raw.get("clock"))

    @property
    def clock_time(self) -> datetime | None:
        """What the meter's clock said."""
        return moment(self.clock.get("time"))

    @property
    def deviation_s(self) -> Decimal | None:
        """The meter's clock minus the laptop's."""
        return number(self.clock.get("deviation_s"))

    @property
    def uncertainty_s(self) -> Decimal:
        """How far the deviation may be wrong."""
        return number(self.clock.get("uncertainty_s")) or Decimal(0)

    @property
    def clock_flags(self) -> tuple[str, ...]:
        """What the meter says of its own clock."""
        flags = self.clock.get("flags")
        return tuple(str(flag) for flag in flags) if isinstance(flags, list) else ()

    @property
    def status(self) -> int | None:
        """The administrative status."""
        value = _map(self.raw.get("preference")).get("value")
        return value if isinstance(value, int) else None

    @property
    def modem(self) -> Mapping[str, Any] | None:
        """The modem's part; None where the meter told of none."""
        held = self.raw.get("modem")
        return _map(held) if isinstance(held, Mapping) else None

    def _quantity(self, name: str, value: Decimal, unit: str, obis: str) -> Quantity:
        evidence = Evidence(name, f"{value:f}", unit, Origin.P0, obis, self.at)
        return Quantity(name, value, unit, evidence)

    def _events(self) -> Iterator[Event]:
        for log, rows in _map(self.raw.get("logs")).items():
            for row in _rows(rows):
                code = row.get("code")
                at = moment(row.get("time"))
                name = _text(row, "name") or f"event_{code}"
                yield Event(str(log), name, code if isinstance(code, int) else 0, at)


_BEYOND = Decimal(10) ** 15
_NEVER = datetime.max.replace(tzinfo=UTC)


def number(value: object) -> Decimal | None:
    """An exact number from a text or an integer; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if is_sane(found) else None


def is_sane(found: Decimal) -> bool:
    """Whether a meter can mean it: finite, and not beyond every register."""
    return found.is_finite() and abs(found) < _BEYOND


def moment(value: object) -> datetime | None:
    """An aware time from its text; None for anything else."""
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
    else:
        return None
    return found if found.tzinfo is not None else None


def _channel(row: Mapping[str, Any]) -> Channel:
    channel, status = row.get("channel"), row.get("status")
    return Channel(
        number=channel if isinstance(channel, int) else 0,
        kind=_text(row, "device"),
        device=_text(row, "equipment_id"),
        key_status=_text(row, "key_status"),
        heard=moment(_map(row.get("register")).get("time")),
        status=tuple(str(bit) for bit in status) if isinstance(status, list) else (),
    )


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _rows(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (row for row in value if isinstance(row, Mapping))


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) else ""
