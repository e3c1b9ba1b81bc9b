"""A meter that has hung for years: every log full to its last row.

In comes a simulated meter and a span, out comes the same meter with its logs filled. Rule: rows
lie evenly over the span in the order of time and end at the meter's present, so that a readout
by range takes some and leaves the rest; their codes are those of the log.
"""

from __future__ import annotations

from datetime import timedelta

from hardware.simulators.optical_state import LOG_SIZES, OpticalMeter

YEAR = timedelta(days=365)
_CODES: dict[str, tuple[int, ...]] = {
    "standard": (3, 1, 2, 9, 10, 11),
    "fraud": (40, 41, 47),
    "mbus": (100, 101, 102, 105),
    "communication": (71, 72, 73, 75),
    "power_quality": (93, 96, 84),
    "auxiliary": (0x1000, 0x8080, 0x80A1),
    "power_quality_extended": (77, 80, 83),
    "thd": (51, 54),
    "power_failure": (240, 4020, 960),
}
_EXTRA = {"communication": 1, "power_quality_extended": 2, "thd": 1}


def filled(meter: OpticalMeter, span: timedelta = YEAR) -> OpticalMeter:
    """The meter with all logs full, their rows over the last `span`."""
    now = meter.now()
    for name, size in LOG_SIZES.items():
        codes, extras = _CODES[name], _EXTRA.get(name, 0)
        for at in range(size):
            moment = now - span * (size - at - 1) / size
            meter.log(name, codes[at % len(codes)], *(at & 0xFFFF,) * extras, at=moment)
    return meter
