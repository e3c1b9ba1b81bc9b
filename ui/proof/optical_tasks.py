"""The optical bench's own client: what a visit asks of a meter, task by task, on one line.

In come a source, options and the line's turnaround; out come figures of each task. Rule: the
limit of a task is what its octets and its round trips take on this line, whatever the program;
what is above it is ours.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle

from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical import OpticalSession, open_optical
from hardware.drivers.optical_answers import ClockReading
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.optical_readout import Wishes
from hardware.dsmr.objects import Version, objects_of
from hardware.pump import WireStats
from hardware.serial_port import open_port
from hardware.values import Obis

VALUES, SCALES = 25, 15
"""40 attributes: registers, and the scalers and units of some of them."""

_PROFILE = Obis(1, 0, 99, 1, 0)
_ROWS_OF_A_DAY = 96
_SHORT, _RUNS = "preference", 3
"""The shortest task is done three times and the middle one counts."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one task took.

    Attributes:
        seconds: by the wall, from the first call to the last value.
        bytes: octets both ways.
        round_trips: times that the word went over and came back.
        line_seconds: the octets at the line's rate, ten bits each.
        ratio: seconds over line seconds and turnarounds.
    """

    task: str
    seconds: float
    bytes: int
    round_trips: int
    line_seconds: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where to measure.

    Attributes:
        source: the simulated meter's.
        options: as whom, and with what sizes.
        turnaround_s: how long it thinks before each answer.
        number: of the meter.
    """

    source: str
    options: OpticalOptions
    turnaround_s: float
    number: str


Task = Callable[[OpticalSession], Awaitable[object]]


async def measure(place: Place, tasks: Sequence[tuple[str, Task]]) -> list[Figures]:
    """The tasks in one session, the connecting before them.

    Raises:
        HardwareError: the meter does not answer as it should.
    """
    port = await open_port(place.source)
    began = time.perf_counter()
    async with open_optical(port, place.options) as session:
        took = time.perf_counter() - began
        found = [figures("connect", took, session.stats, place.turnaround_s)]
        await session.expect_meter(place.number)
        for name, task in tasks:
            runs = [await _timed(name, session, task, place)]
            while name == _SHORT and len(runs) < _RUNS:
                runs.append(await _timed(name, session, task, place))
            found.append(middle(runs))
    return found


def middle(runs: Sequence[Figures]) -> Figures:
    """The run in the middle, by its ratio."""
    return sorted(runs, key=lambda run: run.ratio)[len(runs) // 2]


def figures(task: str, seconds: float, spent: WireStats, turnaround_s: float) -> Figures:
    """The figures of a task that spent so much of the line."""
    turnarounds = spent.round_trips * turnaround_s
    limit = spent.line_seconds + turnarounds + spent.pause_seconds
    return Figures(
        task,
        round(seconds, 3),
        spent.bytes_sent + spent.bytes_received,
        spent.round_trips,
        round(spent.line_seconds, 3),
        round(seconds / limit, 3),
    )


def attributes() -> list[AttributeRef]:
    """The 40 that all clients are asked for, in this order."""
    registers = [entry for entry in objects_of(Version.SMR500) if entry.class_id == 3]
    values = [AttributeRef(3, entry.obis(), 2) for entry in registers[:VALUES]]
    return values + [AttributeRef(3, entry.obis(), 3) for entry in registers[:SCALES]]


def _now() -> datetime:
    return datetime.now(UTC)


async def _timed(name: str, session: OpticalSession, task: Task, place: Place) -> Figures:
    before, began = session.stats, time.perf_counter()
    await task(session)
    took, after = time.perf_counter() - began, session.stats
    spent = replace(
        after,
        bytes_sent=after.bytes_sent - before.bytes_sent,
        bytes_received=after.bytes_received - before.bytes_received,
        round_trips=after.round_trips - before.round_trips,
        line_seconds=after.line_seconds - before.line_seconds,
        pause_seconds=after.pause_seconds - before.pause_seconds,
    )
    return figures(name, took, spent, place.turnaround_s)


async def _place(session: OpticalSession) -> None:
    """What a placement sets: clock, location and the customer's choice, each read back."""
    operations = await session.operations(_now)
    await operations.set_clock(_whatever)
    await operations.write_location("WL-2671-12")
    await session.write_preference("on", _now)
    await session.alarms()
    await session.mbus()


def _whatever(_before: ClockReading, _limit_s: int) -> None:
    """A simulated clock may always be set."""


async def _profile_day(session: OpticalSession) -> None:
    shape = await session.profile_shape(_PROFILE)
    until = _now()
    rows = await session.profile_rows(shape, until - timedelta(days=1), until)
    if len(rows) != _ROWS_OF_A_DAY:
        raise ValueError(f"{len(rows)} rows of {_ROWS_OF_A_DAY}")


async def _each(session: OpticalSession) -> None:
    await session.get_each(attributes(), as_list=False)


async def _list(session: OpticalSession) -> None:
    await session.get_each(attributes())


class _Preference:
    """Write the other choice, and read it back."""

    def __init__(self) -> None:
        self._choices = cycle(("off", "on"))

    async def __call__(self, session: OpticalSession) -> None:
        proof = await session.write_preference(next(self._choices), _now)
        if not (proof.written and proof.holds):
            raise ValueError("the choice was not written")


async def _retrieve_state(session: OpticalSession) -> None:
    await session.retrieve_state(Wishes(_now))


EACH: tuple[tuple[str, Task], ...] = (("attributes_each", _each),)
"""One GET an attribute, nothing known before."""

STATE: tuple[tuple[str, Task], ...] = (("retrieve_state", _retrieve_state),)
"""Of the first session with a make of meter, whose scalers and units are not known yet."""

AGAIN: tuple[tuple[str, Task], ...] = (
    ("attributes_again", _list),
    ("retrieve_state_again", _retrieve_state),
    ("placement", _place),
    ("profile_day", _profile_day),
)
"""Of any later one."""


def first_tasks() -> tuple[tuple[str, Task], ...]:
    """On a meter whose administrative status is still that of the maker, on."""
    return (("attributes_list", _list), ("preference", _Preference()))
