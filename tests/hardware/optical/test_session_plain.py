"""What somebody hears who reads along with a ciphered session, and what it means."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import count

import pytest

from hardware.dlms.apdu import parse
from hardware.dlms.apdu_action import ActionRequest, ActionResponse
from hardware.dlms.apdu_get import GetBlockResponse, GetListRequest, GetResponse
from hardware.dlms.apdu_set import SetBlockRequest, SetRequest
from hardware.dlms.cipher import Plain
from hardware.dlms.conversation import REPLY_TO_HLS
from hardware.dlms.data import Data, enum, octet_string
from hardware.dlms.initiate import MANAGEMENT, InitiateRequest, ServiceError
from hardware.dlms.security import SuiteZero
from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.drivers.optical import OpticalSession, open_optical
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_line import Framing, OpticalOptions
from hardware.drivers.optical_plain import Overheard, PlainApdu
from hardware.drivers.trace_plain import Opened, PlainReader, head_of
from hardware.drivers.trace_reader import Message, TraceReader
from hardware.errors import RemoteProtocolError
from hardware.simulators.optical import Framing as MeterFraming
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_session import Session
from hardware.simulators.optical_state import OpticalMeter
from hardware.trace import Direction, Record, Trace, TracedPort
from hardware.trace_secrets import MASK
from hardware.values import Obis
from tests.hardware.optical.conftest import NUMBER, Plug
from tests.hardware.optical.secured import KEYS, TITLE, Direct, access, demands

CLOCK = AttributeRef(8, Obis(0, 0, 1, 0, 0), 2)
SECRET = b"zestien octetten"
SENT, RECEIVED = Direction.SENT, Direction.RECEIVED


class Along(Trace):
    """Hears frames and plain APDUs, in the order in which they come."""

    def __init__(self) -> None:
        super().__init__(lambda octets, _direction: octets)
        self.order: list[Message | PlainApdu] = []
        self._reader = TraceReader()

    def add(self, direction: Direction, offset_s: Decimal, data: bytes) -> None:
        self.order += self._reader.take(Record(direction, offset_s, data))

    @property
    def told(self) -> list[PlainApdu]:
        return [one for one in self.order if isinstance(one, PlainApdu)]

    @property
    def ciphered(self) -> list[Message]:
        messages = [one for one in self.order if isinstance(one, Message)]
        return [one for one in messages if one.meaning.kind == "ciphered"]

    def opened(self) -> list[Opened]:
        reader = PlainReader()
        return [reader.read(one) for one in self.told]


async def heard(
    plug: Plug, simulator: OpticalSimulator, options: OpticalOptions
) -> tuple[Along, bytes]:
    """A short session that is read along with."""
    along = Along()
    port = TracedPort(plug(simulator), along)
    async with open_optical(port, replace(options, plain=along.order.append)) as session:
        await _talk(session)
    return along, b"".join(one.plain for one in along.told)


async def _talk(session: OpticalSession) -> None:
    await session.expect_meter(NUMBER)
    await session.get(CLOCK.class_id, CLOCK.obis, CLOCK.attribute)
    await session.get(15, Obis(0, 0, 40, 0, 0), 2)


@pytest.mark.parametrize("general", [False, True])
@pytest.mark.parametrize("framing", [Framing.HDLC, Framing.WRAPPER])
async def test_each_ciphered_message_is_told_in_order_with_its_frames(
    framing: Framing, plug: Plug, meter: OpticalMeter, *, general: bool
) -> None:
    meter.security = demands()
    simulator = OpticalSimulator(meter, MeterFraming(framing.value))
    options = replace(access(general=general), framing=framing)
    along, _ = await heard(plug, simulator, options)
    assert len(along.told) == len(along.ciphered) > 10
    for message, told, opened in zip(along.ciphered, along.told, along.opened(), strict=True):
        assert message.direction is told.direction
        assert head_of(message.meaning) == opened.head
        frame, plain = along.order.index(message), along.order.index(told)
        assert (plain < frame) is (told.direction is SENT)
    assert [one.direction for one in along.told[:4]] == [SENT, RECEIVED, SENT, RECEIVED]
    assert {one.ciphered[0] for one in along.told if general} <= {0xDB}
    said = [(one.meaning.kind, one.meaning.about) for one in along.opened()]
    assert ("get_request", "0-0:1.0.0 / 2") in said
    assert said[:2] == [("action_request", "0-0:40.0.0 / 1"), ("action_response", "success")]
    assert all(one.meaning.layers[-1].name == "plain" for one in along.opened())
    outer = "wrapper" if framing is Framing.WRAPPER else "hdlc"
    assert [one.name for one in along.ciphered[0].meaning.layers] == [outer, "ciphered"]


async def test_a_message_in_many_frames_is_told_behind_its_last(
    plug: Plug, meter: OpticalMeter
) -> None:
    meter.security = demands()
    options = replace(access(), framing=Framing.HDLC, max_info=128)
    along, _ = await heard(plug, OpticalSimulator(meter, MeterFraming.HDLC), options)
    assert len(along.told) == len(along.ciphered)
    pieces = [
        place
        for place, one in enumerate(along.order)
        if isinstance(one, Message) and one.meaning.kind == "segment"
    ]
    assert len(pieces) > 5
    for place in pieces:
        assert not isinstance(along.order[place + 1], PlainApdu)
    heads = [one.head for one in along.opened()]
    assert [head_of(message.meaning) for message in along.ciphered] == heads


async def test_a_proof_of_hls_is_told_to_nobody_and_no_key_is(
    plug: Plug, meter: OpticalMeter
) -> None:
    meter.security = demands()
    along, octets = await heard(plug, OpticalSimulator(meter), access())
    ours, theirs = along.told[:2]
    assert (ours.masked, theirs.masked) == (True, True)
    assert ours.plain.endswith(MASK * 17)
    assert theirs.plain.endswith(MASK * 17)
    assert not any(one.masked for one in along.told[2:])
    assert KEYS.encryption not in octets
    assert KEYS.authentication not in octets
    assert ours.plain.hex() not in repr(ours)


async def test_an_answer_in_datablocks_stands_whole_at_its_last(
    plug: Plug, meter: OpticalMeter
) -> None:
    meter.security = demands()
    along, _ = await heard(plug, OpticalSimulator(meter), access())
    blocks = [
        (parsed, opened)
        for told, opened in zip(along.told, along.opened(), strict=True)
        if isinstance(parsed := parse(told.plain), GetBlockResponse)
    ]
    assert len(blocks) > 1
    for block, opened in blocks:
        assert opened.meaning.kind == ("get_response" if block.last else "block")
    whole = parse(blocks[-1][1].octets)
    assert isinstance(whole, GetResponse)
    assert isinstance(whole.result, Data)
    raw = b"".join(block.raw for block, _ in blocks if isinstance(block.raw, bytes))
    assert blocks[-1][1].octets.endswith(raw)


async def test_nothing_is_told_of_a_session_in_the_clear(
    plug: Plug, meter: OpticalMeter, options: OpticalOptions
) -> None:
    along, _ = await heard(plug, OpticalSimulator(meter), options)
    assert along.told == []


async def test_what_does_not_open_is_not_told(meter: OpticalMeter) -> None:
    meter.security = demands()
    told: list[PlainApdu] = []
    spoilt = False

    def twist(octets: bytes) -> bytes:
        return octets[:-1] + bytes((octets[-1] ^ spoilt,))

    conversation = Conversation(Direct(Session(meter, 1), twist))
    await conversation.associate(replace(access(), plain=told.append), 999)
    spoilt = True
    with pytest.raises(RemoteProtocolError):
        await conversation.get(CLOCK)
    assert [one.direction for one in told] == [SENT, RECEIVED, SENT]


class Turned(Plain):
    """A cipher that is none, and yet changes every octet."""

    def protect(self, octets: bytes) -> bytes:
        return b"\xc8" + octets[::-1]

    def unprotect(self, octets: bytes) -> bytes:
        return octets[:0:-1]


def passed(*messages: bytes) -> list[PlainApdu]:
    """What is told of messages that are sent."""
    told: list[PlainApdu] = []
    cipher = Overheard(Turned(), told.append)
    for octets in messages:
        assert cipher.unprotect(cipher.protect(octets)) == octets
    assert [one.direction for one in told] == [SENT, RECEIVED] * (len(told) // 2)
    return told[::2]


def method(class_id: int, number: int) -> MethodRef:
    return MethodRef(class_id, Obis(0, 1, 24, 1, 0), number)


@pytest.mark.parametrize(
    "target", [REPLY_TO_HLS, method(64, 2), method(72, 6), method(72, 7), method(72, 8)]
)
def test_a_key_that_is_handed_over_is_masked_and_its_method_is_told(target: MethodRef) -> None:
    (told,) = passed(ActionRequest(target, octet_string(SECRET)).to_bytes())
    assert told.masked
    assert SECRET not in told.plain
    opened = PlainReader().read(told)
    assert opened.masked
    assert opened.meaning.kind == "action_request"
    assert opened.meaning.about == f"{target.obis} / {target.method}"


def test_a_masked_value_of_another_type_leaves_what_stands_before_it() -> None:
    asked, answered = passed(
        ActionRequest(method(72, 7), enum(3)).to_bytes(),
        ActionResponse(0, enum(3)).to_bytes(),
    )
    assert (asked.masked, answered.masked) == (True, True)
    reader = PlainReader()
    assert reader.read(asked).meaning.kind == "action_request"
    said = reader.read(answered)
    assert (said.meaning.kind, said.meaning.about) == ("action_response", "success")


def test_a_long_write_is_whole_at_its_last_datablock() -> None:
    target, raw = AttributeRef(1, Obis(0, 0, 96, 13, 0), 2), b"\x09\x06Bericht"[:8]
    first, last = passed(
        SetBlockRequest(target, last=False, block=1, raw=raw[:3]).to_bytes(),
        SetBlockRequest(None, last=True, block=2, raw=raw[3:]).to_bytes(),
    )
    reader = PlainReader()
    assert reader.read(first).octets == first.plain
    whole = reader.read(last)
    assert whole.octets == SetRequest(target, octet_string(b"Berich")).to_bytes()
    assert (whole.meaning.kind, whole.meaning.about) == ("set_request", "0-0:96.13.0 / 2")


def test_a_secret_goes_on_in_later_datablocks() -> None:
    association = AttributeRef(15, Obis(0, 0, 40, 0, 0), 7)
    other = AttributeRef(1, Obis(0, 0, 96, 13, 0), 2)
    told = passed(
        SetBlockRequest(association, last=False, block=1, raw=b"\x09\x10").to_bytes(),
        SetBlockRequest(None, last=True, block=2, raw=SECRET).to_bytes(),
        SetBlockRequest(other, last=False, block=1, raw=b"\x09\x10").to_bytes(),
        SetBlockRequest(None, last=True, block=2, raw=SECRET).to_bytes(),
    )
    assert [one.masked for one in told] == [True, True, False, False]
    assert [SECRET in one.plain for one in told] == [False, False, False, True]


def test_a_last_datablock_without_the_first_is_told_as_it_is() -> None:
    (get,) = passed(GetBlockResponse(last=True, block=2, raw=b"\x00").to_bytes())
    assert PlainReader().read(get).meaning.kind == "block"
    (written,) = passed(SetBlockRequest(None, last=True, block=1, raw=b"\x00").to_bytes())
    assert PlainReader().read(written).octets == written.plain


def test_a_list_in_datablocks_is_a_list() -> None:
    raw = b"\x02\x00\x0f\xfd\x01\x03"
    asked, first, last = passed(
        GetListRequest((CLOCK, CLOCK)).to_bytes(),
        GetBlockResponse(last=False, block=1, raw=raw[:2]).to_bytes(),
        GetBlockResponse(last=True, block=2, raw=raw[2:]).to_bytes(),
    )
    reader = PlainReader()
    kinds = [reader.read(told).meaning.kind for told in (asked, first, last)]
    assert kinds == ["get_list", "block", "get_list_response"]


def test_what_can_not_be_read_is_told_as_it_is() -> None:
    told: list[PlainApdu] = []
    Overheard(Turned(), told.append).unprotect(b"\xc8")
    odd = PlainApdu(RECEIVED, b"\x05", b"\x06")
    read = [PlainReader().read(one) for one in (*told, odd)]
    assert [(one.meaning.kind, one.octets) for one in read] == [
        ("unknown", b""),
        ("unknown", b"\x06"),
    ]
    assert [one.head for one in read] == [(("tag", "C8"),), ()]


def test_a_refusal_of_the_association_is_opened_too() -> None:
    keys = SuiteZero(KEYS, b"METER\0\0\1", count(7).__next__)
    mine = SuiteZero(KEYS, TITLE, count().__next__)
    mine.meet(b"METER\0\0\1")
    told: list[PlainApdu] = []
    error = ServiceError(1, 6, 1).to_bytes()
    ciphered = keys.protect(error)
    assert Overheard(mine, told.append).unprotect(ciphered) == error
    opened = PlainReader().read(told[0])
    assert dict(opened.head)["counter"] == "7"
    assert opened.meaning.kind == "apdu"


def test_an_initiate_is_no_message_of_its_own() -> None:
    initiate = InitiateRequest(MANAGEMENT).to_bytes()
    assert passed(initiate) == []
    assert Overheard(Turned(), print).overhead == Plain().overhead
