"""The two 16-bit checksums of the customer port and the optical port.

Octets go in, one number comes out. Both are reflected polynomials; they differ in polynomial,
start value and final xor, so each has its own name and its own clause.
"""

from fastcrc import crc16


def crc16_arc(data: bytes) -> int:
    """CRC-16/ARC of `data`, 0..65535, as a P1 telegram carries it.

    x16 + x15 + x2 + 1 reflected (0xA001), start 0, no final xor; taken from `/` up to and
    including `!` and sent as hexadecimal digits, high digit first (DSMR P1 5.0.2, 6.2).
    """
    return crc16.arc(data)


def crc16_x25(data: bytes) -> int:
    """CRC-16/X-25 of `data`, 0..65535: the HCS and FCS of an HDLC frame.

    x16 + x12 + x5 + 1 reflected (0x8408), start 0xFFFF, final xor 0xFFFF; sent low octet
    first (ISO/IEC 13239, 4.2.5; IEC 62056-46, 6.4.3).
    """
    return crc16.ibm_sdlc(data)
