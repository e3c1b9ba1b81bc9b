from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.dlms.acse import CONTEXT_LN_CIPHERED, Aare, Aarq, Release
from hardware.dlms.apdu_action import ActionRequest, ActionResponse
from hardware.dlms.apdu_get import GetListRequest, GetListResponse, GetRequest, GetResponse
from hardware.dlms.apdu_set import SetRequest, SetResponse
from hardware.dlms.association import Association, Received
from hardware.dlms.conversation import Role, State
from hardware.dlms.data import enum, octet_string
from hardware.dlms.initiate import MANAGEMENT, InitiateRequest
from hardware.dlms.octets import counted
from hardware.dlms.security import SuiteZero, seal
from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.errors import RemoteProtocolError, Undecipherable, WrongCounter
from hardware.values import Obis
from tests.hardware.dlms.ciphered import CLIENT_TITLE, KEYS, METER_TITLE, Talk, counting

_TARGET = AttributeRef(1, Obis(0, 0, 96, 1, 0), 2)


@pytest.mark.parametrize("general", [False, True])
@given(size=st.integers(0, 900))
@settings(max_examples=25)
def test_any_get_and_set_comes_whole(size: int, *, general: bool) -> None:
    talk = Talk(general=general)
    value = octet_string(bytes(number % 251 for number in range(size)))
    assert talk.ask(GetRequest(_TARGET)) == GetRequest(_TARGET)
    assert talk.answer(GetResponse(value)) == GetResponse(value)
    assert talk.ask(SetRequest(_TARGET, value)) == SetRequest(_TARGET, value)
    assert talk.answer(SetResponse(0)) == SetResponse(0)
    assert talk.client.state is talk.meter.state is State.READY
    asked = [octets for octets in talk.wire if octets[0] in {0xC8, 0xC9, 0xDB, 0xCC, 0xCD}]
    assert max(len(octets) for octets in asked) <= 128


@pytest.mark.parametrize("general", [False, True])
def test_lists_actions_and_the_release_are_ciphered(*, general: bool) -> None:
    talk = Talk(general=general)
    asked = GetListRequest((_TARGET,) * 3)
    assert talk.ask(asked) == asked
    answer = GetListResponse((octet_string(bytes(200)), 4, enum(1)))
    assert talk.answer(answer) == answer
    action = ActionRequest(MethodRef(72, Obis(0, 1, 24, 1, 0), 1), enum(0))
    assert talk.ask(action) == action
    assert talk.answer(ActionResponse(0)) == ActionResponse(0)
    initiate = InitiateRequest(MANAGEMENT).to_bytes()
    leaving = Release(is_response=False, user_information=initiate)
    assert talk.ask(leaving) == leaving
    assert initiate not in talk.wire[-1]
    assert talk.answer(Release(is_response=True)) == Release(is_response=True)
    assert talk.client.state is State.IDLE


@pytest.mark.parametrize("damage", [-1, 10])
def test_a_damaged_answer_leaves_the_association_to_be_released(damage: int) -> None:
    talk = Talk()
    talk.ask(GetRequest(_TARGET))
    octets = bytearray(talk.meter.send(GetResponse(enum(1))))
    octets[damage] ^= 1
    with pytest.raises(Undecipherable):
        talk.client.feed(bytes(octets))
    assert talk.ask(GetRequest(_TARGET)) == GetRequest(_TARGET)
    assert talk.answer(GetResponse(enum(1))) == GetResponse(enum(1))
    assert talk.ask(Release(is_response=False)) == Release(is_response=False)


def test_a_replayed_answer_is_no_answer() -> None:
    talk = Talk()
    talk.ask(GetRequest(_TARGET))
    talk.answer(GetResponse(enum(1)))
    old = talk.wire[-1]
    talk.ask(GetRequest(_TARGET))
    with pytest.raises(WrongCounter):
        talk.client.feed(old)
    assert talk.client.is_associated


def test_an_answer_in_the_clear_is_no_answer() -> None:
    talk = Talk()
    talk.ask(GetRequest(_TARGET))
    with pytest.raises(RemoteProtocolError, match="without protection"):
        talk.client.feed(GetResponse(enum(1)).to_bytes())


def test_a_second_aare_changes_nothing() -> None:
    talk = Talk()
    with pytest.raises(RemoteProtocolError):
        talk.client.feed(Aare(context=3, system_title=b"INTRUDER").to_bytes())
    assert talk.ask(GetRequest(_TARGET)) == GetRequest(_TARGET)
    assert talk.answer(GetResponse(enum(1))) == GetResponse(enum(1))


def test_the_meter_can_not_talk_the_ciphering_down() -> None:
    cipher = SuiteZero(KEYS, CLIENT_TITLE, counting(1))
    client = Association(Role.CLIENT, cipher)
    initiate = InitiateRequest(MANAGEMENT).to_bytes()
    client.send(Aarq(CONTEXT_LN_CIPHERED, system_title=CLIENT_TITLE, user_information=initiate))
    plain = bytes.fromhex("0800065F1F0400001A1D04000007")
    with pytest.raises(RemoteProtocolError, match="without protection"):
        client.feed(Aare(system_title=METER_TITLE, user_information=plain).to_bytes())
    assert not client.is_associated


def test_a_refusal_is_heard_whatever_it_carries() -> None:
    client = Association(Role.CLIENT, SuiteZero(KEYS, CLIENT_TITLE, counting(1)))
    client.send(Aarq(CONTEXT_LN_CIPHERED, system_title=CLIENT_TITLE))
    refused = Aare(1, 13, 3, user_information=b"\x28\x02\x30\x00")
    client.feed(refused.to_bytes())
    assert client.next_event() == Received(refused)


@given(
    tag=st.sampled_from([0xC8, 0xC9, 0xCB, 0xCC, 0xCD, 0xCF, 0xDB]),
    text=st.binary(max_size=60),
    to_meter=st.booleans(),
)
@settings(max_examples=200)
def test_a_well_sealed_nonsense_raises_the_named_error_only(
    tag: int, text: bytes, *, to_meter: bool
) -> None:
    """Whoever has the key may still send rubbish, nested ciphering included."""
    talk = Talk()
    talk.ask(GetRequest(_TARGET))
    side, title = (talk.meter, CLIENT_TITLE) if to_meter else (talk.client, METER_TITLE)
    sealed = counted(seal(KEYS, title, 9999, text).to_bytes())
    try:
        side.feed(bytes((tag,)) + (counted(title) if tag == 0xDB else b"") + sealed)
    except RemoteProtocolError:
        assert side.is_associated
