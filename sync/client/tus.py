"""Uploads as tus 1.0 has them: creation, core and checksum (https://tus.io/protocols).

In come a file's facts and pieces of it; out come requests and what their answers say: where the
file goes, how much of it is there. The office knows a file by visit and SHA-256, so asking for
a place again gives the same place. Rule: an answer without the protocol's headers is somebody
else's, whatever its status.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from fieldapp.store.attachments import Attachment
from sync.client import answers
from sync.client.answers import Answer
from sync.client.calls import Call
from sync.client.session import Session
from sync.errors import BadWire

FILES = "/v1/files"
_VERSION = {"Tus-Resumable": "1.0.0"}
_OTHERWISE = frozenset({404, 409, 410, 460})
"""Gone, another offset, damaged on its way (460: the checksum extension's own status)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file goes, and how many of its octets are there."""

    path: str
    offset: int


def ask_place(session: Session, file: Attachment) -> Place:
    """Tell the office of a file; a place whose offset is the file's size means: it is kept.

    Raises:
        SyncError: as `Session.call`; BadWire also for a place on another host.
    """
    headers = {
        **_VERSION,
        "Upload-Length": str(file.size),
        "Upload-Metadata": _metadata(file),
    }
    answer = session.call(Call("POST", FILES, headers=headers, accepted={200, 201}))
    location = answer.headers.get("location", "")
    if not location:
        raise BadWire("no location")
    path = session.http.address.path_of(location, FILES)
    if "upload-offset" in answer.headers:
        return Place(path, _offset(answer, file.size))
    call = Call("HEAD", path, headers=_VERSION, accepted={200, 204})
    return Place(path, _offset(session.call(call), file.size))


def send_piece(session: Session, file: Attachment, place: Place, piece: bytes) -> Place | None:
    """Add a piece; None where the office has the file otherwise than `place` says.

    That is: another offset, a piece damaged on its way, or no such upload any more. Asking for
    the place again tells how to go on. Errors as `Session.call`.
    """
    digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
    headers = {
        **_VERSION,
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(place.offset),
        "Upload-Checksum": f"sha256 {digest}",
    }
    accepted = {204, *_OTHERWISE}
    answer = session.call(Call("PATCH", place.path, piece, headers, accepted=accepted))
    if answer.status in _OTHERWISE:
        return None
    now = _offset(answer, file.size)
    if now != place.offset + len(piece):
        raise BadWire(f"offset {now} after {len(piece)} octets from {place.offset}")
    return Place(place.path, now)


def _offset(answer: Answer, size: int) -> int:
    known = answers.number(answer, "Upload-Offset")
    if known > size:
        raise BadWire(f"offset {known} in a file of {size}")
    return known


def _metadata(file: Attachment) -> str:
    values = {
        "sha256": file.sha256,
        "visit": file.visit,
        "slot": file.slot,
        "mediatype": file.media_type,
        **({"original": file.original} if file.original else {}),
    }
    return ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items()
    )
