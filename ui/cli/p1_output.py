"""How telegrams and noise look on the command line: as JSON objects, or as a table.

Events in, printed lines out. Rule: the JSON form is one that others script against; nothing
in it is renamed or left out, only added to.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from hardware.p1.catalogue import CATALOGUE
from hardware.p1.dialect import dialect_of
from hardware.p1.framer import Noise
from hardware.p1.telegram import Outage, Reading, Telegram
from ui.cli.output import emit_json, emit_line

_CODES = {id(entry.obis): code for code, entry in CATALOGUE.items()}
"""By identity: readings share the codes of the catalogue, and a code takes long to print."""

_JSON = msgspec.json.Encoder()
_ZONE = ZoneInfo("Europe/Amsterdam")


def show_json(event: Telegram | Noise) -> None:
    """Print one event as one JSON object, in ASCII."""
    found = noise_object(event) if isinstance(event, Noise) else telegram_object(event)
    encoded = _JSON.encode(found)
    if encoded.isascii():
        emit_line(encoded.decode())
    else:
        emit_json(found)


def noise_object(noise: Noise) -> dict[str, object]:
    """The JSON object of octets that belong to no telegram."""
    return {
        "kind": "noise",
        "bytes": noise.size,
        "reason": noise.reason.value,
        "cause": noise.cause.value,
    }


def telegram_object(telegram: Telegram) -> dict[str, object]:
    """The JSON object of a telegram."""
    dialect = dialect_of(telegram)
    return {
        "kind": "telegram",
        "header": telegram.header,
        "version": telegram.version,
        "crc": telegram.crc,
        "time": _iso(telegram.time),
        "readings": [_reading_object(reading) for reading in telegram.readings],
        "unknown": [{"line": line} for line in telegram.unknown],
        "errors": [{"line": error.line, "reason": error.reason} for error in telegram.errors],
        "dialect": dialect.value,
        "interval_s": dialect.interval_s,
    }


def _reading_object(reading: Reading) -> dict[str, object]:
    obis, value, time = reading.obis, reading.value, reading.time
    return {
        "obis": _CODES.get(id(obis)) or str(obis),
        "value": _outages(value) if isinstance(value, tuple) else str(value),
        "unit": reading.unit,
        "time": None if time is None else time.isoformat(),
        "name": reading.name,
    }


def _outages(log: tuple[Outage, ...]) -> list[dict[str, object]]:
    return [{"end": _iso(out.end), "duration_s": out.duration_s} for out in log]


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def show_table(event: Telegram | Noise) -> None:
    """Print one event for people, times in the Netherlands' own."""
    if isinstance(event, Noise):
        emit_line(f"-- {event.size} bytes of noise: {event.reason}, {event.cause}")
        return
    version = event.version or "before 4.0"
    emit_line(
        f"== {event.header}  {_kind(event)}  version {version}"
        f"  checksum {event.crc}  {_local(event.time)}"
    )
    for reading in event.readings:
        emit_line(_row(reading))
    for line in event.unknown:
        emit_line(f"?  {line}")
    for error in event.errors:
        emit_line(f"!  {error.line}  ({error.reason})")


def _kind(telegram: Telegram) -> str:
    dialect = dialect_of(telegram)
    every = f" every {dialect.interval_s} s" if dialect.interval_s else ""
    return f"{dialect}{every}"


def _row(reading: Reading) -> str:
    value = reading.value
    if isinstance(value, tuple):
        shown = "; ".join(f"{_local(out.end)} for {out.duration_s} s" for out in value)
    else:
        shown = f"{value} {reading.unit}"
    row = f"   {reading.obis!s:<14}{reading.name:<32}{shown:<20}"
    when = _local(reading.time) if reading.time else ""
    return f"{row} {when}".rstrip()


def _local(time: datetime | None) -> str:
    return f"{time.astimezone(_ZONE):%Y-%m-%d %H:%M:%S}" if time else "no time"
