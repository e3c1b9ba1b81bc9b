"""What a telegram says: its octets in, a frozen `Telegram` out.

Rule: every data line comes out exactly once, as a reading, as an unknown line or as an error,
and one bad line costs only itself. Nothing is guessed from the version: each line is read by
its own code, so a telegram of any version, country or order is read the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

import msgspec

from hardware.errors import RemoteProtocolError
from hardware.p1.catalogue import CATALOGUE, Entry, Kind
from hardware.p1.integrity import Crc, judge, without_parity
from hardware.p1.timestamps import STAMP, parse_stamp
from hardware.values import Obis


@dataclass(frozen=True, slots=True)
class Outage:
    """One long power failure: when it ended (None where the meter did not know), how long."""

    end: datetime | None
    duration_s: int


Value: TypeAlias = Decimal | str | tuple[Outage, ...]


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One value of a telegram; a struct because thousands are made each second.

    Attributes:
        obis: its code, as on the line.
        value: exact number, text, or the outages of the log (most recent first).
        unit: as printed, empty for a bare number or text.
        time: UTC capture time where the line carries a valid one.
        name: from the catalogue.
    """

    obis: Obis
    value: Value
    unit: str
    time: datetime | None
    name: str


@dataclass(frozen=True, slots=True)
class LineError:
    """A data line that could not be read, and why."""

    line: str
    reason: str


@dataclass(frozen=True, slots=True)
class Telegram:
    """A whole telegram.

    Attributes:
        header: the identification, without `/`.
        version: what 1-3:0.2.8 (Belgium 0-0:96.1.4) says; None in 2.2 and 3.0.
        time: UTC, from 0-0:1.0.0; None in 2.2 and 3.0 or where it is no time.
        readings: in the order of the lines.
        unknown: well-formed lines that the catalogue has no entry for.
        errors: lines that could not be read.
        crc: `ok`, `bad` or `absent`.
    """

    header: str
    version: str | None
    time: datetime | None
    readings: tuple[Reading, ...]
    unknown: tuple[str, ...]
    errors: tuple[LineError, ...]
    crc: Crc


_CODE = r"[0-9]+-[0-9]+:[0-9]+\.[0-9]+\.[0-9]+"
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_FORM = re.compile(rf"{_CODE}(?:\*[0-9]+)?(?:\([^()]*\))+")
_QUANTITY = re.compile(rf"({_NUMBER})(?:\*([^()*]*))?\)")
_STAMPED = re.compile(rf"({STAMP.pattern})\)\(({_NUMBER})(?:\*([^()*]*))?\)")
_HOURLY = re.compile(
    rf"({STAMP.pattern})\)\([^()]*\)\([^()]*\)\([^()]*\)\({_CODE}\)\(([^()*]*)\)"
)
_CONTINUATION = re.compile(rf"\(({_NUMBER})\)")
_LOG = re.compile(
    rf"(?:[0-9]+\)(?:\({_CODE}\))?(?:\({STAMP.pattern}\)\([0-9]{{1,18}}(?:\*s)?\))*|\))"
)
_LOG_ENTRY = re.compile(rf"\(({STAMP.pattern})\)\(([0-9]+)(?:\*s)?\)")
_END = re.compile(r"!([^!\n]*)\n*\Z")

_UNITS = ("kWh", "kW", "V", "A", "m3", "GJ", "kvarh", "kvar", "Wh", "W", "varh", "var", "Hz")
_UNIT_AT_END = {")": "", **{f"{unit})": unit for unit in _UNITS}}


def parse(raw: bytes, crc: Crc | None = None) -> Telegram:
    """Read one telegram, from `/` through its end line (DSMR P1 5.0.2, 6.2 and 7).

    Args:
        raw: the octets as read; parity bits and LF line ends are understood.
        crc: the framer's verdict, so that it isn't worked out twice.

    Raises:
        RemoteProtocolError: the octets do not begin with `/`.
    """
    if not raw or raw[0] & 0x7F != 0x2F:
        raise RemoteProtocolError("a telegram begins with '/'")
    text = without_parity(raw).decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    end = _END.search(text)
    header, _, body = text[1 : end.start() if end else None].partition("\n")
    lines = _Body(body.split("\n"))
    lines.read()
    return lines.telegram(header, judge(raw) if crc is None else crc)


