"""The HDLC link of IEC 62056-46: from SNRM to DISC, messages in and messages out, both roles.

A call (`connect`, `send`, `disconnect`) gives the octets to put on the line; octets heard go
in by `feed`; `next_event` says what they mean: `Outgoing` octets to send at once,
`Connected`, `ApduReceived`, `Disconnected`, `LinkBroken` with its reason, or `NEED_DATA`.
When the line stays silent too long the pump calls `timed_out`: the client gets its last
frames to send again, or `LinkBroken` after a few tries, more where answers come damaged. The
client polls, the meter speaks only when polled (normal response mode). Long messages are
segmented both ways; LLC octets are put on and taken off here. A meter that refuses the sizes
we offer, or says nothing to them, is asked again without any.

    client                                  meter
    connect()      -> SNRM                  -> Outgoing(UA), Connected
    Connected      <- UA
    send(apdu)     -> I ...                 -> ApduReceived
    ApduReceived   <- I ...                 <- send(apdu)
    disconnect()   -> DISC                  -> Outgoing(UA), Disconnected

Rule: noise, damage, repeats and frames for others change nothing, and what breaks the link is
an event. Only a call that the state does not allow raises (`LocalProtocolError`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from hardware.errors import LocalProtocolError, RemoteProtocolError
from hardware.hdlc import llc
from hardware.hdlc.address import Address
from hardware.hdlc.control import Control, Kind
from hardware.hdlc.deframer import NEED_DATA, Broken, Deframer, NeedData, Noise
from hardware.hdlc.ends import Ends
from hardware.hdlc.events import (
    ApduReceived,
    Breach,
    Connected,
    Disconnected,
    Event,
    LinkBroken,
    Outgoing,
)
from hardware.hdlc.frames import LONGEST_FRAME, Frame
from hardware.hdlc.parameters import DEFAULT, Parameters, parse_parameters
from hardware.hdlc.repeats import Repeats
from hardware.hdlc.sequence import Outcome, Receiver, Segment, Sender
from hardware.hdlc.transitions import TABLE, Action, Role, State

MAX_MESSAGE = 65536
"""Largest message that is joined, octets."""


class Link:
    """One link.

    Attributes:
        role: which end this is.
        state: where the link stands.
        limits: as offered before, as agreed after connecting.
        damaged: frames that failed a check since the start.
        breach: why the last link broke, None where none did.
        noise: octets heard that belong to no frame.
    """

    def __init__(
        self, role: Role, client: Address, server: Address, offer: Parameters = DEFAULT
    ) -> None:
        """A link for `client` and `server`; the meter takes any client's address at SNRM."""
        self.role = role
        self.state = State.DISCONNECTED
        self.damaged = 0
        self.breach: Breach | None = None
        self.noise = 0
        self._offer = offer
        self._ends = Ends(role, client, server)
        self._deframer = Deframer()
        self._events: deque[Event] = deque()
        self._repeats = Repeats()
        self._reset(offer)
        self._actions: dict[Action, Callable[[Frame], None]] = {
            Action.OPEN: self._open,
            Action.OPENED: self._opened,
            Action.TAKE: self._take,
            Action.GO_ON: self._go_on,
            Action.CLOSE: self._close,
            Action.CLOSED: self._closed,
            Action.REFUSED: self._refused,
            Action.REFUSE: self._refuse,
        }

    def connect(self, offer: Parameters | None = None) -> bytes:
        """Client: the SNRM; it starts the link anew in every state."""
        self._require(Role.CLIENT, *State)
        self._offer = offer or self._offer
        self._reset(self._offer)
        self.state = State.CONNECTING
        return self._repeats.begin(self._ends.call(self._offer))

    def send(self, apdu: bytes) -> bytes:
        """Put a message on its way; the octets to send now (meter: empty until polled).

        Raises `LocalProtocolError` unless connected, and while the client's last is under way.
        """
        self._require(self.role, State.CONNECTED)
        if self.role is Role.CLIENT and self._repeats.awaited:
            raise LocalProtocolError("a message is still under way")
        self._sender.load(llc.said(self.role, apdu), self.limits.transmit)
        if self.role is Role.METER and not self._may_speak:
            return b""
        return self._repeats.begin(self._burst())

    def poll(self) -> bytes:
        """Client: let the meter go on speaking, by RR; raises where it is not connected."""
        self._require(Role.CLIENT, State.CONNECTED)
        return self._repeats.begin(self._ends.ready(self._receiver.expected))

    def disconnect(self) -> bytes:
        """Client: the DISC; a link that broke is taken leave of as well."""
        self._require(Role.CLIENT, *State)
        self.state = State.DISCONNECTING
        return self._repeats.begin(self._ends.build(Control(Kind.DISC)))

    def feed(self, data: bytes) -> None:
        """Take octets as they came from the line."""
        self._deframer.feed(data)

    def next_event(self) -> Event | NeedData:
        """The next event; call again until `NEED_DATA`."""
        while not self._events:
            match self._deframer.next_event():
                case Frame() as frame:
                    self._hear(frame)
                case Broken():
                    self.damaged += 1
                    self._repeats.spoil()
                case Noise(octets):
                    self.noise += len(octets)
                case NeedData.NEED_DATA:
                    return NEED_DATA
        return self._events.popleft()

    @property
    def longest(self) -> int:
        """Octets that may come in one go: a window as agreed, or a frame of any size."""
        if self.state is State.CONNECTING:
            return LONGEST_FRAME
        return max(LONGEST_FRAME, self.limits.longest_window)

    @property
    def is_torn(self) -> bool:
        """Whether what came since we last spoke was damaged, or stops in the middle."""
        return self._repeats.is_spoiled or self._deframer.is_partial

    def timed_out(self) -> bytes | LinkBroken:
        """The line is silent too long: what to send again, or the end of the link.

        Raises:
            LocalProtocolError: nothing was awaited.
        """
        torn = self.is_torn
        self._deframer.drop_partial()
        if self.role is Role.METER:
            return self._fall(Breach.INACTIVITY)
        if self.state is State.DISCONNECTED or not self._repeats.awaited:
            raise LocalProtocolError("no answer was awaited")
        connecting = self.state is State.CONNECTING
        breach = self._repeats.fall_silent(connecting=connecting, torn=torn)
        if breach is not None:
            return self._fall(breach)
        if connecting:
            self._offer_nothing()
        return self._repeats.awaited

    def _hear(self, frame: Frame) -> None:
        action = TABLE.get((self.role, self.state, frame.control.kind))
        # A meter speaks only when asked: what comes unasked is a latecomer.
        asked = self.role is Role.METER or bool(self._repeats.awaited)
        if (
            action is not None
            and asked
            and self._ends.concerns(frame, linked=self.state is State.CONNECTED)
        ):
            self._actions[action](frame)

    def _open(self, frame: Frame) -> None:
        self._ends = self._ends.called_by(frame)
        try:
            theirs = parse_parameters(frame.information)
        except RemoteProtocolError as error:
            self._refuse(frame)
            self._break(Breach.PARAMETERS, str(error))
            return
        self._reset(self._offer.meet(theirs))
        self._out(self._ends.build(Control(Kind.UA), self.limits.build()))
        self._stand()

    def _opened(self, frame: Frame) -> None:
        try:
            theirs = parse_parameters(frame.information)
        except RemoteProtocolError as error:
            if not self._asked_plainly():
                self._break(Breach.PARAMETERS, str(error))
            return
        self._reset(self._offer.meet(theirs))
        self._stand()

    def _stand(self) -> None:
        self.state = State.CONNECTED
        self._events.append(Connected(self._ends.client, self._ends.server, self.limits))

    def _take(self, frame: Frame) -> None:
        if not self._acknowledged(frame):
            return
        if self.role is Role.METER and len(frame.information) > self.limits.receive:
            self._reject(frame)
            return
        segment = Segment(frame.control.sent, frame.information, frame.segmented)
        outcome = self._receiver.accept(segment)
        if outcome is Outcome.TOO_LONG:
            self._break(Breach.TOO_LONG, f"message over {MAX_MESSAGE} octets")
        elif outcome is Outcome.COMPLETE:
            self._complete(frame)
        elif frame.control.final and (
            self.role is Role.METER or outcome is not Outcome.REPEATED
        ):
            self._answer(advanced=outcome is Outcome.MORE)
        elif outcome is Outcome.MORE and not self._sender.pending:
            # Should the rest get lost, only the rest is asked for.
            self._repeats.go_on(self._ends.ready(self._receiver.expected))

    def _complete(self, frame: Frame) -> None:
        """A message is whole: check and strip its LLC octets."""
        message = self._receiver.take()
        apdu = llc.heard(self.role, message)
        if apdu is None:
            self._break(Breach.NO_LLC, message[:3].hex())
            return
        if self.role is Role.CLIENT and self._sender.pending:
            self._break(Breach.SEQUENCE, "answered before all was confirmed")
            return
        self._repeats.end()
        self._may_speak = frame.control.final
        self._events.append(ApduReceived(apdu))

    def _go_on(self, frame: Frame) -> None:
        if not self._acknowledged(frame) or not frame.control.final:
            return
        if self.role is Role.METER:
            self._answer(advanced=False)
        elif self._sender.pending and frame.control.kind is not Kind.RECEIVE_NOT_READY:
            self._out(self._burst())
        else:
            # The meter has it and is still at work: ask again after a while, not at once.
            self._repeats.go_on(self._ends.ready(self._receiver.expected))

    def _acknowledged(self, frame: Frame) -> bool:
        """Take N(R); False when it broke the link."""
        confirmed = self._sender.acknowledge(frame.control.expected)
        if confirmed is None:
            self._break(Breach.SEQUENCE, f"N(R)={frame.control.expected}")
            return False
        if confirmed:
            self._repeats.advance()
        elif self._sender.pending and frame.control.kind in {Kind.RECEIVE_READY, Kind.REJECT}:
            return not self._stalled()
        return True

    def _stalled(self) -> bool:
        """Count an answer that brought nothing; True when that broke the client's link."""
        if self.role is Role.METER or not self._repeats.stall():
            return False
        self._break(Breach.NO_PROGRESS)
        return True

    def _answer(self, *, advanced: bool) -> None:
        """Answer a poll: what is unacknowledged or waiting, else a mere RR."""
        if advanced:
            self._repeats.advance()
        elif self._stalled():
            return
        self._may_speak = False
        if self._sender.pending and not advanced:
            self._out(self._burst())
        else:
            self._out(self._ends.ready(self._receiver.expected))

    def _close(self, frame: Frame) -> None:
        self._out(self._ends.build(Control(Kind.UA)))
        self._closed(frame)

    def _closed(self, _frame: Frame) -> None:
        self._repeats.end()
        self.state = State.DISCONNECTED
        self._events.append(Disconnected())

    def _refused(self, frame: Frame) -> None:
        if not self._asked_plainly():
            rejected = frame.control.kind is Kind.FRMR
            reason = Breach.REJECTED if rejected else Breach.REFUSED
            self._break(reason, frame.information.hex())

    def _asked_plainly(self) -> bool:
        """Ask for the link once more without an offer; False where that was done already."""
        if self.state is not State.CONNECTING or self._offer == DEFAULT:
            return False
        self._out(self._offer_nothing())
        return True

    def _refuse(self, frame: Frame) -> None:
        """Meter without a link: DM, from and to the addresses of the request."""
        if frame.control.final:
            self._out(self._ends.called_by(frame).build(Control(Kind.DM)))

    def _reject(self, frame: Frame) -> None:
        self._out(self._ends.too_long(frame, self._receiver.expected))
        self._break(Breach.TOO_LONG, f"information field of {len(frame.information)} octets")

    def _burst(self) -> bytes:
        self._may_speak = False
        segments = self._sender.burst(self.limits.window_transmit)
        return self._ends.carry(segments, self._receiver.expected)

    def _offer_nothing(self) -> bytes:
        self._offer = DEFAULT
        return self._repeats.go_on(self._ends.call(DEFAULT))

    def _out(self, data: bytes) -> None:
        self._events.append(Outgoing(self._repeats.go_on(data)))

    def _reset(self, limits: Parameters) -> None:
        self.limits = limits
        self._sender = Sender()
        self._receiver = Receiver(MAX_MESSAGE)
        self._repeats.end()
        self._may_speak = False

    def _break(self, reason: Breach, detail: str = "") -> None:
        self._events.append(self._fall(reason, detail))

    def _fall(self, reason: Breach, detail: str = "") -> LinkBroken:
        self.state = State.DISCONNECTED
        self.breach = reason
        self._repeats.end()
        return LinkBroken(reason, detail)

    def _require(self, role: Role, *states: State) -> None:
        if self.role is not role or self.state not in states:
            raise LocalProtocolError(f"not as {self.role.name} while {self.state.name}")
