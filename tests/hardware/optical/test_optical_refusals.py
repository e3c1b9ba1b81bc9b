from __future__ import annotations

import asyncio

import pytest

from hardware.dlms.acse import Aare, Diagnostic
from hardware.dlms.apdu import Apdu, ExceptionResponse
from hardware.dlms.apdu_action import ActionResponse
from hardware.dlms.apdu_get import GetListResponse, GetResponse
from hardware.dlms.apdu_set import SetListResponse, SetResponse
from hardware.dlms.data import Data, enum
from hardware.dlms.initiate import MANAGEMENT, Conformance, InitiateResponse, ServiceError
from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.drivers.optical import open_optical
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_line import Framing, OpticalOptions
from hardware.errors import (
    AccessDenied,
    HardwareError,
    LocalProtocolError,
    MeterError,
    NotSupported,
    PortLocked,
    PortTimeout,
    RemoteProtocolError,
    WrongPassword,
    WrongPort,
)
from hardware.hdlc.address import Address
from hardware.hdlc.control import Control, Kind
from hardware.hdlc.frames import Frame
from hardware.iec62056.messages import with_parity
from hardware.port import memory_pair
from hardware.pump import Timing
from hardware.values import Obis
from tests.hardware.optical.scripted import Scripted

_TARGET = AttributeRef(1, Obis(0, 0, 96, 1, 1), 2)
_TEXT = AttributeRef(1, Obis(0, 0, 96, 1, 3), 2)
_SINGLES = Conformance.GET | Conformance.SET | Conformance.ACTION
_METHOD = MethodRef(72, Obis(0, 1, 24, 1, 0), 3)


async def _scripted(
    *answers: Apdu, granted: Conformance = MANAGEMENT
) -> tuple[Scripted, Conversation]:
    accepted = Aare(user_information=InitiateResponse(granted, 1024).to_bytes())
    line = Scripted(accepted, *answers)
    conversation = Conversation(line)
    await conversation.associate(OpticalOptions())
    return line, conversation


async def _associated(*answers: Apdu, granted: Conformance = MANAGEMENT) -> Conversation:
    _, conversation = await _scripted(*answers, granted=granted)
    return conversation


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Aare(1, Diagnostic.AUTHENTICATION_FAILURE), WrongPassword),
        (Aare(2, Diagnostic.NO_REASON), PortLocked),
        (Aare(2, Diagnostic.AUTHENTICATION_FAILURE), WrongPassword),
        (Aare(1, Diagnostic.CONTEXT_NOT_SUPPORTED), NotSupported),
        (Aare(1, Diagnostic.NO_REASON), AccessDenied),
        (Aare(0, Diagnostic.AUTHENTICATION_REQUIRED), AccessDenied),
        (ExceptionResponse(1, 2), NotSupported),
        (ServiceError(1, 6, 4), MeterError),
    ],
)
async def test_a_refused_association_says_why(answer: Apdu, error: type[HardwareError]) -> None:
    conversation = Conversation(Scripted(answer))
    with pytest.raises(error):
        await conversation.associate(OpticalOptions())


async def test_an_exception_answers_every_service() -> None:
    refused = ExceptionResponse(1, 1)
    conversation = await _associated(refused, refused, refused)
    with pytest.raises(MeterError, match="operation-not-possible"):
        await conversation.get(_TARGET)
    with pytest.raises(MeterError):
        await conversation.set_named(AttributeRef(1, Obis(0, 0, 96, 1, 3), 2), enum(1))
    with pytest.raises(MeterError):
        await conversation.action_named(_METHOD)


async def test_a_list_that_is_not_taken_is_asked_one_by_one() -> None:
    refused = ExceptionResponse(1, 2)
    conversation = await _associated(refused, GetResponse(enum(1)), GetResponse(4))
    assert await conversation.get_each([_TARGET, _TARGET]) == [enum(1), 4]


async def test_lists_are_not_asked_where_they_were_not_granted() -> None:
    conversation = await _associated(GetResponse(enum(1)), granted=Conformance.GET)
    assert await conversation.get_each([_TARGET]) == [enum(1)]


@pytest.mark.parametrize(
    "answer", [GetListResponse((enum(1),)), GetResponse(enum(1)), SetResponse(0)]
)
async def test_a_list_answered_wrongly(answer: Apdu) -> None:
    conversation = await _associated(answer)
    with pytest.raises((RemoteProtocolError, MeterError)):
        await conversation.get_each([_TARGET, _TARGET])


async def test_writes_that_belong_together_go_as_a_list() -> None:
    line, conversation = await _scripted(SetListResponse((0, 0)), SetResponse(0))
    await conversation.set_each([(_TEXT, enum(1)), (_TEXT, enum(2))])
    await conversation.set_each([(_TEXT, enum(3))])
    assert [asked[:2].hex() for asked in line.asked[1:] if asked] == ["c104", "c101"]


@pytest.mark.parametrize("refused", [ExceptionResponse(1, 2), ServiceError(6, 2, 1)])
async def test_a_list_of_writes_that_is_not_taken_is_written_one_by_one(refused: Apdu) -> None:
    line, conversation = await _scripted(refused, *[SetResponse(0)] * 4)
    for _ in range(2):
        await conversation.set_each([(_TEXT, enum(1)), (_TEXT, enum(2))])
    kinds = [asked[:2].hex() for asked in line.asked[1:] if asked]
    assert kinds == ["c104", "c101", "c101", "c101", "c101"]


