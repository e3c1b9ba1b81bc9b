from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.dlms import apdu
from hardware.dlms.acse import Aare, Aarq, Mechanism, Release
from hardware.dlms.apdu import Apdu, DataNotification, ExceptionResponse
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
from hardware.dlms.apdu_set import (
    SetBlockRequest,
    SetBlockResponse,
    SetListRequest,
    SetListResponse,
    SetRequest,
    SetResponse,
)
from hardware.dlms.data import (
    NULL,
    Data,
    DataType,
    double_long_unsigned,
    enum,
    octet_string,
    unsigned,
)
from hardware.dlms.initiate import (
    MANAGEMENT,
    PUBLIC,
    Conformance,
    InitiateRequest,
    InitiateResponse,
    ServiceError,
)
from hardware.dlms.targets import AttributeRef, MethodRef, entry_range, time_range
from hardware.errors import RemoteProtocolError
from hardware.values import Obis

_ENERGY = AttributeRef(3, Obis(1, 0, 1, 8, 0), 2)
_STATUS = AttributeRef(1, Obis(0, 1, 94, 31, 0), 2)
_LOG = AttributeRef(7, Obis(0, 0, 99, 98, 0), 2, time_range(bytes(12), bytes(12)))

MESSAGES: list[Apdu] = [
    Aarq(user_information=InitiateRequest(PUBLIC).to_bytes()),
    Aarq(3, Mechanism.HLS_GMAC, b"challenge", b"XYZ12345", b"\x21\x01\x00"),
    Aarq(mechanism=Mechanism.LLS, authentication=b"12345678"),
    Aare(user_information=InitiateResponse(MANAGEMENT, 1024).to_bytes()),
    Aare(1, 13),
    Aare(1, 1, by_user=False),
    Aare(0, 14, 3, mechanism=Mechanism.HLS_GMAC, authentication=b"stoc", system_title=b"KFM"),
    Release(is_response=False),
    Release(is_response=True, user_information=b"\x01"),
    GetRequest(_ENERGY),
    GetRequest(_LOG),
    GetNextRequest(7),
    GetListRequest((_ENERGY, _STATUS)),
    GetResponse(double_long_unsigned(4213551)),
    GetResponse(3),
    GetBlockResponse(last=False, block=1, raw=b"\x01\x02"),
    GetBlockResponse(last=True, block=2, raw=14),
    GetListResponse((enum(2), 4)),
    SetRequest(_STATUS, enum(1)),
    SetBlockRequest(_STATUS, last=False, block=1, raw=b"\x09\x02"),
    SetBlockRequest(None, last=True, block=2, raw=b"\x01\x02"),
    SetListRequest(((_STATUS, enum(1)), (_ENERGY, NULL))),
    SetListRequest(()),
    SetResponse(0),
    SetListResponse((0, 3)),
    SetBlockResponse(1),
    SetBlockResponse(2, 12),
    ActionRequest(MethodRef(72, Obis(0, 1, 24, 1, 0), 2), unsigned(0)),
    ActionRequest(MethodRef(72, Obis(0, 1, 24, 1, 0), 3)),
    ActionListRequest(
        (
            (MethodRef(72, Obis(0, 1, 24, 1, 0), 2), unsigned(0)),
            (MethodRef(72, Obis(0, 1, 24, 1, 0), 3), NULL),
        )
    ),
    ActionListResponse(((0, None), (3, 4), (0, octet_string(b"x")))),
    ActionResponse(0),
    ActionResponse(0, octet_string(b"x")),
    ActionResponse(0, 4),
    ExceptionResponse(1, 2),
    ExceptionResponse(2, 6, 77),
    ServiceError(1, 6, 4),
    DataNotification(5, b"", enum(1)),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m).__name__)
