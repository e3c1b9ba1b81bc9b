from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.dlms.acse import Aare, Aarq, Mechanism, Release
from hardware.dlms.apdu import ExceptionResponse
from hardware.dlms.apdu_action import (
    ActionListRequest,
    ActionListResponse,
    ActionRequest,
    ActionResponse,
)
from hardware.dlms.apdu_get import (
    GetBlockResponse,
    GetListRequest,
    GetListResponse,
    GetNextRequest,
    GetRequest,
    GetResponse,
)
from hardware.dlms.apdu_set import SetListRequest, SetListResponse, SetRequest, SetResponse
from hardware.dlms.data import NULL, enum, octet_string
from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.drivers.trace_meaning import meaning_of_apdu
from hardware.drivers.trace_reader import MAX_HELD, Message, TraceReader
from hardware.hdlc.address import Address
from hardware.hdlc.control import Control, Kind
from hardware.hdlc.frames import Frame
from hardware.iec62056.messages import Identification, Request, hdlc_option, with_parity
from hardware.trace import Direction, Record
from hardware.values import Obis

CLIENT, METER = Address(16), Address(1, 17)
STATUS = AttributeRef(1, Obis(0, 1, 94, 31, 0), 2)
SENT, RECEIVED = Direction.SENT, Direction.RECEIVED


def frame(apdu: bytes, *, segmented: bool = False, llc: bytes = b"\xe6\xe7\x00") -> bytes:
    control = Control(Kind.INFORMATION)
    return Frame(CLIENT, METER, control, llc + apdu, segmented).build()


def read(*pieces: bytes, direction: Direction = RECEIVED) -> list[Message]:
    reader = TraceReader()
    found = [m for p in pieces for m in reader.take(Record(direction, Decimal(0), p))]
    return [*found, *reader.settle()]


def kinds(messages: list[Message]) -> list[str]:
    return [message.meaning.kind for message in messages]


def test_a_sign_on_reads_with_parity_as_it_stands_on_the_line() -> None:
    lines = [
        with_parity(Request().build()),
        with_parity(Identification("ISK", "5", "M550", "2").build()),
        with_parity(hdlc_option(9600).build()),
    ]
    found = read(*lines)
    assert kinds(found) == ["sign_on", "identification", "option"]
    facts = dict(found[1].meaning.layers[0].facts)
    assert facts == {"maker": "ISK", "baud": "9600", "model": "M550", "mode": "E"}


def test_a_telegram_reads_line_by_line() -> None:
    found = read(b"/ISK5\\2M550\r\n\r\n1-0:1.8.1(000123.456*kWh)\r\n!A1B2\r\n")
    assert kinds(found) == ["identification", "empty_line", "p1_line", "p1_end"]
    assert found[2].meaning.about == "1-0:1.8.1 (000123.456*kWh)"
    assert dict(found[2].meaning.layers[0].facts)["name"] == "energy_to_client_t1"
    assert found[3].meaning.about == "A1B2"


def test_a_get_and_its_answer() -> None:
    request = read(frame(GetRequest(STATUS).to_bytes(), llc=b"\xe6\xe6\x00"), direction=SENT)
    assert kinds(request) == ["get_request"]
    assert request[0].meaning.about == "0-1:94.31.0 / 2"
    answer = read(frame(GetResponse(enum(2)).to_bytes()))[0]
    hdlc, apdu = answer.meaning.layers
    assert dict(hdlc.facts)["from"] == "1/17"
    assert ("value", "2") in apdu.facts
    start, stop = apdu.span
    assert answer.octets[start:stop] == GetResponse(enum(2)).to_bytes()


def test_segments_are_put_together_before_they_are_read() -> None:
    apdu = GetResponse(octet_string(b"E0044007382311220")).to_bytes()
    first = frame(apdu[:8], segmented=True)
    second = frame(apdu[8:], llc=b"")
    found = read(first, second)
    assert kinds(found) == ["segment", "get_response"]
    assert found[1].meaning.about == "E0044007382311220"


@pytest.mark.parametrize(
    ("octets", "kind", "about"),
    [
        (Aarq().to_bytes(), "aarq", ""),
        (Aare().to_bytes(), "aare", "accepted"),
        (Aare(result=1, diagnostic=13).to_bytes(), "aare", "rejected_1"),
        (GetListRequest((STATUS, STATUS)).to_bytes(), "get_list", "0-1:94.31.0 / 2"),
        (GetListResponse((enum(1), 3)).to_bytes(), "get_list_response", "1"),
        (GetResponse(3).to_bytes(), "get_response", "read-write-denied"),
        (GetNextRequest(2).to_bytes(), "get_next", ""),
        (GetBlockResponse(last=True, block=2, raw=b"12").to_bytes(), "block", ""),
        (SetRequest(STATUS, enum(1)).to_bytes(), "set_request", "0-1:94.31.0 / 2"),
        (SetListRequest(((STATUS, enum(1)),) * 2).to_bytes(), "set_list", "0-1:94.31.0 / 2"),
        (SetResponse(0).to_bytes(), "set_response", "success"),
        (SetListResponse((3, 0)).to_bytes(), "set_list_response", "read-write-denied"),
        (
            ActionRequest(MethodRef(9, Obis(0, 0, 10, 0, 0), 1)).to_bytes(),
            "action_request",
            "0-0:10.0.0 / 1",
        ),
        (ActionResponse(0).to_bytes(), "action_response", "success"),
        (
            ActionListRequest(((MethodRef(9, Obis(0, 0, 10, 0, 0), 1), NULL),)).to_bytes(),
            "action_list",
            "0-0:10.0.0 / 1",
        ),
        (ActionListResponse(((0, None),)).to_bytes(), "action_list_response", "success"),
        (ExceptionResponse(1, 2).to_bytes(), "exception", "1/2"),
        (Release(is_response=False).to_bytes(), "release", ""),
        (b"\xc8\x1e\x30", "ciphered", "C8"),
        (b"\x99", "unknown", "unknown APDU tag 0x99"),
        (b"", "unknown", "an empty APDU"),
    ],
)
def test_every_message_has_a_kind(octets: bytes, kind: str, about: str) -> None:
    found = meaning_of_apdu(octets)
    assert (found.kind, found.about) == (kind, about)
    assert found.holds is (kind not in {"unknown", "exception"})


