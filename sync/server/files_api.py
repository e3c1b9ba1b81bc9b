"""Files over tus 1.0: core, creation and checksum (https://tus.io/protocols/resumable-upload).

In come announcements and pieces; out go offsets. The credential is checked before the first
octet, and no file is touched on the event loop. Whoever asks where a file is takes over from a
stale request that still sends it, so that the answer stays true. Rule: a piece with a checksum
is kept whole or not at all; one without is kept as far as it came.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.requests import ClientDisconnect

from sync.server import files
from sync.server.bodies import too_large
from sync.server.doors import TheLaptop, TheOffice
from sync.server.files import LARGEST, Announcement, Upload
from sync.server.problems import ProblemError
from sync.server.sealed_file import RECORD, SealedFile
from sync.server.uploads import Turn, Uploads

VERSION = "1.0.0"
LARGEST_PIECE = 8 * 1024 * 1024
"""Octets in one piece that carries a checksum."""

router = APIRouter(prefix="/v1/files", tags=["files"])

_TUS = {"Tus-Resumable": VERSION}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[0-9A-Za-z._-]{1,64}")
_MEDIA_TYPE = re.compile(r"[a-z]{1,20}/[0-9A-Za-z.+-]{1,100}")
_NUMBER = re.compile(r"[0-9]{1,12}")


def speaks_tus(request: Request) -> None:
    """Only this version of the protocol (core protocol, Tus-Resumable)."""
    if request.headers.get("tus-resumable") != VERSION:
        raise ProblemError(412, "tus-version", headers={"Tus-Version": VERSION})


Tus = Depends(speaks_tus)


@router.options("")
def abilities() -> Response:
    """What this end of the protocol can do."""
    headers = {
        **_TUS,
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,checksum",
        "Tus-Checksum-Algorithm": "sha256",
        "Tus-Max-Size": str(LARGEST),
    }
    return Response(status_code=204, headers=headers)


def current_uploads(request: Request) -> Uploads:
    """Which files are being worked on now."""
    uploads = request.app.state.uploads
    if not isinstance(uploads, Uploads):
        raise TypeError("the application has no uploads")
    return uploads


TheUploads = Annotated[Uploads, Depends(current_uploads)]


@router.post("", status_code=201, dependencies=[Tus], response_class=Response)
async def announce(
    request: Request, office: TheOffice, laptop: TheLaptop, uploads: TheUploads
) -> Response:
    """Announce a file (creation extension); the answer says how much of it is there."""
    said = _announcement(request)
    upload = await uploads.in_thread(files.announce, office, laptop, said)
    async with uploads.turn(upload.id):
        known = await uploads.in_thread(files.offset, office, upload)
    headers = {**_TUS, "Location": f"/v1/files/{upload.id}", "Upload-Offset": str(known)}
    return Response(status_code=201, headers=headers)


@router.head("/{file}", dependencies=[Tus], response_class=Response)
async def how_far(
    office: TheOffice, laptop: TheLaptop, file: str, uploads: TheUploads
) -> Response:
    """How much of a file is there, after a look into the store."""
    upload = await uploads.in_thread(files.find, office, laptop, file)
    async with uploads.turn(file):
        known = await uploads.in_thread(files.offset, office, upload)
    headers = {
        **_TUS,
        "Upload-Offset": str(known),
        "Upload-Length": str(upload.length),
        "Cache-Control": "no-store",
    }
    return Response(status_code=200, headers=headers)


@router.patch("/{file}", status_code=204, dependencies=[Tus], response_class=Response)
async def append(
    request: Request, office: TheOffice, laptop: TheLaptop, file: str, uploads: TheUploads
) -> Response:
    """Add a piece at the end."""
    said = _piece(request)
    await uploads.in_thread(files.find, office, laptop, file)
    async with uploads.turn(file) as turn:
        # what is true of the file is asked here: whoever had the turn before may have ended it
        upload = await uploads.in_thread(files.find, office, laptop, file)
        known = await uploads.in_thread(files.offset, office, upload)
        if known != said.offset:
            raise _elsewhere(known)
        stored = await uploads.in_thread(files.content, office, upload)
        receiver = _Receiver(upload, stored, known, uploads)
        if said.sha256 is None:
            await receiver.stream(_octets(request, turn))
        else:
            await receiver.whole(_octets(request, turn), said.sha256)
        if receiver.size == upload.length and not upload.complete:
            settled = await uploads.in_thread(files.settle, office, upload, stored)
            if not settled:
                raise ProblemError(460, "file-hash-mismatch", headers={"Upload-Offset": "0"})
    headers = {**_TUS, "Upload-Offset": str(receiver.size)}
    return Response(status_code=204, headers=headers)


def _elsewhere(known: int) -> ProblemError:
    return ProblemError(409, "offset-differs", headers={"Upload-Offset": str(known)})


async def _octets(request: Request, turn: Turn) -> AsyncIterator[bytes]:
    async for part in request.stream():
        turn.heard()
        if part:
            yield part


class _Receiver:
    """Takes a body in, never beyond the announced length."""

    def __init__(self, upload: Upload, stored: SealedFile, size: int, uploads: Uploads) -> None:
        self._length = upload.length
        self._stored = stored
        self._uploads = uploads
        self.size = size

    async def stream(self, octets: AsyncIterator[bytes]) -> None:
        """Keep what comes, as far as it comes, also when somebody newer takes over."""
        buffer = bytearray()
        try:
            async for part in octets:
                buffer += part
                self._check(len(buffer))
                if len(buffer) >= RECORD:
                    data, buffer = bytes(buffer), bytearray()
                    await self._keep(data)
        except ClientDisconnect as e:
            await self._keep(bytes(buffer))
            raise ProblemError(400, "body-incomplete") from e
        except asyncio.CancelledError:
            await self._keep(bytes(buffer))
            raise
        await self._keep(bytes(buffer))

    async def whole(self, octets: AsyncIterator[bytes], sha256: bytes) -> None:
        """Keep all of it when its checksum holds, else nothing (checksum extension)."""
        buffer = bytearray()
        try:
            async for part in octets:
                buffer += part
                self._check(len(buffer))
                if len(buffer) > LARGEST_PIECE:
                    raise too_large()
        except ClientDisconnect as e:
            raise ProblemError(400, "body-incomplete") from e
        if hashlib.sha256(buffer).digest() != sha256:
            raise ProblemError(460, "checksum-mismatch")
        await self._keep(bytes(buffer))

    def _check(self, more: int) -> None:
        if self.size + more > self._length:
            raise ProblemError(413, "beyond-announced-length")

    async def _keep(self, data: bytes) -> None:
        if not data:
            return
        if not await self._uploads.in_thread(self._stored.add, self.size, data):
            # a request to another process was first with a piece that starts here
            raise _elsewhere(await self._uploads.in_thread(self._stored.size))
        self.size += len(data)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What the head of a PATCH says."""

    offset: int
    sha256: bytes | None


