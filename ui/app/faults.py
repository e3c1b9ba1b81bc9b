"""Faults and signals: what reaches the program from outside its own flow.

In come exceptions that nothing caught, in Qt's slots and in the loop, and the system's request
to end; out goes one call each. Rule: of a fault only its kind and place are told, never data.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

_log = logging.getLogger(__name__)


class Signals:
    """Ends the program as the cross does, where the system lets it."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def __enter__(self) -> None:
        self._each(lambda loop, number: loop.add_signal_handler(number, self._end))

    def __exit__(self, *args: object) -> None:
        self._each(lambda loop, number: loop.remove_signal_handler(number))

    def _each(self, do: Callable[[asyncio.AbstractEventLoop, int], object]) -> None:
        if sys.platform != "win32":
            for number in (signal.SIGTERM, signal.SIGINT):
                do(asyncio.get_running_loop(), number)


class Faults:
    """Hears of every fault that no task or page caught: in Qt's slots and in the loop."""

    def __init__(self) -> None:
        self.told: Callable[[BaseException], None] = log_fault
        self._before = sys.excepthook

    def __enter__(self) -> Faults:
        sys.excepthook = self._in_a_slot
        asyncio.get_running_loop().set_exception_handler(self._in_the_loop)
        return self

    def __exit__(self, *args: object) -> None:
        sys.excepthook = self._before
        asyncio.get_running_loop().set_exception_handler(None)

    def _in_a_slot(
        self, kind: type[BaseException], fault: BaseException, trace: TracebackType | None
    ) -> None:
        del kind, trace
        log_fault(fault)
        self.told(fault)

    def _in_the_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        del loop
        fault = context.get("exception")
        if isinstance(fault, BaseException):
            log_fault(fault)
            self.told(fault)


def place_of(fault: BaseException) -> str:
    """Where in the program a fault was met: `file:line` of its innermost frame, no data."""
    frames = traceback.extract_tb(fault.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


def log_fault(fault: BaseException) -> None:
    """Its kind and place, never its data."""
    _log.error("fault: %s at %s", type(fault).__name__, place_of(fault))