@pytest.mark.parametrize(
    ("octets", "facts"),
    [
        (
            "C81E3001234567411312FF935A47566827C467BC7D825C3BE4A77C3FCC056B6B",
            {"tag": "C8", "protection": "30", "counter": "19088743"},
        ),
        (
            "DB084D4D4D0000BC614E0510000000",
            {"tag": "DB", "title": "4d4d4d0000bc614e"},
        ),
        (
            "DB084D4D4D0000BC614E0610000000FFAA",
            {"tag": "DB", "title": "4d4d4d0000bc614e", "protection": "10", "counter": "255"},
        ),
        ("C8", {"tag": "C8"}),
    ],
)
def test_of_a_ciphered_message_the_outside_is_told(octets: str, facts: dict[str, str]) -> None:
    (layer,) = meaning_of_apdu(bytes.fromhex(octets)).layers
    assert dict(layer.facts) == facts


def test_a_password_is_never_a_fact() -> None:
    aarq = Aarq(mechanism=Mechanism.LLS, authentication=b"geheim01")
    assert b"geheim01" in aarq.to_bytes()
    assert "geheim" not in str(meaning_of_apdu(aarq.to_bytes()))


def test_frames_without_a_message_name_themselves() -> None:
    frames = [Frame(METER, CLIENT, Control(kind)).build() for kind in Kind]
    assert kinds(read(*frames)) == [
        "segment",  # an empty information frame completes nothing
        "receive_ready",
        "receive_not_ready",
        "reject",
        "snrm",
        "disc",
        "ua",
        "dm",
        "frmr",
        "ui",
    ]


def test_damage_is_told_and_what_follows_is_read() -> None:
    whole = frame(GetResponse(enum(2)).to_bytes())
    damaged = bytearray(whole)
    damaged[-4] ^= 1
    found = read(bytes(damaged), b"\x00\x01", whole)
    assert kinds(found) == ["broken", "unknown", "get_response"]
    assert [m.meaning.holds for m in found] == [False, False, True]


def test_two_frames_may_share_a_flag() -> None:
    whole = frame(GetResponse(enum(2)).to_bytes())
    found = read(whole[:-1] + whole)
    assert kinds(found) == ["get_response", "get_response"]
    assert b"".join(m.octets for m in found) == whole[:-1] + whole


def test_the_other_side_speaking_ends_what_was_unfinished() -> None:
    reader = TraceReader()
    assert reader.take(Record(RECEIVED, Decimal(1), b"half a li")) == []
    found = reader.take(Record(SENT, Decimal(2), b"/?!\r\n"))
    assert [(m.direction, m.meaning.kind) for m in found] == [
        (RECEIVED, "unknown"),
        (SENT, "sign_on"),
    ]


def test_a_change_of_settings_is_a_message() -> None:
    found = TraceReader().take(Record(Direction.LINE, Decimal(0), b"9600 8N1"))
    assert [(m.meaning.kind, m.meaning.about) for m in found] == [("line", "9600 8N1")]


def test_octets_without_an_end_are_let_go() -> None:
    found = read(b"x" * (MAX_HELD + 5))
    assert [len(message.octets) for message in found] == [MAX_HELD, 5]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=12))
def test_every_octet_is_in_one_message_whatever_comes(pieces: list[bytes]) -> None:
    found = read(*[piece for piece in pieces if piece])
    assert b"".join(message.octets for message in found) == b"".join(pieces)


_LINES = st.sampled_from(
    [
        b"/ISK5\\2M550\r\n",
        b"1-0:1.8.1(000123.456*kWh)\r\n",
        b"!A1B2\r\n",
        frame(GetResponse(enum(2)).to_bytes()),
        Frame(METER, CLIENT, Control(Kind.SNRM)).build(),
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(_LINES, max_size=6), st.data())
def test_how_it_was_cut_makes_no_difference(parts: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [
        whole[start:stop]
        for start, stop in zip([0, *cuts], [*cuts, len(whole)], strict=True)
        if stop > start
    ]
    cut = [(m.octets, m.meaning) for m in read(*pieces)]
    assert cut == [(m.octets, m.meaning) for m in read(*([whole] if whole else []))]
