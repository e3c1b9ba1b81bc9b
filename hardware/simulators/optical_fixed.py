"""Objects of a simulated meter that do not move: scripts, calendar, push, security.

In comes an object, out come its attributes. Rule: shapes as IEC 62056-6-2 has them, contents as
little as a reader needs; nothing here can be written.
"""

from __future__ import annotations

from collections.abc import Callable

from hardware.dlms.data import (
    Data,
    DataType,
    array,
    double_long_unsigned,
    enum,
    long_unsigned,
    octet_string,
    structure,
    unsigned,
)
from hardware.dsmr.objects import MeterObject

_NOTHING = array(())
_NAME = octet_string(b"1")
_NO_TIME = octet_string(b"\xff" * 12)
_9600 = 5
_BLOCK_SIZE = 216

_FIXED: dict[int, dict[int, Data]] = {
    6: {2: _NOTHING, 3: _NOTHING, 4: octet_string(b"\x02")},
    9: {2: _NOTHING},
    11: {2: _NOTHING},
    18: {
        2: double_long_unsigned(_BLOCK_SIZE),
        3: Data(DataType.BIT_STRING, ""),
        4: double_long_unsigned(0),
        5: Data(DataType.BOOLEAN, value=False),
        6: enum(0),
        7: _NOTHING,
    },
    # mode E, opening and offering 9600, 200 ms, device 17 (P3 4.2.2, 5.13)
    19: {2: enum(0), 3: enum(_9600), 4: enum(_9600), 5: enum(1), 6: octet_string(b"17")},
    20: {
        **dict.fromkeys((2, 6), _NAME),
        **dict.fromkeys((3, 4, 5, 7, 8, 9), _NOTHING),
        10: _NO_TIME,
    },
    22: {2: structure(octet_string(bytes(6)), long_unsigned(0)), 3: enum(1), 4: _NOTHING},
    # 9600, window 1, 128 octets, 25 ms, 120 s, device 17 (P3 4.2.2, 5.14)
    23: {
        2: enum(_9600),
        3: unsigned(1),
        4: unsigned(1),
        5: long_unsigned(128),
        6: long_unsigned(128),
        7: long_unsigned(25),
        8: long_unsigned(120),
        9: long_unsigned(17),
    },
    40: {
        2: _NOTHING,
        3: structure(enum(0), octet_string(b""), enum(0)),
        4: _NOTHING,
        5: long_unsigned(0),
        6: unsigned(0),
        7: long_unsigned(0),
    },
    64: {2: enum(3), 3: enum(0), 4: octet_string(b""), 5: octet_string(b"")},
}

FIXED_CLASSES = frozenset(_FIXED)
RESET_SCRIPT = 1
BY_NAME: dict[str, dict[int, Data]] = {
    "factory_reset": {2: array((structure(long_unsigned(RESET_SCRIPT), _NOTHING),))}
}


def fixed_attributes(entry: MeterObject) -> dict[int, Callable[[], Data]]:
    """The attributes of this object, without its logical name."""

    def reader(value: Data) -> Callable[[], Data]:
        return lambda: value

    found = BY_NAME.get(entry.name, _FIXED[entry.class_id])
    return {number: reader(value) for number, value in found.items()}
