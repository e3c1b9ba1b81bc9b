"""The xDLMS initiate APDUs: what both sides can do and how long an APDU may be.

In come the octets of the `user_information` of AARQ and AARE, out come frozen messages; and
back. Rule: the conformance block is a set of names here and 24 bits only on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from hardware.dlms.octets import Octets, counted
from hardware.errors import RemoteProtocolError

REQUEST_TAG, RESPONSE_TAG, SERVICE_ERROR_TAG = 0x01, 0x08, 0x0E
DLMS_VERSION = 6
# VAA name of a logical-name association (IEC 62056-5-3)
_VAA_LN = 0x0007


class Conformance(IntFlag):
    """The services of an association: bit n of the block is mask `0x800000 >> n`."""

    GENERAL_PROTECTION = 1 << 22
    GENERAL_BLOCK_TRANSFER = 1 << 21
    ATTRIBUTE_0_WITH_SET = 1 << 15
    PRIORITY = 1 << 14
    ATTRIBUTE_0_WITH_GET = 1 << 13
    BLOCK_GET = 1 << 12
    BLOCK_SET = 1 << 11
    BLOCK_ACTION = 1 << 10
    MULTIPLE_REFERENCES = 1 << 9
    DATA_NOTIFICATION = 1 << 7
    ACCESS = 1 << 6
    GET = 1 << 4
    SET = 1 << 3
    SELECTIVE_ACCESS = 1 << 2
    EVENT_NOTIFICATION = 1 << 1
    ACTION = 1 << 0


# DSMR P3 4.2.2 section 2.1: what the two clients may ask for
MANAGEMENT = (
    Conformance.GET
    | Conformance.SET
    | Conformance.ACTION
    | Conformance.SELECTIVE_ACCESS
    | Conformance.MULTIPLE_REFERENCES
    | Conformance.BLOCK_GET
    | Conformance.BLOCK_SET
)
PUBLIC = Conformance.GET | Conformance.BLOCK_GET | Conformance.SELECTIVE_ACCESS


@dataclass(frozen=True, slots=True)
class InitiateRequest:
    """What the client proposes.

    Attributes:
        conformance: the services it wants.
        max_pdu: the longest APDU it takes, in octets; 0 is no limit.
    """

    conformance: Conformance
    max_pdu: int = 0xFFFF

    def to_bytes(self) -> bytes:
        """The APDU without dedicated key, response allowed (IEC 62056-5-3)."""
        return (
            bytes((REQUEST_TAG, 0, 0, 0, DLMS_VERSION))
            + _conformance_octets(self.conformance)
            + self.max_pdu.to_bytes(2, "big")
        )

    @classmethod
    def from_bytes(cls, octets: bytes) -> InitiateRequest:
        """Read a whole InitiateRequest.

        Raises:
            RemoteProtocolError: another APDU or a broken one.
        """
        source = Octets(octets)
        _expect(source, REQUEST_TAG)
        if source.flag():
            source.counted()  # a dedicated key: not used by Dutch meters
        if source.flag():
            source.flag()  # response-allowed
        if source.flag():
            source.unsigned(1)  # proposed quality of service
        source.unsigned(1)  # proposed version
        return cls(_read_conformance(source), source.unsigned(2))


@dataclass(frozen=True, slots=True)
class InitiateResponse:
    """What the meter grants; fields as in `InitiateRequest`, seen from the meter."""

    conformance: Conformance
    max_pdu: int

    def to_bytes(self) -> bytes:
        """The APDU without quality of service (IEC 62056-5-3)."""
        return (
            bytes((RESPONSE_TAG, 0, DLMS_VERSION))
            + _conformance_octets(self.conformance)
            + self.max_pdu.to_bytes(2, "big")
            + _VAA_LN.to_bytes(2, "big")
        )

    @classmethod
    def from_bytes(cls, octets: bytes) -> InitiateResponse:
        """Read a whole InitiateResponse.

        Raises:
            RemoteProtocolError: another APDU or a broken one.
        """
        source = Octets(octets)
        _expect(source, RESPONSE_TAG)
        if source.flag():
            source.unsigned(1)  # negotiated quality of service
        source.unsigned(1)  # negotiated version
        granted = cls(_read_conformance(source), source.unsigned(2))
        source.unsigned(2)  # VAA name
        return granted


@dataclass(frozen=True, slots=True)
class ServiceError:
    """A confirmed-service-error: the meter could not take the initiate (or another) request.

    Attributes:
        service: 1 initiate, 5 read, 6 write, ...
        kind: the ServiceError choice (6 = initiate).
        value: the error within that choice.
    """

    service: int
    kind: int
    value: int

    def to_bytes(self) -> bytes:
        """The whole APDU."""
        return bytes((SERVICE_ERROR_TAG, self.service, self.kind, self.value))

    @classmethod
    def from_bytes(cls, octets: bytes) -> ServiceError:
        """Read a whole confirmed-service-error.

        Raises:
            RemoteProtocolError: another APDU or a short one.
        """
        source = Octets(octets)
        _expect(source, SERVICE_ERROR_TAG)
        return cls(source.unsigned(1), source.unsigned(1), source.unsigned(1))


def _expect(source: Octets, tag: int) -> None:
    found = source.unsigned(1)
    if found != tag:
        raise RemoteProtocolError(f"APDU tag {tag:#04x} expected, {found:#04x} came")


def _conformance_octets(conformance: Conformance) -> bytes:
    # [APPLICATION 31] BIT STRING, 24 bits, none unused
    return b"\x5f\x1f" + counted(b"\x00" + (conformance & 0xFFFFFF).to_bytes(3, "big"))


def _read_conformance(source: Octets) -> Conformance:
    if source.unsigned(1) != 0x5F:
        raise RemoteProtocolError("the conformance block is missing")
    if source.data[source.position : source.position + 1] == b"\x1f":
        source.unsigned(1)  # older meters leave the second tag octet out
    block = source.counted()
    if len(block) != 4:
        raise RemoteProtocolError(f"a conformance block of {len(block)} octets")
    return Conformance(int.from_bytes(block[1:], "big"))
