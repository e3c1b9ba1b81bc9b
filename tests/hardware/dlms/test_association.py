from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.dlms.acse import Aare, Aarq, Release
from hardware.dlms.apdu import Apdu, DataNotification, ExceptionResponse
from hardware.dlms.apdu_action import (
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
    SetRequest,
    SetResponse,
)
from hardware.dlms.association import NEED_DATA, Association, Outgoing, Received
from hardware.dlms.blocks import MAX_MESSAGE, Collected
from hardware.dlms.conversation import Role, State
from hardware.dlms.data import Data, enum, octet_string, unsigned
from hardware.dlms.initiate import (
    MANAGEMENT,
    Conformance,
    InitiateRequest,
    InitiateResponse,
    ServiceError,
)
from hardware.dlms.results import BLOCK_NUMBER_INVALID
from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.errors import LocalProtocolError, RemoteProtocolError
from hardware.values import Obis
from tests.hardware.dlms.talk import Talk

_TARGET = AttributeRef(1, Obis(0, 0, 96, 1, 0), 2)


def test_the_association_agrees_on_services_and_size() -> None:
    talk = Talk()
    assert talk.client.conformance == talk.meter.conformance == MANAGEMENT
    assert talk.client.is_associated
    assert talk.meter.is_associated


def test_a_short_get() -> None:
    talk = Talk()
    assert talk.ask(GetRequest(_TARGET)) == GetRequest(_TARGET)
    assert talk.answer(GetResponse(enum(2))) == GetResponse(enum(2))
    assert talk.client.next_event() is NEED_DATA


@given(st.integers(0, 1200))
@settings(max_examples=60)
def test_a_get_of_any_size_comes_whole(size: int) -> None:
    talk = Talk()
    value = octet_string(bytes(number % 251 for number in range(size)))
    talk.ask(GetRequest(_TARGET))
    assert talk.answer(GetResponse(value)) == GetResponse(value)
    assert talk.client.state is talk.meter.state is State.READY


@given(st.integers(0, 1200))
@settings(max_examples=60)
def test_a_set_of_any_size_comes_whole(size: int) -> None:
    talk = Talk()
    value = octet_string(bytes(number % 251 for number in range(size)))
    assert talk.ask(SetRequest(_TARGET, value)) == SetRequest(_TARGET, value)
    assert talk.answer(SetResponse(0)) == SetResponse(0)
    assert talk.client.state is talk.meter.state is State.READY


def test_blocks_keep_to_the_agreed_size() -> None:
    talk = Talk(max_pdu=100)
    octets = talk.client.send(SetRequest(_TARGET, octet_string(bytes(500))))
    assert len(octets) <= 100
    talk = Talk(max_pdu=100)
    talk.ask(GetRequest(_TARGET))
    assert len(talk.meter.send(GetResponse(octet_string(bytes(500))))) <= 100


def test_a_long_list_comes_whole() -> None:
    talk = Talk()
    talk.ask(GetListRequest((_TARGET,) * 3))
    answer = GetListResponse((octet_string(bytes(200)), 4, enum(1)))
    before = talk.frames
    assert talk.answer(answer) == answer
    assert talk.frames - before == 3


def test_an_action() -> None:
    talk = Talk()
    request = ActionRequest(MethodRef(72, Obis(0, 1, 24, 1, 0), 1), unsigned(0))
    assert talk.ask(request) == request
    assert talk.answer(ActionResponse(0)) == ActionResponse(0)


def test_a_long_refusal_stays_short() -> None:
    talk = Talk()
    talk.ask(GetRequest(_TARGET))
    assert talk.answer(GetResponse(3)) == GetResponse(3)


def test_release_and_open_again() -> None:
    talk = Talk()
    talk.ask(Release(is_response=False))
    talk.answer(Release(is_response=True))
    assert talk.client.state is talk.meter.state is State.IDLE
    talk.ask(Aarq())


@pytest.mark.parametrize(
    "refusal", [Aare(1, 13), Aare(0, 14), ExceptionResponse(1, 3), ServiceError(1, 6, 4)]
)
def test_a_refused_association_leaves_both_idle(refusal: Apdu) -> None:
    client, meter = Association(Role.CLIENT), Association(Role.METER)
    meter.feed(client.send(Aarq()))
    client.feed(meter.send(refusal))
    assert client.next_event() == Received(refusal)
    assert client.state is meter.state is State.IDLE


