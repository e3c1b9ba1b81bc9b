"""What octets that make no telegram say about the line they came over.

Octets as a UART handed them over come in, with what they can have been; out goes one
`Examination`. Rule: it says no more than the octets show. A speed is told by the shortest run
of equal bits, an inverted line by reading it back, and what fits nothing is only unreadable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from hardware.p1.integrity import without_parity
from hardware.p1.inversion import upright


class Symptom(StrEnum):
    """What the octets are."""

    NOTHING = "nothing"
    LOW = "line held low"
    SEALED = "encrypted telegrams"
    BINARY = "HDLC frames"
    IDENTIFICATION = "optical port identification"
    CUT_OFF = "telegram cut off"
    TEXT = "unknown text"
    INVERTED = "inverted line"
    SPEED = "wrong speed"
    UNREADABLE = "unreadable characters"


_FEW_ZEROS = 4
_SAMPLE = 256
_READABLE = 0.8
_ENOUGH = 8
# A frame's opening, title and length form; a sample may end before those (Green Book 9.2.7).
_SEALED = re.compile(rb"\xdb\x08(?:.{0,8}\Z|.{8}\x82(?:.{0,2}\Z|.{2}[\x20-\x3f]))", re.DOTALL)
_FRAME = re.compile(rb"\x7e(?=[\xa0-\xaf].)", re.DOTALL)
_CODE = re.compile(rb"\d-\d:\d{1,3}\.\d{1,3}\.\d{1,3}[(*]")


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found.

    Attributes:
        slower_by: how many bits of the listener one bit of the sender lasts, 10 for 10 and
            more; 1 where the sender is not slower.
        text: what the meter says, read back from an inverted line.
    """

    symptom: Symptom
    slower_by: int = 1
    text: str = ""


def examine(octets: bytes) -> Examination:
    """Say what `octets` are that never became a telegram; the first 256 count."""
    sample = octets[:_SAMPLE]
    if not sample.strip(b"\0"):
        return _zeros(sample)
    if _SEALED.search(sample):
        return Examination(Symptom.SEALED)
    if _is_hdlc(sample):
        return Examination(Symptom.BINARY)
    clear = without_parity(sample)
    readable = sum(octet in b"\r\n" or 0x20 <= octet < 0x7F for octet in clear)
    if readable >= len(sample) * _READABLE:
        return Examination(_text(clear))
    return _garbled(sample)


def _is_hdlc(sample: bytes) -> bool:
    """Whether a frame ends where its length says (ISO/IEC 13239, 4.2.3 and annex H.4)."""
    ends = (
        found.end() + ((sample[found.end()] & 0x07) << 8 | sample[found.end() + 1])
        for found in _FRAME.finditer(sample)
    )
    return any(sample[end : end + 1] == b"\x7e" for end in ends)


def _zeros(sample: bytes) -> Examination:
    """A line that stays low is one zero to a UART; zero upon zero is a much slower sender."""
    if len(sample) > _FEW_ZEROS:
        return Examination(Symptom.SPEED, slower_by=10)
    return Examination(Symptom.LOW if sample else Symptom.NOTHING)


def _text(clear: bytes) -> Symptom:
    if _CODE.search(clear):
        return Symptom.CUT_OFF
    if b"/" not in clear:
        return Symptom.TEXT
    after = clear[clear.index(b"/") :].strip()
    return Symptom.CUT_OFF if b"\n" in after else Symptom.IDENTIFICATION


def _garbled(sample: bytes) -> Examination:
    text = upright(sample)
    if text:
        return Examination(Symptom.INVERTED, text=text)
    slower_by = min(_shortest_run(octet) for octet in sample)
    if slower_by > 1 and len(sample) >= _ENOUGH:
        return Examination(Symptom.SPEED, slower_by)
    return Examination(Symptom.UNREADABLE)


def _shortest_run(octet: int) -> int:
    """Of equal bits, the start bit counted along; the last run goes on unheard."""
    levels = f"{octet:08b}"[::-1]
    runs = [len(run.group()) for run in re.finditer("0+|1+", f"0{levels}")]
    return min(runs[:-1], default=10)
