"""ACTION: the request and response APDUs (IEC 62056-5-3 9.3.8).

In come whole APDUs, out come frozen messages; and back. Rule: only the normal form; Dutch
meters do not grant ACTION in blocks (DSMR P3 section 2.1).
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.dlms.apdu_get import INVOKE_ID, Result, build_result
from hardware.dlms.axdr import build, read_data
from hardware.dlms.data import Data
from hardware.dlms.octets import Octets
from hardware.dlms.targets import MethodRef
from hardware.errors import RemoteProtocolError

REQUEST_TAG, RESPONSE_TAG = 0xC3, 0xC7


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """ACTION-Request-Normal: invoke one method, with or without a parameter."""

    target: MethodRef
    parameter: Data | None = None
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        head = bytes((REQUEST_TAG, 1, self.invoke_id)) + self.target.to_bytes()
        return head + (b"\x00" if self.parameter is None else b"\x01" + build(self.parameter))


@dataclass(frozen=True, slots=True)
class ActionResponse:
    """ACTION-Response-Normal: the action-result and what the method returned, if anything."""

    result: int
    returned: Result | None = None
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        head = bytes((RESPONSE_TAG, 1, self.invoke_id, self.result))
        returned = b"\x00" if self.returned is None else b"\x01" + build_result(self.returned)
        return head + returned


def parse_request(source: Octets) -> ActionRequest:
    """Read what follows the tag of an ACTION request.

    Raises:
        RemoteProtocolError: another form, short, or octets left over.
    """
    invoke_id = _normal(source, "request")
    target = MethodRef.read(source)
    parameter = read_data(source) if source.flag() else None
    source.finish()
    return ActionRequest(target, parameter, invoke_id)


def parse_response(source: Octets) -> ActionResponse:
    """Read what follows the tag of an ACTION response.

    Raises:
        RemoteProtocolError: another form, short, or octets left over.
    """
    invoke_id = _normal(source, "response")
    result = source.unsigned(1)
    returned: Result | None = None
    if source.flag():
        returned = source.unsigned(1) if source.flag() else read_data(source)
    source.finish()
    return ActionResponse(result, returned, invoke_id)


def _normal(source: Octets, what: str) -> int:
    choice = source.unsigned(1)
    if choice != 1:
        raise RemoteProtocolError(f"ACTION {what} of kind {choice}")
    return source.unsigned(1)
