"""The frames of the DLMS User Association's own example session, and of real meters."""

import pytest

from hardware.hdlc.address import Address
from hardware.hdlc.events import ApduReceived, Connected, Outgoing
from hardware.hdlc.frames import parse_frame
from hardware.hdlc.link import Link
from hardware.hdlc.parameters import Parameters
from hardware.hdlc.transitions import Role

CLIENT, SERVER = Address(16), Address(1, 17, wide=True)
SNRM = bytes.fromhex("7ea00a00020023219318717e")
UA = bytes.fromhex("7ea023210002002373f6c58180140502008006020080070400000001080400000001ce6a7e")
AARQ = bytes.fromhex("601da109060760857405080101be10040e01000000065f1f040000301dffff")
AARQ_FRAME = bytes.fromhex("7ea02e0002002321107ecbe6e600") + AARQ + bytes.fromhex("d4c57e")


def test_the_clients_side_of_the_example_session() -> None:
    link = Link(Role.CLIENT, CLIENT, SERVER)
    assert link.connect() == SNRM
    link.feed(UA)
    assert link.next_event() == Connected(CLIENT, SERVER, Parameters())
    assert link.send(AARQ) == AARQ_FRAME


def test_the_meters_side_of_the_example_session() -> None:
    link = Link(Role.METER, Address(1), Address(1, 17))
    link.feed(SNRM)
    assert isinstance(link.next_event(), Outgoing)
    assert link.next_event() == Connected(CLIENT, SERVER, Parameters())
    link.feed(AARQ_FRAME)
    assert link.next_event() == ApduReceived(AARQ)


def test_an_snrm_that_wishes_for_a_window_of_seven() -> None:
    link = Link(Role.CLIENT, CLIENT, SERVER, Parameters(window_receive=7))
    wished = "7ea0210002002321931964818012050180060180070400000001080400000007655e7e"
    assert link.connect().hex() == wished


@pytest.mark.parametrize(
    ("octets", "control"),
    [
        ("7ea00703217113c57e", 0x71),
        ("7ea0070321911d227e", 0x91),
        ("7ea00703619369477e", 0x93),
        ("7ea0190321545fdee6e600c001c1000f0000280000ff020091537e", 0x54),
        ("7ea019036176299ae6e600c00102000301000e0700ff0200ea9e7e", 0x76),
    ],
)
def test_frames_seen_on_real_lines(octets: str, control: int) -> None:
    heard = bytes.fromhex(octets)
    frame = parse_frame(heard[1:-1])
    assert frame.control.build() == control
    assert frame.build() == heard
