"""The association control APDUs: AARQ, AARE, RLRQ and RLRE (ISO 8650, BER coded).

In come whole APDUs, out come frozen messages; and back. The xDLMS initiate APDUs travel inside
as opaque `user_information`, so a ciphered one passes through unchanged. Rule: fields that a
sender may leave out stay None, and unknown fields are skipped, because meters send both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from hardware.dlms.octets import Octets, counted
from hardware.errors import RemoteProtocolError

AARQ_TAG, AARE_TAG, RLRQ_TAG, RLRE_TAG = 0x60, 0x61, 0x62, 0x63

# 2.16.756.5.8.1.N and 2.16.756.5.8.2.N (IEC 62056-5-3, object identifiers), without N
_CONTEXT = bytes.fromhex("60857405 0801")
_MECHANISM = bytes.fromhex("60857405 0802")
CONTEXT_LN, CONTEXT_LN_CIPHERED = 1, 3


class Mechanism(IntEnum):
    """Authentication mechanisms, the last arc of 2.16.756.5.8.2.N."""

    NONE = 0
    LLS = 1
    HLS_OWN = 2
    HLS_MD5 = 3
    HLS_SHA1 = 4
    HLS_GMAC = 5
    HLS_SHA256 = 6
    HLS_ECDSA = 7


class Diagnostic(IntEnum):
    """acse-service-user diagnostics that a meter may put in an AARE."""

    NONE = 0
    NO_REASON = 1
    CONTEXT_NOT_SUPPORTED = 2
    MECHANISM_NOT_RECOGNISED = 11
    MECHANISM_REQUIRED = 12
    AUTHENTICATION_FAILURE = 13
    AUTHENTICATION_REQUIRED = 14


ACCEPTED, REJECTED, REJECTED_FOR_NOW = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Aarq:
    """The client asks for an association.

    Attributes:
        context: last arc of the application context name (1 LN, 3 LN with ciphering).
        mechanism: how the client proves itself; NONE leaves the field out.
        authentication: the password (LLS) or the client's challenge (HLS).
        system_title: calling-AP-title, 8 octets, for ciphered contexts.
        user_information: the initiate request, plain or ciphered.
    """

    context: int = CONTEXT_LN
    mechanism: Mechanism = Mechanism.NONE
    authentication: bytes | None = None
    system_title: bytes | None = None
    user_information: bytes = b""

    def to_bytes(self) -> bytes:
        """The whole AARQ APDU (IEC 62056-5-3 9.4.2)."""
        parts = [_field(0xA1, _field(0x06, _CONTEXT + bytes((self.context,))))]
        if self.system_title is not None:
            parts.append(_field(0xA6, _field(0x04, self.system_title)))
        if self.mechanism != Mechanism.NONE:
            # sender-acse-requirements: authentication functional unit, one bit
            parts.append(bytes.fromhex("8A020780"))
            parts.append(_field(0x8B, _MECHANISM + bytes((self.mechanism,))))
            parts.append(_field(0xAC, _field(0x80, self.authentication or b"")))
        if self.user_information:
            parts.append(_field(0xBE, _field(0x04, self.user_information)))
        return _field(AARQ_TAG, b"".join(parts))

    @classmethod
    def from_bytes(cls, octets: bytes) -> Aarq:
        """Read a whole AARQ.

        Raises:
            RemoteProtocolError: not an AARQ, broken BER, or another kind of context.
        """
        fields = dict(_fields(octets, AARQ_TAG))
        return cls(
            context=_last_arc(fields, 0xA1, _CONTEXT),
            mechanism=_mechanism(fields.get(0x8B)),
            authentication=_inner(fields, 0xAC, 0x80),
            system_title=_inner(fields, 0xA6, 0x04),
            user_information=_inner(fields, 0xBE, 0x04) or b"",
        )


@dataclass(frozen=True, slots=True)
class Aare:
    """The meter's answer to an AARQ.

    Attributes:
        result: 0 accepted, 1 rejected permanent, 2 rejected transient.
        diagnostic: why (see `Diagnostic`); 14 with result 0 asks for the HLS passes.
        by_user: False where the diagnostic comes from the ACSE provider instead of the user.
        mechanism: as in the AARQ, only with HLS.
        authentication: the meter's challenge, only with HLS.
        system_title: responding-AP-title, for ciphered contexts.
        user_information: the initiate response or a confirmed-service-error.
    """

    result: int = ACCEPTED
    diagnostic: int = Diagnostic.NONE
    context: int = CONTEXT_LN
    by_user: bool = True
    mechanism: Mechanism = Mechanism.NONE
    authentication: bytes | None = None
    system_title: bytes | None = None
    user_information: bytes = b""

    def to_bytes(self) -> bytes:
        """The whole AARE APDU (IEC 62056-5-3 9.4.2)."""
        source = 0xA1 if self.by_user else 0xA2
        parts = [
            _field(0xA1, _field(0x06, _CONTEXT + bytes((self.context,)))),
            _field(0xA2, _field(0x02, bytes((self.result,)))),
            _field(0xA3, _field(source, _field(0x02, bytes((self.diagnostic,))))),
        ]
        if self.system_title is not None:
            parts.append(_field(0xA4, _field(0x04, self.system_title)))
        if self.mechanism != Mechanism.NONE:
            parts.append(bytes.fromhex("88020780"))
            parts.append(_field(0x89, _MECHANISM + bytes((self.mechanism,))))
            parts.append(_field(0xAA, _field(0x80, self.authentication or b"")))
        if self.user_information:
            parts.append(_field(0xBE, _field(0x04, self.user_information)))
        return _field(AARE_TAG, b"".join(parts))

    @classmethod
    def from_bytes(cls, octets: bytes) -> Aare:
        """Read a whole AARE.

        Raises:
            RemoteProtocolError: not an AARE, or broken BER.
        """
        fields = dict(_fields(octets, AARE_TAG))
        by_user, diagnostic = _diagnostic(fields)
        return cls(
            result=_number(_inner(fields, 0xA2, 0x02)),
            diagnostic=diagnostic,
            context=_last_arc(fields, 0xA1, _CONTEXT),
            by_user=by_user,
            mechanism=_mechanism(fields.get(0x89)),
            authentication=_inner(fields, 0xAA, 0x80),
            system_title=_inner(fields, 0xA4, 0x04),
            user_information=_inner(fields, 0xBE, 0x04) or b"",
        )


@dataclass(frozen=True, slots=True)
class Release:
    """RLRQ (asked by the client) or RLRE (answered by the meter), both optional in content."""

    is_response: bool
    reason: int = 0
    user_information: bytes = b""

    def to_bytes(self) -> bytes:
        """The whole RLRQ or RLRE APDU."""
        body = _field(0x80, bytes((self.reason,)))
        if self.user_information:
            body += _field(0xBE, _field(0x04, self.user_information))
        return _field(RLRE_TAG if self.is_response else RLRQ_TAG, body)

    @classmethod
    def from_bytes(cls, octets: bytes) -> Release:
        """Read a whole RLRQ or RLRE.

        Raises:
            RemoteProtocolError: neither, or broken BER.
        """
        is_response = octets[:1] == bytes((RLRE_TAG,))
        fields = dict(_fields(octets, RLRE_TAG if is_response else RLRQ_TAG))
        reason = fields.get(0x80)
        information = _inner(fields, 0xBE, 0x04) or b""
        return cls(is_response, _number(reason) if reason else 0, information)


def _field(tag: int, content: bytes) -> bytes:
    return bytes((tag,)) + counted(content)


def _fields(octets: bytes, tag: int) -> Iterator[tuple[int, bytes]]:
    outer = Octets(octets)
    found = outer.unsigned(1)
    if found != tag:
        raise RemoteProtocolError(f"APDU tag {tag:#04x} expected, {found:#04x} came")
    body = Octets(outer.counted())
    outer.finish()
    while body.left:
        yield body.unsigned(1), body.counted()


def _inner(fields: dict[int, bytes], outer: int, inner: int) -> bytes | None:
    """The content of `inner` where it is the only thing in field `outer`."""
    if outer not in fields:
        return None
    source = Octets(fields[outer])
    tag = source.unsigned(1)
    if tag != inner:
        raise RemoteProtocolError(f"field {outer:#04x} holds {tag:#04x}, not {inner:#04x}")
    return source.counted()


def _number(content: bytes | None) -> int:
    if not content or len(content) > 4:
        raise RemoteProtocolError("a result or diagnostic is missing")
    return int.from_bytes(content, "big")


def _last_arc(fields: dict[int, bytes], tag: int, prefix: bytes) -> int:
    identifier = _inner(fields, tag, 0x06)
    if identifier is None or len(identifier) != 7 or not identifier.startswith(prefix):
        raise RemoteProtocolError("the application context name is missing or not DLMS")
    return identifier[6]


def _mechanism(content: bytes | None) -> Mechanism:
    if content is None:
        return Mechanism.NONE
    if len(content) != 7 or not content.startswith(_MECHANISM):
        raise RemoteProtocolError("the mechanism name is not DLMS")
    try:
        return Mechanism(content[6])
    except ValueError as e:
        raise RemoteProtocolError(f"unknown mechanism {content[6]}") from e


def _diagnostic(fields: dict[int, bytes]) -> tuple[bool, int]:
    """Who gave the diagnostic (user or provider) and its value; absent counts as none."""
    if 0xA3 not in fields:
        return True, Diagnostic.NONE
    source = Octets(fields[0xA3])
    origin = source.unsigned(1)
    return origin == 0xA1, _number(_inner({origin: source.counted()}, origin, 0x02))
