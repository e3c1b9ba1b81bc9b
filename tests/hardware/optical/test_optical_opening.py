from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hardware.drivers.optical import open_optical
from hardware.drivers.optical_line import Ending, Framing, OpticalOptions
from hardware.drivers.optical_opening import open_line
from hardware.drivers.optical_way import Memory, Way, parse_way
from hardware.errors import PortTimeout
from hardware.hdlc.address import Address
from hardware.hdlc.control import Control, Kind
from hardware.hdlc.frames import Frame
from hardware.iec62056.messages import BREAK, with_parity
from hardware.port import MemoryPort, memory_pair
from hardware.pump import Timing
from hardware.simulators.optical import Framing as MeterFraming
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_faults import Line
from hardware.simulators.optical_state import OpticalMeter
from hardware.values import Obis

NUMBER = "E0044007382246019"
HEAD = "memory://"
Plug = Callable[[OpticalSimulator], MemoryPort]
QUICK = Timing(response_s=0.25, inter_octet_s=0.05)


class Notebook:
    """A memory of heads."""

    def __init__(self, **heads: str) -> None:
        self.heads = {HEAD if name == "head" else name: way for name, way in heads.items()}

    def recall(self, head: str, /) -> str:
        return self.heads.get(head, "")

    def keep(self, head: str, way: str, /) -> None:
        self.heads[head] = way


@pytest.fixture
def reach(options: OpticalOptions) -> Callable[..., OpticalOptions]:
    def with_heads(heads: Notebook, **more: Any) -> OpticalOptions:
        return replace(options, timing=QUICK, heads=heads, **more)

    return with_heads


Reach = Callable[..., OpticalOptions]


@pytest.mark.parametrize("framing", [MeterFraming.MODE_E, MeterFraming.HDLC])
async def test_the_second_time_goes_straight_to_what_worked(
    framing: MeterFraming, meter: OpticalMeter, plug: Plug, reach: Reach, tap: Any
) -> None:
    heads, way = Notebook(), f"{framing} 9600 2030"
    first = {MeterFraming.MODE_E: with_parity(b"/"), MeterFraming.HDLC: b"~"}[framing]
    for _ in range(2):
        port = tap(plug(OpticalSimulator(meter, framing)))
        async with open_optical(port, reach(heads)) as session:
            assert heads.heads == {HEAD: f"{way} open"}
            assert (await session.identify()).equipment_id == NUMBER
        assert heads.heads == {HEAD: way}
    assert port.written[:1] == first
    requests = bytes(port.written).count(with_parity(b"/?!\r\n"))
    assert requests == (framing is MeterFraming.MODE_E)


async def test_what_is_remembered_and_wrong_falls_back_to_all_ways(
    meter: OpticalMeter, plug: Plug, reach: Reach
) -> None:
    heads = Notebook(head="hdlc 9600 2030")
    async with open_optical(plug(OpticalSimulator(meter)), reach(heads)) as session:
        assert (await session.identify()).equipment_id == NUMBER
    assert heads.heads == {HEAD: "mode-e 9600 2030"}


async def test_a_meter_left_in_the_middle_is_taken_up_where_it_is(
    meter: OpticalMeter, plug: Plug, reach: Reach, tap: Any
) -> None:
    near = plug(OpticalSimulator(meter))
    heads = Notebook()
    # The program dies: no DISC, and the meter waits for HDLC for its inactivity time.
    await open_line(near, reach(heads))
    assert heads.heads == {HEAD: "mode-e 9600 2030 open"}
    port = tap(near)
    async with open_optical(port, reach(heads)) as session:
        assert (await session.identify()).equipment_id == NUMBER
    # The sign-on at 9600, which it does not hear, and then no other before HDLC.
    assert bytes(port.written).count(with_parity(b"/?!\r\n")) == 1
    assert heads.heads == {HEAD: "mode-e 9600 2030"}


