"""What a telegram says: its octets in, a frozen `Telegram` out.

Rule: every data line comes out exactly once, as a reading, as an unknown line or as an error,
and one bad line costs only itself. Nothing is guessed from the version: each line is read by
its own code, so a telegram of any version, country or order is read the same way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from hardware.errors import RemoteProtocolError
from hardware.p1.catalogue import Entry, Kind
from hardware.p1.integrity import Crc, as_characters, judge, parity_errors
from hardware.p1.layout import Layouts, Slot
from hardware.p1.lines import BY_CODE, CODE, EXPECTED, PLAIN, UNITS, hourly, months
from hardware.p1.readings import Outage, Reading, Value

__all__ = ["LineError", "Outage", "Reading", "Telegram", "TelegramReader", "Value", "parse"]


WRONG_PARITY = "wrong parity"
"""Why a line of 7E1 with a damaged character is not read."""


@dataclass(frozen=True, slots=True)
class LineError:
    """A data line that could not be read, and why."""

    line: str
    reason: str


class Telegram(msgspec.Struct, frozen=True):
    """A whole telegram.

    Attributes:
        header: the identification, without `/`.
        version: what 1-3:0.2.8 (Belgium 0-0:96.1.4) says; None in 2.2 and 3.0.
        time: UTC, from 0-0:1.0.0; None in 2.2 and 3.0 or where it is no time.
        readings: in the order of the lines.
        unknown: well-formed lines that the catalogue has no entry for.
        errors: lines that could not be read.
        crc: `ok`, `bad` (also where there is none, but a character's parity is wrong), or
            `absent`.
    """

    header: str
    version: str | None
    time: datetime | None
    readings: tuple[Reading, ...]
    unknown: tuple[str, ...]
    errors: tuple[LineError, ...]
    crc: Crc


_FORM = re.compile(rf"{CODE}(?:\*[0-9]+)?(?:\([^()]*\))+")
_END = re.compile(r"!([^!\n]*)\n*\Z")


def parse(raw: bytes, crc: Crc | None = None) -> Telegram:
    """Read one telegram, from `/` through its end line (DSMR P1 5.0.2, 6.2 and 7).

    Args:
        raw: the octets as read; parity bits and LF line ends are understood.
        crc: the framer's verdict, so that it isn't worked out twice.

    Raises:
        RemoteProtocolError: the octets do not begin with `/`.
    """
    header, body = _opened(raw)
    lines = _Lines(body.split("\n"))
    lines.read(damaged=bool(parity_errors(raw)))
    return lines.telegram(header, judge(raw) if crc is None else crc)


class TelegramReader:
    """Reads one telegram after another, faster than `parse` what is laid out as before."""

    def __init__(self) -> None:
        self._layouts = Layouts()

    def read(self, raw: bytes, crc: Crc) -> Telegram:
        """What `parse` says of this telegram.

        Raises:
            RemoteProtocolError: as `parse`.
        """
        header, body = _opened(raw)
        if crc == "bad" and parity_errors(raw):
            return parse(raw, crc)
        layout = self._layouts.of(header)
        parts = None if layout is None else layout.take_apart(body)
        if layout is not None and parts is not None:
            lines = _Lines(parts)
            lines.read_parts(layout.slots)
        else:
            lines = _Lines(body.split("\n"))
            lines.read()
            self._layouts.learn(header, lines.texts)
        return lines.telegram(header, crc)


def _opened(raw: bytes) -> tuple[str, str]:
    """The identification and the data lines, each line ended by LF."""
    if not raw or raw[0] & 0x7F != 0x2F:
        raise RemoteProtocolError("a telegram begins with '/'")
    text = as_characters(raw).decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    end = _END.search(text)
    header, _, body = text[1 : end.start() if end else None].partition("\n")
    return header, body


class _Lines:
    """The data lines of one telegram on their way to readings, unknown lines and errors."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self._readings: list[Reading] = []
        self._unknown: list[str] = []
        self._errors: list[LineError] = []
        self._version: str | None = None
        self._time: datetime | None = None
        self._taken_with_the_line_before = -1

    def read(self, *, damaged: bool = False) -> None:
        """Take every line; most are one plain number and go the short way.

        `damaged`: characters with bit 7 set had the wrong parity.

        This loop and the next are where the time goes: thirty of a telegram's forty lines, a
        day of which is three million. So they ask nothing but tables and the methods of
        `str`, and leave whatever is not plain (a sign, a strange unit, damage) to `_take`.
        """
        plain, unit_of, keep = PLAIN.get, UNITS.get, self._readings.append
        for at, line in enumerate(self.texts):
            code, _, values = line.partition("(")
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
            if damaged and not line.isascii():
                self._errors.append(LineError(line, WRONG_PARITY))
            else:
                self._take(at, line)

    def read_parts(self, slots: Sequence[Slot | None]) -> None:
        """Take every line of a body that a layout took apart."""
        keep = self._readings.append
        for at, slot in enumerate(slots):
            text = self.texts[at]
            if slot is None:
                self._take(at, text)
                continue
            opening, entry, unit, decode = slot
            if decode is None:
                keep(Reading(entry.obis, Decimal(text), unit, None, entry.name))
                continue
            reading = decode(entry, text)
            if reading is not None:
                keep(reading)
            else:
                self._take(at, opening + text)

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

    def _take(self, at: int, line: str) -> None:
        """A line that is not one plain number."""
        code, opens, values = line.partition("(")
        known = BY_CODE.get(code)
        if known is None or not opens:
            self._take_stranger(at, line)
            return
        entry, decode = known
        kind = entry.kind
        if kind is Kind.HOURLY or kind is Kind.MONTHS:
            self._take_several(at, entry, line, values)
            return
        reading = decode(entry, values)
        if reading is None:
            self._errors.append(LineError(line, EXPECTED[kind]))
            return
        self._readings.append(reading)
        if kind is Kind.TIME:
            self._time = self._time or reading.time
        elif kind is Kind.VERSION:
            self._version = self._version or str(reading.value)

    def _take_several(self, at: int, entry: Entry, line: str, values: str) -> None:
        """A value on two lines, or several values on one."""
        if entry.kind is Kind.MONTHS:
            found = months(entry, values)
        else:
            following = self.texts[at + 1] if at + 1 < len(self.texts) else ""
            reading = hourly(entry, values, following)
            found = None if reading is None else [reading]
            self._taken_with_the_line_before = -1 if reading is None else at + 1
        if found is None:
            self._errors.append(LineError(line, EXPECTED[entry.kind]))
        else:
            self._readings += found

    def _take_stranger(self, at: int, line: str) -> None:
        if not line or at == self._taken_with_the_line_before:
            return
        if _FORM.fullmatch(line):
            self._unknown.append(line)
        else:
            self._errors.append(LineError(line, "not a data line"))
