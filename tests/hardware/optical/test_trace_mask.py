from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.dlms.acse import Aarq, Mechanism
from hardware.dlms.apdu_action import ActionRequest
from hardware.dlms.apdu_set import SetRequest
from hardware.dlms.data import octet_string
from hardware.dlms.targets import AttributeRef, MethodRef
from hardware.drivers.optical import open_optical
from hardware.drivers.optical_line import OpticalOptions
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_state import OpticalMeter
from hardware.trace import Direction, Trace, TracedPort
from hardware.trace_mask import masked
from hardware.values import Obis
from tests.hardware.optical.conftest import Plug

_SECRET = bytes.fromhex("5E1C0A77D0B94F3382164AC9F2E07B15")


async def test_a_password_is_in_no_trace(meter: OpticalMeter, plug: Plug) -> None:
    meter.password = b"Zwijgend"
    options = OpticalOptions(password=meter.password)
    trace = Trace()
    port = TracedPort(plug(OpticalSimulator(meter)), trace)
    async with open_optical(port, options) as session:
        await session.identify()
    sent = [record.data for record in trace if record.direction is Direction.SENT]
    aarq = next(octets for octets in sent if b"\xe6\xe6\x00\x60" in octets)
    assert bytes(8) in aarq
    for record in trace:
        assert meter.password not in record.data
    assert meter.password.hex() not in trace.to_text()


@given(
    before=st.binary(max_size=12), behind=st.binary(max_size=6), secret=st.binary(max_size=64)
)
def test_a_password_is_blanked_in_any_framing(
    before: bytes, behind: bytes, secret: bytes
) -> None:
    whole = Aarq(mechanism=Mechanism.LLS, authentication=secret).to_bytes()
    blank = Aarq(mechanism=Mechanism.LLS, authentication=bytes(len(secret))).to_bytes()
    assert masked(before + whole + behind) == before + blank + behind


@pytest.mark.parametrize(("class_id", "method"), [(64, 2), (72, 6), (72, 7), (72, 8)])
def test_keys_on_their_way_to_a_meter_are_blanked(class_id: int, method: int) -> None:
    target = MethodRef(class_id, Obis(0, 0, 43, 0, 0), method)
    octets = ActionRequest(target, octet_string(_SECRET)).to_bytes()
    assert _SECRET not in masked(octets + b"\x12\x34\x7e")
    assert len(masked(octets)) == len(octets)
    assert masked(octets).startswith(ActionRequest(target).to_bytes()[:-1])


@pytest.mark.parametrize(
    "octets",
    [
        Aarq(mechanism=Mechanism.HLS_GMAC, authentication=_SECRET).to_bytes(),
        ActionRequest(MethodRef(72, Obis(0, 1, 24, 1, 0), 1), octet_string(_SECRET)).to_bytes(),
        SetRequest(AttributeRef(1, Obis(0, 0, 96, 1, 3), 2), octet_string(_SECRET)).to_bytes(),
    ],
)
def test_what_is_no_secret_stays(octets: bytes) -> None:
    """A challenge of HLS is told to everybody."""
    assert masked(octets) == octets


def test_what_a_meter_sends_stays_as_it_is() -> None:
    octets = Aarq(mechanism=Mechanism.LLS, authentication=b"secret").to_bytes()
    trace = Trace()
    trace.add(Direction.RECEIVED, Decimal(0), octets)
    assert [record.data for record in trace] == [octets]
