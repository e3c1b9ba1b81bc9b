"""Practice photos: real PNG files of a made-up size, each one different.

In comes a seed (visit and slot); out come the bytes of a 160x120 greyscale picture of noise, so
that a photo is some 20 KB that can't be compressed away, as real ones are.
"""

from __future__ import annotations

import random
import struct
import zlib

_WIDTH, _HEIGHT = 160, 120


def practice_photo(seed: str) -> bytes:
    """A PNG (PNG specification, clause 5) that is the same for the same seed."""
    noise = random.Random(seed)
    rows = b"".join(b"\0" + noise.randbytes(_WIDTH) for _ in range(_HEIGHT))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, body)
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)),
            (b"IDAT", zlib.compress(rows)),
            (b"IEND", b""),
        )
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    )
