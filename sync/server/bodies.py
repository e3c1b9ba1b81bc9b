"""What travels over HTTP: bodies with their encodings and limits, in both directions.

In comes a request; out comes its plain body, at most so many octets also after unpacking. Going
out, an answer is packed with what the other side takes: zstd (RFC 8878), gzip (RFC 1952) or
nothing. Rule: no limit is checked after the memory was spent.
"""

from __future__ import annotations

import io
import threading
import zlib
from functools import lru_cache

import msgspec
import zstandard
from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from sync.server.problems import ProblemError
from sync.wire import TOKEN_HEADER, encode

SMALL_BODY = 64 * 1024
PACKED_BODY = 4 * 1024 * 1024
PLAIN_BODY = 16 * 1024 * 1024
_WORTH_PACKING = 512
_ZSTD_WINDOW = 8 * 1024 * 1024
_STEP = 64 * 1024
_THREAD = threading.local()


async def read_body(request: Request, limit: int, plain_limit: int) -> bytes:
    """The whole body, unpacked.

    Raises:
        ProblemError: 413 over a limit, 415 for an unknown encoding, 400 for broken packing.
    """
    packed = await read_packed(request, limit)
    if _encoding(request) in {"identity", ""}:
        return unpacked(request, packed, plain_limit)
    return await run_in_threadpool(unpacked, request, packed, plain_limit)


def unpacked(request: Request, packed: bytes, plain_limit: int) -> bytes:
    """The plain octets of this request's body; errors as `read_body`."""
    return unpack(packed, _encoding(request), plain_limit)


def _encoding(request: Request) -> str:
    return request.headers.get("content-encoding", "identity").strip().lower()


async def read_packed(request: Request, limit: int) -> bytes:
    """The body as it came; 413 over the limit."""
    said = request.headers.get("content-length", "0")
    if said.isdecimal() and int(said[:20]) > limit:
        raise too_large()
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise too_large()
        parts.append(part)
    return b"".join(parts)


def unpack(packed: bytes, encoding: str, limit: int) -> bytes:
    """The plain octets of a body; errors as `read_body`."""
    match encoding:
        case "identity" | "":
            plain = packed
        case "gzip":
            plain = _gunzip(packed, limit)
        case "zstd":
            plain = _unzstd(packed, limit)
        case _:
            raise ProblemError(
                415, "encoding-unknown", headers={"Accept-Encoding": "zstd, gzip, identity"}
            )
    if len(plain) > limit:
        raise too_large()
    return plain


def too_large() -> ProblemError:
    """The answer to a body over its limit."""
    return ProblemError(413, "too-large")


def _gunzip(packed: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(packed, limit + 1)
    except zlib.error as e:
        raise ProblemError(400, "malformed") from e
    if len(plain) <= limit and not unpacker.eof:
        raise ProblemError(400, "malformed")
    return plain


def _unzstd(packed: bytes, limit: int) -> bytes:
    unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    plain = io.BytesIO()
    try:
        with unpacker.stream_reader(io.BytesIO(packed)) as reader:
            while plain.tell() <= limit and (part := reader.read(_STEP)):
                plain.write(part)
    except zstandard.ZstdError as e:
        raise ProblemError(400, "malformed") from e
    return plain.getvalue()


def reply(request: Request, message: msgspec.Struct, status: int = 200) -> Response:
    """A wire message as an answer, packed the best way the other side takes.

    A laptop that proved itself in place of a token finds the token in the header.
    """
    body = encode(message)
    headers = {"Vary": "Accept-Encoding"}
    if token := getattr(request.state, "token", ""):
        headers |= {TOKEN_HEADER: token, "Cache-Control": "no-store"}
    taken = _taken(request.headers.get("accept-encoding", ""))
    if len(body) >= _WORTH_PACKING and "zstd" in taken:
        body = _packer().compress(body)
        headers["Content-Encoding"] = "zstd"
    elif len(body) >= _WORTH_PACKING and "gzip" in taken:
        packer = zlib.compressobj(level=6, wbits=31)
        body = packer.compress(body) + packer.flush()
        headers["Content-Encoding"] = "gzip"
    return Response(body, status, headers, media_type="application/json")


def _packer() -> zstandard.ZstdCompressor:
    """This thread's own, used over and over: making one costs more than a small body."""
    found: zstandard.ZstdCompressor | None = getattr(_THREAD, "packer", None)
    if found is None:
        found = _THREAD.packer = zstandard.ZstdCompressor(level=3)
    return found


@lru_cache(maxsize=64)
def _taken(header: str) -> frozenset[str]:
    """The encodings of an Accept-Encoding header (RFC 9110, 12.5.3) that are not refused."""
    names = set()
    for item in header.lower().split(","):
        name, _, weight = item.partition(";")
        if weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            names.add(name.strip())
    return frozenset(names)