def test_what_is_built_is_read_back(message: Apdu) -> None:
    assert apdu.parse(message.to_bytes()) == message


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m).__name__)
def test_every_shortened_message_is_broken_or_another(message: Apdu) -> None:
    octets = message.to_bytes()
    for size in range(len(octets)):
        try:
            assert apdu.parse(octets[:size]) != message
        except RemoteProtocolError:
            continue


@given(st.sampled_from(MESSAGES), st.data())
@settings(max_examples=200)
def test_a_flipped_octet_raises_nothing_else(message: Apdu, data: st.DataObject) -> None:
    octets = bytearray(message.to_bytes())
    place = data.draw(st.integers(0, len(octets) - 1))
    octets[place] = data.draw(st.integers(0, 255))
    try:
        apdu.parse(bytes(octets))
    except RemoteProtocolError:
        return


@given(st.sampled_from([0x60, 0x61, 0x62, 0x63, 0xC0, 0xC1, 0xC4, 0xD8]), st.binary())
@settings(max_examples=200)
def test_any_octets_raise_nothing_else(tag: int, rest: bytes) -> None:
    try:
        apdu.parse(bytes((tag,)) + rest)
    except RemoteProtocolError:
        return


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "99",
        "C0 07 C1",
        "C4 09 C1",
        "C1 09 C1",
        "C5 09 C1",
        "C3 02 C1",
        "C7 05 C1",
        "60 02 A1 00",
        "61 00 00",
        "61 09 A1 07 06 05 60 85 74 05 08",
        "61 0D A1 09 06 07 60 85 74 05 08 01 01 A2 00",
        "60 16 A1 09 06 07 60857405080101 8B 07 60857405080209 00 00",
        "60 14 A1 09 06 07 60857405080101 8B 07 61857405080201",
        "C4 01 C1 00 16 02 00",
    ],
)
def test_broken_messages_are_named_so(octets: str) -> None:
    with pytest.raises(RemoteProtocolError):
        apdu.parse(bytes.fromhex(octets))


def test_a_public_clients_aarq_as_published() -> None:
    """The plain LN association request, with GET, block GET and selective access."""
    octets = Aarq(user_information=InitiateRequest(PUBLIC, 0xFFFF).to_bytes()).to_bytes()
    assert octets.hex(" ").upper() == (
        "60 1D A1 09 06 07 60 85 74 05 08 01 01 "
        "BE 10 04 0E 01 00 00 00 06 5F 1F 04 00 00 10 14 FF FF"
    )


def test_an_lls_aarq_names_mechanism_and_password() -> None:
    aarq = Aarq(mechanism=Mechanism.LLS, authentication=b"00000001")
    assert (
        "8A 02 07 80 8B 07 60 85 74 05 08 02 01 AC 0A 80 08 30"
        in aarq.to_bytes().hex(" ").upper()
    )


def test_the_management_conformance_block() -> None:
    assert MANAGEMENT.to_bytes(3, "big").hex() == "001a1d"


def test_a_get_request_as_published() -> None:
    assert GetRequest(_ENERGY).to_bytes() == bytes.fromhex("C001C1 0003 0100010800FF 02 00")


def test_a_set_with_list_as_published() -> None:
    """Green Book, example of SET with list: two Data objects, an octet and a visible string."""
    text = bytes.fromhex("".join(f"{number:02d}" for number in range(1, 51)))
    first, second = (AttributeRef(1, Obis(0, 0, 128, e, 0), 2) for e in (0, 1))
    writes = (
        (first, octet_string(text)),
        (second, Data(DataType.VISIBLE_STRING, "000")),
    )
    asked = bytes.fromhex("C1048102 00010000800000FF0200 00010000800100FF0200 02 0932")
    asked += text + bytes.fromhex("0A03303030")
    assert SetListRequest(writes, 0x81).to_bytes() == asked
    assert apdu.parse(asked) == SetListRequest(writes, 0x81)
    answer = bytes.fromhex("C505810200 00")
    assert apdu.parse(answer) == SetListResponse((0, 0), 0x81)


