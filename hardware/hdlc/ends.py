"""The two ends of an HDLC link: which frames are for this one, and frames from this one.

In: a role and two addresses; out: octets, and a yes or no about a heard frame. Rule: frames
for others, and one's own that an optical head echoes, are nobody's business here.
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.hdlc.address import Address
from hardware.hdlc.control import Control, Kind
from hardware.hdlc.frames import Frame
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

    def build(
        self, control: Control, information: bytes = b"", *, segmented: bool = False
    ) -> bytes:
        """The octets of a frame from this end to the other."""
        ends = (self.server, self.client)
        destination, source = ends if self.role is Role.CLIENT else ends[::-1]
        return Frame(destination, source, control, information, segmented).build()
