"""One contact of an `optical` command with a meter, and how its answer is shown.

In come where and as whom, what is asked and why; out comes the answer, or one line of refusal.
Rule: each contact goes through `door` before its port is opened, what cannot be undone is said
and agreed to first, and a write without a visit is refused unless it is the workshop's.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import NoReturn, TypeVar

import typer

from fieldapp.domain.privacy import MeterAction
from fieldapp.errors import FieldAppError
from hardware.drivers.optical import OpticalSession, open_optical
from hardware.errors import HardwareError
from hardware.serial_port import open_port
from ui.cli.optical_options import Reach
from ui.cli.optical_shapes import Shape
from ui.cli.output import emit_json, emit_line, fail
from ui.cli.wanted import Door, Wanted, unwatched
from ui.messages import explain

Answer = TypeVar("Answer")
door: Door = unwatched
"""What every contact goes through; `ui.cli.meters` puts the noting one here."""


def contact(
    reach: Reach,
    wanted: MeterAction | Wanted,
    ask: Callable[[OpticalSession], Awaitable[Answer]],
) -> Answer:
    """Open, ask, close; errors end the command with one line."""
    wish = wanted if isinstance(wanted, Wanted) else reach.wanted(wanted)
    options = reach.options()
    through = door(wish)

    async def run() -> Answer:
        async with through as entry:
            secured = reach.secured(options, entry)
            port = await open_port(reach.source)
            async with open_optical(port, secured) as session:
                if entry.meter is not None:
                    await session.expect_meter(entry.meter)
                return await ask(session)

    try:
        return asyncio.run(run())
    except (HardwareError, FieldAppError) as e:
        refuse(e)


def refuse(error: Exception) -> NoReturn:
    """End the command with what happened and what to do."""
    message = explain(error, "en")
    fail(f"{message.what} {message.do} ({message.detail})")


def to_write(reach: Reach) -> None:
    """End the command where there is no reason to write."""
    if not reach.may_write:
        fail("A write needs --visit ID, or --purpose workshop without one.")


def agree(reach: Reach, what: str, *, yes: bool) -> None:
    """Ask before something that can't be undone; without anybody to ask, `--yes` is needed."""
    if yes:
        return
    if reach.json or not sys.stdin.isatty():
        fail(f"{what} This can't be undone; agree to it with --yes.")
    if not typer.confirm(f"{what} Go on?", err=True):
        fail("Nothing was written.")


def now() -> datetime:
    """This machine's time."""
    return datetime.now(UTC)


def show(reach: Reach, shape: Shape, table: Callable[[Shape], list[str]] | None = None) -> None:
    """Print an answer: one JSON object, or a table for people."""
    if reach.json:
        emit_json(shape)
        return
    for line in table(shape) if table else lines(shape, ""):
        emit_line(line)


def lines(value: object, path: str) -> list[str]:
    """A shape for people: one line a value, with the path to it."""
    if isinstance(value, dict):
        return [line for key, part in value.items() for line in lines(part, f"{path}{key} ")]
    if isinstance(value, list) and any(isinstance(part, dict) for part in value):
        return [
            line for at, part in enumerate(value, 1) for line in lines(part, f"{path}{at} ")
        ]
    if isinstance(value, list):
        value = ", ".join(str(part) for part in value) or "-"
    return [f"{path.strip()}: {'-' if value is None else value}"]
