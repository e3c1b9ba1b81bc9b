"""Reads the values behind the code of one line: each kind of the catalogue in its own way.

An `Entry` and the text behind the first `(` of its line in; the readings out, or None where the
text is not what the entry promises. Rule: a value is read whole or not at all, so that a
damaged line never passes for another value.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from hardware.p1.catalogue import CATALOGUE, Entry, Kind
from hardware.p1.readings import Outage, Reading
from hardware.p1.timestamps import STAMP, parse_stamp

CODE = r"[0-9]+-[0-9]+:[0-9]+\.[0-9]+\.[0-9]+"
"""How a code is printed, as a pattern."""

MONTH_PEAK = "month_peak_demand"
MONTH_VALUE = "month_end_value"

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_QUANTITY = re.compile(rf"({_NUMBER})(?:\*([^()*]*))?\)")
_STAMPED = re.compile(rf"({STAMP.pattern})\)\(({_NUMBER})(?:\*([^()*]*))?\)")
_HOURLY = re.compile(
    rf"({STAMP.pattern})\)\([^()]*\)\([^()]*\)\([^()]*\)\({CODE}\)\(([^()*]*)\)"
)
_CONTINUATION = re.compile(rf"\(({_NUMBER})\)")
_LOG = re.compile(
    rf"(?:[0-9]+\)(?:\({CODE}\))?(?:\({STAMP.pattern}\)\([0-9]{{1,18}}(?:\*s)?\))*|\))"
)
_MONTH = rf"\({STAMP.pattern}\)\({STAMP.pattern}\)\({_NUMBER}(?:\*[^()*]*)?\)"
_PEAKS = re.compile(rf"[0-9]+\)\({CODE}\)\({CODE}\)(?:{_MONTH})*")
_PEAK = re.compile(
    rf"\(({STAMP.pattern})\)\(({STAMP.pattern})\)\(({_NUMBER})(?:\*([^()*]*))?\)"
)
_CLOSING = re.compile(rf"({STAMP.pattern})\)((?:\({_NUMBER}(?:\*[^()*]*)?\))+)")
_CLOSED = re.compile(rf"\(({_NUMBER})(?:\*([^()*]*))?\)")
_LOG_ENTRY = re.compile(rf"\(({STAMP.pattern})\)\(([0-9]+)(?:\*s)?\)")


def _number(entry: Entry, values: str) -> Reading | None:
    """A number that is not plain: with a sign, or in a unit that is rarely seen."""
    found = _QUANTITY.fullmatch(values)
    if found is None:
        return None
    number, unit = found.groups()
    return Reading(entry.obis, Decimal(number), unit or "", None, entry.name)


def _text(entry: Entry, values: str) -> Reading | None:
    text = _only(values)
    return None if text is None else Reading(entry.obis, text, "", None, entry.name)


def _octets(entry: Entry, values: str) -> Reading | None:
    """Hexadecimal octets become text where they all print; otherwise they stay as they are."""
    text = _only(values)
    if text is None:
        return None
    return Reading(entry.obis, _printed(text), "", None, entry.name)


def _only(values: str) -> str | None:
    """What stands between the brackets, where it is one pair."""
    text, closes, rest = values.partition(")")
    return text if closes and not rest and "(" not in text else None


def _printed(text: str) -> str:
    if not text.isalnum():
        return text
    try:
        printed = bytes.fromhex(text).decode("ascii")
    except ValueError:
        return text
    return printed if printed.isprintable() else text


def _time(entry: Entry, values: str) -> Reading | None:
    stamp, end = values[:-1], values[-1:]
    if end != ")" or not STAMP.fullmatch(stamp):
        return None
    return Reading(entry.obis, stamp, "", parse_stamp(stamp), entry.name)


def _timed(entry: Entry, values: str) -> Reading | None:
    found = _STAMPED.fullmatch(values)
    if found is None:
        return None
    stamp, number, unit = found.groups()
    return Reading(entry.obis, Decimal(number), unit or "", parse_stamp(stamp), entry.name)


def hourly(entry: Entry, values: str, following: str) -> Reading | None:
    """A value of P1 2.2 or 3.0: `values` describe it, it stands on the line `following`."""
    described, number = _HOURLY.fullmatch(values), _CONTINUATION.fullmatch(following)
    if described is None or number is None:
        return None
    stamp, unit = described.groups()
    return Reading(entry.obis, Decimal(number[1]), unit, parse_stamp(stamp), entry.name)


def months(entry: Entry, values: str) -> list[Reading] | None:
    """What a meter keeps of the past months, which takes several readings.

    Belgium: for each month its end and its peak, at the time of the peak. Hungary: the end of
    the last month and all registers as they stood then. An empty list is one empty reading.
    """
    if values == ")":
        return [Reading(entry.obis, "", "", None, entry.name)]
    if _PEAKS.fullmatch(values):
        found = [_peak(entry, *month) for month in _PEAK.findall(values)]
        return [part for month in found for part in month] or months(entry, ")")
    closing = _CLOSING.fullmatch(values)
    if closing is None:
        return None
    stamp, registers = closing.groups()
    end = parse_stamp(stamp)
    stood = [
        Reading(entry.obis, Decimal(number), unit, end, MONTH_VALUE)
        for number, unit in _CLOSED.findall(registers)
    ]
    return [Reading(entry.obis, stamp, "", end, entry.name), *stood]


def _peak(entry: Entry, end: str, at: str, number: str, unit: str) -> tuple[Reading, Reading]:
    return (
        Reading(entry.obis, end, "", parse_stamp(end), entry.name),
        Reading(entry.obis, Decimal(number), unit, parse_stamp(at), MONTH_PEAK),
    )


def _outages(entry: Entry, values: str) -> Reading | None:
    if not _LOG.fullmatch(values):
        return None
    outages = tuple(
        Outage(parse_stamp(end), int(duration)) for end, duration in _LOG_ENTRY.findall(values)
    )
    return Reading(entry.obis, outages, "", None, entry.name)


Decoder: TypeAlias = Callable[[Entry, str], Reading | None]

_DECODERS: dict[Kind, Decoder] = {
    Kind.NUMBER: _number,
    Kind.VERSION: _text,
    Kind.TEXT: _text,
    Kind.OCTETS: _octets,
    Kind.TIME: _time,
    Kind.TIMED: _timed,
    Kind.OUTAGES: _outages,
}

BY_CODE: dict[str, tuple[Entry, Decoder]] = {
    printed: (entry, _DECODERS.get(entry.kind, _number))
    for code, entry in CATALOGUE.items()
    for printed in (code, f"{code}*255")
}
"""Each code as printed, with and without `*255`: what it means and how it is read."""

PLAIN = {
    printed: (entry.obis, entry.name)
    for printed, (entry, _) in BY_CODE.items()
    if entry.kind is Kind.NUMBER
}
"""Those that are one plain number, which most lines are: code and name."""

_UNITS = ("kWh", "kW", "V", "A", "m3", "GJ", "kvarh", "kvar", "Wh", "W", "varh", "var", "Hz")

UNITS = {")": "", **{f"{unit})": unit for unit in _UNITS}}
"""What stands behind a plain number, and the unit it means."""

EXPECTED = {
    Kind.NUMBER: "not a number",
    Kind.VERSION: "not a text",
    Kind.TEXT: "not a text",
    Kind.OCTETS: "not a text",
    Kind.TIME: "not a time stamp",
    Kind.TIMED: "not a time stamp with a number",
    Kind.HOURLY: "not a value on two lines",
    Kind.OUTAGES: "not a log of power failures",
    Kind.MONTHS: "not a list of months",
}
"""Why a line of a kind could not be read."""
