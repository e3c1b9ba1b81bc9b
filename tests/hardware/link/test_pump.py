import asyncio
import itertools
from dataclasses import replace
from typing import Any

import pytest

from hardware.errors import PortGone, PortTimeout, RemoteProtocolError
from hardware.hdlc.address import Address
from hardware.hdlc.control import Control, Kind
from hardware.hdlc.events import ApduReceived, Breach, Connected, LinkBroken
from hardware.hdlc.frames import Frame
from hardware.hdlc.link import Link
from hardware.hdlc.transitions import Role
from hardware.iec62056.handshake import Failed, Handshake, P1PortFound, Reason
from hardware.iec62056.messages import Identification, with_parity
from hardware.port import LineSettings, Port, memory_pair
from hardware.pump import Pump, Timing
from tests.hardware.link.scripted_port import ScriptedPort, pump_on

CLIENT, SERVER = Address(16), Address(1, 17)
UA = Frame(CLIENT, SERVER, Control(Kind.UA)).build()
ANSWER = Frame(
    CLIENT, SERVER, Control(Kind.INFORMATION, expected=1), b"\xe6\xe7\x00\xc4"
).build()


def link() -> Link:
    return Link(Role.CLIENT, CLIENT, SERVER)


async def test_silence_is_asked_three_times_and_ends() -> None:
    port = ScriptedPort()
    with pytest.raises(PortTimeout) as caught:
        await pump_on(port).connect(link())
    assert caught.value.detail == "SILENCE"
    moments = [moment for moment, _ in port.written]
    assert len(moments) == 3
    gaps = {round(later - sooner, 3) for sooner, later in itertools.pairwise(moments)}
    assert gaps == {round(1.5 + 10 * 10 / 9600, 3)}


@pytest.mark.parametrize(
    "first",
    [
        [],
        [(0.1, UA[:4] + bytes([UA[4] ^ 1]) + UA[5:])],
        [(0.1, UA[:5])],
        [(0.1, b"\x00noise")],
    ],
    ids=["lost", "damaged", "cut off", "noise"],
)
async def test_what_went_wrong_once_is_sent_again(first: list[tuple[float, bytes]]) -> None:
    port = ScriptedPort(first, [(0.1, UA)])
    pump = pump_on(port)
    assert isinstance(await pump.connect(link()), Connected)
    assert len(port.written) == 2
    assert port.written[0][1] == port.written[1][1]


async def test_octets_that_trickle_are_waited_for() -> None:
    slowly = [(1.4, UA[:1])] + [(0.2, bytes([octet])) for octet in UA[1:]]
    port = ScriptedPort(slowly)
    assert isinstance(await pump_on(port).connect(link()), Connected)
    assert len(port.written) == 1


async def test_a_gap_that_an_operating_system_makes_costs_nothing() -> None:
    port = ScriptedPort([(0.1, UA[:5]), (0.2, UA[5:])])
    assert isinstance(await pump_on(port).connect(link()), Connected)
    assert len(port.written) == 1


@pytest.mark.parametrize("torn", [UA[:5], UA[:4] + b"\x00" + UA[5:]], ids=["cut", "damaged"])
async def test_what_is_left_of_a_frame_is_not_waited_for(torn: bytes) -> None:
    port = ScriptedPort([(0.1, torn)], [(0.1, UA)])
    assert isinstance(await pump_on(port).connect(link()), Connected)
    first, second = (moment for moment, _ in port.written)
    assert second - first == pytest.approx(10 * 10 / 9600 + 0.1 + Timing().inter_octet_s)


async def test_a_refused_link_is_the_meters_answer() -> None:
    port = ScriptedPort([(0.1, Frame(CLIENT, SERVER, Control(Kind.DM)).build())])
    with pytest.raises(RemoteProtocolError, match="REFUSED") as caught:
        await pump_on(port).connect(link())
    assert caught.value.args[1] == LinkBroken(Breach.REFUSED)


async def test_octets_round_trips_and_line_time_are_counted() -> None:
    port = ScriptedPort([(0.02, UA[:3]), (0.01, UA[3:])], [(0.1, ANSWER)])
    port.line = LineSettings(baud=300)
    pump = pump_on(port)
    machine = link()
    await pump.connect(machine)
    port.line = LineSettings(baud=9600)
    assert await pump.request(machine, b"\xc0") == b"\xc4"
    sent = [len(data) for _, data in port.written]
    assert pump.stats.bytes_sent == sum(sent)
    assert pump.stats.bytes_received == len(UA) + len(ANSWER)
    assert pump.stats.round_trips == 2
    line_seconds = (sent[0] + len(UA)) * 10 / 300 + (sent[1] + len(ANSWER)) * 10 / 9600
    assert pump.stats.line_seconds == pytest.approx(line_seconds)
    assert pump.stats.seconds == pytest.approx(port.now - 100.0)


