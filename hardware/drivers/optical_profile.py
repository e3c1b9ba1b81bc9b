"""Profiles of a meter: what they capture, and their rows of a period.

In come a conversation, a profile's code and a period, out come columns and rows of plain
values. Rule: the capture objects are read first, because they decide whether the rows are
interval data about a household; null-data stands for what follows from the row before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hardware.dlms.data import Data, DataType
from hardware.dlms.date_time import build_date_time, parse_date_time
from hardware.dlms.targets import AttributeRef, Selection, entry_range, time_range
from hardware.dlms.units import ScalerUnit
from hardware.drivers.optical_answers import plain
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_logs import DUTCH
from hardware.dsmr.objects import known_names
from hardware.errors import RemoteProtocolError
from hardware.values import Obis

_CLASS, _BUFFER, _COLUMNS, _PERIOD, _IN_USE = 7, 2, 3, 4, 7
_CLOCK = Obis(0, 0, 1, 0, 0)
_HARMLESS = (
    "clock",
    "amr_status",
    "voltage",
    "average_voltage",
    "power_failures",
    "long_power_failures",
    "last_sag",
    "last_swell",
)


@dataclass(frozen=True, slots=True)
class Column:
    """One capture object; `name` is empty where the catalogue has none.

    Attributes:
        scale: of a register's value; None for what is none.
    """

    class_id: int
    obis: Obis
    attribute: int
    name: str
    scale: ScalerUnit | None = None

    @property
    def is_value(self) -> bool:
        """Whether it is the value of a register, which has a scale."""
        return self.class_id in {3, 4} and self.attribute == 2

    @property
    def is_harmless(self) -> bool:
        """Only clock, status, voltage and counters tell nothing about a household."""
        return self.name.startswith(_HARMLESS)


@dataclass(frozen=True, slots=True)
class ProfileShape:
    """What a profile captures.

    Attributes:
        period_s: seconds between rows, 0 for a profile that is not regular.
    """

    obis: Obis
    columns: tuple[Column, ...]
    period_s: int

    @property
    def is_interval_data(self) -> bool:
        """Whether its rows say something about a household: reading them needs a purpose."""
        return not all(column.is_harmless for column in self.columns)


async def read_shape(conversation: Conversation, obis: Obis) -> ProfileShape:
    """The capture objects with their scales, and the period of a profile; no rows.

    Raises:
        AccessDenied, NotSupported, MeterError: the meter's refusal.
    """
    captured = await conversation.get(AttributeRef(_CLASS, obis, _COLUMNS))
    period = await conversation.get(AttributeRef(_CLASS, obis, _PERIOD))
    columns = [_column(each) for each in captured.elements]
    return ProfileShape(obis, await _scaled(conversation, columns), period.integer)


async def _scaled(conversation: Conversation, columns: list[Column]) -> tuple[Column, ...]:
    """The columns, each register with the scaler and unit that the meter gives for it."""
    places = [at for at, column in enumerate(columns) if column.is_value]
    targets = [AttributeRef(columns[at].class_id, columns[at].obis, 3) for at in places]
    for at, result in zip(places, await conversation.get_each(targets), strict=True):
        if isinstance(result, Data):
            columns[at] = replace(columns[at], scale=ScalerUnit.from_data(result))
    return tuple(columns)


async def read_rows(
    conversation: Conversation, shape: ProfileShape, since: datetime, until: datetime
) -> tuple[tuple[object, ...], ...]:
    """The rows of a period, both ends included; times aware, other values as they stand.

    Raises:
        RemoteProtocolError: rows that do not fit the columns, or a first one without values.
        AccessDenied, NotSupported, MeterError: the meter's refusal.
    """
    start, end = (build_date_time(moment, DUTCH) for moment in (since, until))
    return await _rows(conversation, shape, time_range(start, end))


async def read_last(
    conversation: Conversation, shape: ProfileShape, count: int
) -> tuple[tuple[object, ...], ...]:
    """The last `count` rows, by their numbers; errors and values as `read_rows`."""
    in_use = (await conversation.get(AttributeRef(_CLASS, shape.obis, _IN_USE))).integer
    if not in_use:
        return ()
    return await _rows(conversation, shape, entry_range(max(1, in_use - count + 1), in_use))


async def _rows(
    conversation: Conversation, shape: ProfileShape, selection: Selection
) -> tuple[tuple[object, ...], ...]:
    target = AttributeRef(_CLASS, shape.obis, _BUFFER, selection)
    rows: list[tuple[object, ...]] = []
    for row in (await conversation.get(target)).elements:
        rows.append(_filled(shape, row.elements, rows[-1] if rows else None))
    return tuple(rows)


def _column(captured: Data) -> Column:
    class_id, name, attribute = captured.fields(3)
    if len(name.octets) != 6:
        raise RemoteProtocolError(f"a logical name of {len(name.octets)} octets")
    obis = Obis.from_bytes(name.octets)
    names = known_names(obis)
    return Column(class_id.integer, obis, attribute.integer, names[0] if names else "")


def _filled(
    shape: ProfileShape, row: Sequence[Data], before: tuple[object, ...] | None
) -> tuple[object, ...]:
    if len(row) != len(shape.columns):
        raise RemoteProtocolError(f"{len(row)} values for {len(shape.columns)} columns")
    values = []
    for at, (column, data) in enumerate(zip(shape.columns, row, strict=True)):
        if data.tag != DataType.NULL:
            values.append(_value(column, data))
        elif before is None:
            raise RemoteProtocolError("the first row leaves values out")
        else:
            values.append(_following(before[at], shape.period_s))
    return tuple(values)


def _value(column: Column, data: Data) -> object:
    if column.obis == _CLOCK and isinstance(data.value, bytes):
        return parse_date_time(data.octets, DUTCH)
    return plain(data)


def _following(value: object, period_s: int) -> object:
    """What null-data means: the same value, or the next period of a time (P3 4.2.2)."""
    return value + timedelta(seconds=period_s) if isinstance(value, datetime) else value