@pytest.mark.parametrize(
    "request_", [GetRequest(_TARGET), SetRequest(_TARGET, enum(1)), Release(is_response=False)]
)
def test_an_exception_answers_any_request(request_: Apdu) -> None:
    talk = Talk()
    talk.ask(request_)
    assert talk.answer(ExceptionResponse(1, 2)) == ExceptionResponse(1, 2)
    assert talk.client.state in {State.READY, State.IDLE}


def test_a_notification_may_come_at_any_time() -> None:
    talk = Talk()
    talk.ask(GetRequest(_TARGET))
    assert talk.answer(DataNotification(1, b"", enum(1))) == DataNotification(1, b"", enum(1))
    assert talk.client.state is State.GETTING


@pytest.mark.parametrize(
    ("message", "say"),
    [
        (GetRequest(_TARGET), "GetRequest in state IDLE"),
        (GetResponse(0), "GetResponse from the CLIENT"),
        (DataNotification(1, b"", enum(1)), "DataNotification from the CLIENT"),
    ],
)
def test_saying_what_has_no_place_is_our_own_mistake(message: Apdu, say: str) -> None:
    with pytest.raises(LocalProtocolError, match=say):
        Association(Role.CLIENT).send(message)


@pytest.mark.parametrize(
    "answer", [SetResponse(0), GetRequest(_TARGET), GetResponse(0, 0xC2), Aare()]
)
def test_a_misplaced_answer_is_named_and_the_association_stands(answer: Apdu) -> None:
    talk = Talk()
    talk.ask(GetRequest(_TARGET))
    with pytest.raises(RemoteProtocolError):
        talk.client.feed(answer.to_bytes())
    talk.meter.send(GetResponse(0))
    assert talk.ask(Release(is_response=False)) == Release(is_response=False)


def test_a_broken_aare_is_no_association() -> None:
    client = Association(Role.CLIENT)
    client.send(Aarq())
    with pytest.raises(RemoteProtocolError):
        client.feed(Aare(user_information=b"\x08\x00").to_bytes())
    assert not client.is_associated


@pytest.mark.parametrize(
    "block",
    [
        GetBlockResponse(last=False, block=2, raw=b"x"),
        GetBlockResponse(last=False, block=1, raw=b""),
        GetBlockResponse(last=True, block=1, raw=b"\xff"),
    ],
)
def test_a_broken_block_ends_the_long_get(block: GetBlockResponse) -> None:
    talk = Talk()
    talk.ask(GetRequest(_TARGET))
    with pytest.raises(RemoteProtocolError):
        talk.client.feed(block.to_bytes())
    assert talk.client.state is State.READY


def test_a_meter_that_gives_up_half_way() -> None:
    talk = Talk()
    talk.ask(GetRequest(_TARGET))
    talk.client.feed(GetBlockResponse(last=False, block=1, raw=b"x").to_bytes())
    assert isinstance(talk.client.next_event(), Outgoing)
    talk.client.feed(GetBlockResponse(last=True, block=2, raw=14).to_bytes())
    assert talk.client.next_event() == Received(GetResponse(14))


def test_a_wrong_block_number_is_refused_by_the_meter() -> None:
    talk = Talk()
    talk.ask(GetRequest(_TARGET))
    talk.meter.send(GetResponse(octet_string(bytes(400))))
    talk.meter.feed(GetNextRequest(5).to_bytes())
    refused = GetBlockResponse(last=True, block=5, raw=BLOCK_NUMBER_INVALID)
    assert talk.meter.next_event() == Outgoing(refused.to_bytes())
    assert talk.meter.state is State.READY


def test_a_new_question_ends_a_long_answer() -> None:
    talk = Talk()
    talk.ask(GetRequest(_TARGET))
    talk.meter.send(GetResponse(octet_string(bytes(400))))
    talk.meter.feed(GetRequest(_TARGET).to_bytes())
    assert talk.meter.next_event() == Received(GetRequest(_TARGET))
    assert talk.meter.send(GetResponse(enum(1))) == GetResponse(enum(1)).to_bytes()


