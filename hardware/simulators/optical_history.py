"""Full logs for a simulated meter: as many rows as a real one holds.

In comes a meter, goes out with every log of its version full. Rule: rows are spread over the
last year in the order of time, so that a readout by range takes some and leaves the rest.
"""

from __future__ import annotations

from datetime import timedelta

from hardware.simulators.optical_state import LOG_SIZES, OpticalMeter

_CODES: dict[str, tuple[int, ...]] = {
    "standard": (3, 1, 2, 9, 11),
    "fraud": (40, 41, 47),
    "mbus": (100, 101, 102),
    "communication": (71, 72, 73, 75),
    "power_quality": (93, 96, 84),
    "auxiliary": (0x1000, 0x8080, 0x80A1),
    "power_quality_extended": (77, 80, 83),
    "thd": (51, 54),
    "power_failure": (240, 4020, 960),
}
_EXTRA = {"communication": 1, "power_quality_extended": 2, "thd": 1}
_DAY, _YEAR = timedelta(days=1), timedelta(days=365)


def with_full_logs(meter: OpticalMeter) -> OpticalMeter:
    """The meter, every log full; the last row is a day old, the first a year."""
    for name, codes in _CODES.items():
        size = LOG_SIZES[name]
        meter.logs.pop(name, None)
        for at in range(size):
            extra = (at & 0xFFFF,) * _EXTRA.get(name, 0)
            moment = meter.now() - _DAY - _YEAR * (size - at - 1) / size
            meter.log(name, codes[at % len(codes)], *extra, at=moment)
    return meter