async def test_writes_are_no_list_where_that_was_not_granted() -> None:
    line, conversation = await _scripted(SetResponse(0), SetResponse(3), granted=_SINGLES)
    with pytest.raises(AccessDenied):
        await conversation.set_each([(_TEXT, enum(1))] * 3)
    assert [asked[:2].hex() for asked in line.asked[1:] if asked] == ["c101", "c101"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (SetListResponse((0, 3)), AccessDenied),
        (SetListResponse((0,)), RemoteProtocolError),
        (SetResponse(0), RemoteProtocolError),
    ],
)
async def test_a_list_of_writes_refused_or_answered_wrongly(
    answer: Apdu, error: type[HardwareError]
) -> None:
    conversation = await _associated(answer)
    with pytest.raises(error):
        await conversation.set_each([(_TEXT, enum(1)), (_TEXT, enum(2))])


async def test_what_is_closed_is_not_sent() -> None:
    line, conversation = await _scripted()
    firmware = MethodRef(18, Obis(0, 0, 44, 0, 0), 1)
    calendar = AttributeRef(20, Obis(0, 0, 13, 0, 0), 7)
    for write in (
        conversation.set(_TEXT, enum(1)),
        conversation.set_named(calendar, enum(1)),
        conversation.set_each([(_TEXT, enum(1)), (calendar, enum(1))]),
        conversation.action(_METHOD),
        conversation.action_named(firmware),
    ):
        with pytest.raises(LocalProtocolError):
            await write
    assert len(line.asked) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (ActionResponse(3), AccessDenied),
        (ActionResponse(0, 4), NotSupported),
        (ActionResponse(12), MeterError),
    ],
)
async def test_an_action_refused(answer: Apdu, error: type[MeterError]) -> None:
    conversation = await _associated(answer)
    with pytest.raises(error):
        await conversation.action_named(_METHOD)


async def test_an_action_that_returns_something() -> None:
    conversation = await _associated(ActionResponse(0, enum(2)), ActionResponse(0))
    assert await conversation.action_named(_METHOD) == enum(2)
    assert await conversation.action_named(_METHOD) is None


async def test_an_answer_to_another_question() -> None:
    conversation = await _associated(SetResponse(0))
    with pytest.raises(RemoteProtocolError):
        await conversation.get(_TARGET)


def test_a_value_is_not_a_result_code() -> None:
    assert not isinstance(enum(0), int)
    assert isinstance(enum(0), Data)


# The line


async def test_a_meter_without_hdlc() -> None:
    near, far = memory_pair()

    async def answer() -> None:
        await far.read(1.0)
        await far.write(with_parity(b"/ABC5OLDMETER\r\n"))

    task = asyncio.create_task(answer())
    with pytest.raises(NotSupported):
        async with open_optical(near, OpticalOptions()):
            pass
    await task


async def test_a_meter_that_refuses_the_link() -> None:
    near, far = memory_pair()

    async def answer() -> None:
        for _ in ("with sizes", "without"):
            await far.read(1.0)
            await far.write(Frame(Address(1), Address(1, 17), Control(Kind.DM)).build())

    task = asyncio.create_task(answer())
    with pytest.raises(PortLocked):
        async with open_optical(near, OpticalOptions(framing=Framing.HDLC)):
            pass
    await task


async def test_a_meter_that_answers_the_sign_on_with_no() -> None:
    near, far = memory_pair()

    async def answer() -> None:
        await far.read(1.0)
        await far.write(with_parity(b"/ABc5\\2METER\r\n"))
        await far.read(1.0)
        await asyncio.sleep(0.05)
        await far.write(with_parity(b"\x15"))

    task = asyncio.create_task(answer())
    with pytest.raises(RemoteProtocolError, match="REFUSED"):
        async with open_optical(near, OpticalOptions()):
            pass
    await task


@pytest.mark.parametrize(
    "noise", [b"/X\r\n\x81\r\n!0000\r\n" * 40, bytes.fromhex("7EA00A21022373E1F67E") * 60]
)
async def test_a_line_that_is_never_quiet_is_noise(noise: bytes) -> None:
    near, far = memory_pair()

    async def babble() -> None:
        while True:
            await far.write(noise)
            await asyncio.sleep(0.001)

    task = asyncio.create_task(babble())
    options = OpticalOptions(framing=Framing.HDLC, timing=Timing(0.05, 0.02), p1_wait_s=0.2)
    with pytest.raises(RemoteProtocolError, match="noise") as caught:
        async with open_optical(near, options):
            pass
    assert not isinstance(caught.value, WrongPort)
    task.cancel()


async def test_noise_that_is_no_p1_stays_silence() -> None:
    near, far = memory_pair()

    async def answer() -> None:
        for _ in range(6):
            await far.read(1.0)
            await far.write(b"\x55\xaa" * 300)

    task = asyncio.create_task(answer())
    options = OpticalOptions(framing=Framing.HDLC, timing=Timing(0.05, 0.02), p1_wait_s=0.05)
    with pytest.raises(PortTimeout, match="no answer to HDLC at 9600"):
        async with open_optical(near, options):
            pass
    task.cancel()
