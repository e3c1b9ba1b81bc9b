"""Which start of this machine it is: elapsed time means nothing across a restart.

Out comes a text that is the same until the machine starts again. Rule: where the system has no
such text it is derived from the clocks and only ever errs towards "started again".
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from fieldapp.clock import Clock

_LINUX = Path("/proc/sys/kernel/random/boot_id")
_GRAIN_S = 600


def boot_marker(clock: Clock) -> str:
    """The marker of the present start."""
    told = _told_by_the_system()
    return told or _derived(clock)


def _derived(clock: Clock) -> str:
    """The moment of the start, coarse enough to stand small corrections of the clock."""
    started = clock.now() - timedelta(seconds=clock.monotonic_s())
    return f"derived-{int(started.timestamp()) // _GRAIN_S}"


if sys.platform == "win32":
    import winreg

    _KEY = (
        r"SYSTEM\CurrentControlSet\Control\Session Manager"
        r"\Memory Management\PrefetchParameters"
    )

    def _told_by_the_system() -> str:
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _KEY) as key:
                return f"windows-{winreg.QueryValueEx(key, 'BootId')[0]}"
        except OSError:
            return ""
else:

    def _told_by_the_system() -> str:
        try:
            return _LINUX.read_text(encoding="ascii").strip()
        except OSError:
            return ""
