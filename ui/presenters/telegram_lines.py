"""A telegram line by line: what stands there, and what it means.

In come the octets of a telegram or of noise; out come its lines in order, each with its
meaning or the reason that it has none. Rule: every line of the octets is there, in the order
they came, whether it can be read or not; octets that are no text are shown as such.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from hardware.checksums import crc16_arc
from hardware.p1.integrity import (
    WITHOUT_BIT_7,
    as_characters,
    judge,
    parity_errors,
    without_parity,
)
from hardware.p1.telegram import WRONG_PARITY, Reading, parse

_ENDS = re.compile(r"\r\n|\n|\r")
_CODE = re.compile(r"([0-9]+-[0-9]+:[0-9.]+)(?:\*[0-9]+)?\(")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


class LineKind(StrEnum):
    """What a line is."""

    HEADER = "header"
    BLANK = "blank"
    READING = "reading"
    UNKNOWN = "unknown"
    DAMAGED = "damaged"
    CHECKSUM = "checksum"
    NOISE = "noise"


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        text: as it stands there; octets that can't be printed by their number.
        code: the OBIS code, or empty.
        readings: what it says, of a line that was understood; several where it is a list.
        reason: why it could not be read, in the reader's words.
        received, computed: of the checksum's line, four digits; empty where there is none.
    """

    kind: LineKind
    text: str
    code: str = ""
    readings: tuple[Reading, ...] = ()
    reason: str = ""
    received: str = ""
    computed: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong with it."""
        if self.kind is LineKind.CHECKSUM:
            return not self.received or self.reason != "bad"
        return self.kind not in {LineKind.DAMAGED, LineKind.NOISE}


def lines_of(raw: bytes) -> tuple[Line, ...]:
    """Every line of what came in."""
    clear = as_characters(raw).decode("latin-1")
    texts = _ENDS.split(clear)
    if texts and not texts[-1]:
        texts.pop()
    if not clear.startswith("/"):
        return tuple(Line(LineKind.NOISE, _shown(text)) for text in texts)
    found = [Line(LineKind.HEADER, _shown(texts[0]))]
    at = 1
    while at < len(texts):
        taken = 2 if _goes_on(texts, at) else 1
        found += _meaning(texts[at : at + taken], raw)
        at += taken
    return tuple(found)


def _goes_on(texts: list[str], at: int) -> bool:
    """Values of 2.2 and 3.0 stand on a line of their own (P1 3.0, 6.1)."""
    following = texts[at + 1] if at + 1 < len(texts) else ""
    return bool(_CODE.match(texts[at])) and following.startswith("(")


def _meaning(texts: list[str], raw: bytes) -> list[Line]:
    first = texts[0]
    if not first.strip():
        return [Line(LineKind.BLANK, _shown(first))]
    if first.startswith("!"):
        return [_checksum(first, raw)]
    code = _CODE.match(first)
    body = "\r\n".join(texts)
    if parity_errors(raw) and not body.isascii():
        return [
            Line(LineKind.DAMAGED, _shown(text), code[1] if code else "", reason=WRONG_PARITY)
            for text in texts
        ]
    read = parse(f"/\r\n\r\n{body}\r\n!\r\n".encode("latin-1"))
    shown = [_shown(text) for text in texts]
    named = code[1] if code else ""
    if read.readings:
        made = Line(LineKind.READING, shown[0], named, read.readings)
    elif read.errors:
        made = Line(LineKind.DAMAGED, shown[0], named, reason=read.errors[0].reason)
    else:
        made = Line(LineKind.UNKNOWN, shown[0], named)
    return [made, *(Line(made.kind, text, named, made.readings) for text in shown[1:])]


def _checksum(text: str, raw: bytes) -> Line:
    clear = raw.translate(WITHOUT_BIT_7) if parity_errors(raw) else without_parity(raw)
    checked = clear[: clear.rindex(b"!") + 1]
    if b"\r" not in checked:
        checked = checked.replace(b"\n", b"\r\n")
    computed = f"{crc16_arc(checked):04X}"
    received = _shown(text[1:]).strip()
    verdict = judge(raw) if received else "absent"
    return Line(
        LineKind.CHECKSUM, _shown(text), reason=verdict, received=received, computed=computed
    )


def _shown(text: str) -> str:
    return _UNPRINTABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
