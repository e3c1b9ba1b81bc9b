"""Damaged, cut, doubled and swapped messages in secured conversations, on both sides."""

from __future__ import annotations

import asyncio
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.dlms.axdr import MAX_DEPTH
from hardware.dlms.octets import counted
from hardware.dlms.security import seal
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_conversation import Conversation
from hardware.errors import HardwareError, RemoteProtocolError
from hardware.simulators.optical_session import Session
from hardware.simulators.optical_state import OpticalMeter
from hardware.values import Obis
from tests.hardware.optical.secured import KEYS, Direct, access, demands

_NUMBER = AttributeRef(1, Obis(0, 0, 96, 1, 1), 2)
_WAYS = [(Authentication.HLS5, KEYS), (Authentication.HLS4, KEYS), (Authentication.HLS3, None)]
_NEXT = 4
_NOW = datetime(2026, 11, 23, 10, 7, tzinfo=UTC)


def _meter(way: int) -> OpticalMeter:
    meter = OpticalMeter("E0044007382246019", lambda: _NOW)
    meter.security = demands(*_WAYS[way])
    return meter


async def _visit(line: Direct, way: int, *, general: bool) -> None:
    conversation = Conversation(line)
    auth, keys = _WAYS[way]
    await conversation.associate(access(auth, keys, general=general), 250)
    for _ in range(2):
        await conversation.get(_NUMBER)
        await conversation.get_each([_NUMBER] * 3)


@st.composite
def twists(draw: st.DrawFn) -> tuple[int, int, int, str]:
    """Which message is harmed, where, by what, and how."""
    how = draw(st.sampled_from(["flip", "cut", "double", "insert", "empty"]))
    return draw(st.integers(0, 6)), draw(st.integers(0, 200)), draw(st.integers(1, 255)), how


def harmed(octets: bytes, at: int, value: int, how: str) -> bytes:
    at %= max(len(octets), 1)
    return {
        "flip": octets[:at] + bytes((octets[at] ^ value,)) + octets[at + 1 :],
        "cut": octets[:at],
        "double": octets + octets,
        "insert": octets[:at] + bytes((value,)) + octets[at:],
        "empty": b"",
    }[how]


@given(way=st.integers(0, 2), general=st.booleans(), twist=twists())
@settings(max_examples=60, deadline=None)
def test_harmed_answers_raise_the_named_errors_only(
    way: int, twist: tuple[int, int, int, str], *, general: bool
) -> None:
    which, at, value, how = twist
    count = iter(range(100))

    def on_its_way(octets: bytes) -> bytes:
        return harmed(octets, at, value, how) if next(count) == which else octets

    line = Direct(Session(_meter(way), 1), on_its_way)
    with suppress(HardwareError):
        asyncio.run(_visit(line, way, general=general))


@given(way=st.integers(0, 2), general=st.booleans(), twist=twists())
@settings(max_examples=60, deadline=None)
def test_a_meter_stands_after_harmed_requests(
    way: int, twist: tuple[int, int, int, str], *, general: bool
) -> None:
    which, at, value, how = twist
    meter = _meter(way)
    session = Session(meter, 1)
    good = Direct(Session(_meter(way), 1))
    asyncio.run(_visit(good, way, general=general))
    for number, octets in enumerate(good.asked):
        harm = number == which % len(good.asked)
        session.answer(harmed(octets, at, value, how) if harm else octets)
    assert meter.administrative_status == 2
    meter.locked_until = datetime(2000, 1, 1, tzinfo=UTC)
    again = Direct(Session(meter, 1))
    meter.invocation_counter = 250
    asyncio.run(_visit(again, way, general=general))


@given(octets=st.binary(max_size=100), client=st.sampled_from([1, 16, 102]))
@settings(max_examples=80, deadline=None)
def test_a_secured_meter_takes_noise(octets: bytes, client: int) -> None:
    session = Session(_meter(0), client)
    assert isinstance(session.answer(octets), bytes)
    assert isinstance(session.answer(b"\x60" + octets), bytes)


async def _associated() -> tuple[Conversation, Direct, list[bytes]]:
    """A conversation in which the next answers are those of the list.

    The meter's counters so far: AARE, proof, the answer that carried it.
    """
    answers: list[bytes] = []
    line = Direct(Session(_meter(0), 1), lambda octets: answers.pop(0) if answers else octets)
    conversation = Conversation(line)
    await conversation.associate(access(), 250)
    return conversation, line, answers


def _from_the_meter(text: bytes, counter: int) -> bytes:
    title = b"SIm\x00\x07\x38\x22\x46"
    return b"\xcc" + counted(seal(KEYS, title, counter, text).to_bytes())


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 20_000])
async def test_deep_nesting_behind_a_key_is_bounded(depth: int) -> None:
    conversation, _, answers = await _associated()
    deep = b"\x01\x01" * depth + b"\x00"
    answers.append(_from_the_meter(b"\xc4\x01\xc1\x00" + deep, _NEXT))
    with pytest.raises(RemoteProtocolError, match="nested"):
        await conversation.get(_NUMBER)
    assert (await conversation.get(_NUMBER)).octets == b"E0044007382246019"


async def test_blocks_behind_a_key_are_bounded_in_memory() -> None:
    conversation, _, answers = await _associated()
    block = b"\xc4\x02\xc1\x00%s\x00\x82\x80\x00" + bytes(0x8000)
    head, tail = block.split(b"%s")
    for number in range(1, 60):
        text = head + number.to_bytes(4, "big") + tail
        answers.append(_from_the_meter(text, 9000 + number))
    tracemalloc.start()
    with pytest.raises(RemoteProtocolError, match="octets in blocks"):
        await conversation.get(_NUMBER)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize("length", ["84FFFFFFFF", "8300FFFF", "85FF", "80"])
async def test_a_length_that_promises_too_much(length: str) -> None:
    conversation, _, answers = await _associated()
    answers.append(b"\xcc" + bytes.fromhex(length) + bytes(40))
    with pytest.raises(RemoteProtocolError):
        await conversation.get(_NUMBER)
