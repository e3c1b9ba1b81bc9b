"""SET: the request and response APDUs, whole, in blocks or as a list (IEC 62056-5-3 9.3.7).

In come whole APDUs, out come frozen messages; and back. Rule: in a block transfer the value
travels as raw octets; only the last block makes it a value again. A list goes in one piece.
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.dlms.apdu_get import INVOKE_ID
from hardware.dlms.axdr import build, read_data
from hardware.dlms.data import Data
from hardware.dlms.octets import Octets, counted, length_octets
from hardware.dlms.targets import AttributeRef
from hardware.errors import RemoteProtocolError

REQUEST_TAG, RESPONSE_TAG = 0xC1, 0xC5


@dataclass(frozen=True, slots=True)
class SetRequest:
    """SET-Request-Normal: write one attribute."""

    target: AttributeRef
    value: Data
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        head = bytes((REQUEST_TAG, 1, self.invoke_id))
        return head + self.target.to_bytes() + build(self.value)


@dataclass(frozen=True, slots=True)
class SetBlockRequest:
    """SET-Request-With-Datablock; the first block (number 1) also names the target."""

    target: AttributeRef | None
    last: bool
    block: int
    raw: bytes
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        choice, target = (2, self.target.to_bytes()) if self.target else (3, b"")
        head = bytes((REQUEST_TAG, choice, self.invoke_id)) + target
        return head + bytes((self.last,)) + self.block.to_bytes(4, "big") + counted(self.raw)


@dataclass(frozen=True, slots=True)
class SetListRequest:
    """SET-Request-With-List: write several attributes with one question (DSMR: at most 16).

    Attributes:
        writes: each attribute with its value; on the wire all attributes come first.
    """

    writes: tuple[tuple[AttributeRef, Data], ...]
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        count = length_octets(len(self.writes))
        targets = b"".join(target.to_bytes() for target, _ in self.writes)
        values = b"".join(build(value) for _, value in self.writes)
        return bytes((REQUEST_TAG, 4, self.invoke_id)) + count + targets + count + values


@dataclass(frozen=True, slots=True)
class SetResponse:
    """SET-Response-Normal: the data-access-result."""

    result: int
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        return bytes((RESPONSE_TAG, 1, self.invoke_id, self.result))


@dataclass(frozen=True, slots=True)
class SetBlockResponse:
    """SET-Response-Datablock (go on) or, with a result, -Last-Datablock."""

    block: int
    result: int | None = None
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        number = self.block.to_bytes(4, "big")
        if self.result is None:
            return bytes((RESPONSE_TAG, 2, self.invoke_id)) + number
        return bytes((RESPONSE_TAG, 3, self.invoke_id, self.result)) + number


@dataclass(frozen=True, slots=True)
class SetListResponse:
    """SET-Response-With-List: one data-access-result for each attribute, in order."""

    results: tuple[int, ...]
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        head = bytes((RESPONSE_TAG, 5, self.invoke_id))
        return head + counted(bytes(self.results))


def parse_request(source: Octets) -> SetRequest | SetBlockRequest | SetListRequest:
    """Read what follows the tag of a SET request.

    Raises:
        RemoteProtocolError: unknown choice, short, or octets left over.
    """
    choice, invoke_id = source.unsigned(1), source.unsigned(1)
    request: SetRequest | SetBlockRequest | SetListRequest
    if choice == 1:
        request = SetRequest(AttributeRef.read(source), read_data(source), invoke_id)
    elif choice in {2, 3}:
        target = AttributeRef.read(source) if choice == 2 else None
        last, block = source.flag(), source.unsigned(4)
        request = SetBlockRequest(target, last, block, source.counted(), invoke_id)
    elif choice == 4:
        request = SetListRequest(_read_writes(source), invoke_id)
    else:
        raise RemoteProtocolError(f"SET request of kind {choice}")
    source.finish()
    return request


def _read_writes(source: Octets) -> tuple[tuple[AttributeRef, Data], ...]:
    targets = [AttributeRef.read(source) for _ in range(source.length())]
    values = [read_data(source) for _ in range(source.length())]
    if len(targets) != len(values):
        raise RemoteProtocolError(f"SET of {len(targets)} attributes with {len(values)} values")
    return tuple(zip(targets, values, strict=True))


def parse_response(source: Octets) -> SetResponse | SetBlockResponse | SetListResponse:
    """Read what follows the tag of a SET response.

    Raises:
        RemoteProtocolError: unknown choice, short, or octets left over.
    """
    choice, invoke_id = source.unsigned(1), source.unsigned(1)
    response: SetResponse | SetBlockResponse | SetListResponse
    if choice == 1:
        response = SetResponse(source.unsigned(1), invoke_id)
    elif choice == 2:
        response = SetBlockResponse(source.unsigned(4), None, invoke_id)
    elif choice == 3:
        result = source.unsigned(1)
        response = SetBlockResponse(source.unsigned(4), result, invoke_id)
    elif choice == 5:
        response = SetListResponse(tuple(source.counted()), invoke_id)
    else:
        raise RemoteProtocolError(f"SET response of kind {choice}")
    source.finish()
    return response
