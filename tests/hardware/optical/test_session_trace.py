"""What a trace keeps of a session: everything but its secrets."""

from __future__ import annotations

from decimal import Decimal

from hardware.dlms.acse import Aarq, Mechanism
from hardware.drivers.optical import open_optical
from hardware.drivers.optical_line import OpticalOptions
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_state import OpticalMeter
from hardware.trace import Direction, Trace, TracedPort
from hardware.trace_secrets import MASK
from tests.hardware.optical.conftest import Plug


async def test_a_password_is_in_no_trace(meter: OpticalMeter, plug: Plug) -> None:
    meter.password = b"Zwijgend"
    options = OpticalOptions(password=meter.password)
    trace = Trace()
    port = TracedPort(plug(OpticalSimulator(meter)), trace)
    async with open_optical(port, options) as session:
        await session.identify()
    sent = [record.data for record in trace if record.direction is Direction.SENT]
    aarq = next(octets for octets in sent if b"\xe6\xe6\x00\x60" in octets)
    assert MASK * 8 in aarq
    for record in trace:
        assert meter.password not in record.data
    assert meter.password.hex() not in trace.to_text()


def test_a_password_that_a_head_gives_back_is_in_no_trace() -> None:
    octets = Aarq(mechanism=Mechanism.LLS, authentication=b"secret").to_bytes()
    trace = Trace()
    trace.add(Direction.RECEIVED, Decimal(0), octets)
    assert [record.data for record in trace] == [octets.replace(b"secret", MASK * 6)]
