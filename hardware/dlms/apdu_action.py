"""ACTION: the request and response APDUs (IEC 62056-5-3 9.3.8).

In come whole APDUs, out come frozen messages; and back. Rule: the normal form and lists; Dutch
meters do not grant ACTION in blocks (DSMR P3 section 2.1).
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.dlms.apdu_get import INVOKE_ID, Result, build_result
from hardware.dlms.axdr import build, read_data
from hardware.dlms.data import Data
from hardware.dlms.octets import Octets, length_octets
from hardware.dlms.targets import MethodRef
from hardware.errors import RemoteProtocolError

REQUEST_TAG, RESPONSE_TAG = 0xC3, 0xC7

Outcome = tuple[int, Result | None]
"""The action-result of a method, and what it returned, if anything."""


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
        head = bytes((RESPONSE_TAG, 1, self.invoke_id))
        return head + _build_outcome((self.result, self.returned))


@dataclass(frozen=True, slots=True)
class ActionListRequest:
    """ACTION-Request-With-List: invoke several methods with one question.

    Attributes:
        calls: each method with its parameter; on the wire all methods come first, and a
            method without a parameter has null-data.
    """

    calls: tuple[tuple[MethodRef, Data], ...]
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        count = length_octets(len(self.calls))
        targets = b"".join(target.to_bytes() for target, _ in self.calls)
        parameters = b"".join(build(parameter) for _, parameter in self.calls)
        return bytes((REQUEST_TAG, 3, self.invoke_id)) + count + targets + count + parameters


@dataclass(frozen=True, slots=True)
class ActionListResponse:
    """ACTION-Response-With-List: result and return of each method, in order."""

    outcomes: tuple[Outcome, ...]
    invoke_id: int = INVOKE_ID

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        head = bytes((RESPONSE_TAG, 3, self.invoke_id)) + length_octets(len(self.outcomes))
        return head + b"".join(_build_outcome(outcome) for outcome in self.outcomes)


def parse_request(source: Octets) -> ActionRequest | ActionListRequest:
    """Read what follows the tag of an ACTION request.

    Raises:
        RemoteProtocolError: another form, short, or octets left over.
    """
    choice, invoke_id = source.unsigned(1), source.unsigned(1)
    request: ActionRequest | ActionListRequest
    if choice == 1:
        target = MethodRef.read(source)
        parameter = read_data(source) if source.flag() else None
        request = ActionRequest(target, parameter, invoke_id)
    elif choice == 3:
        request = ActionListRequest(_read_calls(source), invoke_id)
    else:
        raise RemoteProtocolError(f"ACTION request of kind {choice}")
    source.finish()
    return request


def _read_calls(source: Octets) -> tuple[tuple[MethodRef, Data], ...]:
    targets = [MethodRef.read(source) for _ in range(source.length())]
    parameters = [read_data(source) for _ in range(source.length())]
    if len(targets) != len(parameters):
        raise RemoteProtocolError(
            f"ACTION on {len(targets)} methods with {len(parameters)} parameters"
        )
    return tuple(zip(targets, parameters, strict=True))


def parse_response(source: Octets) -> ActionResponse | ActionListResponse:
    """Read what follows the tag of an ACTION response.

    Raises:
        RemoteProtocolError: another form, short, or octets left over.
    """
    choice, invoke_id = source.unsigned(1), source.unsigned(1)
    response: ActionResponse | ActionListResponse
    if choice == 1:
        response = ActionResponse(*_read_outcome(source), invoke_id)
    elif choice == 3:
        outcomes = tuple(_read_outcome(source) for _ in range(source.length()))
        response = ActionListResponse(outcomes, invoke_id)
    else:
        raise RemoteProtocolError(f"ACTION response of kind {choice}")
    source.finish()
    return response


def _build_outcome(outcome: Outcome) -> bytes:
    result, returned = outcome
    head = bytes((result,))
    return head + (b"\x00" if returned is None else b"\x01" + build_result(returned))


def _read_outcome(source: Octets) -> Outcome:
    result = source.unsigned(1)
    if not source.flag():
        return result, None
    return result, source.unsigned(1) if source.flag() else read_data(source)