class _Body:
    """The data lines of one telegram on their way to readings, unknown lines and errors."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._readings: list[Reading] = []
        self._unknown: list[str] = []
        self._errors: list[LineError] = []
        self._version: str | None = None
        self._time: datetime | None = None
        self._taken_with_the_line_before = -1

    def read(self) -> None:
        """Take every line; most are one plain number and go the short way.

        This loop is where the time goes: thirty of a telegram's forty lines, a day of which
        is three million. So it asks nothing but tables and the methods of `str`, and leaves
        whatever is not plain (a sign, a strange unit, damage) to `_take`.
        """
        plain, others, unit_of = _PLAIN.get, _BY_CODE.get, _UNIT_AT_END.get
        keep = self._readings.append
        for at, line in enumerate(self._lines):
            code, opens, values = line.partition("(")
            entry = plain(code)
            if entry is not None:
                number, star, end = values.partition("*")
                if not star:
                    number, end = values[:-1], values[-1:]
                whole, point, decimals = number.partition(".")
                unit = unit_of(end)
                if (
                    unit is not None
                    and whole.isdecimal()
                    and (decimals.isdecimal() or not point)
                ):
                    obis, name = entry
                    keep(Reading(obis, Decimal(number), unit, None, name))
                    continue
            known = others(code)
            if known is not None and opens:
                self._take(at, known, line, values)
            else:
                self._take_stranger(at, line)

    def telegram(self, header: str, crc: Crc) -> Telegram:
        """The finished telegram."""
        return Telegram(
            header=header,
            version=self._version,
            time=self._time,
            readings=tuple(self._readings),
            unknown=tuple(self._unknown),
            errors=tuple(self._errors),
            crc=crc,
        )

    def _take(self, at: int, known: _Known, line: str, values: str) -> None:
        """A line of the catalogue; `values` is what stands behind its first `(`."""
        entry, decode = known
        kind = entry.kind
        if kind is Kind.HOURLY:
            reading = self._take_hourly(at, entry, values)
        else:
            reading = decode(entry, values)
        if reading is None:
            self._errors.append(LineError(line, _EXPECTED[kind]))
            return
        self._readings.append(reading)
        if kind is Kind.TIME:
            self._time = self._time or reading.time
        elif kind is Kind.VERSION:
            self._version = self._version or str(reading.value)

    def _take_stranger(self, at: int, line: str) -> None:
        if not line or at == self._taken_with_the_line_before:
            return
        if _FORM.fullmatch(line):
            self._unknown.append(line)
        else:
            self._errors.append(LineError(line, "not a data line"))

    def _take_hourly(self, at: int, entry: Entry, values: str) -> Reading | None:
        """A value of P1 2.2 or 3.0, which stands on the line after its description."""
        described = _HOURLY.fullmatch(values)
        following = self._lines[at + 1] if at + 1 < len(self._lines) else ""
        number = _CONTINUATION.fullmatch(following)
        if described is None or number is None:
            return None
        self._taken_with_the_line_before = at + 1
        stamp, unit = described.groups()
        return Reading(entry.obis, Decimal(number[1]), unit, parse_stamp(stamp), entry.name)


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


def _outages(entry: Entry, values: str) -> Reading | None:
    if not _LOG.fullmatch(values):
        return None
    outages = tuple(
        Outage(parse_stamp(end), int(duration)) for end, duration in _LOG_ENTRY.findall(values)
    )
    return Reading(entry.obis, outages, "", None, entry.name)


_Decoder: TypeAlias = Callable[[Entry, str], Reading | None]
_Known: TypeAlias = tuple[Entry, _Decoder]

_DECODERS: dict[Kind, _Decoder] = {
    Kind.NUMBER: _number,
    Kind.VERSION: _text,
    Kind.TEXT: _text,
    Kind.OCTETS: _octets,
    Kind.TIME: _time,
    Kind.TIMED: _timed,
    Kind.OUTAGES: _outages,
}

_BY_CODE: dict[str, _Known] = {
    printed: (entry, _DECODERS.get(entry.kind, _number))
    for code, entry in CATALOGUE.items()
    for printed in (code, f"{code}*255")
}
_PLAIN = {
    printed: (entry.obis, entry.name)
    for printed, (entry, _) in _BY_CODE.items()
    if entry.kind is Kind.NUMBER
}

_EXPECTED = {
    Kind.NUMBER: "not a number",
    Kind.VERSION: "not a text",
    Kind.TEXT: "not a text",
    Kind.OCTETS: "not a text",
    Kind.TIME: "not a time stamp",
    Kind.TIMED: "not a time stamp with a number",
    Kind.HOURLY: "not a value on two lines",
    Kind.OUTAGES: "not a log of power failures",
}
