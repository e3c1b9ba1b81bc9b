"""What is never written in general: closed altogether, or open to its named operation only.

In come a class and a code, out comes whether it is closed. Rule (trade.md, "Keys and
counters"): breaker, firmware, tariff calendar, security setup and keys are never written from
here; clock, status, registers, texts and M-Bus channels have operations with their own rules.
"""

from __future__ import annotations

from hardware.values import Obis

_NEVER = {
    6,  # register activation: tariffs
    9,  # scripts: tariffs, factory reset, breaker
    11,  # special days
    15,  # association: secrets
    18,  # firmware image
    20,  # activity calendar
    21,  # register monitor: breaker by threshold
    22,  # single action schedule
    64,  # security setup
    70,  # disconnect control
    71,  # limiter
}
_BY_NAME_ONLY = {8, 72}
_CODES_BY_NAME_ONLY = {
    "0-1:94.31.0",  # administrative status
    "0-1:94.31.3",  # configuration: P0 and security per port
    "0-1:94.31.5",  # factory reset
    "0-0:96.1.3",  # location
    "0-0:96.13.0",  # consumer message
    "0-0:96.13.1",
    "0-0:97.97.0",  # error register
    "0-0:97.98.0",  # alarm registers
    "0-0:97.98.1",
    "0-0:97.98.2",
}


def is_closed(class_id: int, obis: Obis) -> bool:
    """Whether a general SET or ACTION on this is refused, whatever the meter would say."""
    return class_id in _NEVER | _BY_NAME_ONLY or str(obis) in _CODES_BY_NAME_ONLY
