"""A meter that has hung for years: every log full to its last row.

In comes a simulated meter and a span, out comes the same meter with its logs filled. Rule: rows
lie evenly over the span and end at the meter's present; their codes are those of the log.
"""

from __future__ import annotations

from datetime import timedelta

from hardware.simulators.optical_state import LOG_SIZES, OpticalMeter

_CODES: dict[str, tuple[int, ...]] = {
    "standard": (3, 1, 2, 10),
    "fraud": (40, 41),
    "mbus": (101, 105),
    "communication": (72,),
    "power_quality": (93,),
    "auxiliary": (0x1001,),
    "power_quality_extended": (93,),
    "thd": (1,),
    "power_failure": (180, 1_260, 4_020),
}


def filled(meter: OpticalMeter, span: timedelta) -> OpticalMeter:
    """The meter with all logs full, their rows over the last `span`."""
    now = meter.now()
    for name, size in LOG_SIZES.items():
        codes = _CODES[name]
        for at in range(size):
            extra = (at & 0xFFFF,) if name == "communication" else ()
            moment = now - span * (size - at) / size
            meter.log(name, codes[at % len(codes)], *extra, at=moment)
    return meter
