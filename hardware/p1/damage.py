"""Where a telegram whose checksum does not hold was probably damaged.

The octets of the damaged telegram and of a sound neighbour come in; out comes one `Damage` with
the line. A single wrong bit is found for certain enough: the checksum is linear, so the two
checksums differ by what that bit alone is worth, and walking back from the end once finds where
that is. The mended lines must then look as the neighbour's do. On a 7E1 line the parity tells
the very character. Anything else is found by comparing line with line. Rule: it says
"probably", and nothing where nothing shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from hardware.checksums import crc16_arc
from hardware.p1.integrity import WITHOUT_BIT_7, parity_errors, without_parity

_POLYNOMIAL = 0xA001
_DIGITS = re.compile(rb"[0-9]")
_HEX = re.compile(rb"[0-9A-Fa-f]{4}")
_CODE = re.compile(rb"[0-9]+-[0-9]+:[0-9]+\.[0-9]+\.[0-9]+")
_STEADY = re.compile(rb"0-[0-4]:(?:96\.1\.[014]|24\.1\.0|42\.0\.0)|1-3:0\.2\.8")
"""Lines that no telegram of the same meter changes: numbers, kinds and versions."""
_TEXT = frozenset(range(0x20, 0x7F))


class Trace(StrEnum):
    """How the damage shows."""

    PARITY = "parity"  # the parity of a character does not hold (7E1)
    BIT = "bit"  # one bit is the other way
    CHECKSUM = "checksum"  # the lines are whole, the checksum itself is wrong
    CHARACTER = "character"  # a character that no telegram has
    FORM = "form"  # another length or form than its neighbour's line
    CHANGED = "changed"  # a number that never changes did
    MISSING = "missing"  # a line that its neighbour has is gone


@dataclass(frozen=True, slots=True)
class Damage:
    """The place.

    Attributes:
        trace: how it shows.
        line: as received, without its end; of a line that is gone, the neighbour's.
        number: of the line, 1 for the identification.
        received, sent: the character, where it is one; what was sent is known of one bit.
    """

    trace: Trace
    line: str
    number: int
    received: str = ""
    sent: str = ""


def locate(raw: bytes, neighbour: bytes = b"") -> Damage | None:
    """Where `raw` was damaged; None where it can't be told.

    Args:
        raw: the damaged telegram, from `/` through its end line.
        neighbour: a sound telegram of the same meter, or nothing.
    """
    odd = parity_errors(raw)
    if odd:
        damaged = _Lines(raw.translate(WITHOUT_BIT_7))
        at = odd[0]
        received = _shown(damaged.octets[at : at + 1])
        line, number = _shown(damaged.line_at(at)), damaged.number_at(at)
        return Damage(Trace.PARITY, line, number, received)
    damaged, sound = _Lines(without_parity(raw)), _Lines(without_parity(neighbour))
    return _one_bit(damaged, sound) or _compared(damaged, sound)


class _Lines:
    """A telegram as lines, with what stands in which."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.bang = octets.rfind(b"!")
        body = octets[: self.bang] if self.bang >= 0 else octets
        self.lines = [line.rstrip(b"\r") for line in body.split(b"\n")]
        self.by_code = {_key(line): line for line in self.lines if line}

    @property
    def checked(self) -> bytes:
        """What the checksum is taken over."""
        return self.octets[: self.bang + 1]

    @property
    def digits(self) -> bytes:
        """What stands behind the `!`."""
        return self.octets[self.bang + 1 :].strip()

    def number_at(self, at: int) -> int:
        """The number of the line with this octet."""
        return self.octets.count(b"\n", 0, at) + 1

    def line_at(self, at: int) -> bytes:
        """The line with this octet; of the end line what is left of it."""
        if 0 <= self.bang <= at:
            return self.octets[self.bang :].strip()
        return self.lines[self.number_at(at) - 1]


def _key(line: bytes) -> bytes:
    """What a line is known by: its code, else its form."""
    found = _CODE.match(line)
    return found[0] if found else _form(line)


def _form(line: bytes) -> bytes:
    return _DIGITS.sub(b"0", line)


def _one_bit(damaged: _Lines, sound: _Lines) -> Damage | None:
    if damaged.bang < 0 or not _HEX.fullmatch(damaged.digits):
        return None
    told, taken = int(damaged.digits, 16), crc16_arc(damaged.checked)
    wrong_digit = _one_bit_of_digits(damaged.digits, taken)
    if wrong_digit is not None and not _differs(damaged, sound):
        return Damage(Trace.CHECKSUM, f"!{_shown(damaged.digits)}", len(damaged.lines))
    for at, bit in _places(damaged.checked, told ^ taken):
        mended = bytearray(damaged.octets)
        mended[at] ^= 1 << bit
        if _is_plausible(_Lines(bytes(mended)), at, sound):
            received, sent = damaged.octets[at : at + 1], bytes(mended[at : at + 1])
            line, number = _shown(damaged.line_at(at)), damaged.number_at(at)
            return Damage(Trace.BIT, line, number, _shown(received), _shown(sent))
    return None


def _one_bit_of_digits(digits: bytes, taken: int) -> int | None:
    """Which of the four digits has one bit wrong, if that is all."""
    right = b"%04X" % taken
    wrong = [n for n, (a, b) in enumerate(zip(digits.upper(), right, strict=True)) if a != b]
    if len(wrong) != 1:
        return None
    return wrong[0] if (digits[wrong[0]] ^ right[wrong[0]]).bit_count() == 1 else None


def _places(checked: bytes, syndrome: int) -> Iterator[tuple[int, int]]:
    """Octets and bits whose change alone changes the checksum by `syndrome`."""
    worth = _POLYNOMIAL
    for place in range(8 * len(checked) - 1, -1, -1):
        if worth == syndrome:
            yield divmod(place, 8)
        worth = worth >> 1 ^ (_POLYNOMIAL if worth & 1 else 0)


def _is_plausible(mended: _Lines, at: int, sound: _Lines) -> bool:
    """Whether it is a telegram of this meter, as far as a neighbour shows."""
    if mended.octets[at] not in _TEXT and mended.octets[at] not in b"\r\n":
        return False
    return not sound.by_code or _compared(mended, sound) is None


def _differs(damaged: _Lines, sound: _Lines) -> bool:
    return bool(sound.by_code) and _compared(damaged, sound) is not None


def _compared(damaged: _Lines, sound: _Lines) -> Damage | None:
    """The first line in which the damage shows."""
    for number, line in enumerate(damaged.lines, 1):
        trace = _trace(line, sound)
        if trace is not None:
            return Damage(trace, _shown(line), number)
    for code, line in sound.by_code.items():
        if code not in damaged.by_code:
            return Damage(Trace.MISSING, _shown(line), sound.lines.index(line) + 1)
    return None


def _trace(line: bytes, sound: _Lines) -> Trace | None:
    if not _TEXT.issuperset(line):
        return Trace.CHARACTER
    if not line or not sound.by_code:
        return None
    like = sound.by_code.get(_key(line))
    if like is None or _form(like) != _form(line):
        return Trace.FORM
    return Trace.CHANGED if _STEADY.match(line) and like != line else None


def _shown(octets: bytes) -> str:
    """For people: what does not print is escaped."""
    return "".join(chr(o) if o in _TEXT else f"\\x{o:02x}" for o in octets)
