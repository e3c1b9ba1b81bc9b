"""Any APDU: one door for all of them.

In comes a whole APDU, out comes the message that it is. Rule: the first octet decides; what
this room does not know is `RemoteProtocolError`, said with its tag.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hardware.dlms import apdu_action, apdu_get, apdu_set
from hardware.dlms.acse import AARE_TAG, AARQ_TAG, RLRE_TAG, RLRQ_TAG, Aare, Aarq, Release
from hardware.dlms.apdu_action import (
    ActionListRequest,
    ActionListResponse,
    ActionRequest,
    ActionResponse,
)
from hardware.dlms.apdu_get import (
    GetBlockResponse,
    GetListRequest,
    GetListResponse,
    GetNextRequest,
    GetRequest,
    GetResponse,
)
from hardware.dlms.apdu_set import (
    SetBlockRequest,
    SetBlockResponse,
    SetListRequest,
    SetListResponse,
    SetRequest,
    SetResponse,
)
from hardware.dlms.axdr import build, read_data
from hardware.dlms.data import Data
from hardware.dlms.initiate import SERVICE_ERROR_TAG, ServiceError
from hardware.dlms.octets import Octets, counted
from hardware.errors import RemoteProtocolError

EXCEPTION_TAG, NOTIFICATION_TAG = 0xD8, 0x0F


@dataclass(frozen=True, slots=True)
class ExceptionResponse:
    """The meter could not process a request at all (IEC 62056-5-3, EXCEPTION-Response).

    Attributes:
        state_error: 1 service not allowed, 2 service unknown.
        service_error: 1 not possible, 2 not supported, 3 other, 4 PDU too long, 5 deciphering
            error, 6 invocation counter error.
        expected_counter: with service_error 6, the counter the meter wants.
    """

    state_error: int
    service_error: int
    expected_counter: int | None = None

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        head = bytes((EXCEPTION_TAG, self.state_error, self.service_error))
        counter = self.expected_counter
        return head if counter is None else head + counter.to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class DataNotification:
    """What a meter sends unasked (IEC 62056-5-3, DataNotification).

    Attributes:
        invoke_id: long-invoke-id-and-priority, 32 bits.
        time: COSEM date-time octets, possibly empty.
    """

    invoke_id: int
    time: bytes
    body: Data

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        head = bytes((NOTIFICATION_TAG,)) + self.invoke_id.to_bytes(4, "big")
        return head + counted(self.time) + build(self.body)


Question = (
    GetRequest
    | GetListRequest
    | SetRequest
    | SetListRequest
    | ActionRequest
    | ActionListRequest
)
Answer = (
    GetResponse
    | GetBlockResponse
    | GetListResponse
    | SetResponse
    | SetBlockResponse
    | SetListResponse
    | ActionResponse
    | ActionListResponse
)
Request = Aarq | Release | GetNextRequest | SetBlockRequest | Question
Response = Aare | Release | Answer | ExceptionResponse | ServiceError | DataNotification
Apdu = Request | Response


def parse(octets: bytes) -> Apdu:
    """Read one whole APDU of either side.

    Raises:
        RemoteProtocolError: empty, unknown tag, or broken.
    """
    if not octets:
        raise RemoteProtocolError("an empty APDU")
    whole = _WHOLE.get(octets[0])
    if whole is not None:
        return whole(octets)
    after_tag = _AFTER_TAG.get(octets[0])
    if after_tag is None:
        raise RemoteProtocolError(f"unknown APDU tag {octets[0]:#04x}")
    return after_tag(Octets(octets[1:]))


def _exception(source: Octets) -> ExceptionResponse:
    state_error, service_error = source.unsigned(1), source.unsigned(1)
    counter = source.unsigned(4) if service_error == 6 and source.left else None
    source.finish()
    return ExceptionResponse(state_error, service_error, counter)


def _notification(source: Octets) -> DataNotification:
    message = DataNotification(source.unsigned(4), source.counted(), read_data(source))
    source.finish()
    return message


_WHOLE: dict[int, Callable[[bytes], Apdu]] = {
    AARQ_TAG: Aarq.from_bytes,
    AARE_TAG: Aare.from_bytes,
    RLRQ_TAG: Release.from_bytes,
    RLRE_TAG: Release.from_bytes,
    SERVICE_ERROR_TAG: ServiceError.from_bytes,
}
_AFTER_TAG: dict[int, Callable[[Octets], Apdu]] = {
    apdu_get.REQUEST_TAG: apdu_get.parse_request,
    apdu_get.RESPONSE_TAG: apdu_get.parse_response,
    apdu_set.REQUEST_TAG: apdu_set.parse_request,
    apdu_set.RESPONSE_TAG: apdu_set.parse_response,
    apdu_action.REQUEST_TAG: apdu_action.parse_request,
    apdu_action.RESPONSE_TAG: apdu_action.parse_response,
    EXCEPTION_TAG: _exception,
    NOTIFICATION_TAG: _notification,
}
