"""Bodies made small and large again: zstd (RFC 8878) and gzip (RFC 1952), never past a limit.

Whole bodies go in and come out. Rule: an answer that would unpack to more than the limit, or
that breaks off, is broken; nothing is unpacked past the limit to find that out.
"""

from __future__ import annotations

import zlib

import zstandard

from sync.errors import BadWire

ACCEPTED = "zstd, gzip"
"""The `Accept-Encoding` of every request."""

_GZIP_WBITS = 31
_IDENTITY = frozenset({"", "identity"})


def compress(body: bytes) -> bytes:
    """`body` as one zstd frame."""
    return zstandard.ZstdCompressor(level=9).compress(body)


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo one `Content-Encoding`; at most `limit` bytes come out.

    Raises:
        BadWire: damaged, broken off, larger than `limit`, or an encoding nobody asked for.
    """
    name = encoding.strip().lower()
    if name in _IDENTITY:
        return body
    if name == "zstd":
        return _unzstd(body, limit)
    if name in {"gzip", "x-gzip"}:
        return _gunzip(body, limit)
    raise BadWire(f"content encoding {name!r}")


def _unzstd(body: bytes, limit: int) -> bytes:
    # the reader works in blocks, so that a frame of a few bytes can't fill the memory
    try:
        with zstandard.ZstdDecompressor(max_window_size=1 << 23).stream_reader(body) as reader:
            plain = reader.read(limit + 1)
    except zstandard.ZstdError as e:
        raise BadWire(f"zstd: {e}") from e
    if len(plain) > limit:
        raise BadWire(f"answer unpacks to more than {limit} bytes")
    # a frame that breaks off gives no error here, only fewer bytes than it announces
    if not _whole_frame(body):
        raise BadWire("zstd: broken off")
    return plain


def _whole_frame(body: bytes) -> bool:
    """Whether `body` is a frame with its end; called only once its size is known to be fine."""
    machine = zstandard.ZstdDecompressor(max_window_size=1 << 23).decompressobj()
    machine.decompress(body)
    return machine.eof


def _gunzip(body: bytes, limit: int) -> bytes:
    machine = zlib.decompressobj(_GZIP_WBITS)
    try:
        plain = machine.decompress(body, limit + 1)
    except zlib.error as e:
        raise BadWire(f"gzip: {e}") from e
    if len(plain) > limit:
        raise BadWire(f"answer unpacks to more than {limit} bytes")
    if not machine.eof:
        raise BadWire("gzip: broken off")
    return plain
