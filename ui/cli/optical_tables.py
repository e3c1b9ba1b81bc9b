"""Tables of the `optical` commands for people: columns that line up, one thing a line.

In comes a shape as `--json` prints it, out come lines. Rule: a table shows the same values as
the JSON, only the protocol's own spellings are made readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hardware.dlms.units import ScalerUnit

Cells = Sequence[object]
_AT_THE_METER = ZoneInfo("Europe/Amsterdam")


def alarm_table(shape: dict[str, Any]) -> list[str]:
    """What is set, register by register."""
    return [
        *_clearing(shape),
        *table(
            ("register", "value"),
            [(name, f"0x{value:08X}") for name, value in _state_of(shape)["registers"].items()],
        ),
        f"alarms: {_listed(_state_of(shape)['alarms'])}",
        f"errors: {_listed(_state_of(shape)['errors'])}",
    ]


def _clearing(shape: dict[str, Any]) -> list[str]:
    if "cleared" not in shape:
        return []
    before = shape["before"]
    return [
        f"meter {shape['meter']}",
        f"before: {_listed([*before['alarms'], *before['errors']])}",
        f"cleared: {_listed(shape['cleared'])}",
    ]


def _state_of(shape: dict[str, Any]) -> dict[str, Any]:
    after: dict[str, Any] = shape.get("after", shape)
    return after


def log_table(shape: dict[str, Any]) -> list[str]:
    """All logs as one timeline, newest first."""
    rows = [
        (row.get("time", row.get("end")), log, row.get("name", "power_failure"), _more(row))
        for log, found in shape["logs"].items()
        for row in found
    ]
    rows.sort(key=lambda row: row[0].timestamp() if row[0] else 0.0, reverse=True)
    shown = [(_local(time), log, name, more) for time, log, name, more in rows]
    left_out = [f"not read: {text}" for text in shape["left_out"]]
    return [*table(("time", "log", "event", ""), shown), *left_out]


def _more(row: dict[str, Any]) -> str:
    if "duration_s" in row:
        return f"{row['duration_s']} s"
    return " ".join(str(value) for value in row.get("extra", ()))


def channel_table(shape: dict[str, Any]) -> list[str]:
    """The four channels."""
    rows = [
        (
            slot["channel"],
            slot["device"] or "-",
            slot.get("equipment_id") or slot.get("number", ""),
            slot.get("manufacturer", ""),
            f"{slot['value']} {slot['unit']}" if slot.get("value") is not None else "",
            _local(slot.get("time")),
            slot.get("key_status", ""),
            _listed(slot.get("status", [])) if slot.get("status") else "",
        )
        for slot in shape["mbus"]
    ]
    heads = ("channel", "device", "number", "maker", "value", "taken", "key", "status")
    return table(heads, rows)


def profile_table(shape: dict[str, Any]) -> list[str]:
    """The rows under the names of their columns."""
    columns = shape["columns"]
    heads = [f"{one['name'] or one['obis']} {one['unit'] or ''}".strip() for one in columns]
    rows = [
        [_cell(cell, column["scaler"]) for cell, column in zip(row, columns, strict=True)]
        for row in shape["rows"]
    ]
    return table(heads, rows)


def _cell(value: object, scaler: int | None) -> object:
    """A time at the meter, a register's value in its unit, anything else as it stands."""
    if isinstance(value, datetime):
        return _local(value)
    if scaler is not None and isinstance(value, int):
        return ScalerUnit(scaler, "").scaled(value)
    return value


def table(heads: Cells, rows: Iterable[Cells]) -> list[str]:
    """Columns as wide as their widest cell."""
    written = [[str(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*written, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in written
    ]


def _local(time: datetime | None) -> str:
    if time is None:
        return "-"
    return f"{time.astimezone(_AT_THE_METER):%Y-%m-%d %H:%M:%S}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "-"
