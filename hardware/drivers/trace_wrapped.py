"""Messages of the wrapper among the octets of a capture: where one ends, and what it means.

Octets in, a size or a `Meaning` out (IEC 62056-47, 5.2). Rule: what may be the beginning of a
wrapper waits for the rest of its header; ports over 255 are nobody's, so that is no wrapper.
"""

from __future__ import annotations

from hardware.drivers.trace_meaning import Layer, Meaning, meaning_of_apdu
from hardware.errors import RemoteProtocolError
from hardware.wrapper.messages import HEADER_SIZE, parse_header

_BEGINS = b"\x00\x01\x00"
_MOST_PORT = 0xFF


def wrapped_size(octets: bytes | bytearray) -> int | None:
    """The size of the wrapped message that begins here; 0: more must come; None: it is none."""
    if not _BEGINS.startswith(bytes(octets[: len(_BEGINS)])):
        return None
    if len(octets) < HEADER_SIZE:
        return 0
    try:
        header = parse_header(bytes(octets[:HEADER_SIZE]))
    except RemoteProtocolError:
        return None
    if max(header.source, header.destination) > _MOST_PORT:
        return None
    size = HEADER_SIZE + header.length
    return size if len(octets) >= size else 0


def meaning_of_wrapped(octets: bytes) -> Meaning:
    """A whole message with its header."""
    header = parse_header(octets)
    facts = (
        ("to", str(header.destination)),
        ("from", str(header.source)),
        ("size", str(header.length)),
    )
    inside = meaning_of_apdu(octets[HEADER_SIZE:])
    span = (HEADER_SIZE, len(octets))
    layers = tuple(Layer(layer.name, layer.facts, span) for layer in inside.layers)
    outside = Layer("wrapper", facts, (0, len(octets)))
    return Meaning(inside.kind, inside.about, (outside, *layers), inside.holds)
