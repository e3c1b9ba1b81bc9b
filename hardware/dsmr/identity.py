"""How Dutch meters are numbered: equipment identifiers, M-Bus short ids, FLAG codes.

In come texts and numbers as meters hold them, out come the spellings on the name plate.
Rule: a number that does not follow the rule keeps its digits and is compared as text.
"""

from __future__ import annotations


def same_meter(first: str, second: str) -> bool:
    """Whether two equipment identifiers name the same meter; blanks and case do not count."""
    return _plain(first) == _plain(second) and bool(_plain(first))


def flag_code(number: int) -> str:
    """The three capitals of an M-Bus manufacturer id (EN 13757-3); empty for 0."""
    if not number:
        return ""
    letters = (number >> 10 & 0x1F, number >> 5 & 0x1F, number & 0x1F)
    return "".join(chr(64 + letter) for letter in letters)


def flag_number(code: str) -> int:
    """The reverse of `flag_code`."""
    number = 0
    for letter in code:
        number = number << 5 | (ord(letter) - 64)
    return number


def mbus_number(value: int, class_version: int) -> str:
    """The eight digits of an M-Bus identification number (class 72 attribute 6).

    Version 0 of the class holds the digits as hexadecimal nibbles, version 1 as a number.
    """
    if not value:
        return ""
    return f"{value:08X}" if class_version == 0 else f"{value:08d}"


def mbus_value(number: str, class_version: int) -> int:
    """The reverse of `mbus_number`.

    Raises:
        ValueError: not eight digits.
    """
    if len(number) != 8 or not number.isdecimal():
        raise ValueError(f"not an M-Bus number: {number!r}")
    return int(number, 16 if class_version == 0 else 10)


def short_number(equipment_id: str) -> str:
    """The M-Bus number of a device: the last eight of the ten digits of its serial number.

    Empty for an identifier of another form.
    """
    digits = _plain(equipment_id)[7:15]
    return digits if len(digits) == 8 and digits.isdecimal() else ""


def _plain(number: str) -> str:
    return "".join(number.split()).upper()
