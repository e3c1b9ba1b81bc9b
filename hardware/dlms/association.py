"""The association machine: from AARQ to RLRE, for the client and for the meter.

Both sides of an association walk through the same states, one by sending a message and the
other by receiving it, so one table (`conversation`) serves both roles; the role only says
which messages a side may send. There is never more than one question open.

    client = Association(Role.CLIENT)          meter = Association(Role.METER)
    octets = client.send(Aarq(...))            meter.feed(octets)
                                               meter.next_event()  -> Received(Aarq(...))
    client.feed(octets)                        octets = meter.send(Aare(...))
    client.next_event() -> Received(Aare(...))

What is longer than an APDU may be goes in blocks, and the machine does that by itself: it hands
out `Outgoing` for each block or confirmation, and `Received` only when the message is whole.
In come whole APDUs (framing is the layer below). Rule: a broken or misplaced one raises
`RemoteProtocolError` and leaves the association standing, so that it can still be released.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Literal

from hardware.dlms import apdu
from hardware.dlms.acse import Aare, Aarq, Release
from hardware.dlms.apdu import Answer, Apdu, Question
from hardware.dlms.apdu_get import (
    GetBlockResponse,
    GetListRequest,
    GetListResponse,
    GetNextRequest,
    GetResponse,
    build_results,
    parse_results,
)
from hardware.dlms.apdu_set import (
    SetBlockRequest,
    SetBlockResponse,
    SetListRequest,
    SetRequest,
    SetResponse,
)
from hardware.dlms.axdr import build, parse
from hardware.dlms.blocks import Collected, Pieces
from hardware.dlms.cipher import Cipher, Plain
from hardware.dlms.conversation import REQUESTS, Role, State, is_refusal, kind_of, next_state
from hardware.dlms.initiate import Conformance, InitiateRequest, InitiateResponse
from hardware.dlms.results import BLOCK_NUMBER_INVALID
from hardware.errors import LocalProtocolError, RemoteProtocolError

# tag, choice, invoke id, last, block number, choice and length before a block's raw octets
_BLOCK_HEAD = 14
_SMALLEST_PDU = 64
_ACSE_TAGS = range(0x60, 0x64)
# Where a conversation that is not open yet stands after a broken message.
_NOT_YET = {
    State.IDLE: State.IDLE,
    State.ASSOCIATING: State.IDLE,
    State.PENDING: State.PENDING,
    State.PROVING: State.PENDING,
}


class _NeedData(Enum):
    NEED_DATA = "need data"


NEED_DATA: Final = _NeedData.NEED_DATA


@dataclass(frozen=True, slots=True)
class Received:
    """A whole message of the other side."""

    message: Apdu


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Octets that the machine itself wants sent now (a block, or the request for one)."""

    octets: bytes


Event = Received | Outgoing


