"""The transition table of the HDLC link: what each frame does in each state, as data.

Both roles stand in one table (IEC 62056-46, 6.4.4). Rule: a frame that is not in the table is
passed over, so noise and latecomers cannot move the link.
"""

from __future__ import annotations

from enum import Enum, auto

from hardware.hdlc.control import Kind


class Role(Enum):
    """Which end of the line this machine is."""

    CLIENT = auto()
    METER = auto()


class State(Enum):
    """Where the link stands."""

    DISCONNECTED = auto()
    CONNECTING = auto()
    CONNECTED = auto()
    DISCONNECTING = auto()


class Action(Enum):
    """What a frame makes the machine do."""

    OPEN = auto()
    OPENED = auto()
    TAKE = auto()
    GO_ON = auto()
    CLOSE = auto()
    CLOSED = auto()
    REFUSED = auto()
    REFUSE = auto()


TABLE: dict[tuple[Role, State, Kind], Action] = {
    (Role.CLIENT, State.CONNECTING, Kind.UA): Action.OPENED,
    (Role.CLIENT, State.CONNECTING, Kind.DM): Action.REFUSED,
    (Role.CLIENT, State.CONNECTING, Kind.FRMR): Action.REFUSED,
    (Role.CLIENT, State.CONNECTED, Kind.INFORMATION): Action.TAKE,
    (Role.CLIENT, State.CONNECTED, Kind.RECEIVE_READY): Action.GO_ON,
    (Role.CLIENT, State.CONNECTED, Kind.RECEIVE_NOT_READY): Action.GO_ON,
    (Role.CLIENT, State.CONNECTED, Kind.REJECT): Action.GO_ON,
    (Role.CLIENT, State.CONNECTED, Kind.DM): Action.REFUSED,
    (Role.CLIENT, State.CONNECTED, Kind.FRMR): Action.REFUSED,
    (Role.CLIENT, State.DISCONNECTING, Kind.UA): Action.CLOSED,
    (Role.CLIENT, State.DISCONNECTING, Kind.DM): Action.CLOSED,
    (Role.METER, State.DISCONNECTED, Kind.SNRM): Action.OPEN,
    (Role.METER, State.DISCONNECTED, Kind.DISC): Action.REFUSE,
    (Role.METER, State.DISCONNECTED, Kind.INFORMATION): Action.REFUSE,
    (Role.METER, State.DISCONNECTED, Kind.RECEIVE_READY): Action.REFUSE,
    (Role.METER, State.DISCONNECTED, Kind.RECEIVE_NOT_READY): Action.REFUSE,
    (Role.METER, State.CONNECTED, Kind.SNRM): Action.OPEN,
    (Role.METER, State.CONNECTED, Kind.INFORMATION): Action.TAKE,
    (Role.METER, State.CONNECTED, Kind.RECEIVE_READY): Action.GO_ON,
    (Role.METER, State.CONNECTED, Kind.RECEIVE_NOT_READY): Action.GO_ON,
    (Role.METER, State.CONNECTED, Kind.REJECT): Action.GO_ON,
    (Role.METER, State.CONNECTED, Kind.DISC): Action.CLOSE,
}
"""What each frame does in each state; a frame that is not here is passed over."""
