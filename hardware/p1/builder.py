"""Writes telegrams as a meter does: the other direction of `telegram`.

Readings in; lines, whole telegrams and their checksum out. Rule: `parse(build(x)) == x` for
every telegram that a meter could have sent; numbers get the leading zeros of their catalogue
entry, the digits behind the point are those of the value.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import groupby, pairwise

from hardware.checksums import crc16_arc
from hardware.p1.catalogue import CATALOGUE, Entry, Kind
from hardware.p1.lines import MONTH_VALUE
from hardware.p1.telegram import Outage, Reading, Telegram
from hardware.p1.timestamps import build_stamp

_NEVER = "632525252525S"


def build(telegram: Telegram) -> bytes:
    """The octets of a telegram: its readings, then its unknown lines and its bad lines.

    `crc` decides about the end line: `ok` right, `bad` wrong, `absent` none. `version` and
    `time` are not looked at: they are readings too.

    Raises:
        KeyError: a reading's code is not in the catalogue.
    """
    lines = lines_of(telegram.readings)
    lines += telegram.unknown
    lines += [error.line for error in telegram.errors]
    whole = frame(telegram.header, lines, checksum=telegram.crc != "absent")
    return whole if telegram.crc != "bad" else with_wrong_checksum(whole)


def frame(header: str, lines: Iterable[str], *, checksum: bool) -> bytes:
    """Put header, lines and end line together (DSMR P1 5.0.2, 6.2)."""
    body = "".join(f"{line}\r\n" for line in lines)
    checked = f"/{header}\r\n\r\n{body}!".encode("latin-1")
    digits = b"%04X" % crc16_arc(checked) if checksum else b""
    return checked + digits + b"\r\n"


def with_right_checksum(telegram: bytes) -> bytes:
    """The same telegram with the checksum that fits, where it carries one."""
    checked, _, digits = telegram.rpartition(b"!")
    checked += b"!"
    return checked + (b"%04X\r\n" % crc16_arc(checked) if digits.strip() else digits)


def with_wrong_checksum(telegram: bytes) -> bytes:
    """The same telegram with four digits at its end that do not fit."""
    checked = telegram[: telegram.rindex(b"!") + 1]
    return checked + b"%04X\r\n" % (crc16_arc(checked) ^ 0xFFFF)


def with_short_checksum(telegram: bytes) -> bytes:
    """The same telegram without leading zeros in its checksum, as some meters send it."""
    checked, bang, digits = telegram.rpartition(b"!")
    if not digits.strip():
        return telegram
    return checked + bang + (digits.strip().lstrip(b"0") or b"0") + b"\r\n"


def lines_of(readings: Iterable[Reading], widths: Mapping[str, int] | None = None) -> list[str]:
    """The lines of readings in order; those that belong on one line must be neighbours.

    Args:
        readings: what to write; their codes must be in the catalogue.
        widths: digits before the point by code, where the version differs from 5.0.2.
    """
    lines: list[str] = []
    for code, found in groupby(readings, lambda reading: str(reading.obis)):
        if CATALOGUE[code].kind is Kind.MONTHS:
            lines.append(code + _months(list(found)))
        else:
            lines += [render(reading, (widths or {}).get(code)) for reading in found]
    return lines


def render(reading: Reading, whole_digits: int | None = None) -> str:
    """One reading as its line (two for the values of 2.2 and 3.0), without a line end.

    Args:
        reading: what to write; its code must be in the catalogue.
        whole_digits: digits before the point where the version differs from 5.0.2.
    """
    code = str(reading.obis)
    entry = CATALOGUE[code]
    width = entry.whole_digits if whole_digits is None else whole_digits
    return code + _values(entry, reading, width)


def _values(entry: Entry, reading: Reading, width: int) -> str:
    if isinstance(reading.value, tuple):
        return _log(reading.value)
    if isinstance(reading.value, str):
        return f"({_hex(reading.value) if entry.kind is Kind.OCTETS else reading.value})"
    number = _padded(reading.value, width)
    if entry.kind is Kind.HOURLY:
        stamp = build_stamp(reading.time, with_letter=False) if reading.time else _NEVER[:12]
        channel = entry.obis.b
        return f"({stamp})(00)(60)(1)(0-{channel}:24.2.1)({reading.unit})\r\n({number})"
    quantity = f"{number}*{reading.unit}" if reading.unit else number
    if entry.kind is Kind.TIMED:
        return f"({_moment(reading.time)})({quantity})"
    return f"({quantity})"


def _months(readings: list[Reading]) -> str:
    """Belgium's list of peaks, or Hungary's registers at the end of one month."""
    end, *values = readings
    if not values:
        return f"({end.value})"
    if values[0].name == MONTH_VALUE:
        return f"({end.value})" + "".join(_measured(value) for value in values)
    months = list(pairwise(readings))[::2]
    peaks = (f"({end.value})({_moment(peak.time)}){_measured(peak)}" for end, peak in months)
    return f"({len(months)})(1-0:1.6.0)(1-0:1.6.0)" + "".join(peaks)


def _measured(reading: Reading) -> str:
    assert isinstance(reading.value, Decimal)
    unit = f"*{reading.unit}" if reading.unit else ""
    return f"({_padded(reading.value, 2)}{unit})"


def _moment(time: datetime | None) -> str:
    return build_stamp(time) if time else _NEVER


def _log(outages: tuple[Outage, ...]) -> str:
    entries = "".join(
        f"({_moment(outage.end)})({outage.duration_s:010d}*s)" for outage in outages
    )
    return f"({len(outages)})(0-0:96.7.19){entries}"


def _hex(text: str) -> str:
    """Text as hexadecimal octets; what a meter could not print was never decoded."""
    return text.encode("ascii").hex().upper() if text.isascii() else text


def _padded(number: Decimal, whole_digits: int) -> str:
    text = format(abs(number), "f")
    whole, point, decimals = text.partition(".")
    sign = "-" if number.is_signed() else ""
    return f"{sign}{whole.zfill(whole_digits)}{point}{decimals}"
