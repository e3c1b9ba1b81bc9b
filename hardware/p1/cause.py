"""What octets that are no telegram most likely are: the one place that says so.

The first octets of a noise in; a `Cause` out, which a person is told in words. Rule: the surest
sign goes first, and what gives no sign is said to be unknown, never guessed.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from hardware.p1.foreign import HEADER, SEAL, frame_from, sealed
from hardware.p1.integrity import as_characters
from hardware.p1.inversion import seems_inverted, upright


class Cause(StrEnum):
    """Likely causes; each is also a key of the words on screen."""

    ENCRYPTED = "encrypted telegrams"
    """Sealed telegrams of Luxembourg or Austria and no key that opens them."""
    PUSH = "binary push"
    """A customer port that speaks DLMS: Norway, Denmark, EVN, some Kamstrup meters."""
    HDLC = "HDLC frames"
    """Frames without a push in them: the optical port."""
    OPTICAL = "optical port identification"
    """The sign-on line of an optical port (IEC 62056-21)."""
    CUT_OFF = "telegram cut off"
    """The beginning of a telegram, or lines of one."""
    LINE_ENDS = "line ends"
    """Nothing but line ends and blanks."""
    INVERTED = "inverted line"
    """Every bit is the other one: a cable without the inverter that a P1 port needs."""
    WRONG_SPEED = "wrong speed"
    """No text, and every bit of it lasts longer than one at this speed."""
    UNREADABLE = "unreadable characters"
    """Mostly what no text has in it: a faster sender, or disturbance."""
    NOTHING = "nothing"
    LOW = "line held low"
    """The line stands still at the level of a break."""
    TEXT = "unknown text"


_PUSH_IN_HDLC = b"\xe6\xe7\x00"
"""LLC of a message that comes from the meter (DLMS Green Book 8.3)."""
_MBUS_FRAME = re.compile(rb"\x68(.)\1\x68[\x00-\xff]{1,6}\xdb\x08", re.DOTALL)
"""A sealed push behind the header of an M-Bus frame (EN 13757-2)."""
_DATA_LINE = re.compile(rb"[0-9]-[0-9]{1,2}:[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?:\*255)?\(")
_HDLC_OPENING = re.compile(rb"\x7e(?=([\xa0-\xaf].))", re.DOTALL)
_HEADER_AND_MORE = re.compile(rb"/[^\r\n]*\r?\n\s*\S")
_SIGN_ON = re.compile(rb"/[A-Za-z]{3}[ -~]{0,17}\s*\Z")
_BLANK = b"\r\n\t \x00"
_READABLE = 0.8
_LEAST_GARBLED = 8
_TEXT = frozenset((*b"\r\n", *range(0x20, 0x7F)))


def looks_like(sample: bytes) -> Cause:
    """What octets that never became a telegram most likely are.

    Args:
        sample: the first of them; some sixty are enough.
    """
    readable = read_plainly(sample)
    if readable is not None:
        return readable
    if slower_by(sample) > 1:
        return Cause.WRONG_SPEED
    inverted = seems_inverted(sample) and upright(sample)
    return Cause.INVERTED if inverted else Cause.UNREADABLE


def read_plainly(sample: bytes) -> Cause | None:
    """The kind of text or frame; None where the characters are neither."""
    framed = _framed(sample)
    if framed is not None:
        return framed
    clear = as_characters(sample)
    if not clear.strip(_BLANK) and clear.strip(b"\x00"):
        return Cause.LINE_ENDS
    if not _is_text(clear):
        return None
    if _DATA_LINE.search(clear) or _HEADER_AND_MORE.search(clear):
        return Cause.CUT_OFF
    return Cause.OPTICAL if _SIGN_ON.search(clear) else Cause.TEXT


def likeliest(octets: Mapping[Cause, int]) -> Cause:
    """What most of the noise was, of octets by cause; line ends say nothing beside others."""
    return max(octets, key=lambda cause: (cause is not Cause.LINE_ENDS, octets[cause]))


def _framed(sample: bytes) -> Cause | None:
    if _MBUS_FRAME.search(sample):
        return Cause.PUSH
    at, size = frame_from(sample, 0, len(sample))
    if not size:
        return _unframed(sample)
    if sample[at] == SEAL[0]:
        return Cause.ENCRYPTED
    return Cause.PUSH if _PUSH_IN_HDLC in sample[at:] else Cause.HDLC


def _unframed(sample: bytes) -> Cause | None:
    """Signs that are weaker than a whole header: one that is cut off, or damaged ones."""
    if SEAL in sample[-HEADER:] and sealed(sample, sample.rindex(SEAL)) is None:
        return Cause.ENCRYPTED
    if any(_closes(sample, found) for found in _HDLC_OPENING.finditer(sample)):
        return Cause.PUSH if _PUSH_IN_HDLC in sample else Cause.HDLC
    return None


def _closes(sample: bytes, opening: re.Match[bytes]) -> bool:
    """Whether a flag stands where the frame's own length has it."""
    size = (opening[1][0] & 0x07) << 8 | opening[1][1]
    return sample[opening.start() + size + 1 :].startswith(b"\x7e")


def _is_text(octets: bytes) -> bool:
    return sum(octet in _TEXT for octet in octets) >= len(octets) * _READABLE


def slower_by(sample: bytes) -> int:
    """How many bits of the listener one bit of the sender lasts at least, by its octets.

    10 for 10 and more; 1 where the sender is not slower or too little came to tell.
    """
    if len(sample) < _LEAST_GARBLED:
        return 1
    return min(_shortest_run(octet) for octet in frozenset(sample))


def _shortest_run(octet: int) -> int:
    """Of equal bits, the start bit counted along; the last run goes on unheard."""
    levels = f"{octet:08b}"[::-1]
    runs = [len(run.group()) for run in re.finditer("0+|1+", f"0{levels}")]
    return min(runs[:-1], default=10)