def test_set_blocks_must_begin_with_the_first() -> None:
    talk = Talk()
    with pytest.raises(RemoteProtocolError):
        talk.meter.feed(SetBlockRequest(None, last=False, block=1, raw=b"x").to_bytes())


def test_a_meter_that_asks_for_more_than_there_is() -> None:
    talk = Talk()
    talk.client.send(SetRequest(_TARGET, octet_string(bytes(130))))
    talk.client.feed(SetBlockResponse(1).to_bytes())
    assert isinstance(talk.client.next_event(), Outgoing)
    with pytest.raises(RemoteProtocolError):
        talk.client.feed(SetBlockResponse(2).to_bytes())


def test_a_set_refused_after_its_first_block() -> None:
    talk = Talk()
    talk.client.send(SetRequest(_TARGET, octet_string(bytes(300))))
    talk.client.feed(SetBlockResponse(1, 3).to_bytes())
    assert talk.client.next_event() == Received(SetResponse(3))


def test_too_long_without_blocks_is_not_sent() -> None:
    talk = Talk(granted=Conformance.GET | Conformance.SET)
    with pytest.raises(LocalProtocolError):
        talk.client.send(SetRequest(_TARGET, octet_string(bytes(300))))
    talk = Talk(granted=Conformance.GET)
    talk.ask(GetRequest(_TARGET))
    with pytest.raises(LocalProtocolError):
        talk.meter.send(GetResponse(octet_string(bytes(300))))


def test_reset_forgets_everything() -> None:
    talk = Talk()
    talk.meter.feed(GetRequest(_TARGET).to_bytes())
    talk.meter.reset()
    assert talk.meter.next_event() is NEED_DATA
    assert not talk.meter.is_associated


def test_a_message_in_blocks_is_bounded() -> None:
    collected = Collected()
    piece = bytes(MAX_MESSAGE // 4)
    for number in range(1, 5):
        collected.add(number, piece)
    with pytest.raises(RemoteProtocolError, match="octets in blocks"):
        collected.add(5, b"x")


@given(st.lists(st.binary(max_size=30), max_size=8), st.sampled_from(list(Role)))
@settings(max_examples=150)
def test_no_input_raises_anything_but_the_named_error(parts: list[bytes], role: Role) -> None:
    side = Association(role)
    for part in parts:
        try:
            side.feed(part)
        except RemoteProtocolError:
            continue
        side.next_event()


class _Xor:
    """A cipher one can see through: every octet flipped."""

    overhead = 4

    def meet(self, title: bytes | None) -> None:
        assert title is None

    def protect(self, octets: bytes) -> bytes:
        return b"\xdb" + bytes(octet ^ 0x55 for octet in octets)

    def unprotect(self, octets: bytes) -> bytes:
        if octets[:1] != b"\xdb":
            raise RemoteProtocolError("not ciphered")
        return bytes(octet ^ 0x55 for octet in octets[1:])


def test_a_cipher_covers_requests_and_the_initiate() -> None:
    client, meter = Association(Role.CLIENT, _Xor()), Association(Role.METER, _Xor())
    initiate = InitiateRequest(MANAGEMENT, 500)
    octets = client.send(Aarq(user_information=initiate.to_bytes()))
    assert initiate.to_bytes() not in octets
    meter.feed(octets)
    received = meter.next_event()
    assert received == Received(Aarq(user_information=initiate.to_bytes()))
    client.feed(meter.send(Aare(user_information=InitiateResponse(MANAGEMENT, 500).to_bytes())))
    client.next_event()
    asked = client.send(SetRequest(_TARGET, octet_string(bytes(600))))
    assert asked[0] == 0xDB
    assert len(asked) <= 500
    with pytest.raises(RemoteProtocolError, match="not ciphered"):
        meter.feed(GetRequest(_TARGET).to_bytes())


def test_data_is_kept_with_its_type() -> None:
    talk = Talk()
    talk.ask(SetRequest(_TARGET, enum(1)))
    talk.meter.send(SetResponse(0))
    assert enum(1) != unsigned(1)
    assert isinstance(enum(1), Data)
