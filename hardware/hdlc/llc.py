"""The LLC octets that stand before each message on an HDLC link (IEC 62056-46, 5.3.2).

A message goes in with the role of who says or hears it, and comes out with the octets or
without. Rule: a client says commands and hears responses, a meter the other way round.
"""

from __future__ import annotations

from hardware.hdlc.transitions import Role

_COMMAND = bytes([0xE6, 0xE6, 0x00])
_RESPONSE = bytes([0xE6, 0xE7, 0x00])
LLC_SIZE = 3


def said(role: Role, apdu: bytes) -> bytes:
    """The message as `role` puts it on the line."""
    return (_COMMAND if role is Role.CLIENT else _RESPONSE) + apdu


def heard(role: Role, message: bytes) -> bytes | None:
    """The APDU of a message that `role` hears; None where the octets are missing or wrong."""
    llc = _RESPONSE if role is Role.CLIENT else _COMMAND
    return message[LLC_SIZE:] if message.startswith(llc) else None
