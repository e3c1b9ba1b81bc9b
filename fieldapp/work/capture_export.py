"""A copy of a recording in the clear, for other eyes: plain telegrams in a file.

In come a source and a path; out come steps that tell how far it is. Rule: the meter's numbers
and its texts are left out unless a person asks for them, and the checksum is made to hold again
where it held; the file is there whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

from fieldapp.errors import FileTrouble
from fieldapp.store.durable import PART
from fieldapp.work.capture import Step
from fieldapp.work.capture_source import Source
from hardware.checksums import crc16_arc
from hardware.p1.framer import NEED_DATA, Framer, TelegramBytes
from hardware.p1.integrity import as_characters, judge, parity_errors, without_parity

_NAMED = re.compile(
    rb"^(0-[0-9]+:96\.1\.(?:0|1|255)|0-0:42\.0\.0|7-0:0\.0\.0|0-0:96\.13\.[01])\(([^()\r\n]*)\)",
    re.M,
)
_NOUGHT = b"30"


def copy(source: Source, target: Path, *, with_numbers: bool) -> Generator[Step, None, None]:
    """Write all telegrams; each step is a few milliseconds of work.

    Raises:
        FileTrouble: it can't be written there; nothing is left behind.
        StoreCorrupt: the recording was damaged.
    """
    part = _part(target)
    framer, size = Framer(), source.size
    try:
        with part.open("wb") as file:
            for piece in source.pieces():
                framer.feed(piece.octets)
                file.writelines(_drained(framer, with_numbers=with_numbers))
                yield Step(piece.end, size)
            framer.close()
            file.writelines(_drained(framer, with_numbers=with_numbers))
        part.replace(target)
    except OSError as e:
        raise FileTrouble(target.name, e.strerror or type(e).__name__) from e
    finally:
        leave_nothing(target)


def leave_nothing(target: Path) -> None:
    """Take away what a copy left that was ended in the middle."""
    with suppress(OSError):
        _part(target).unlink(missing_ok=True)


def _part(target: Path) -> Path:
    return target.with_name(target.name + PART)


def _drained(framer: Framer, *, with_numbers: bool) -> Iterator[bytes]:
    while (event := framer.next_event()) is not NEED_DATA:
        if isinstance(event, TelegramBytes):
            yield event.raw if with_numbers else without_names(event.raw)


def without_names(raw: bytes) -> bytes:
    """A telegram in which every number of a meter or device and every text reads noughts."""
    if parity_errors(raw):
        return _without_names_of_the_damaged(raw)
    clear = without_parity(raw)
    masked = _NAMED.sub(_noughts, clear)
    if masked == clear or judge(clear) != "ok":
        return masked
    checked, _, _ = masked.rpartition(b"!")
    return b"%s!%04X\r\n" % (checked, _checksum(checked + b"!"))


def _without_names_of_the_damaged(raw: bytes) -> bytes:
    """The same with the wrong parity as it came; that of the noughts is even."""
    clear = as_characters(raw)
    both = zip(raw, clear, _NAMED.sub(_noughts, clear), strict=True)
    return bytes(came if old == new else new for came, old, new in both)


def _noughts(found: re.Match[bytes]) -> bytes:
    size = len(found[2])
    return b"%s(%s)" % (found[1], (_NOUGHT * size)[:size])


def _checksum(checked: bytes) -> int:
    return crc16_arc(checked if b"\r" in checked else checked.replace(b"\n", b"\r\n"))
