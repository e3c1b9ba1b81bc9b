"""Who may say what, and when: the states of an association as one table.

In comes a state and the kind of a message, out comes the next state or None where the message
does not fit. Rule: the table is the only place where the order of messages is decided, and it
is the same for the side that sends and the side that receives.
"""

from __future__ import annotations

from enum import Enum, auto

from hardware.dlms.acse import ACCEPTED, Aare, Aarq, Diagnostic, Release
from hardware.dlms.apdu import Apdu, DataNotification
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
from hardware.dlms.results import SUCCESS
from hardware.dlms.targets import MethodRef
from hardware.values import Obis


class Role(Enum):
    """Which end of the line this machine is."""

    CLIENT = auto()
    METER = auto()


class State(Enum):
    """Where a conversation stands; the same for both ends."""

    IDLE = auto()
    ASSOCIATING = auto()
    PENDING = auto()  # challenged both ways (HLS), nothing proven yet
    PROVING = auto()
    READY = auto()
    GETTING = auto()
    GET_PAUSED = auto()  # a block was given, the next one not yet asked for
    SETTING = auto()
    SET_TAKING = auto()  # a block was written, not yet confirmed
    SET_PAUSED = auto()  # confirmed, the next block not yet written
    ACTING = auto()
    RELEASING = auto()


class Kind(Enum):
    """What a message does to the conversation."""

    AARQ = auto()
    GET = auto()
    GET_NEXT = auto()
    SET = auto()
    SET_BLOCK = auto()
    ACTION = auto()
    PROOF = auto()
    RELEASE = auto()
    ASSOCIATED = auto()
    CHALLENGED = auto()
    REJECTED = auto()
    GET_DONE = auto()
    GET_BLOCK = auto()
    SET_DONE = auto()
    SET_CONFIRMED = auto()
    ACTION_DONE = auto()
    ACTION_REFUSED = auto()
    RELEASED = auto()
    FAULT = auto()
    NOTIFICATION = auto()


REQUESTS = frozenset(
    {
        Kind.AARQ,
        Kind.GET,
        Kind.GET_NEXT,
        Kind.SET,
        Kind.SET_BLOCK,
        Kind.ACTION,
        Kind.PROOF,
        Kind.RELEASE,
    }
)
REPLY_TO_HLS = MethodRef(15, Obis(0, 0, 40, 0, 0), 1)
"""The method with which a client proves itself (IEC 62056-6-2, Association LN)."""

_QUESTIONS = {
    Kind.GET: State.GETTING,
    Kind.SET: State.SETTING,
    Kind.SET_BLOCK: State.SET_TAKING,
    Kind.ACTION: State.ACTING,
    Kind.RELEASE: State.RELEASING,
}

TABLE: dict[State, dict[Kind, State]] = {
    State.IDLE: {Kind.AARQ: State.ASSOCIATING, Kind.FAULT: State.IDLE},
    State.ASSOCIATING: {
        Kind.ASSOCIATED: State.READY,
        Kind.CHALLENGED: State.PENDING,
        Kind.REJECTED: State.IDLE,
        Kind.FAULT: State.IDLE,
    },
    State.PENDING: {
        Kind.PROOF: State.PROVING,
        Kind.RELEASE: State.RELEASING,
        Kind.FAULT: State.PENDING,
    },
    State.PROVING: {
        Kind.ACTION_DONE: State.READY,
        Kind.ACTION_REFUSED: State.IDLE,
        Kind.FAULT: State.IDLE,
    },
    State.READY: {**_QUESTIONS, Kind.FAULT: State.READY},
    State.GETTING: {
        Kind.GET_DONE: State.READY,
        Kind.GET_BLOCK: State.GET_PAUSED,
        Kind.FAULT: State.READY,
    },
    # any other question ends a long GET or SET
    State.GET_PAUSED: {**_QUESTIONS, Kind.GET_NEXT: State.GETTING, Kind.FAULT: State.READY},
    State.SETTING: {Kind.SET_DONE: State.READY, Kind.FAULT: State.READY},
    State.SET_TAKING: {
        Kind.SET_CONFIRMED: State.SET_PAUSED,
        Kind.SET_DONE: State.READY,
        Kind.FAULT: State.READY,
    },
    State.SET_PAUSED: {**_QUESTIONS, Kind.FAULT: State.READY},
    State.ACTING: {
        Kind.ACTION_DONE: State.READY,
        Kind.ACTION_REFUSED: State.READY,
        Kind.FAULT: State.READY,
    },
    State.RELEASING: {Kind.RELEASED: State.IDLE, Kind.FAULT: State.IDLE},
}

_KINDS: dict[type[Apdu], Kind] = {
    Aarq: Kind.AARQ,
    GetRequest: Kind.GET,
    GetListRequest: Kind.GET,
    GetNextRequest: Kind.GET_NEXT,
    SetRequest: Kind.SET,
    SetBlockRequest: Kind.SET_BLOCK,
    SetListRequest: Kind.SET,
    ActionListRequest: Kind.ACTION,
    GetResponse: Kind.GET_DONE,
    GetListResponse: Kind.GET_DONE,
    SetResponse: Kind.SET_DONE,
    SetListResponse: Kind.SET_DONE,
    ActionListResponse: Kind.ACTION_DONE,
    DataNotification: Kind.NOTIFICATION,
}


def kind_of(message: Apdu) -> Kind:
    """What this message does to the conversation; refusals of any kind are FAULT."""
    match message:
        case Aare() | Release():
            return _acse_kind(message)
        case ActionRequest(target):
            return Kind.PROOF if target == REPLY_TO_HLS else Kind.ACTION
        case ActionResponse(result):
            return Kind.ACTION_DONE if result == SUCCESS else Kind.ACTION_REFUSED
        case GetBlockResponse():
            ends = message.last or isinstance(message.raw, int)
            return Kind.GET_DONE if ends else Kind.GET_BLOCK
        case SetBlockResponse():
            return Kind.SET_CONFIRMED if message.result is None else Kind.SET_DONE
        case _:
            return _KINDS.get(type(message), Kind.FAULT)


def _acse_kind(message: Aare | Release) -> Kind:
    if isinstance(message, Release):
        return Kind.RELEASED if message.is_response else Kind.RELEASE
    if is_accepted(message):
        return Kind.ASSOCIATED
    return Kind.CHALLENGED if is_challenged(message) else Kind.REJECTED


def is_accepted(aare: Aare) -> bool:
    """Whether the association stands with this AARE (result 0 and nothing more asked)."""
    return aare.result == ACCEPTED and aare.diagnostic != Diagnostic.AUTHENTICATION_REQUIRED


def is_challenged(aare: Aare) -> bool:
    """Whether this AARE asks the client to prove itself by HLS, with the meter's challenge."""
    asked = aare.diagnostic == Diagnostic.AUTHENTICATION_REQUIRED
    return aare.result == ACCEPTED and asked and aare.authentication is not None


def is_refusal(message: Apdu) -> bool:
    """Whether this is an AARE that neither takes the client nor asks it for a proof."""
    return kind_of(message) is Kind.REJECTED


def next_state(state: State, kind: Kind) -> State | None:
    """The state after a message of this kind, or None where it has no place."""
    return state if kind is Kind.NOTIFICATION else TABLE[state].get(kind)
