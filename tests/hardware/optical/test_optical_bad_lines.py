"""A bad line between a good meter and a good program: a whole readout with the right values."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardware.drivers.optical import open_optical
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_answers import Readout
from hardware.drivers.optical_line import Framing, OpticalOptions
from hardware.drivers.optical_readout import NO_INTERVALS, Wishes
from hardware.errors import HardwareError, PortTimeout, WrongMeter
from hardware.hdlc.parameters import MAX_INFO, Parameters
from hardware.port import MemoryPort, Port, memory_pair
from hardware.pump import Timing, WireStats
from hardware.simulators.optical import Framing as MeterFraming
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_faults import Line
from hardware.simulators.optical_state import OpticalMeter, furnished

NUMBER = "E0044007382246019"
Plug = Callable[[OpticalSimulator], MemoryPort]
Now = Any
IMPATIENT = Timing(response_s=0.12, inter_octet_s=0.04)
SMALL, WINDOWS, LARGE = (
    Parameters(),
    Parameters(256, 256, 7, 7),
    Parameters(MAX_INFO, MAX_INFO),
)


def reached(framing: Framing = Framing.HDLC, **more: Any) -> OpticalOptions:
    values = {
        "password": b"00000001",
        "timing": IMPATIENT,
        "framing": framing,
        "p1_wait_s": 0.1,
    }
    return OpticalOptions(**{**values, **more})


def talkative(clock: Now) -> OpticalMeter:
    """A meter whose first log is longer than an APDU."""
    meter = furnished(OpticalMeter(NUMBER, clock))
    for _ in range(100):
        meter.log("standard", 3)
    return meter


def values(readout: Readout) -> Readout:
    """What was read; how long the line took is another matter."""
    clock = replace(readout.clock, uncertainty_s=readout.clock.uncertainty_s * 0)
    # Each session is a row of this log, and a renewed link is one more.
    logs = {name: rows for name, rows in readout.logs.items() if name != "communication"}
    return replace(readout, wire=WireStats(), clock=clock, logs=logs)


async def read(port: Port, options: OpticalOptions, clock: Now) -> Readout:
    async with open_optical(port, options) as session:
        await session.expect_meter(NUMBER)
        return values(await session.retrieve_state(Wishes(clock)))


@pytest.mark.parametrize("grants", [SMALL, WINDOWS, LARGE], ids=["128", "256x7", "2030"])
@pytest.mark.parametrize("seed", range(3))
async def test_one_octet_in_500_damaged_or_lost(
    seed: int, grants: Parameters, plug: Plug, clock: Now
) -> None:
    clean = await read(
        plug(OpticalSimulator(talkative(clock), MeterFraming.HDLC)), reached(), clock
    )
    line = replace(Line.named(["lossy"], seed=seed), grants=grants)
    port = plug(OpticalSimulator(talkative(clock), MeterFraming.HDLC, line))
    assert await read(port, reached(), clock) == clean
    assert clean.left_out == (NO_INTERVALS,)


@pytest.mark.parametrize("fault", ["lost-frame", "break", "damaged-frame"])
@pytest.mark.parametrize("grants", [SMALL, WINDOWS], ids=["128", "256x7"])
async def test_frames_that_get_lost_are_had_again(
    fault: str, grants: Parameters, plug: Plug, clock: Now
) -> None:
    clean = await read(
        plug(OpticalSimulator(talkative(clock), MeterFraming.HDLC)), reached(), clock
    )
    line = replace(Line.named([fault]), grants=grants)
    port = plug(OpticalSimulator(talkative(clock), MeterFraming.HDLC, line))
    assert await read(port, reached(), clock) == clean


@pytest.mark.parametrize("framing", [MeterFraming.MODE_E, MeterFraming.HDLC])
async def test_a_meter_that_answers_as_late_as_it_may(
    framing: MeterFraming, meter: OpticalMeter, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardware.simulators.optical_faults._SLOW_S", 0.1)
    simulator = OpticalSimulator(meter, framing, Line.named(["slow"]))
    async with open_optical(plug(simulator), reached(Framing(framing))) as session:
        assert (await session.identify()).equipment_id == NUMBER


async def test_an_echo_is_swallowed_and_said(meter: OpticalMeter, plug: Plug) -> None:
    simulator = OpticalSimulator(meter, line=Line.named(["echo"]))
    async with open_optical(plug(simulator), reached(Framing.MODE_E)) as session:
        await session.identify()
        assert session.stats.bytes_echoed == session.stats.bytes_sent > 0
    quiet = OpticalSimulator(meter)
    async with open_optical(plug(quiet), reached(Framing.MODE_E)) as session:
        assert session.stats.bytes_echoed == 0


@pytest.mark.parametrize("fault", ["head-off", "reboot"])
async def test_a_head_that_falls_off_ends_the_session_and_comes_back(
    fault: str, meter: OpticalMeter, plug: Plug, clock: Now
) -> None:
    port = plug(OpticalSimulator(meter, line=replace(Line.named([fault]), stop_after=9)))
    lasting = Lasting(port)
    with pytest.raises(PortTimeout, match=r"silent after \d+ answers"):
        await read(lasting, reached(Framing.AUTO), clock)
    found = await read(lasting, reached(Framing.AUTO), clock)
    assert found.identity.equipment_id == NUMBER


class Notebook:
    """A memory of heads."""

    def __init__(self) -> None:
        self.heads: dict[str, str] = {}

    def recall(self, head: str, /) -> str:
        return self.heads.get(head, "")

    def keep(self, head: str, way: str, /) -> None:
        self.heads[head] = way


class Lasting:
    """A port that stays open at our end, as a head on a cable does."""

    def __init__(self, port: MemoryPort) -> None:
        self.port = port
        self.written = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.port, name)

    async def write(self, data: bytes) -> None:
        self.written += data
        await self.port.write(data)

    async def close(self) -> None:
        """Only the session is over."""


async def test_a_meter_at_another_rate_than_it_said(meter: OpticalMeter, plug: Plug) -> None:
    simulator = OpticalSimulator(meter, line=Line.named(["rate-mismatch"]))
    with pytest.raises(HardwareError):
        async with open_optical(plug(simulator), reached(Framing.AUTO)):
            pass


_LONG = 300


class Spoiling(Lasting):
    """A line on which no long frame comes whole; `on_spoiled` is called at each."""

    def __init__(self, port: MemoryPort, on_spoiled: Callable[[], None] = lambda: None) -> None:
        super().__init__(port)
        self.on_spoiled = on_spoiled

    async def read(self, timeout_s: float) -> bytes:
        data = await self.port.read(timeout_s)
        if len(data) < _LONG:
            return data
        self.on_spoiled()
        return data[:_LONG] + bytes([data[_LONG] ^ 1]) + data[_LONG + 1 :]


async def test_frames_too_long_for_the_line_are_given_up_for_small_ones(
    plug: Plug, clock: Now
) -> None:
    heads = Notebook()
    simulator = OpticalSimulator(talkative(clock), MeterFraming.HDLC, Line(grants=LARGE))
    clean = await read(plug(simulator), reached(), clock)
    port = Spoiling(plug(simulator))
    assert await read(port, reached(heads=heads), clock) == clean
    assert heads.heads == {"memory://": "hdlc 9600 128"}


class Slices(Lasting):
    """A line that brings a few octets at a time and keeps how many came after each request."""

    def __init__(self, port: MemoryPort) -> None:
        super().__init__(port)
        self.answers = [0]
        self._held = bytearray()

    async def read(self, timeout_s: float) -> bytes:
        if not self._held:
            self._held += await self.port.read(timeout_s)
        data = bytes(self._held[:64])
        del self._held[:64]
        self.answers[-1] += len(data)
        return data

    async def write(self, data: bytes) -> None:
        self.answers.append(0)
        await super().write(data)


@pytest.mark.parametrize(
    ("framing", "longest"), [(MeterFraming.HDLC, 7 * MAX_INFO), (MeterFraming.WRAPPER, 20_000)]
)
async def test_an_answer_as_long_as_it_may_be_is_waited_for(
    framing: MeterFraming,
    longest: int,
    plug: Plug,
    clock: Now,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hardware.simulators.optical_session.MAX_PDU", 0xFFFF)
    meter = furnished(OpticalMeter(NUMBER, clock))
    for _ in range(1500):
        meter.log("communication", 3, 1)
    line = Line(grants=Parameters(MAX_INFO, MAX_INFO, 7, 7))
    port = Slices(plug(OpticalSimulator(meter, framing, line)))
    patient = Timing(response_s=5.0, inter_octet_s=2.0)
    async with open_optical(port, reached(Framing(framing.value), timing=patient)) as session:
        log = (await session.inventory()).find("communication_log")
        assert log is not None
        rows = await session.get(log.class_id, log.obis(), 2)
    assert len(rows.data.elements) >= 1500
    assert max(port.answers) >= longest


async def test_after_a_break_another_meter_is_not_read_on(plug: Plug, clock: Now) -> None:
    meter = talkative(clock)
    simulator = OpticalSimulator(meter, MeterFraming.HDLC, Line(grants=LARGE))
    another = "E0099001111111120"

    def move_the_head() -> None:
        meter.meter_number = another

    with pytest.raises(WrongMeter) as caught:
        await read(Spoiling(plug(simulator), move_the_head), reached(), clock)
    assert caught.value.found == another


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.binary(max_size=60), max_size=6), st.sampled_from(list(Framing)))
async def test_any_octets_for_answers_end_in_the_named_error(
    answers: list[bytes], framing: Framing
) -> None:
    near, far = memory_pair()

    async def babble() -> None:
        for answer in answers:
            await far.read(0.05)
            await far.write(answer)

    task = asyncio.create_task(babble())
    options = OpticalOptions(
        client=16,
        auth=Authentication.NONE,
        framing=framing,
        timing=Timing(0.002, 0.001),
        p1_wait_s=0.001,
    )
    with pytest.raises(HardwareError):
        async with open_optical(near, options) as session:
            await session.identify()
    task.cancel()
