"""The two ends of an HDLC link: which frames are for this one, and frames from this one.

In: a role and two addresses; out: octets, and a yes or no about a heard frame. Rule: frames
for others, and one's own that an optical head echoes, are nobody's business here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hardware.hdlc.address import Address
from hardware.hdlc.control import Control, Kind
from hardware.hdlc.frames import Frame
from hardware.hdlc.parameters import DEFAULT, Parameters
from hardware.hdlc.sequence import Segment
from hardware.hdlc.transitions import Role


@dataclass(frozen=True, slots=True)
class Ends:
    """Seen from the end in `role`."""

    role: Role
    client: Address
    server: Address

    def called_by(self, frame: Frame) -> Ends:
        """The meter's ends for the caller of `frame`, in the address width it called with."""
        return Ends(self.role, frame.source, frame.destination)

    def concerns(self, frame: Frame, *, linked: bool) -> bool:
        """Whether `frame` comes from the other end to this one.

        A meter with a link hears its own client only, except for a new SNRM.
        """
        if self.role is Role.CLIENT:
            # A client's address is one octet: `1` of a client is not the `1/17` of a meter.
            ours = frame.destination == self.client
            return ours and frame.source.same_station(self.server)
        from_client = frame.source == self.client or frame.control.kind is Kind.SNRM
        return frame.destination.same_station(self.server) and (from_client or not linked)

    def call(self, offer: Parameters) -> bytes:
        """The SNRM with what we offer.

        What is default goes unsaid (IEC 62056-46, 6.4.4.4.3.2): four octets for all meters.
        """
        return self.build(Control(Kind.SNRM), b"" if offer == DEFAULT else offer.build())

    def carry(self, segments: Sequence[Segment], expected: int) -> bytes:
        """The frames of one window; only the last one hands over the word (P/F)."""
        frames = []
        for at, segment in enumerate(segments, 1):
            control = Control(Kind.INFORMATION, at == len(segments), segment.number, expected)
            frames.append(self.build(control, segment.octets, segmented=segment.more))
        return b"".join(frames)

    def ready(self, expected: int) -> bytes:
        """The RR: everything before frame `expected` is here."""
        return self.build(Control(Kind.RECEIVE_READY, expected=expected))

    def too_long(self, frame: Frame, expected: int) -> bytes:
        """The FRMR to a too long information field (ISO/IEC 13239, 5.5.3.4.2: bit y)."""
        report = bytes([frame.control.build(), expected << 5 | 0x10, 0x04])
        return self.build(Control(Kind.FRMR), report)

    def build(
        self, control: Control, information: bytes = b"", *, segmented: bool = False
    ) -> bytes:
        """The octets of a frame from this end to the other."""
        ends = (self.server, self.client)
        destination, source = ends if self.role is Role.CLIENT else ends[::-1]
        return Frame(destination, source, control, information, segmented).build()
