"""The messages of the IEC 62056-21 sign-on, and their parity.

Octets go in and come out in pairs of `parse` and `build`: request, identification and option
select (which the meter repeats as its confirmation in mode E). Rule: the standard speaks 7E1;
the even parity bit is put into bit 7 and taken off here, so the line below stays 8N1 and
carries the same bits (IEC 62056-21:2002, 5.1 and 6.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hardware.errors import LocalProtocolError, RemoteProtocolError

BAUD_CHARACTERS = {
    "0": 300,
    "1": 600,
    "2": 1200,
    "3": 2400,
    "4": 4800,
    "5": 9600,
    "6": 19200,
}
"""Baud rates of modes C and E by their character (IEC 62056-21:2002, 6.3.14)."""

REACTION_S = 0.2
FAST_REACTION_S = 0.02

BREAK = b"\x01B0\x03q"
"""Sent to a meter in any state: back to the opening (IEC 62056-21:2002, 6.3.11)."""

_BAUD_TO_CHARACTER = {baud: character for character, baud in BAUD_CHARACTERS.items()}
_REQUEST = re.compile(r"/\?(?P<address>(?:(?!!)[ -~]){0,32})!\r\n")
_IDENTIFICATION = re.compile(
    r"/(?P<maker>[A-Za-z]{3})(?P<baud>[!-\[\]-~])(?P<enhanced>(?:\\[ -~])*)"
    r"(?P<model>(?:(?![\\/!])[ -~]){0,32})\r\n"
)
_OPTION = re.compile(r"\x06(?P<protocol>[0-9])(?P<baud>[0-9])(?P<mode>[0-9A-Z])\r\n")

_EVEN_PARITY = bytes(
    octet | 0x80 if octet.bit_count() % 2 else octet for octet in range(0x80)
) + bytes(range(0x80, 0x100))
_SEVEN_BITS = bytes(octet & 0x7F for octet in range(0x100))


def with_parity(octets: bytes) -> bytes:
    """Seven-bit octets with even parity in bit 7."""
    return octets.translate(_EVEN_PARITY)


def without_parity(octets: bytes) -> bytes:
    """Octets with bit 7 taken off; damage to one bit shows up in the text, as on any line."""
    return octets.translate(_SEVEN_BITS)


@dataclass(frozen=True, slots=True)
class Request:
    """`/ ? address ! CR LF`: who is there; an empty address means every meter."""

    address: str = ""

    def build(self) -> bytes:
        """The octets without parity.

        Raises:
            LocalProtocolError: an address over 32 characters or with characters it can't have.
        """
        return _checked(f"/?{self.address}!\r\n", _REQUEST)


@dataclass(frozen=True, slots=True)
class Identification:
    r"""`/ XXX Z [\W ...] model CR LF`: the meter's answer (IEC 62056-21:2002, 6.3.2).

    Attributes:
        maker: three letters; a lower-case last one promises a reaction within 20 ms.
        baud_character: the rate it offers, a digit in modes C and E.
        model: up to 16 characters of the maker's choice (up to 32 are taken).
        enhanced: the characters that follow a backslash; `2` announces mode E with HDLC.
    """

    maker: str
    baud_character: str
    model: str
    enhanced: str = ""

    @property
    def reaction_s(self) -> float:
        """The least time before an answer, either side's: 0.2, or 0.02 where promised.

        The promise is a lower-case third letter (6.3.2, item 12).
        """
        return FAST_REACTION_S if self.maker[2:].islower() else REACTION_S

    @property
    def baud(self) -> int | None:
        """The rate it offers; None where the character is none of modes C and E."""
        return BAUD_CHARACTERS.get(self.baud_character)

    @property
    def offers_hdlc(self) -> bool:
        """Whether it announces binary mode E with HDLC."""
        return "2" in self.enhanced

    def build(self) -> bytes:
        """The octets without parity.

        Raises:
            LocalProtocolError: fields that do not fit the message.
        """
        marks = "".join(f"\\{mark}" for mark in self.enhanced)
        text = f"/{self.maker}{self.baud_character}{marks}{self.model}\r\n"
        return _checked(text, _IDENTIFICATION)


@dataclass(frozen=True, slots=True)
class Option:
    """`ACK V Z Y CR LF`: what the reader chooses; also the meter's mode E confirmation.

    Attributes:
        protocol: `0` normal, `2` HDLC.
        baud_character: the rate from now on.
        mode: `0` readout, `1` programming, `2` binary mode E.
    """

    protocol: str
    baud_character: str
    mode: str

    @property
    def selects_hdlc(self) -> bool:
        """Both marks say HDLC; `0 Z 2` would give a plain readout on real meters."""
        return self.protocol == "2" and self.mode == "2"

    @property
    def baud(self) -> int | None:
        """The chosen rate, None for a reserved character."""
        return BAUD_CHARACTERS.get(self.baud_character)

    def build(self) -> bytes:
        """The octets without parity.

        Raises:
            LocalProtocolError: characters that the message does not have, and `0 Z 2`.
        """
        if self.mode == "2" and not self.selects_hdlc:
            raise LocalProtocolError("mode E is selected with 2 Z 2 only")
        return _checked(f"\x06{self.protocol}{self.baud_character}{self.mode}\r\n", _OPTION)


def hdlc_option(baud: int) -> Option:
    """`2 Z 2`, the option that selects HDLC at `baud`.

    Raises:
        LocalProtocolError: a rate without a character.
    """
    character = _BAUD_TO_CHARACTER.get(baud)
    if character is None:
        raise LocalProtocolError(f"no baud character for {baud}")
    return Option("2", character, "2")


def parse_request(octets: bytes) -> Request:
    """Read a request without parity.

    Raises:
        RemoteProtocolError: not a request.
    """
    return Request(_match(_REQUEST, octets)["address"])


def parse_identification(octets: bytes) -> Identification:
    """Read an identification without parity.

    Raises:
        RemoteProtocolError: not an identification.
    """
    found = _match(_IDENTIFICATION, octets)
    enhanced = found["enhanced"][1::2]
    return Identification(found["maker"], found["baud"], found["model"], enhanced)


def parse_option(octets: bytes) -> Option:
    """Read an option select message or a confirmation without parity.

    Raises:
        RemoteProtocolError: neither.
    """
    found = _match(_OPTION, octets)
    return Option(found["protocol"], found["baud"], found["mode"])


def _match(form: re.Pattern[str], octets: bytes) -> dict[str, str]:
    found = form.fullmatch(octets.decode("latin-1"))
    if found is None:
        raise RemoteProtocolError(f"not an IEC 62056-21 message: {octets[:64].hex()}")
    return found.groupdict()


def _checked(text: str, form: re.Pattern[str]) -> bytes:
    if not text.isascii() or form.fullmatch(text) is None:
        raise LocalProtocolError(f"not an IEC 62056-21 message: {text!r}")
    return text.encode("ascii")
