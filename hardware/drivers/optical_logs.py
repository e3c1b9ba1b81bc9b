"""Event logs of a meter, by range, decoded by name.

In come a conversation and a period, out come rows with names. Rule: a log is asked for by range
only; of the communication session log at most the last 50 rows, because each visit adds to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hardware.dlms.data import Data, DataType
from hardware.dlms.date_time import build_date_time, parse_date_time
from hardware.dlms.targets import AttributeRef, entry_range, time_range
from hardware.drivers.optical_answers import LogEntry
from hardware.drivers.optical_conversation import Conversation
from hardware.dsmr.events import LOGS, event_name
from hardware.dsmr.inventory import Inventory
from hardware.errors import MeterError, RemoteProtocolError

DUTCH = ZoneInfo("Europe/Amsterdam")
COMMUNICATION_ROWS = 50
POWER_FAILURES = "power_failure"


class LogReader:
    """Reads the logs of one meter.

    Attributes:
        rows: log name to its rows, oldest first.
        left_out: which rows or logs were not read, and why.
    """

    def __init__(self, conversation: Conversation, inventory: Inventory) -> None:
        self._conversation = conversation
        self._inventory = inventory
        self.rows: dict[str, tuple[LogEntry, ...]] = {}
        self.left_out: list[str] = []

    async def read_all(
        self, since: datetime, until: datetime, names: Collection[str] = ()
    ) -> None:
        """Every log that the meter has, or those of `names`, from `since` to `until`."""
        for name in (*LOGS, POWER_FAILURES):
            entry = self._inventory.find(f"{name}_log")
            if entry is None or (names and name not in names):
                continue
            target = AttributeRef(entry.class_id, entry.obis(), 2)
            try:
                self.rows[name] = await self._read(name, target, (since, until))
            except MeterError as e:
                self.left_out.append(f"{name} log: {e}")

    async def _read(
        self, name: str, target: AttributeRef, period: tuple[datetime, datetime]
    ) -> tuple[LogEntry, ...]:
        if name == "communication":
            return await self._last_rows(name, target, period)
        start, end = (build_date_time(moment, DUTCH) for moment in period)
        return await self._rows(name, replace(target, selection=time_range(start, end)), period)

    async def _last_rows(
        self, name: str, target: AttributeRef, period: tuple[datetime, datetime]
    ) -> tuple[LogEntry, ...]:
        in_use = AttributeRef(target.class_id, target.obis, 7)
        count = (await self._conversation.get(in_use)).integer
        first = max(1, count - COMMUNICATION_ROWS + 1)
        if first > 1:
            self.left_out.append(f"{name} log: the oldest {first - 1} of {count} rows")
        if not count:
            return ()
        return await self._rows(
            name, replace(target, selection=entry_range(first, count)), period
        )

    async def _rows(
        self, name: str, target: AttributeRef, period: tuple[datetime, datetime]
    ) -> tuple[LogEntry, ...]:
        data = await self._conversation.get(target)
        entries = (_entry(name, row) for row in _filled(data.elements))
        return tuple(entry for entry in entries if _within(entry, period))


def _filled(rows: Sequence[Data]) -> Iterator[tuple[Data, ...]]:
    """Rows with what null-data stands for: the value of the row before (P3 4.2.2)."""
    before: tuple[Data, ...] = ()
    for row in rows:
        held = [*before[: len(row.elements)], *row.elements[len(before) :]]
        pairs = zip(row.elements, held, strict=True)
        before = tuple(old if new.tag == DataType.NULL else new for new, old in pairs)
        yield before


def _entry(name: str, row: tuple[Data, ...]) -> LogEntry:
    if len(row) < 2:
        raise RemoteProtocolError(f"a log row of {len(row)} values")
    moment, code, *more = row
    time = parse_date_time(moment.octets, DUTCH)
    number = code.integer
    word = POWER_FAILURES if name == POWER_FAILURES else event_name(number)
    return LogEntry(time, number, word, tuple(extra.integer for extra in more))


def _within(entry: LogEntry, period: tuple[datetime, datetime]) -> bool:
    """A row without a time can't be shown to lie outside the period, so it stays."""
    return entry.time is None or period[0] <= entry.time <= period[1]
