"""What the link does about sizes that are refused, and about frames that get lost."""

import pytest

from hardware.hdlc.address import Address
from hardware.hdlc.control import Control, Kind
from hardware.hdlc.deframer import Deframer
from hardware.hdlc.events import ApduReceived, Breach, Connected, LinkBroken, Outgoing
from hardware.hdlc.frames import Frame
from hardware.hdlc.link import Link
from hardware.hdlc.parameters import DEFAULT, MAX_INFO, Parameters
from hardware.hdlc.repeats import CONNECT_RETRIES, MAX_DAMAGED, MAX_RETRIES
from hardware.hdlc.transitions import Role
from tests.hardware.link.links import events_of

CLIENT, SERVER = Address(1), Address(1, 17)
LARGE = Parameters(MAX_INFO, MAX_INFO, 7, 7)
PLAIN = Frame(SERVER, CLIENT, Control(Kind.SNRM)).build()


def answer(control: Control, information: bytes = b"", *, more: bool = False) -> bytes:
    return Frame(CLIENT, SERVER, control, information, more).build()


def segment(number: int, octets: bytes, *, more: bool, final: bool) -> bytes:
    return answer(Control(Kind.INFORMATION, final, number, 1), octets, more=more)


def ready(expected: int) -> bytes:
    return Frame(SERVER, CLIENT, Control(Kind.RECEIVE_READY, expected=expected)).build()


def offering() -> Link:
    link = Link(Role.CLIENT, CLIENT, SERVER, LARGE)
    assert link.connect() == Frame(SERVER, CLIENT, Control(Kind.SNRM), LARGE.build()).build()
    return link


def connected(limits: Parameters = LARGE) -> Link:
    link = offering()
    events_of(link, answer(Control(Kind.UA), limits.build()))
    return link


@pytest.mark.parametrize(
    "refusal",
    [
        answer(Control(Kind.DM)),
        answer(Control(Kind.FRMR), b"\x93\x10\x01"),
        answer(Control(Kind.UA), b"\x81\x80\x04\x05"),
    ],
    ids=["dm", "frmr", "unreadable"],
)
def test_sizes_that_are_refused_are_not_offered_again(refusal: bytes) -> None:
    link = offering()
    assert events_of(link, refusal) == [Outgoing(PLAIN)]
    assert events_of(link, answer(Control(Kind.UA))) == [Connected(CLIENT, SERVER, DEFAULT)]
    assert link.connect() == PLAIN


def test_a_meter_that_refuses_the_link_does_so_twice() -> None:
    link = offering()
    events_of(link, answer(Control(Kind.DM)))
    assert events_of(link, answer(Control(Kind.DM))) == [LinkBroken(Breach.REFUSED)]


def test_sizes_that_meet_silence_are_not_offered_again() -> None:
    link = offering()
    assert [link.timed_out() for _ in range(CONNECT_RETRIES)] == [PLAIN] * CONNECT_RETRIES
    assert link.timed_out() == LinkBroken(Breach.SILENCE)


def test_a_link_is_renewed_with_other_sizes() -> None:
    link = connected()
    assert link.limits == LARGE
    assert link.connect(DEFAULT) == PLAIN
    assert events_of(link, answer(Control(Kind.UA))) == [Connected(CLIENT, SERVER, DEFAULT)]


def test_the_rest_of_a_window_is_asked_for_and_not_the_whole() -> None:
    link = connected()
    link.send(b"x")
    assert events_of(link, segment(0, b"\xe6\xe7\x00a", more=True, final=False)) == []
    assert events_of(link, segment(1, b"b", more=True, final=False)) == []
    # The last frame of the window is lost: the line falls silent.
    assert link.timed_out() == ready(2)
    last = segment(2, b"c", more=False, final=True)
    assert events_of(link, last) == [ApduReceived(b"abc")]


def test_a_frame_lost_in_the_middle_of_a_window_is_had_again() -> None:
    link = connected()
    link.send(b"x")
    events_of(link, segment(0, b"\xe6\xe7\x00a", more=True, final=False))
    assert events_of(link, segment(2, b"c", more=False, final=True)) == [Outgoing(ready(1))]
    again = segment(1, b"b", more=True, final=False) + segment(2, b"c", more=False, final=True)
    assert events_of(link, again) == [ApduReceived(b"abc")]


def test_a_reject_sends_again_from_the_frame_it_names() -> None:
    link = connected(Parameters(128, 5, 1, 3))
    frames = link.send(bytes(range(9)))
    deframer = Deframer()
    deframer.feed(frames)
    sent = []
    while isinstance(frame := deframer.next_event(), Frame):
        sent.append(frame.build())
    assert len(sent) == 3
    rejected = answer(Control(Kind.REJECT, expected=1))
    assert events_of(link, rejected) == [Outgoing(b"".join(sent[1:]))]


def test_a_meter_takes_a_reject_as_well() -> None:
    meter = Link(Role.METER, CLIENT, SERVER)
    events_of(meter, PLAIN)
    request = Frame(SERVER, CLIENT, Control(Kind.INFORMATION), b"\xe6\xe6\x00x").build()
    events_of(meter, request)
    reply = meter.send(b"y")
    reject = Frame(SERVER, CLIENT, Control(Kind.REJECT)).build()
    assert events_of(meter, reject) == [Outgoing(reply)]


def damaged() -> bytes:
    octets = bytearray(answer(Control(Kind.RECEIVE_READY, expected=1)))
    octets[-3] ^= 1
    return bytes(octets)


def test_a_line_that_answers_in_pieces_gets_more_tries_than_a_silent_one() -> None:
    link = connected()
    request = link.send(b"x")
    for _ in range(MAX_DAMAGED):
        events_of(link, damaged())
        assert link.is_torn
        assert link.timed_out() == request
        assert not link.is_torn
    events_of(link, damaged())
    assert link.timed_out() == LinkBroken(Breach.DAMAGED)


def test_silence_between_damage_is_counted_by_itself() -> None:
    link = connected()
    request = link.send(b"x")
    for _ in range(MAX_RETRIES):
        events_of(link, damaged())
        assert [link.timed_out(), link.timed_out()] == [request] * 2
    for _ in range(MAX_RETRIES - 1):
        assert link.timed_out() == request
    assert link.timed_out() == LinkBroken(Breach.SILENCE)


def test_half_a_frame_is_torn_and_noise_is_not() -> None:
    link = connected()
    link.send(b"x")
    events_of(link, b"\x00\xff\x13")
    assert not link.is_torn
    events_of(link, b"\x7e\xa0")
    assert link.is_torn
