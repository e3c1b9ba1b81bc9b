"""What a measured process tells the one that started it: JSON lines, flushed at once.

Rule: one that does not come to its end says on standard error where it stands, and ends.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import sys

PATIENCE_S = 45.0
"""Beyond the time that was asked for: a slow machine's start and end."""

_LAST_WORDS_S = 2.0


def tell(kind: str, **values: object) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps({"kind": kind, **values}) + "\n")
    sys.stdout.flush()


def end_within(seconds: float) -> None:
    """After so long and `PATIENCE_S`: write where every thread stands, and exit with 1."""
    faulthandler.dump_traceback_later(seconds + PATIENCE_S, exit=True)


def name_tasks_after(loop: asyncio.AbstractEventLoop, seconds: float) -> None:
    """Shortly before the end of `end_within`: write where every task of the loop waits."""
    loop.call_later(seconds + PATIENCE_S - _LAST_WORDS_S, _name_tasks, loop)


def _name_tasks(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.print_stack(file=sys.stderr)
    sys.stderr.flush()
