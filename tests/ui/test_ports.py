from __future__ import annotations

import pytest

from hardware.errors import PortGone
from hardware.port import LineSettings, MemoryPort, Port, memory_pair
from ui.ports import Ports, Use


class Machine:
    """Opens one end of a pair; refuses once it is unplugged."""

    def __init__(self) -> None:
        self.far: list[MemoryPort] = []
        self.plugged = True

    async def open(self, name: str) -> Port:
        if not self.plugged:
            raise PortGone(name, "unplugged")
        near, far = memory_pair(name)
        self.far.append(far)
        return near


async def test_a_port_is_open_for_as_long_as_somebody_has_it_open() -> None:
    machine = Machine()
    ports = Ports(machine.open)
    heard: list[Use] = []
    end = ports.subscribe(lambda: heard.append(ports.use("p1")))
    assert ports.use("p1") is Use.FREE
    port = await ports.open("p1")
    assert ports.use("p1") is Use.OPEN
    assert ports.use("p0") is Use.FREE
    await port.close()
    await port.close()
    assert ports.use("p1") is Use.FREE
    assert heard == [Use.OPEN, Use.FREE]
    end()
    end()
    await ports.open("p1")
    assert len(heard) == 2


async def test_what_goes_over_it_is_not_touched() -> None:
    machine = Machine()
    port = await Ports(machine.open).open("p1")
    await port.write(b"/?!\r\n")
    assert await machine.far[0].read(1) == b"/?!\r\n"
    await machine.far[0].write(b"/XMX")
    assert await port.read(1) == b"/XMX"
    await port.configure(LineSettings(9600))
    assert (port.name, port.line.baud) == ("p1", 9600)


async def test_a_port_that_does_not_open_has_failed_until_it_opens() -> None:
    machine = Machine()
    ports = Ports(machine.open)
    machine.plugged = False
    with pytest.raises(PortGone):
        await ports.open("p1")
    assert ports.use("p1") is Use.FAILED
    machine.plugged = True
    port = await ports.open("p1")
    assert ports.use("p1") is Use.OPEN
    await port.close()
    assert ports.use("p1") is Use.FREE


@pytest.mark.parametrize("act", ["read", "write"])
async def test_a_port_that_breaks_in_use_has_failed(act: str) -> None:
    machine = Machine()
    ports = Ports(machine.open)
    port = await ports.open("p1")
    await machine.far[0].close()
    with pytest.raises(PortGone):
        await (port.read(1) if act == "read" else port.write(b"x"))
    await port.close()
    assert ports.use("p1") is Use.FAILED


async def test_a_read_that_ends_by_closing_is_no_failure() -> None:
    ports = Ports(Machine().open)
    port = await ports.open("p1")
    await port.close()
    with pytest.raises(PortGone):
        await port.read(1)
    assert ports.use("p1") is Use.FREE
