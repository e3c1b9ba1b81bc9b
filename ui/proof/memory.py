"""How much memory this process holds now, where the system says it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_MB = 1024 * 1024


if sys.platform == "linux":

    def resident_mb() -> float:
        """Resident memory in MB; 0 where it is not known."""
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / _MB

else:

    def resident_mb() -> float:
        """Resident memory in MB; 0 where it is not known."""
        return 0.0