async def test_without_a_memory_it_is_found_all_the_same(
    meter: OpticalMeter, plug: Plug, reach: Reach
) -> None:
    near = plug(OpticalSimulator(meter))
    await open_line(near, reach(Notebook()))
    async with open_optical(near, reach(Notebook())) as session:
        assert (await session.identify()).equipment_id == NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "",
        "morse 9600 128",
        "mode-e fast 128",
        "mode-e 9600",
        "hdlc 9600 9999",
        "hdlc 1 128",
        "mode-e 9600 128 shut",
        "mode-e 9600 128 open open",
    ],
)
def test_what_can_not_be_read_is_no_memory(text: str) -> None:
    assert parse_way(text) is None
    ways = Memory(OpticalOptions(heads=Notebook(head=text)), HEAD).ways()
    assert [str(way) for way in ways] == ["mode E at 9600", "mode E at 300", "HDLC at 9600"]


def test_a_way_is_kept_as_it_was() -> None:
    for way in (Way(Framing.MODE_E, 300, 512, left_open=True), Way(Framing.HDLC, 9600)):
        assert parse_way(way.to_text()) == way


def test_each_way_is_tried_once_whatever_is_remembered() -> None:
    heads = Notebook(head="mode-e 300 128 open")
    ways = Memory(OpticalOptions(heads=heads), HEAD).ways()
    assert [str(way) for way in ways] == ["mode E at 300", "HDLC at 9600", "mode E at 9600"]
    assert [way.max_info for way in ways] == [128, 128, 2030]


def test_a_named_way_is_not_talked_out_of() -> None:
    heads = Notebook(head="hdlc 9600 2030")
    ways = Memory(OpticalOptions(framing=Framing.MODE_E, heads=heads), HEAD).ways()
    assert [str(way) for way in ways] == ["mode E at 9600", "mode E at 300"]


def test_large_frames_that_broke_are_not_offered_again() -> None:
    heads = Notebook()
    memory = Memory(OpticalOptions(heads=heads), HEAD)
    memory.ended(Ending.DAMAGED)
    assert heads.heads == {}
    memory.opened(Way(Framing.HDLC, 9600))
    assert heads.heads == {HEAD: "hdlc 9600 2030 open"}
    memory.ended(Ending.DAMAGED)
    assert heads.heads == {HEAD: "hdlc 9600 128 open"}
    memory.ended(Ending.CLOSED)
    assert heads.heads == {HEAD: "hdlc 9600 128"}
    memory.ended(Ending.CLEAN)
    assert heads.heads == {HEAD: "hdlc 9600 2030"}


async def test_a_meter_that_does_not_confirm_is_told_to_begin_anew() -> None:
    near, far = memory_pair()
    heard = bytearray()

    async def stop_half_way() -> None:
        await far.read(1.0)
        await far.write(with_parity(b"/ABc5\\2METER\r\n"))
        while with_parity(BREAK) not in heard:
            heard.extend(await far.read(1.0))

    task = asyncio.create_task(stop_half_way())
    options = OpticalOptions(framing=Framing.MODE_E, timing=QUICK, p1_wait_s=0.1)
    with pytest.raises(PortTimeout):
        async with open_optical(near, options):
            pass
    await task
    assert heard.index(b"\x06") < heard.index(with_parity(BREAK))


DISC = Frame(Address(1, 17), Address(1), Control(Kind.DISC)).build()


async def test_a_connecting_that_is_cancelled_ends_with_disc() -> None:
    near, far = memory_pair()
    options = OpticalOptions(framing=Framing.HDLC, timing=QUICK)
    opening = asyncio.create_task(open_line(near, options))
    assert await far.read(5)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert await far.read(5) == DISC


async def test_a_meter_that_fell_silent_is_taken_leave_of(
    meter: OpticalMeter, plug: Plug, reach: Reach, tap: Any
) -> None:
    line = Line.named(["stops-halfway"])
    port = tap(plug(OpticalSimulator(meter, MeterFraming.HDLC, line)))
    options = reach(Notebook(), framing=Framing.HDLC)

    async def ask_until_it_stops() -> None:
        async with open_optical(port, options) as session:
            while True:
                await session.get(1, Obis.parse("0-0:96.1.0"), 2)

    with pytest.raises(PortTimeout):
        await ask_until_it_stops()
    assert port.written.endswith(DISC)
