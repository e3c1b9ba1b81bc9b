"""`fieldapp demo`: a whole practice day on this machine.

In come the options of the command line; out come the steps as they happen and, at the end, a
table or one summary object. Exit 0 only if the office holds exactly what was done.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from fieldapp.clock import SystemClock
from fieldapp.errors import FieldAppError
from fieldapp.settings import data_folder
from hardware.errors import HardwareError
from sync.errors import SyncError
from ui.cli.output import emit_json, emit_line, fail
from ui.demo.comparison import Comparison
from ui.demo.day import Day, Say, run_day
from ui.demo.hands import Stuck
from ui.demo.processes import DemoFailed
from ui.demo.technician import work_day
from ui.demo.window import practice_window
from ui.messages import sentence
from ui.presenters.metering import Sources

T = TypeVar("T")

_CARRIED = frozenset({"operation", "file"})
_WIDTHS = (8, 20, 10, 7, 10, 12)
_HEADS = ("visit", "kind", "state", "steps", "readings", "operations")


def register(app: typer.Typer) -> None:
    """Put the commands of the practice day on `app`."""
    app.command()(demo)
    app.command("demo-technician", hidden=True)(demo_technician)


def demo(
    *,
    headless: Annotated[bool, typer.Option("--headless", help="Without a window.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    keep: Annotated[
        Path | None, typer.Option("--keep", help="Leave laptop and office in this folder.")
    ] = None,
    stop_before_sync: Annotated[
        bool, typer.Option("--stop-before-sync", help="End with all in the outbox.")
    ] = False,
) -> None:
    """A practice day: an office, a laptop, simulated meters, and the app on top.

    With --headless the day's eight visits are worked without a screen, with one kill.
    """
    say = emit_json if as_json else _speak
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _empty(folder)
        day = Day(folder, SystemClock(), say, sync=not stop_before_sync)
        if not headless and _windowed(day):
            return
        comparison = _without_window(day)
    if comparison is not None:
        _close(comparison, say, as_json=as_json)


def _windowed(day: Day) -> bool:
    """Show the day in the window; False where there is no screen, which is said."""
    room = import_module("ui.app")
    probe = room.Probe()
    if not probe.has_screen():
        note = "There is no screen to open a window on; running the day without one."
        day.say({"kind": "note", "note": note})
        return False
    _or_say(lambda: room.run(day.laptop, probe, lambda: practice_window(day)))
    return True


def _without_window(day: Day) -> Comparison | None:
    return _or_say(lambda: asyncio.run(run_day(day)))


def _or_say(work: Callable[[], T]) -> T:
    """Do `work`; what can go wrong on this machine ends the command in one line."""
    try:
        return work()
    except DemoFailed as e:
        fail(f"The practice day stopped. {e}")
    except HardwareError as e:
        fail(sentence(e, "en"))


def demo_technician(
    p1: Annotated[str, typer.Option("--p1")],
    optical: Annotated[str, typer.Option("--optical")],
) -> None:
    """Work the practice day's visits; started by `demo`, which also kills it."""
    try:
        asyncio.run(work_day(data_folder(None), Sources(p1=p1, p0=optical), emit_json))
    except Stuck as e:
        fail(str(e))
    except (FieldAppError, HardwareError, SyncError) as e:
        fail(sentence(e, "en"))


def _empty(folder: Path) -> None:
    """Make the folder; a day is never mixed with an earlier one."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        fail(f"{folder} is not empty. Name an empty folder for the practice day.")


def _speak(line: dict[str, Any]) -> None:
    """One step as a line of text; what a sync carried is told by its last line."""
    if line["kind"] in _CARRIED:
        return
    words = [f"{name} {value}" for name, value in line.items() if name != "kind" and value]
    emit_line(f"{line['kind']:>8}  " + " · ".join(words))


def _close(comparison: Comparison, say: Say, *, as_json: bool) -> None:
    if not as_json:
        _table(comparison)
    say(comparison.summary())
    if not comparison.exact:
        fail("The office does not hold exactly what was done. Please report this day.")


def _table(comparison: Comparison) -> None:
    emit_line("")
    emit_line(_row(_HEADS))
    for visit in comparison.visits:
        cells = (visit["number"], *(visit[head] for head in _HEADS[1:]))
        emit_line(_row(cells))
    emit_line("")


def _row(cells: tuple[object, ...]) -> str:
    return "  ".join(f"{cell!s:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