async def test_a_meter_waits_no_longer_than_it_is_told() -> None:
    port = ScriptedPort()
    meter = Link(Role.METER, CLIENT, SERVER)
    with pytest.raises(PortTimeout):
        await pump_on(port).await_event(meter, 120)
    assert port.now == 220
    port.coming.extend((220 + number, b"\x00") for number in range(200))
    with pytest.raises(PortTimeout):
        await pump_on(port).await_event(meter, 120)
    assert port.written == []


async def test_a_long_transfer_is_no_silence_for_the_meter() -> None:
    port = ScriptedPort()
    port.line = LineSettings(baud=300)
    pump, meter = pump_on(port), Link(Role.METER, CLIENT, SERVER)
    port.coming.append((100, Frame(SERVER, CLIENT, Control(Kind.SNRM)).build()))
    await pump.await_event(meter, 5)
    message = b"\xe6\xe6\x00" + bytes(10)
    for number in range(10):
        control = Control(Kind.INFORMATION, sent=number % 8)
        segment = Frame(SERVER, CLIENT, control, message[number:][:1], number < 9)
        port.coming.append((104 + 4 * number, segment.build()))
    assert isinstance(await pump.await_event(meter, 5), ApduReceived)
    assert port.now > 135


async def test_no_meter_at_the_sign_on() -> None:
    port = ScriptedPort()
    with pytest.raises(PortTimeout) as caught:
        await pump_on(port).sign_on(Handshake.client(retries=1))
    assert caught.value.detail == "SILENCE"
    assert len(port.written) == 2


async def test_a_p1_cable_at_the_sign_on() -> None:
    port = ScriptedPort([(0.1, b"1-0:1.8.1(00001.001*kWh)\r\n")])
    with pytest.raises(P1PortFound):
        await pump_on(port).sign_on(Handshake.client())


async def test_a_meter_without_mode_e_is_handed_out() -> None:
    identification = Identification("ELS", "5", "EK280")
    port = ScriptedPort([(0.1, with_parity(identification.build()))])
    with pytest.raises(RemoteProtocolError, match="NOT_MODE_E") as caught:
        await pump_on(port).sign_on(Handshake.client())
    assert caught.value.args[1] == Failed(Reason.NOT_MODE_E, identification)


async def test_unplugging_in_the_middle_is_gone() -> None:
    near, far = memory_pair()
    connecting = asyncio.create_task(Pump(near).connect(link()))
    assert await far.read(5)
    await far.write(UA[:6])
    await far.close()
    with pytest.raises(PortGone):
        await connecting


async def test_cancelling_leaves_no_task_and_an_open_port() -> None:
    near, far = memory_pair()
    before = asyncio.all_tasks()
    connecting = asyncio.create_task(Pump(near).connect(link()))
    assert await far.read(5)
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    assert asyncio.all_tasks() == before
    await far.write(b"x")
    assert await near.read(5) == b"x"


class EchoingPort:
    """A port on an optical head that hears itself."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._echo = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    async def write(self, data: bytes) -> None:
        self._echo += data
        await self._port.write(data)

    async def read(self, timeout_s: float) -> bytes:
        if self._echo:
            data = bytes(self._echo)
            self._echo.clear()
            return data
        return await self._port.read(timeout_s)


async def test_a_session_through_an_echoing_head() -> None:
    near, far = memory_pair()
    identification = Identification("ISk", "5", "MT382-1000", "2")

    async def meter() -> None:
        pump = Pump(far)
        await pump.await_event(Handshake.meter(identification), 5)
        machine = Link(Role.METER, CLIENT, SERVER)
        await pump.await_event(machine, 5)
        await pump.await_event(machine, 5)
        await pump.send(machine.send(bytes(300)))
        await pump.await_event(machine, 5)

    task = asyncio.create_task(meter())
    pump = Pump(EchoingPort(near), replace(Timing(), response_s=5))
    assert (await pump.sign_on(Handshake.client())).identification == identification
    machine = link()
    await pump.connect(machine)
    assert await pump.request(machine, bytes(300)) == bytes(300)
    await pump.disconnect(machine)
    await task


async def test_an_echo_before_a_slow_meter_is_no_answer_and_no_silence() -> None:
    snrm = link().connect()
    port = ScriptedPort([(0.01, snrm), (1.3, UA)])
    pump = pump_on(port)
    assert isinstance(await pump.connect(link()), Connected)
    assert len(port.written) == 1
    assert pump.stats.bytes_echoed == len(snrm)
    assert pump.stats.bytes_received == len(UA)
    assert pump.stats.round_trips == 1
