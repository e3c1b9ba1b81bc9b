"""GET: the request and response APDUs (IEC 62056-5-3 9.3.6).

In come whole APDUs, out come frozen messages; and back. Rule: a result is a value or a
data-access-result code, never an exception: in a list one refusal does not cost the others.
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.dlms.axdr import build, read_data
from hardware.dlms.data import Data
from hardware.dlms.octets import Octets, counted, length_octets
from hardware.dlms.targets import AttributeRef
from hardware.errors import RemoteProtocolError

REQUEST_TAG, RESPONSE_TAG = 0xC0, 0xC4
INVOKE_ID = 0xC1  # id 1, confirmed, high priority

# a value, or the data-access-result that came in its place
Result = Data | int


@dataclass(frozen=True, slots=True)
class GetRequest:
    """GET-Request-Normal: one attribute."""

    target: AttributeRef
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        return bytes((REQUEST_TAG, 1, self.invoke_id)) + self.target.to_bytes()


@dataclass(frozen=True, slots=True)
class GetNextRequest:
    """GET-Request-Next: the block after number `block`."""

    block: int
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        return bytes((REQUEST_TAG, 2, self.invoke_id)) + self.block.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class GetListRequest:
    """GET-Request-With-List: several attributes in one question (DSMR: at most 16)."""

    targets: tuple[AttributeRef, ...]
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        head = bytes((REQUEST_TAG, 3, self.invoke_id)) + length_octets(len(self.targets))
        return head + b"".join(target.to_bytes() for target in self.targets)


@dataclass(frozen=True, slots=True)
class GetResponse:
    """GET-Response-Normal: the value or why not."""

    result: Result
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        return bytes((RESPONSE_TAG, 1, self.invoke_id)) + build_result(self.result)


@dataclass(frozen=True, slots=True)
class GetBlockResponse:
    """GET-Response-With-Datablock: a piece of an answer that is longer than one APDU.

    Attributes:
        raw: the piece, or the data-access-result with which the meter gave up.
    """

    last: bool
    block: int
    raw: bytes | int
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        head = bytes((RESPONSE_TAG, 2, self.invoke_id, self.last))
        head += self.block.to_bytes(4, "big")
        if isinstance(self.raw, int):
            return head + bytes((1, self.raw))
        return head + b"\x00" + counted(self.raw)


@dataclass(frozen=True, slots=True)
class GetListResponse:
    """GET-Response-With-List: one result for each target, in order."""

    results: tuple[Result, ...]
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        return bytes((RESPONSE_TAG, 3, self.invoke_id)) + build_results(self.results)


def parse_request(source: Octets) -> GetRequest | GetNextRequest | GetListRequest:
    """Read what follows the tag of a GET request.

    Raises:
        RemoteProtocolError: unknown choice, short, or octets left over.
    """
    choice, invoke_id = source.unsigned(1), source.unsigned(1)
    request: GetRequest | GetNextRequest | GetListRequest
    if choice == 1:
        request = GetRequest(AttributeRef.read(source), invoke_id)
    elif choice == 2:
        request = GetNextRequest(source.unsigned(4), invoke_id)
    elif choice == 3:
        count = source.length()
        request = GetListRequest(
            tuple(AttributeRef.read(source) for _ in range(count)), invoke_id
        )
    else:
        raise RemoteProtocolError(f"GET request of kind {choice}")
    source.finish()
    return request


def parse_response(source: Octets) -> GetResponse | GetBlockResponse | GetListResponse:
    """Read what follows the tag of a GET response.

    Raises:
        RemoteProtocolError: unknown choice, short, or octets left over.
    """
    choice, invoke_id = source.unsigned(1), source.unsigned(1)
    response: GetResponse | GetBlockResponse | GetListResponse
    if choice == 1:
        response = GetResponse(_read_result(source), invoke_id)
    elif choice == 2:
        last, block = source.flag(), source.unsigned(4)
        raw = source.unsigned(1) if source.flag() else source.counted()
        response = GetBlockResponse(last, block, raw, invoke_id)
    elif choice == 3:
        response = GetListResponse(_read_results(source), invoke_id)
    else:
        raise RemoteProtocolError(f"GET response of kind {choice}")
    source.finish()
    return response


def build_result(result: Result) -> bytes:
    """A Get-Data-Result: `00` and the value, or `01` and the code."""
    return bytes((1, result)) if isinstance(result, int) else b"\x00" + build(result)


def build_results(results: tuple[Result, ...]) -> bytes:
    """A counted list of Get-Data-Results, as in a list response and its blocks."""
    return length_octets(len(results)) + b"".join(build_result(item) for item in results)


def parse_results(octets: bytes) -> tuple[Result, ...]:
    """The reverse of `build_results`.

    Raises:
        RemoteProtocolError: short or octets left over.
    """
    source = Octets(octets)
    results = _read_results(source)
    source.finish()
    return results


def _read_results(source: Octets) -> tuple[Result, ...]:
    return tuple(_read_result(source) for _ in range(source.length()))


def _read_result(source: Octets) -> Result:
    return source.unsigned(1) if source.flag() else read_data(source)
