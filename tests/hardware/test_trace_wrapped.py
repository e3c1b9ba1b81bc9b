"""Messages of the wrapper in a capture."""

from __future__ import annotations

import pytest

from hardware.dlms.acse import Aarq, Mechanism
from hardware.dlms.apdu_action import ActionRequest
from hardware.dlms.apdu_get import GetRequest
from hardware.dlms.conversation import REPLY_TO_HLS
from hardware.dlms.data import octet_string
from hardware.dlms.targets import AttributeRef
from hardware.trace_secrets import MASK
from hardware.values import Obis
from hardware.wrapper.messages import Message
from tests.hardware.test_trace_reader import kinds, read

GET = GetRequest(AttributeRef(8, Obis(0, 0, 1, 0, 0), 2)).to_bytes()


def wrapped(apdu: bytes, source: int = 1, destination: int = 1) -> bytes:
    return Message(source, destination, apdu).build()


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 4096])
def test_messages_are_cut_by_their_headers_wherever_the_line_cuts_them(size: int) -> None:
    octets = wrapped(GET) + wrapped(GET, 16, 1)
    pieces = [octets[at : at + size] for at in range(0, len(octets), size)]
    messages = read(*pieces)
    assert b"".join(message.octets for message in messages) == octets
    assert kinds(messages) == ["get_request"] * 2
    outside, inside = messages[1].meaning.layers
    assert outside.name == "wrapper"
    assert outside.facts == (("to", "1"), ("from", "16"), ("size", str(len(GET))))
    assert (outside.span, inside.span) == ((0, 8 + len(GET)), (8, 8 + len(GET)))


def test_each_secret_is_masked_and_nothing_behind_it() -> None:
    aarq = Aarq(mechanism=Mechanism.LLS, authentication=b"Zwijgend").to_bytes()
    proof = ActionRequest(REPLY_TO_HLS, octet_string(b"sixteen of proof")).to_bytes()
    messages = read(wrapped(aarq), wrapped(proof), wrapped(GET))
    assert kinds(messages) == ["aarq", "action_request", "get_request"]
    assert [message.masked for message in messages] == [True, True, False]
    assert messages[1].octets.endswith(MASK * 16)
    assert messages[2].octets == wrapped(GET)


@pytest.mark.parametrize(
    "octets",
    [
        wrapped(GET, 1, 256),
        b"\x00\x01\x00\x01\x00\x01\x00\x00",
        b"\x00\x01\x01\x00\x00\x01",
        b"\x00/XMX5\r\n",
    ],
    ids=["nobody's port", "empty", "too high at once", "a break before a line"],
)
def test_what_only_begins_like_it_is_none(octets: bytes) -> None:
    messages = read(octets)
    assert b"".join(message.octets for message in messages) == octets
    assert not any(layer.name == "wrapper" for m in messages for layer in m.meaning.layers)


def test_one_that_breaks_off_comes_out_as_it_is() -> None:
    octets = wrapped(GET)[:-1]
    (message,) = read(octets)
    assert (message.octets, message.meaning.kind) == (octets, "unknown")
