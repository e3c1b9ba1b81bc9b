"""What is never written in general: closed altogether, or open to its named operation only.

In comes a target, out comes nothing or a refusal. Rule (trade.md, "Keys and counters"):
breaker, firmware, tariff calendar, security setup and the keys of the meter are never written
from here; clock, status, registers, texts, M-Bus channels and the factory reset have operations
with their own rules.
"""

from __future__ import annotations

from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.errors import LocalProtocolError
from hardware.values import Obis

RESET = MethodRef(9, Obis.parse("0-1:94.31.5"), 1)
"""The one script that has a named operation: a removed meter's way back to the factory."""

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


def check_general(target: AttributeRef | MethodRef) -> None:
    """Refuse a general SET or ACTION on what has a named operation, or is never written.

    Raises:
        LocalProtocolError: closed, whatever the meter would say.
    """
    check_named(target)
    if target.class_id in _BY_NAME_ONLY or str(target.obis) in _CODES_BY_NAME_ONLY:
        raise LocalProtocolError(f"written by name only: {target}")


def check_named(target: AttributeRef | MethodRef) -> None:
    """Refuse also a named operation on what is never written; errors as `check_general`."""
    if target.class_id in _NEVER and target != RESET:
        raise LocalProtocolError(f"never written from here: {target}")
