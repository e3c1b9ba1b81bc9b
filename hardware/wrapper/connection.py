"""The wrapper as a machine: whole APDUs in and out of a TCP stream, both roles.

    client                                  meter
    send(apdu)     -> message               -> ApduReceived(client, apdu)
    ApduReceived   <- message               <- send(apdu)

Octets heard go in by `feed`; `next_event` gives `ApduReceived`, `StreamBroken` or `NEED_DATA`.
Rule: TCP neither loses nor damages octets, so nothing is ever sent again, and a header that
can't be read is the end of the stream: there is no mark by which to find the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from hardware.errors import RemoteProtocolError
from hardware.wrapper.messages import HEADER_SIZE, MAX_LENGTH, Header, Message, parse_header


class Role(Enum):
    """Which end of the line this machine is."""

    CLIENT = auto()
    METER = auto()


class NeedData(Enum):
    """The type of `NEED_DATA`."""

    NEED_DATA = auto()


NEED_DATA = NeedData.NEED_DATA


@dataclass(frozen=True, slots=True)
class ApduReceived:
    """One APDU from the wPort `sender`."""

    sender: int
    apdu: bytes


@dataclass(frozen=True, slots=True)
class StreamBroken:
    """What came is no wrapper; close the connection."""

    detail: str


Event = ApduReceived | StreamBroken


class Wrapper:
    """One connection between the wPorts of a client and of a logical device."""

    is_torn = False
    """On TCP the rest of a message comes however long it takes."""

    longest = HEADER_SIZE + MAX_LENGTH
    """Octets of a message, by its header."""

    def __init__(self, role: Role, client: int, server: int) -> None:
        """The meter takes any client, and answers the one that asked last."""
        self.role = role
        self._own, self._peer = (client, server) if role is Role.CLIENT else (server, client)
        self._heard = bytearray()
        self._broken = ""

    def send(self, apdu: bytes) -> bytes:
        """The octets to send.

        Raises:
            LocalProtocolError: an APDU longer than the header can say.
        """
        return Message(self._own, self._peer, apdu).build()

    def feed(self, data: bytes) -> None:
        """Take octets as they came; after a broken header they are dropped."""
        if not self._broken:
            self._heard += data

    def next_event(self) -> Event | NeedData:
        """The next event; call again until `NEED_DATA`, or the stream is broken."""
        while not self._broken and len(self._heard) >= HEADER_SIZE:
            try:
                header = parse_header(bytes(self._heard[:HEADER_SIZE]))
            except RemoteProtocolError as error:
                self._broken = str(error)
                self._heard.clear()
                break
            if len(self._heard) < HEADER_SIZE + header.length:
                return NEED_DATA
            apdu = self._take(header)
            if self._is_ours(header):
                self._peer = header.source
                return ApduReceived(header.source, apdu)
        return StreamBroken(self._broken) if self._broken else NEED_DATA

    def timed_out(self) -> StreamBroken:
        """The line was silent too long: asking again is for lines that lose octets."""
        return StreamBroken("SILENCE")

    def _take(self, header: Header) -> bytes:
        end = HEADER_SIZE + header.length
        apdu = bytes(self._heard[HEADER_SIZE:end])
        del self._heard[:end]
        return apdu

    def _is_ours(self, header: Header) -> bool:
        if header.destination != self._own:
            return False
        return self.role is Role.METER or header.source == self._peer