@pytest.mark.parametrize("octets", ["C104C101 00010000600100FF0200 00", "C303C100 01 1100"])
def test_lists_have_a_value_for_each(octets: str) -> None:
    with pytest.raises(RemoteProtocolError, match="with"):
        apdu.parse(bytes.fromhex(octets))


def test_an_initiate_with_every_optional_field() -> None:
    octets = bytes.fromhex("01 01 02 AABB 01 01 01 05 06 5F 04 00 001A1D 0400")
    assert InitiateRequest.from_bytes(octets) == InitiateRequest(MANAGEMENT, 0x0400)
    answer = bytes.fromhex("08 01 05 06 5F 1F 04 00 001014 0400 0007")
    assert InitiateResponse.from_bytes(answer) == InitiateResponse(PUBLIC, 0x0400)


@pytest.mark.parametrize(
    "octets", ["02", "01 00 00 00 06 5E 1F 04 00 001014 0400", "01 00 00 00 06 5F 1F 01 00"]
)
def test_a_broken_initiate(octets: str) -> None:
    with pytest.raises(RemoteProtocolError):
        InitiateRequest.from_bytes(bytes.fromhex(octets))


def test_ranges_are_selectors_one_and_two() -> None:
    assert _LOG.to_bytes()[9:11] == b"\x01\x01"
    chosen = AttributeRef(7, Obis(1, 0, 99, 97, 0), 2, entry_range(1, 10))
    assert chosen.to_bytes()[9:] == bytes.fromhex(
        "01 02 0204 0600000001 060000000A 120001 120000"
    )


def test_targets_name_themselves() -> None:
    assert str(_ENERGY) == "1-0:1.8.0 attribute 2 (class 3)"
    assert str(MethodRef(72, Obis(0, 1, 24, 1, 0), 2)) == "0-1:24.1.0 method 2 (class 72)"


@pytest.mark.parametrize(
    ("service", "bit"),
    [
        (Conformance.GENERAL_PROTECTION, 1),
        (Conformance.GENERAL_BLOCK_TRANSFER, 2),
        (Conformance.ATTRIBUTE_0_WITH_SET, 8),
        (Conformance.PRIORITY, 9),
        (Conformance.ATTRIBUTE_0_WITH_GET, 10),
        (Conformance.BLOCK_GET, 11),
        (Conformance.BLOCK_SET, 12),
        (Conformance.BLOCK_ACTION, 13),
        (Conformance.MULTIPLE_REFERENCES, 14),
        (Conformance.DATA_NOTIFICATION, 16),
        (Conformance.ACCESS, 17),
        (Conformance.GET, 19),
        (Conformance.SET, 20),
        (Conformance.SELECTIVE_ACCESS, 21),
        (Conformance.EVENT_NOTIFICATION, 22),
        (Conformance.ACTION, 23),
    ],
)
def test_each_service_has_its_bit_counted_from_the_front(
    service: Conformance, bit: int
) -> None:
    octets = InitiateRequest(service).to_bytes()
    block = octets[-5:-2]
    assert block[bit // 8] == 0x80 >> bit % 8
    assert sum(block) == block[bit // 8]


@pytest.mark.parametrize(
    ("mechanism", "arc"),
    [
        (Mechanism.LLS, 1),
        (Mechanism.HLS_OWN, 2),
        (Mechanism.HLS_MD5, 3),
        (Mechanism.HLS_SHA1, 4),
        (Mechanism.HLS_GMAC, 5),
        (Mechanism.HLS_SHA256, 6),
        (Mechanism.HLS_ECDSA, 7),
    ],
)
def test_each_mechanism_has_its_last_arc(mechanism: Mechanism, arc: int) -> None:
    aarq = Aarq(mechanism=mechanism, authentication=b"x")
    assert bytes.fromhex("8B07 608574050802") + bytes((arc,)) in aarq.to_bytes()
