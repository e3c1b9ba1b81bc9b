"""The cable behind a simulated customer port, and what is wrong with it.

A telegram and the speed at which the client listens come in; out go the octets that the
client's UART makes of the line. Rule: nothing is made up. What a fault does is worked out bit
by bit (`uart`), so that a program that learns to know a fault here knows it on site.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hardware.simulators.uart import garble, with_even_parity

WIRE_FAULTS = frozenset({"wrong-speed", "inverted", "7e1"})
"""Faults of the cable or its settings, by name; those of the meter stand in `p1_faults`."""

_OTHER_SPEED = {115200: 9600, 9600: 115200}


@dataclass(frozen=True, slots=True)
class Wire:
    """How a meter's octets reach the client.

    Attributes:
        baud: at which the meter sends; 0: always as the client listens.
        seven_even: 7E1, so that the eighth bit is parity.
        inverted: a cable that does not turn the open-collector output round (P1 5.0.2, 5.7).
    """

    baud: int = 0
    seven_even: bool = False
    inverted: bool = False

    @classmethod
    def of(cls, baud: int, faults: Iterable[str] = ()) -> Wire:
        """The wire of a meter that sends at `baud`, with the faults of these names."""
        named = frozenset(faults)
        return cls(
            _OTHER_SPEED.get(baud, baud) if "wrong-speed" in named else baud,
            seven_even="7e1" in named,
            inverted="inverted" in named,
        )

    def heard(self, octets: bytes, client_baud: int) -> bytes:
        """What a client that listens at `client_baud`, 8N1, hears of `octets`."""
        sent = with_even_parity(octets) if self.seven_even else octets
        baud = self.baud or client_baud
        return garble(sent, baud, client_baud, inverted=self.inverted)
