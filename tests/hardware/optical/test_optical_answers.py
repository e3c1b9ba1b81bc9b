"""Counters that run out, lists that a meter refuses, messages that nobody asked for."""

from __future__ import annotations

import asyncio

import pytest

from hardware.dlms.acse import Aare, Aarq
from hardware.dlms.apdu import Apdu, DataNotification, ExceptionResponse
from hardware.dlms.apdu_get import GetResponse
from hardware.dlms.association import Association
from hardware.dlms.conversation import Role as CosemRole
from hardware.dlms.data import enum
from hardware.dlms.initiate import MANAGEMENT, InitiateResponse, ServiceError
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_access import RUN, Hls, Reserve
from hardware.drivers.optical_conversation import Conversation
from hardware.drivers.optical_line import OpticalLine, OpticalOptions
from hardware.errors import LocalProtocolError, PortBusy, PortTimeout, RemoteProtocolError
from hardware.hdlc.address import Address
from hardware.hdlc.events import Connected
from hardware.hdlc.link import Link
from hardware.hdlc.transitions import Role
from hardware.port import memory_pair
from hardware.pump import Pump
from hardware.values import Obis
from tests.hardware.optical.scripted import Scripted
from tests.hardware.optical.secured import TITLE, Book, access, chance

_NUMBER = AttributeRef(1, Obis(0, 0, 96, 1, 1), 2)
_ENDS = (Address(1), Address(1, 17))


async def test_a_run_of_counters_goes_on_in_the_next() -> None:
    hls = access().hls
    assert hls is not None
    reserve = Reserve(9)
    taken = []
    for _ in range(RUN + 5):
        await reserve.fill(hls, "port")
        taken.append(reserve.take())
    assert taken == list(range(10, RUN + 15))


async def test_counters_that_another_program_took_are_not_jumped_over() -> None:
    hls = access().hls
    assert hls is not None
    assert hls.keys is not None
    reserve = Reserve()
    await reserve.fill(hls, "port")
    await hls.counters.reserve(f"{hls.keys.name}/{TITLE.hex()}", 1)
    for _ in range(RUN - 2):
        reserve.take()
    with pytest.raises(PortBusy):
        await reserve.fill(hls, "port")


def test_no_counter_without_a_reservation() -> None:
    with pytest.raises(LocalProtocolError):
        Reserve().take()


def test_a_system_title_of_another_size() -> None:
    with pytest.raises(ValueError, match="8 octets"):
        Hls(b"short", chance(b""), Book())


async def _associated(*answers: Apdu) -> tuple[Conversation, Scripted]:
    accepted = Aare(user_information=InitiateResponse(MANAGEMENT, 1024).to_bytes())
    line = Scripted(accepted, *answers)
    conversation = Conversation(line)
    await conversation.associate(OpticalOptions())
    return conversation, line


async def test_a_notification_does_not_take_the_answers_place() -> None:
    unasked = DataNotification(1, b"", enum(9))
    conversation, line = await _associated(unasked, unasked, GetResponse(enum(1)))
    assert await conversation.get(_NUMBER) == enum(1)
    assert list(conversation.notifications) == [unasked, unasked]
    assert line.asked[2:] == [None, None]


async def test_a_meter_that_only_notifies_is_left() -> None:
    class Chatter(Scripted):
        async def exchange(self, apdu: bytes) -> bytes:
            self._answers.append(DataNotification(1, b"", enum(9)))
            return await super().exchange(apdu)

    conversation, _ = await _associated()
    conversation._line = Chatter()
    with pytest.raises(RemoteProtocolError, match="no end"):
        await conversation.get(_NUMBER)
    assert len(conversation.notifications) == 16


@pytest.mark.parametrize("refusal", [ExceptionResponse(1, 2), ServiceError(5, 0, 2)])
async def test_a_list_that_was_refused_is_not_asked_again(refusal: Apdu) -> None:
    ones = [GetResponse(enum(1))] * 4
    conversation, line = await _associated(refusal, *ones)
    for _ in range(2):
        assert await conversation.get_each([_NUMBER, _NUMBER]) == [enum(1), enum(1)]
    assert [octets[:2] for octets in line.asked[1:] if octets] == [
        b"\xc0\x03",
        *[b"\xc0\x01"] * 4,
    ]


async def test_a_notification_comes_before_the_answer_over_a_real_link() -> None:
    near, far = memory_pair()
    pump, meter = Pump(near), Pump(far)
    link, other = Link(Role.CLIENT, *_ENDS), Link(Role.METER, *_ENDS)

    async def notify_and_answer() -> None:
        assert isinstance(await meter.await_event(other, 5), Connected)
        await meter.await_event(other, 5)
        unasked = DataNotification(1, b"", enum(9)).to_bytes()
        await meter.send(other.send(unasked))
        waiting = other.send(GetResponse(enum(1)).to_bytes())
        assert waiting == b"", "the client has the word"
        with pytest.raises(PortTimeout):
            await meter.await_event(other, 0.3)

    speaking = asyncio.create_task(notify_and_answer())
    await pump.connect(link)
    conversation = Conversation(OpticalLine(pump, link))
    conversation._association = _open_association()
    assert await conversation.get(_NUMBER) == enum(1)
    assert len(conversation.notifications) == 1
    await speaking


def _open_association() -> Association:
    association = Association(CosemRole.CLIENT)
    association.send(Aarq())
    granted = InitiateResponse(MANAGEMENT, 1024).to_bytes()
    association.feed(Aare(user_information=granted).to_bytes())
    association.next_event()
    return association
