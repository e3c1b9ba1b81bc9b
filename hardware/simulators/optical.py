"""A simulated Dutch meter behind an optical head.

    simulator = OpticalSimulator(furnished(OpticalMeter("E00...", clock)))
    await simulator.serve(port)          # until cancelled or the line goes away

A port goes in; out come the answers of a meter: the sign-on of IEC 62056-21 mode E (or HDLC at
once, or the wrapper), the HDLC link and the COSEM objects, each with the machine that the
client uses too, in the other role. Rule: the simulator is a head on a meter, and the meter
behind it can be changed at any time (`plug`); the conversation then stops as it does when a
head is moved.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from hardware.errors import PortGone, PortTimeout, RemoteProtocolError
from hardware.hdlc.address import Address
from hardware.hdlc.events import ApduReceived, Connected, Disconnected, LinkBroken
from hardware.hdlc.link import Link
from hardware.hdlc.transitions import Role
from hardware.iec62056.handshake import Done, Handshake
from hardware.iec62056.messages import BAUD_CHARACTERS, Identification
from hardware.port import Port
from hardware.pump import Pump
from hardware.simulators.optical_faults import FaultyPort, Line
from hardware.simulators.optical_session import Session
from hardware.simulators.optical_state import OpticalMeter
from hardware.wrapper.connection import ApduReceived as WrappedApdu
from hardware.wrapper.connection import Role as WrapperRole
from hardware.wrapper.connection import StreamBroken, Wrapper

OPENING_BAUD = 9600
INACTIVITY_S = 120.0
_DEAD_S = 1.0
_SERVER = Address(1, 17)
_ANYONE = Address(16)
_CLEAN = Line()
_AARQ = 0x60
_OFFERED_BAUD = 9600
_BAUD_MARKS = {baud: mark for mark, baud in BAUD_CHARACTERS.items()}


class Framing(StrEnum):
    """How a conversation opens."""

    MODE_E = "mode-e"
    HDLC = "hdlc"
    WRAPPER = "wrapper"


class OpticalSimulator:
    """A head with a meter behind it.

    Attributes:
        meter: the one now behind the head.
    """

    def __init__(
        self,
        meter: OpticalMeter,
        framing: Framing = Framing.MODE_E,
        line: Line = _CLEAN,
        opening_baud: int = OPENING_BAUD,
    ) -> None:
        """A head with `meter` behind it, which opens at `opening_baud`.

        In mode E it then offers 9600, or stays at the opening rate where that is higher; with
        the other framings the opening rate holds throughout.

        Raises:
            KeyError: mode E at a rate that IEC 62056-21 has no character for.
        """
        if framing is Framing.MODE_E:
            _identification(opening_baud)
        self.meter = meter
        self._framing = framing
        self._line = line
        self._opening_baud = opening_baud

    def plug(self, meter: OpticalMeter) -> None:
        """Put another meter behind the head; a conversation under way gets no more answers."""
        self.meter = meter

    async def serve(self, port: Port) -> None:
        """Answer on this port until cancelled; returns when the line goes away."""
        pump = Pump(FaultyPort(port, self._line))
        try:
            while True:
                await self._conversation(pump)
        except PortGone:
            return

    async def _conversation(self, pump: Pump) -> None:
        """One opening and one link; ends with the link, or with the reader's silence."""
        if not self.meter.p0_enabled:
            await pump.port.read(_DEAD_S)
            return
        await pump.port.configure(replace(pump.port.line, baud=self._opening_baud))
        try:
            if self._framing is Framing.MODE_E:
                await self._sign_on(pump)
            speak = self._wrapped if self._framing is Framing.WRAPPER else self._link
            await speak(pump)
        except (PortTimeout, RemoteProtocolError):
            return

    async def _sign_on(self, pump: Pump) -> None:
        machine = Handshake.meter(_identification(self._opening_baud))
        while not isinstance(await pump.await_event(machine, INACTIVITY_S), Done):
            continue

    async def _link(self, pump: Pump) -> None:
        link = Link(Role.METER, _ANYONE, _SERVER, self._line.grants)
        session: Session | None = None
        meter = self.meter
        while True:
            event = await pump.await_event(link, INACTIVITY_S)
            if meter is not self.meter or not meter.p0_enabled:
                return
            match event:
                case Connected(client):
                    session = Session(meter, client.upper)
                case ApduReceived(apdu) if session is not None:
                    answer = session.answer(apdu)
                    if answer and (octets := link.send(answer)):
                        await pump.send(octets)
                case Disconnected() | LinkBroken():
                    return

    async def _wrapped(self, pump: Pump) -> None:
        """Answer over the wrapper; what is none ends the connection, as TCP has no marks.

        An AARQ begins anew: a client that went away has no DISC to say so with.
        """
        wrapper = Wrapper(WrapperRole.METER, _ANYONE.upper, _SERVER.upper)
        session: Session | None = None
        meter = self.meter
        while True:
            event = await pump.await_event(wrapper, INACTIVITY_S)
            if meter is not self.meter or not meter.p0_enabled:
                return
            match event:
                case WrappedApdu(client, apdu):
                    if session is None or apdu[0] == _AARQ:
                        session = Session(meter, client)
                    await pump.send(wrapper.send(session.answer(apdu)))
                case StreamBroken():
                    await pump.port.close()
                    return


def _identification(opening_baud: int) -> Identification:
    """What the meter says of itself; the mark `2` announces mode E with HDLC.

    A lower-case last letter promises a reaction within 20 ms; a meter that opens slowly takes
    its 200 ms, so that both sides can change their rate in time.
    """
    maker = "SIm" if opening_baud >= _OFFERED_BAUD else "SIM"
    return Identification(maker, _BAUD_MARKS[max(opening_baud, _OFFERED_BAUD)], "SMR5", "2")
