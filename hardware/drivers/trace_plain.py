"""What the ciphered messages of our own session say, each told with its plain APDU.

In come `PlainApdu`s in their order; out comes what each means, and the head by which its
ciphered message is known on the line. Rule: a message in datablocks is whole at its last one,
which says all of it; what is bounded there is bounded here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hardware.dlms.apdu import Apdu, parse
from hardware.dlms.apdu_get import (
    GetBlockResponse,
    GetListRequest,
    GetListResponse,
    GetRequest,
    GetResponse,
    parse_results,
)
from hardware.dlms.apdu_set import SetBlockRequest, SetRequest
from hardware.dlms.axdr import parse as parse_data
from hardware.dlms.blocks import Collected
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_plain import PlainApdu
from hardware.drivers.trace_meaning import Fact, Meaning, meaning_of_apdu
from hardware.errors import RemoteProtocolError

LAYER = "plain"
"""The name of the layer of an APDU that was opened; its span is in `Opened.octets`."""

_HEADS = {0xC3: 12, 0xC7: 4}
"""Octets of an ACTION and of its answer in front of the parameter or the returned value."""

Head = tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """What one ciphered message says.

    Attributes:
        head: tag, title, protection and counter: no other message of the session has these.
        octets: the plain APDU without its secrets; at the last datablock the whole message.
        masked: it had a secret.
    """

    head: Head
    meaning: Meaning
    octets: bytes = field(repr=False)
    masked: bool = False


class PlainReader:
    """Reads the plain APDUs of one session."""

    def __init__(self) -> None:
        self._is_list = False
        self._target: AttributeRef | None = None
        self._collected = Collected()

    def read(self, told: PlainApdu) -> Opened:
        """What this one says."""
        octets = told.plain
        try:
            octets = self._whole(parse(octets), octets)
        except RemoteProtocolError:
            size = _HEADS.get(octets[0]) if told.masked else None
            octets = octets if size is None else octets[:size] + b"\x00"
        meaning = meaning_of_apdu(octets)
        layers = tuple(replace(layer, name=LAYER) for layer in meaning.layers)
        head = head_of(meaning_of_apdu(told.ciphered))
        return Opened(head, replace(meaning, layers=layers), octets, told.masked)

    def _whole(self, message: Apdu, octets: bytes) -> bytes:
        """The message that this one completes, else itself.

        Raises:
            RemoteProtocolError: the blocks make no message.
        """
        match message:
            case GetRequest() | GetListRequest():
                self._is_list = isinstance(message, GetListRequest)
                self._collected = Collected()
            case GetBlockResponse(last, block, bytes() as raw):
                self._collected.add(block, raw)
                return self._answer() if last else octets
            case SetBlockRequest(target, last, block, raw):
                if target is not None:
                    self._target, self._collected = target, Collected()
                self._collected.add(block, raw)
                return self._write(octets) if last else octets
        return octets

    def _answer(self) -> bytes:
        raw = bytes(self._collected.raw)
        if self._is_list:
            return GetListResponse(parse_results(raw)).to_bytes()
        return GetResponse(parse_data(raw)).to_bytes()

    def _write(self, octets: bytes) -> bytes:
        if self._target is None:
            return octets
        return SetRequest(self._target, parse_data(bytes(self._collected.raw))).to_bytes()


def head_of(meaning: Meaning) -> Head:
    """The head of a ciphered message, by its meaning; empty where it has none."""
    return meaning.layers[-1].facts if meaning.layers else ()
