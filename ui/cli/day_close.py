"""`fieldapp day --close`: the end of the day, and what the office confirmed of it.

In come a date and the technician's count of the van; out come what was closed and, where the
office can be reached, its receipt with every difference. Rule: without a network the day is
closed all the same and exits 0; a difference exits 1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import typer

from fieldapp.domain.day_close import Difference
from fieldapp.errors import NotEnrolled
from fieldapp.settings import data_folder
from ui.cli.output import emit_json, emit_line, fail
from ui.cli.passphrase import source_of
from ui.messages import word
from ui.presenters.day_close import DayCloseState
from ui.wiring import is_laptop, open_laptop

_LANGUAGE = "en"


def close_day(
    on: date | None, counted: Sequence[str], passphrase_file: Path | None, *, as_json: bool
) -> None:
    """Close a day, try to deliver it, and say how it stands."""
    numbers = _numbers(counted)
    closed = asyncio.run(_close(on, numbers, passphrase_file))
    if as_json:
        emit_json(_shape(closed))
    else:
        for line in _lines(closed):
            emit_line(line)
    if closed.differences:
        fail(
            "The office holds something else than this laptop. Synchronise, or call the office."
        )


def _numbers(counted: Sequence[str]) -> dict[str, int]:
    numbers = {}
    for text in counted:
        item, _, number = text.partition("=")
        if not item or not number.isdecimal():
            raise typer.BadParameter(f"{text}: write ITEM=N", param_hint="--count")
        numbers[item] = int(number)
    return numbers


async def _close(
    on: date | None, numbers: Mapping[str, int], passphrase_file: Path | None
) -> DayCloseState:
    folder = data_folder(None)
    if not is_laptop(folder):
        raise NotEnrolled
    laptop = await open_laptop(folder, source_of(folder, passphrase_file))
    try:
        await laptop.owner()
        page = laptop.day_close_presenter(on)
        await page.open()
        unknown = sorted(numbers.keys() - page.state.expected.keys())
        if unknown:
            there = ", ".join(page.state.expected) or "nothing: no stock is kept for this van"
            what = f"{', '.join(unknown)}: there is {there}"
            raise typer.BadParameter(what, param_hint="--count")
        for item, number in numbers.items():
            page.set_counted(item, number)
        if not await page.close_day() and page.state.problem is not None:
            fail(f"{page.state.problem.what} {page.state.problem.do}")
        await page.sync()
        page.close()
        return page.state
    finally:
        await laptop.close()


def _shape(state: DayCloseState) -> dict[str, object]:
    assert state.closing is not None
    closed, receipt = state.closing.closed, state.closing.receipt
    return {
        "kind": "day",
        "day": state.day.isoformat(),
        "visits": {str(name): number for name, number in state.states.items()},
        "undone": [row.number for row in state.undone],
        "operations": closed.operations,
        "files": state.files,
        "moves": closed.moves,
        "expected": closed.expected,
        "counted": closed.counted,
        "undelivered": state.undelivered,
        "files_waiting": state.files_waiting,
        "confirmed": state.closing.confirmed,
        "receipt": None
        if receipt is None
        else {
            "made_at": receipt.made_at,
            "visits": {visit.id: str(visit.state) for visit in receipt.visits},
            "operations": receipt.operations,
            "files": sum(visit.files for visit in receipt.visits),
            "moves": receipt.moves,
        },
        "differences": [
            {"what": one.what, "about": one.about, "here": one.here, "there": one.there}
            for one in state.differences
        ],
    }


def _lines(state: DayCloseState) -> list[str]:
    assert state.closing is not None
    states = (f"{n} {word('states', name, _LANGUAGE)}" for name, n in state.states.items())
    lines = [
        f"{state.day.isoformat()} closed: {', '.join(states) or 'no visits'}",
        f"{state.closing.closed.operations} operations, {state.files} files",
    ]
    lines += [
        f"van: {item} {number:+} of {state.expected[item]}"
        for item, number in state.short.items()
    ]
    if state.closing.receipt is None:
        left = f"{state.undelivered} operations and {state.files_waiting} files wait"
        return [*lines, f"not confirmed yet: {left}; it is confirmed once there is a network"]
    if state.closing.confirmed:
        return [*lines, f"confirmed by the office at {state.closing.receipt.made_at:%H:%M} UTC"]
    return [*lines, *(_difference(state, one) for one in state.differences)]


def _difference(state: DayCloseState, one: Difference) -> str:
    about = f" {state.number_of(one.about)}" if one.about else ""
    return (
        f"differs: {one.what}{about}: here {one.here}, at the office {one.there or 'nothing'}"
    )
