"""The keys at the workshop's bench: the practice meter that lies there is in every picture.

In comes the workshop's folder; out comes the way to that meter. Rule: its laptop belongs to
nobody, so no office sends it a key; a real one names a keys file.
"""

from __future__ import annotations

from pathlib import Path

from fieldapp.clock import Clock
from fieldapp.work.loose_counters import LooseCounters
from fieldapp.work.tools import Access
from hardware.drivers.optical_access import Authentication, Hls
from hardware.drivers.optical_line import OpticalOptions
from ui.demo.world import practice_keys

ON_THE_BENCH = "E0044007382311627"
_TITLE = b"FAPbench"


def bench_access(folder: Path, clock: Clock) -> Access:
    """As whom the workshop comes to the meter on its bench."""
    keys = practice_keys()[ON_THE_BENCH]
    hls = Hls(_TITLE, clock.random_bytes, LooseCounters(folder), keys, meter=ON_THE_BENCH)

    async def reach(_number: str) -> OpticalOptions:
        return OpticalOptions(auth=Authentication.HLS5, hls=hls)

    return reach
