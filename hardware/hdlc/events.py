"""What an HDLC link has to say: its events, and the reasons for which a link breaks.

Values only; they come out of `Link.next_event` and `Link.timed_out`. Rule: an event carries
data, no sentence for people.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from hardware.hdlc.address import Address
from hardware.hdlc.parameters import Parameters


class Breach(Enum):
    """Why a link broke."""

    SILENCE = auto()
    """No answer after all retries."""
    DAMAGED = auto()
    """Answers came, and none of them whole after all retries."""
    INACTIVITY = auto()
    """The meter heard nothing for its inactivity time."""
    REFUSED = auto()
    """The meter answers DM: it does not want, or no longer has, this link."""
    REJECTED = auto()
    """The other side rejected a frame (FRMR)."""
    SEQUENCE = auto()
    """Sequence numbers that cannot be."""
    NO_PROGRESS = auto()
    """The other side answers, and never takes the frame."""
    NO_LLC = auto()
    """A message without its LLC octets."""
    TOO_LONG = auto()
    """A frame or message longer than allowed."""
    PARAMETERS = auto()
    """SNRM or UA with parameters that cannot be read."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The link stands; `limits` as agreed, seen from this side."""

    client: Address
    server: Address
    limits: Parameters


@dataclass(frozen=True, slots=True)
class ApduReceived:
    """One whole message, without LLC octets."""

    apdu: bytes


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The link ended in order."""


@dataclass(frozen=True, slots=True)
class LinkBroken:
    """The link is gone; `connect` starts a new one."""

    reason: Breach
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Octets to put on the line at once."""

    data: bytes


Event = Connected | ApduReceived | Disconnected | LinkBroken | Outgoing