class Association:
    """One association; after the release it can be opened again.

    Attributes:
        state: where the conversation stands.
        conformance: the services agreed on; none before the AARE.
    """

    def __init__(self, role: Role, cipher: Cipher | None = None, max_pdu: int = 0xFFFF) -> None:
        self.role = role
        self.state = State.IDLE
        self.conformance = Conformance(0)
        self._cipher: Cipher = cipher or Plain()
        self._own_pdu = max_pdu
        self._peer_pdu = 0
        self._events: deque[Event] = deque()
        self._forget()

    def _forget(self) -> None:
        self._question: Question | None = None
        self._pieces: Pieces | None = None
        self._collected = Collected()
        self._writing: SetBlockRequest | None = None

    @property
    def is_associated(self) -> bool:
        """Whether requests may be asked (or may come in) now."""
        return self.state not in _NOT_YET

    @property
    def overhead(self) -> int:
        """Octets that protection adds to each APDU."""
        return self._cipher.overhead

    def next_event(self) -> Event | Literal[_NeedData.NEED_DATA]:
        """What happened, in order; NEED_DATA when nothing (more) did."""
        return self._events.popleft() if self._events else NEED_DATA

    def reset(self) -> None:
        """The line below is gone: back to no association."""
        self.state = State.IDLE
        self._events.clear()
        self._forget()

    def send(self, message: Apdu) -> bytes:
        """The octets to send for this message, the first block where it is too long.

        Raises:
            LocalProtocolError: this side can't say that now, or it is too long and blocks
                were not agreed on.
        """
        if (kind_of(message) in REQUESTS) != (self.role is Role.CLIENT):
            raise LocalProtocolError(f"{type(message).__name__} from the {self.role.name}")
        if isinstance(message, Question):
            self._forget()
            self._question = message
        return self._emit(self._fitting(message))

    def feed(self, octets: bytes) -> None:
        """Take one whole APDU; what it meant comes out of `next_event`.

        Raises:
            RemoteProtocolError: it can't be read or has no place here.
        """
        try:
            self._receive(self._parse(octets))
        except RemoteProtocolError:
            self.state = _NOT_YET.get(self.state, State.READY)
            self._forget()
            raise

    # sending

    def _emit(self, message: Apdu) -> bytes:
        state = next_state(self.state, kind_of(message))
        if state is None:
            raise LocalProtocolError(f"{type(message).__name__} in state {self.state.name}")
        self.state = state
        self._learn(message)
        if isinstance(message, Aarq | Aare | Release):
            information = message.user_information
            if information:
                protected = self._cipher.protect(information)
                message = replace(message, user_information=protected)
            return message.to_bytes()
        return self._cipher.protect(message.to_bytes())

    def _fitting(self, message: Apdu) -> Apdu:
        """The message itself, or its first block where it is longer than an APDU may be."""
        if isinstance(message, SetResponse) and self._writing is not None:
            return SetBlockResponse(self._writing.block, message.result, message.invoke_id)
        room = self._room()
        if len(message.to_bytes()) + self._cipher.overhead <= room:
            return message
        if isinstance(message, SetRequest):
            return self._first_written(message, room)
        if isinstance(message, GetResponse | GetListResponse):
            return self._first_given(message, room)
        if isinstance(message, SetListRequest):
            raise LocalProtocolError("a list of values too long for one APDU")
        return message

    def _room(self) -> int:
        limits = [size for size in (self._peer_pdu, self._own_pdu) if size]
        return max(min(limits, default=0xFFFF), _SMALLEST_PDU)

    def _first_given(self, message: GetResponse | GetListResponse, room: int) -> Apdu:
        if not self.conformance & Conformance.BLOCK_GET:
            raise LocalProtocolError("an answer too long without block GET")
        if isinstance(message, GetListResponse):
            raw = build_results(message.results)
        elif isinstance(message.result, int):
            return message
        else:
            raw = build(message.result)
        self._pieces = Pieces(raw, room - _BLOCK_HEAD - self._cipher.overhead)
        return self._given(message.invoke_id)

    def _given(self, invoke_id: int) -> GetBlockResponse:
        if self._pieces is None:
            raise RemoteProtocolError("a next block was asked outside a long GET")
        piece = self._pieces.take()
        return GetBlockResponse(self._pieces.is_last, self._pieces.number, piece, invoke_id)

    def _first_written(self, message: SetRequest, room: int) -> SetBlockRequest:
        if not self.conformance & Conformance.BLOCK_SET:
            raise LocalProtocolError("a value too long without block SET")
        head = _BLOCK_HEAD + len(message.target.to_bytes()) + self._cipher.overhead
        self._pieces = Pieces(build(message.value), max(room - head, 1))
        return self._written(message)

    def _written(self, message: SetRequest) -> SetBlockRequest:
        if self._pieces is None or (self._pieces.is_last and self._pieces.number):
            raise RemoteProtocolError("a next block was asked after the last one")
        piece = self._pieces.take()
        number = self._pieces.number
        target = message.target if number == 1 else None
        last = self._pieces.is_last
        return SetBlockRequest(target, last, number, piece, message.invoke_id)

    # receiving

    def _parse(self, octets: bytes) -> Apdu:
        if not octets or octets[0] not in _ACSE_TAGS:
            return apdu.parse(self._cipher.unprotect(octets))
        return self._revealed(apdu.parse(octets))

    def _revealed(self, message: Apdu) -> Apdu:
        """An ACSE message with its initiate in the clear; what has no place stays as it is."""
        if next_state(self.state, kind_of(message)) is None or is_refusal(message):
            return message
        if isinstance(message, Aarq | Aare):
            self._cipher.meet(message.system_title)
        if isinstance(message, Aarq | Aare | Release) and message.user_information:
            information = self._cipher.unprotect(message.user_information)
            return replace(message, user_information=information)
        return message

    def _receive(self, message: Apdu) -> None:
        kind = kind_of(message)
        if (kind in REQUESTS) != (self.role is Role.METER):
            raise RemoteProtocolError(f"{type(message).__name__} from the wrong side")
        state = next_state(self.state, kind)
        if state is None:
            raise RemoteProtocolError(
                f"{type(message).__name__} came in state {self.state.name}"
            )
        self._check_invoke_id(message)
        self._learn(message)
        self.state = state
        self._sort(message)

    def _check_invoke_id(self, message: Apdu) -> None:
        asked = self._question
        if not isinstance(message, Answer):
            return
        if asked is not None and message.invoke_id & 0x0F != asked.invoke_id & 0x0F:
            raise RemoteProtocolError(f"the answer has invoke id {message.invoke_id:#04x}")

    def _sort(self, message: Apdu) -> None:
        match message:
            case GetBlockResponse():
                self._take_given(message)
            case SetBlockResponse():
                self._take_confirmation(message)
            case GetNextRequest():
                self._give_next(message)
            case SetBlockRequest():
                self._take_written(message)
            case _:
                if kind_of(message) in REQUESTS:
                    self._forget()
                self._events.append(Received(message))

    def _take_given(self, message: GetBlockResponse) -> None:
        if isinstance(message.raw, int):
            self._events.append(Received(GetResponse(message.raw, message.invoke_id)))
            return
        self._collected.add(message.block, message.raw)
        if not message.last:
            self._reply(GetNextRequest(message.block, message.invoke_id))
            return
        raw = bytes(self._collected.raw)
        if isinstance(self._question, GetListRequest):
            results = parse_results(raw)
            self._events.append(Received(GetListResponse(results, message.invoke_id)))
        else:
            self._events.append(Received(GetResponse(parse(raw), message.invoke_id)))

    def _take_confirmation(self, message: SetBlockResponse) -> None:
        if message.result is not None:
            self._events.append(Received(SetResponse(message.result, message.invoke_id)))
        elif isinstance(self._question, SetRequest):
            self._reply(self._written(self._question))

    def _give_next(self, message: GetNextRequest) -> None:
        if self._pieces is not None and message.block == self._pieces.number:
            self._reply(self._given(message.invoke_id))
        else:
            refused = GetBlockResponse(last=True, block=message.block, raw=BLOCK_NUMBER_INVALID)
            self._reply(replace(refused, invoke_id=message.invoke_id))

    def _take_written(self, message: SetBlockRequest) -> None:
        if message.target is not None:
            self._forget()
            self._writing = message
        first = self._writing
        if first is None or first.target is None:
            raise RemoteProtocolError("a SET block before the first one")
        self._collected.add(message.block, message.raw)
        self._writing = replace(message, target=first.target)
        if not message.last:
            self._reply(SetBlockResponse(message.block, None, message.invoke_id))
            return
        value = parse(bytes(self._collected.raw))
        self._events.append(Received(SetRequest(first.target, value, message.invoke_id)))

    def _reply(self, message: Apdu) -> None:
        self._events.append(Outgoing(self._emit(message)))

    # both

    def _learn(self, message: Apdu) -> None:
        """Keep what AARQ and AARE say about sizes and services, whoever sent them."""
        if not isinstance(message, Aarq | Aare) or not message.user_information:
            return
        if is_refusal(message):
            return
        if isinstance(message, Aarq):
            asked = InitiateRequest.from_bytes(message.user_information)
            if self.role is Role.METER:
                self._peer_pdu = asked.max_pdu
        else:
            granted = InitiateResponse.from_bytes(message.user_information)
            self.conformance = granted.conformance
            if self.role is Role.CLIENT:
                self._peer_pdu = granted.max_pdu
