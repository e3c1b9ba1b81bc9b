"""How much of the processor processes have used, children and all, where the system says so.

Process numbers in; seconds out, from `/proc` (proc(5)); where there is none, nothing is said.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_PROC = Path("/proc")


def used_s(process: int) -> float | None:
    """Seconds of processor time of a process and its living children; None: not known."""
    if not _PROC.is_dir():
        return None
    own = _ticks(process)
    below = [_ticks(int(p.name)) for p in _PROC.iterdir() if p.name.isdecimal()]
    return (sum(t for parent, t in below if parent == process) + own[1]) / _a_second()


if sys.platform == "win32":

    def _a_second() -> int:
        return 1

else:

    def _a_second() -> int:
        return os.sysconf("SC_CLK_TCK")


def _ticks(process: int) -> tuple[int, int]:
    """Parent, and ticks in user and system mode with those of children that were waited for."""
    try:
        text = (_PROC / str(process) / "stat").read_text("utf-8")
    except OSError:
        return 0, 0
    fields = text.rpartition(")")[2].split()
    return int(fields[1]), sum(int(fields[n]) for n in range(11, 15))
