"""The longest answers there can be are waited for, and a line that babbles is not."""

from __future__ import annotations

import itertools

import pytest

from hardware.errors import PortTimeout
from hardware.hdlc.address import Address
from hardware.hdlc.events import ApduReceived, Connected, Outgoing
from hardware.hdlc.link import Link
from hardware.hdlc.parameters import DEFAULT, MAX_INFO, Parameters
from hardware.hdlc.transitions import Role
from hardware.iec62056.handshake import Handshake
from hardware.port import LineSettings
from hardware.pump import Machine, Timing
from hardware.wrapper.connection import ApduReceived as WrappedApdu
from hardware.wrapper.connection import Role as WrapperRole
from hardware.wrapper.connection import Wrapper
from hardware.wrapper.messages import MAX_LENGTH, Message
from tests.hardware.link.scripted_port import ScriptedPort, pump_on

CLIENT, SERVER = Address(16), Address(1, 17)
LARGE = Parameters(MAX_INFO, MAX_INFO, 7, 7)
PIECE = 4


class MeterPort(ScriptedPort):
    """A meter that says every message back, at the rate of the line and in pieces."""

    def __init__(self, meter: Link | Wrapper, noise: bytes = b"") -> None:
        super().__init__()
        self.meter = meter
        self.noise = noise
        self.told: list[int] = []

    async def write(self, data: bytes) -> None:
        await super().write(data)
        self.meter.feed(data)
        while said := self._said():
            self.told.append(len(said))
            moment = self.coming[-1][0] if self.coming else self.now
            octets = self.noise + said
            for at in range(0, len(octets), PIECE):
                piece = octets[at : at + PIECE]
                moment += len(piece) * 10 / self.line.baud
                self.coming.append((moment, piece))

    def _said(self) -> bytes:
        match self.meter.next_event():
            case Outgoing(octets):
                return octets
            case ApduReceived(apdu) | WrappedApdu(apdu=apdu):
                return self.meter.send(apdu[::-1])
            case Connected():
                return self._said()
            case _:
                return b""


def client(offer: Parameters) -> Link:
    return Link(Role.CLIENT, CLIENT, SERVER, offer)


@pytest.mark.parametrize("baud", [300, 9600, 115200])
@pytest.mark.parametrize("noise", [b"", b"\xff" * 20], ids=["quiet", "noisy"])
async def test_whole_windows_of_the_largest_frames_both_ways(baud: int, noise: bytes) -> None:
    port = MeterPort(Link(Role.METER, CLIENT, SERVER, LARGE), noise)
    port.line = LineSettings(baud=baud)
    pump, link = pump_on(port), client(LARGE)
    assert (await pump.connect(link)).limits == LARGE
    writes = len(port.written)
    message = bytes(range(256)) * 200
    assert await pump.request(link, message) == message[::-1]
    sent = [len(data) for _, data in port.written[writes:]]
    whole_window = 7 * (MAX_INFO + 12)
    assert [max(sent), max(port.told)] == [whole_window] * 2
    assert len(sent) == len(port.told) - 1, "nothing was asked twice"


async def test_the_longest_wrapped_message() -> None:
    port = MeterPort(Wrapper(WrapperRole.METER, 16, 1))
    wrapper = Wrapper(WrapperRole.CLIENT, 16, 1)
    message = bytes(range(255)) * (MAX_LENGTH // 255)
    assert len(message) == MAX_LENGTH
    heard = await pump_on(port).exchange(wrapper, wrapper.send(message))
    assert heard == WrappedApdu(1, message[::-1])


def machines() -> dict[str, tuple[Machine[object], bytes, int]]:
    """By name: the machine, what it sends first, and the octets of its longest answer."""
    connected, small = client(LARGE), client(DEFAULT)
    for link in (connected, small):
        meter = Link(Role.METER, CLIENT, SERVER, LARGE)
        meter.feed(link.connect())
        event = meter.next_event()
        assert isinstance(event, Outgoing)
        link.feed(event.data)
        assert isinstance(link.next_event(), Connected)
    connecting, wrapper = client(LARGE), Wrapper(WrapperRole.CLIENT, 16, 1)
    return {
        "sign-on": (Handshake.client(), b"", 128),
        "connecting": (connecting, connecting.connect(), 2049),
        "window": (connected, connected.send(b"\xc0"), 7 * 2049),
        "frame": (small, small.send(b"\xc0"), 2049),
        "wrapper": (wrapper, wrapper.send(b"\xc0"), 8 + 0xFFFF),
    }


@pytest.mark.parametrize("name", machines())
@pytest.mark.parametrize("baud", [300, 9600])
@pytest.mark.parametrize("haste", [1, 1000], ids=["at its rate", "faster than its rate"])
async def test_babbling_ends_with_the_longest_answer(name: str, baud: int, haste: int) -> None:
    machine, first, longest = machines()[name]
    for_another = Message(3, 16, bytes(8)).build()
    octets = for_another if name == "wrapper" else b"\x55" * 8
    step = len(octets) * 10 / baud / haste
    port = ScriptedPort()
    port.line = LineSettings(baud=baud)
    port.coming.extend((port.now + step * number, octets) for number in range(60_000))
    pump = pump_on(port, Timing(response_s=1.5))
    with pytest.raises(PortTimeout):
        await pump.exchange(machine, first)
    moments = [moment for moment, _ in port.written] + [port.now]
    for began, ended in itertools.pairwise(moments):
        assert ended - began <= 1.5 + 1 + (longest + 40) * 10 / baud
    most = longest + (1.5 + 1) * baud / 10 + 2 * len(octets)
    assert pump.stats.bytes_received <= len(port.written) * most
