import asyncio

from hardware.hdlc.address import Address
from hardware.hdlc.events import ApduReceived, Connected, Disconnected
from hardware.hdlc.link import Link
from hardware.hdlc.transitions import Role as LinkRole
from hardware.iec62056.handshake import Done, Handshake
from hardware.iec62056.messages import Identification
from hardware.port import Port, memory_pair
from hardware.pump import Pump

IDENTIFICATION = Identification("ISk", "5", "MT382-1000", "2")


async def meter(port: Port) -> None:
    pump = Pump(port)
    assert isinstance(
        await pump.await_event(Handshake.meter(IDENTIFICATION, reaction_s=0.05), 5), Done
    )
    link = Link(LinkRole.METER, Address(16), Address(1, 17))
    assert isinstance(await pump.await_event(link, 5), Connected)
    while isinstance(event := await pump.await_event(link, 5), ApduReceived):
        await pump.send(link.send(event.apdu[::-1]))
    assert isinstance(event, Disconnected)


async def test_a_whole_session_from_sign_on_to_disc() -> None:
    near, far = memory_pair()
    task = asyncio.create_task(meter(far))
    pump = Pump(near)
    done = await pump.sign_on(Handshake.client())
    assert done == Done(IDENTIFICATION, 9600)
    assert near.line.baud == 9600
    link = Link(LinkRole.CLIENT, Address(16), Address(1, 17))
    await pump.connect(link)
    message = bytes(range(256)) * 2
    assert await pump.request(link, message) == message[::-1]
    await pump.disconnect(link)
    await task
    assert pump.stats.round_trips == 2 + 1 + 9 + 1
