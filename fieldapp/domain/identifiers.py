"""The identifiers of the trade and their checks: EAN, meter number, postcode.

In come texts as people type, scan or import them; out come the canonical forms. A connection's
EAN with a wrong check digit is accepted and can be asked about: real connections are not known
to hold it (a warning, never a refusal).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NewType

from fieldapp.errors import IdentifierError

Ean = NewType("Ean", str)
MeterNumber = NewType("MeterNumber", str)
Postcode = NewType("Postcode", str)

_EAN = re.compile(r"[0-9]{18}")
_METER_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9 ]{2,33}")
_DUTCH_METER_NUMBER = re.compile(r"[EG ][A-Z0-9 ]{4}[0-9]{12}")
_DUTCH_METER_NUMBER_INSIDE = re.compile(r"(?<![A-Z0-9])[EG][A-Z0-9]{4}[0-9]{12}(?![A-Z0-9])")
_POSTCODE = re.compile(r"([1-9][0-9]{3})\s?([A-Za-z]{2})")


def parse_ean(text: str) -> Ean:
    """Read the EAN of a connection: 18 digits; blanks between them are ignored.

    Raises:
        IdentifierError: not 18 digits.
    """
    digits = "".join(text.split())
    if not _EAN.fullmatch(digits):
        raise IdentifierError("EAN", text)
    return Ean(digits)


def ean_check_digit(digits: str) -> str:
    """The GS1 modulo-10 digit that follows `digits` (weights 3, 1, 3, ... from the right)."""
    total = sum(
        int(digit) * (3 if place % 2 == 0 else 1)
        for place, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


def ean_is_checked(ean: Ean) -> bool:
    """Whether the last digit is the GS1 check digit of those before it."""
    return ean_check_digit(ean[:-1]) == ean[-1]


def parse_meter_number(text: str) -> MeterNumber:
    """Read a meter number as printed or scanned: capitals, digits, inner blanks.

    Raises:
        IdentifierError: shorter than 3 or longer than 34 characters, or other characters.
    """
    number = text.strip().upper()
    if not _METER_NUMBER.fullmatch(number):
        raise IdentifierError("meter number", text)
    return MeterNumber(number)


def is_dutch_equipment_identifier(number: MeterNumber) -> bool:
    """Whether it has the 17-character form: 5 meter code, 10 serial, 2 year (P3 5.2)."""
    return _DUTCH_METER_NUMBER.fullmatch(number) is not None


def meter_numbers_in(
    codes: Collection[str], known: Collection[str] = ()
) -> tuple[MeterNumber, ...]:
    """The meter numbers among codes read from a photo, the likeliest first, each once.

    A number that is known goes before one of the 17-character form (P3 5.2), alone or inside a
    longer code, and that before whatever else could be printed as a number on an older meter.
    """
    whole = [number for code in codes if (number := _as_meter_number(code))]
    inside = [
        MeterNumber(found)
        for code in codes
        for found in _DUTCH_METER_NUMBER_INSIDE.findall(code.upper())
    ]
    sure = (*inside, *(one for one in whole if is_dutch_equipment_identifier(one)))
    ranked = (*(one for one in (*whole, *inside) if one in known), *sure)
    return tuple(dict.fromkeys(ranked or whole))


def _as_meter_number(code: str) -> MeterNumber | None:
    try:
        return parse_meter_number(code)
    except IdentifierError:
        return None


def parse_postcode(text: str) -> Postcode:
    """Read a Dutch postcode; canonical form `2671 AB`.

    Raises:
        IdentifierError: not four digits (first not 0) and two letters.
    """
    found = _POSTCODE.fullmatch(text.strip())
    if found is None:
        raise IdentifierError("postcode", text)
    return Postcode(f"{found[1]} {found[2].upper()}")