def _piece(request: Request) -> _Piece:
    headers = request.headers
    if headers.get("content-type") != "application/offset+octet-stream":
        raise ProblemError(415, "content-type")
    offset = headers.get("upload-offset", "")
    if not _NUMBER.fullmatch(offset):
        raise ProblemError(400, "upload-offset")
    return _Piece(int(offset), _checksum(headers.get("upload-checksum")))


def _checksum(said: str | None) -> bytes | None:
    if said is None:
        return None
    algorithm, _, value = said.strip().partition(" ")
    if algorithm != "sha256":
        raise ProblemError(400, "checksum-algorithm")
    return _base64(value, "upload-checksum")


def _announcement(request: Request) -> Announcement:
    length = request.headers.get("upload-length", "")
    if not _NUMBER.fullmatch(length) or int(length) == 0:
        raise ProblemError(400, "upload-length")
    if int(length) > LARGEST:
        raise too_large()
    said = _metadata(request.headers.get("upload-metadata", ""))
    found = Announcement(
        sha256=said.get("sha256", "").lower(),
        visit=said.get("visit", ""),
        slot=said.get("slot", ""),
        media_type=said.get("mediatype", "application/octet-stream"),
        length=int(length),
        original=said.get("original", "").lower() or None,
    )
    sound = (
        _SHA256.fullmatch(found.sha256)
        and _NAME.fullmatch(found.visit)
        and _NAME.fullmatch(found.slot)
        and _MEDIA_TYPE.fullmatch(found.media_type)
        and _SHA256.fullmatch(found.original or found.sha256)
    )
    if not sound:
        raise ProblemError(400, "upload-metadata")
    return found


def _metadata(header: str) -> dict[str, str]:
    """The pairs of Upload-Metadata: names and base64 values (creation extension)."""
    pairs = {}
    for item in header.split(",")[:16]:
        name, _, value = item.strip().partition(" ")
        text = _base64(value, "upload-metadata")
        pairs[name] = text.decode("utf-8", "replace")
    return pairs


def _base64(text: str, header: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as e:
        raise ProblemError(400, header) from e
