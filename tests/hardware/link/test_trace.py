from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.errors import DamagedTrace, PortGone
from hardware.hdlc.address import Address
from hardware.hdlc.link import Link
from hardware.hdlc.transitions import Role
from hardware.port import LineSettings, memory_pair
from hardware.pump import Pump
from hardware.trace import Direction, ReplayMismatch, ReplayPort, Trace, TracedPort

CAPTURE = """fieldapp-trace 1
# SNRM and UA with the defaults, DISC and UA
0.000000 = 9600 8N1

0.000312 > 7ea0070321930f017e
0.214077 < 7ea01e210373c37a818012050180
0.220000 < 060180070400000001080400000001533b7e
0.300000 > 7ea00703215303c77e
0.400000 < 7ea00721037301407e
"""

directions = st.sampled_from([Direction.SENT, Direction.RECEIVED])
octets = st.binary(min_size=1, max_size=40)


class Clock:
    def __init__(self) -> None:
        self.now = 7.0

    def __call__(self) -> float:
        self.now += 0.25
        return self.now


def trace_of(*records: tuple[str, bytes]) -> Trace:
    trace = Trace()
    for sign, data in records:
        trace.add(Direction(sign), Decimal(0), data)
    return trace


async def test_what_passes_a_traced_port_is_written_down() -> None:
    near, far = memory_pair()
    trace = Trace()
    port = TracedPort(near, trace, Clock())
    await port.write(b"\x01\x02")
    await far.write(b"\x03")
    assert await port.read(1) == b"\x03"
    assert await port.read(0) == b""
    await port.configure(LineSettings(baud=300, seven_even=True))
    assert port.line.baud == 300
    assert port.name == near.name
    assert trace.to_text() == (
        "fieldapp-trace 1\n"
        "0.250000 = 115200 8N1\n"
        "0.500000 > 0102\n"
        "0.750000 < 03\n"
        "1.000000 = 300 7E1\n"
    )
    await port.close()
    assert await far.read(1) == b"\x01\x02"
    with pytest.raises(PortGone):
        await far.read(1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(directions, st.decimals(0, 10**6, places=6), octets)
        | st.tuples(
            st.just(Direction.LINE),
            st.decimals(0, 10**6, places=6),
            st.sampled_from([b"300 7E1", b"115200 8N1"]),
        )
    )
)
def test_captures_round_trip(records: list[tuple[Direction, Decimal, bytes]]) -> None:
    trace = Trace()
    for direction, offset_s, data in records:
        trace.add(direction, offset_s, data)
    again = Trace.from_text(trace.to_text())
    assert list(again) == list(trace)
    assert again.to_text() == trace.to_text()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 1),
        ("fieldapp-trace 2\n", 1),
        ("fieldapp-trace 1\n0.1 > zz\n", 2),
        ("fieldapp-trace 1\n\nsoon > 00\n", 3),
        ("fieldapp-trace 1\nNaN > 00\n", 2),
        ("fieldapp-trace 1\n-1 > 00\n", 2),
        ("fieldapp-trace 1\n0 ? 00\n", 2),
        ("fieldapp-trace 1\n0 >\n", 2),
        ("fieldapp-trace 1\n0 = 9600 8E2\n", 2),
        ("fieldapp-trace 1\n0 = 0 8N1\n", 2),
        ("fieldapp-trace 1\n0 = fast\n", 2),
    ],
)
def test_what_is_no_capture_names_the_line(text: str, number: int) -> None:
    with pytest.raises(DamagedTrace, match=f"line {number}:") as caught:
        Trace.from_text(text)
    assert caught.value.line == number


def test_a_last_record_that_a_kill_left_half_is_passed_over() -> None:
    whole = "fieldapp-trace 1\n0.1 > 00\n"
    for left in ("0", "0.2 >", "0.2 > 0"):
        assert len(list(Trace.from_text(whole + left))) == 1


def test_secrets_are_masked_before_they_are_written_down() -> None:
    def mask(data: bytes, direction: Direction) -> bytes:
        return data.replace(b"secret", b"******") if direction is Direction.SENT else data

    trace = Trace(mask)
    trace.add(Direction.SENT, Decimal(0), b"a secret")
    trace.add(Direction.RECEIVED, Decimal(0), b"a secret")
    assert [record.data for record in trace] == [b"a ******", b"a secret"]


def test_a_trace_is_bounded_and_says_what_it_dropped() -> None:
    trace = Trace(limit=10)
    for number in range(5):
        trace.add(Direction.RECEIVED, Decimal(number), bytes(4))
    assert len(list(trace)) == 2
    assert trace.dropped == 12


async def test_a_capture_plays_as_a_dialogue_with_a_link() -> None:
    port = ReplayPort(Trace.from_text(CAPTURE))
    assert port.line == LineSettings(baud=9600)
    pump, link = Pump(port), Link(Role.CLIENT, Address(16), Address(1))
    await pump.connect(link)
    with pytest.raises(ReplayMismatch):
        port.finish()
    await pump.disconnect(link)
    port.finish()
    with pytest.raises(PortGone):
        await port.read(1)
    with pytest.raises(PortGone):
        await port.write(b"x")


async def test_pieces_may_differ_from_the_captured_ones() -> None:
    port = ReplayPort(trace_of((">", b"abc"), ("=", b"300 8N1"), (">", b"de"), ("<", b"f")))
    await port.configure(LineSettings(baud=300))
    assert await port.read(1) == b""
    await port.write(b"ab")
    await port.write(b"cde")
    assert await port.read(1) == b"f"
    port.finish()


async def test_another_message_than_captured_is_a_mismatch() -> None:
    port = ReplayPort(trace_of((">", b"abc"), ("<", b"d")))
    with pytest.raises(ReplayMismatch) as caught:
        await port.write(b"abd")
    assert caught.value.args[1:] == (b"abc", b"abd")
    with pytest.raises(ReplayMismatch):
        await port.write(b"abcd")
    await port.close()
    with pytest.raises(PortGone):
        await port.read(1)
