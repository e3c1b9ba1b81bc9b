import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.errors import LocalProtocolError
from hardware.hdlc.address import Address
from hardware.hdlc.control import Control, Kind
from hardware.hdlc.events import (
    ApduReceived,
    Breach,
    Connected,
    LinkBroken,
    Outgoing,
)
from hardware.hdlc.frames import Frame
from hardware.hdlc.link import Link
from hardware.hdlc.repeats import CONNECT_RETRIES, MAX_RETRIES
from hardware.hdlc.transitions import TABLE, Role, State
from tests.hardware.link.links import events_of

CLIENT, SERVER = Address(16), Address(1, 17)


def meter_frame(
    control: Control, information: bytes = b"", *, segmented: bool = False
) -> bytes:
    return Frame(CLIENT, SERVER, control, information, segmented).build()


def client_frame(
    control: Control, information: bytes = b"", *, segmented: bool = False
) -> bytes:
    return Frame(SERVER, CLIENT, control, information, segmented).build()


def connected_client() -> Link:
    link = Link(Role.CLIENT, CLIENT, SERVER)
    link.connect()
    assert isinstance(events_of(link, meter_frame(Control(Kind.UA)))[0], Connected)
    return link


def connected_meter() -> Link:
    link = Link(Role.METER, Address(0), SERVER)
    events_of(link, client_frame(Control(Kind.SNRM)))
    assert link.state is State.CONNECTED
    return link


def test_a_few_tries_and_then_the_link_is_broken() -> None:
    link = Link(Role.CLIENT, CLIENT, SERVER)
    snrm = link.connect()
    assert [link.timed_out() for _ in range(CONNECT_RETRIES)] == [snrm] * CONNECT_RETRIES
    assert link.timed_out() == LinkBroken(Breach.SILENCE)
    with pytest.raises(LocalProtocolError):
        link.timed_out()
    assert link.connect() == snrm


def test_a_meter_at_work_is_asked_and_not_told_again() -> None:
    link = connected_client()
    request = link.send(b"slow")
    assert link.timed_out() == request
    busy = meter_frame(Control(Kind.RECEIVE_READY, expected=1))
    assert events_of(link, busy) == []
    poll = client_frame(Control(Kind.RECEIVE_READY))
    assert link.timed_out() == poll
    answer = meter_frame(Control(Kind.INFORMATION, expected=1), b"\xe6\xe7\x00done")
    assert events_of(link, answer) == [ApduReceived(b"done")]


def test_a_meter_that_is_not_ready_is_asked_later() -> None:
    link = connected_client()
    link.send(b"x")
    not_ready = meter_frame(Control(Kind.RECEIVE_NOT_READY, expected=0))
    assert events_of(link, not_ready) == []
    assert link.timed_out() == client_frame(Control(Kind.RECEIVE_READY))
    ready = meter_frame(Control(Kind.RECEIVE_READY, expected=0))
    resent = events_of(link, ready)[0]
    assert isinstance(resent, Outgoing)
    assert b"\xe6\xe6\x00x" in resent.data


def test_the_meter_answers_a_poll_before_its_reply_is_there() -> None:
    link = connected_meter()
    request = client_frame(Control(Kind.INFORMATION), b"\xe6\xe6\x00x")
    assert events_of(link, request) == [ApduReceived(b"x")]
    ready = meter_frame(Control(Kind.RECEIVE_READY, expected=1))
    assert events_of(link, request) == [Outgoing(ready)]
    assert link.send(b"y") == b""
    poll = client_frame(Control(Kind.RECEIVE_READY))
    reply = meter_frame(Control(Kind.INFORMATION, expected=1), b"\xe6\xe7\x00y")
    assert events_of(link, poll) == [Outgoing(reply)]
    assert events_of(link, poll) == [Outgoing(reply)]


def test_a_lost_answer_is_given_again_to_the_repeated_request() -> None:
    link = connected_meter()
    request = client_frame(Control(Kind.INFORMATION), b"\xe6\xe6\x00x")
    assert events_of(link, request) == [ApduReceived(b"x")]
    reply = link.send(b"y")
    assert events_of(link, request) == [Outgoing(reply)]


def test_a_meter_that_never_takes_the_frame_breaks_the_link() -> None:
    link = connected_client()
    link.send(b"x")
    refusal = meter_frame(Control(Kind.RECEIVE_READY, expected=0))
    for _ in range(MAX_RETRIES):
        assert isinstance(events_of(link, refusal)[0], Outgoing)
    assert events_of(link, refusal) == [LinkBroken(Breach.NO_PROGRESS)]
    assert link.state is State.DISCONNECTED


def test_a_meter_that_goes_on_out_of_order_breaks_the_link() -> None:
    link = connected_client()
    link.send(b"x")
    wrong = meter_frame(Control(Kind.INFORMATION, sent=3, expected=1), b"\xe6\xe7\x00y")
    answers = [events_of(link, wrong)[0] for _ in range(MAX_RETRIES + 1)]
    assert [type(answer) for answer in answers[:-1]] == [Outgoing] * MAX_RETRIES
    assert answers[-1] == LinkBroken(Breach.NO_PROGRESS)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (meter_frame(Control(Kind.DM)), Breach.REFUSED),
        (meter_frame(Control(Kind.FRMR), b"\x10\x10\x04"), Breach.REJECTED),
        (meter_frame(Control(Kind.RECEIVE_READY, expected=5)), Breach.SEQUENCE),
        (meter_frame(Control(Kind.INFORMATION, expected=5), b"x"), Breach.SEQUENCE),
        (meter_frame(Control(Kind.INFORMATION), b"\xe6\xe7\x00y"), Breach.SEQUENCE),
        (meter_frame(Control(Kind.INFORMATION, expected=1), b"\xc4\x01"), Breach.NO_LLC),
    ],
)
def test_what_breaks_the_clients_link(frame: bytes, reason: Breach) -> None:
    link = connected_client()
    link.send(b"x")
    broken = events_of(link, frame)[-1]
    assert isinstance(broken, LinkBroken)
    assert broken.reason is reason
    with pytest.raises(LocalProtocolError):
        link.send(b"x")


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (meter_frame(Control(Kind.DM)), Breach.REFUSED),
        (meter_frame(Control(Kind.FRMR), b"\x93\x10\x01"), Breach.REJECTED),
        (meter_frame(Control(Kind.UA), b"\x81\x80\x04\x05"), Breach.PARAMETERS),
    ],
)
def test_what_a_meter_may_answer_to_snrm(frame: bytes, reason: Breach) -> None:
    link = Link(Role.CLIENT, CLIENT, SERVER)
    link.connect()
    broken = events_of(link, frame)[0]
    assert isinstance(broken, LinkBroken)
    assert broken.reason is reason


def test_a_message_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardware.hdlc.link.MAX_MESSAGE", 1000)
    link = connected_client()
    link.send(b"x")
    for number in range(1001):
        control = Control(Kind.INFORMATION, sent=number % 8, expected=1)
        event = events_of(link, meter_frame(control, b"", segmented=True))[0]
        if isinstance(event, LinkBroken):
            assert event.reason is Breach.TOO_LONG
            return
    raise AssertionError("joined for ever")


def test_a_frame_longer_than_agreed_is_rejected_by_the_meter() -> None:
    link = connected_meter()
    events = events_of(link, client_frame(Control(Kind.INFORMATION), bytes(129)))
    assert events[0] == Outgoing(meter_frame(Control(Kind.FRMR), b"\x10\x10\x04"))
    assert isinstance(events[1], LinkBroken)
    assert events[1].reason is Breach.TOO_LONG


def test_a_meter_without_a_link_says_so() -> None:
    link = Link(Role.METER, CLIENT, SERVER)
    dm = Outgoing(meter_frame(Control(Kind.DM)))
    assert events_of(link, client_frame(Control(Kind.DISC))) == [dm]
    assert events_of(link, client_frame(Control(Kind.INFORMATION), b"x")) == [dm]
    assert events_of(link, client_frame(Control(Kind.RECEIVE_READY, final=False))) == []


def test_snrm_with_parameters_that_cannot_be_read_is_refused() -> None:
    link = Link(Role.METER, CLIENT, SERVER)
    events = events_of(link, client_frame(Control(Kind.SNRM), b"\x81\x80\x04\x05"))
    assert events[0] == Outgoing(meter_frame(Control(Kind.DM)))
    assert isinstance(events[1], LinkBroken)
    assert link.state is State.DISCONNECTED


def test_inactivity_ends_the_meters_link() -> None:
    link = connected_meter()
    assert link.timed_out() == LinkBroken(Breach.INACTIVITY)
    assert events_of(link, client_frame(Control(Kind.RECEIVE_READY))) == [
        Outgoing(meter_frame(Control(Kind.DM)))
    ]


def test_frames_of_others_and_own_echoes_are_passed_over() -> None:
    link = connected_client()
    request = link.send(b"x")
    other = Frame(Address(1), SERVER, Control(Kind.DM)).build()
    elsewhere = Frame(CLIENT, Address(1, 18), Control(Kind.DM)).build()
    assert events_of(link, request + other + elsewhere) == []
    meter = connected_meter()
    stranger = Frame(SERVER, Address(1), Control(Kind.INFORMATION), b"\xe6\xe6\x00x").build()
    assert events_of(meter, stranger) == []
    snrm = Frame(SERVER, Address(1), Control(Kind.SNRM)).build()
    assert isinstance(events_of(meter, snrm)[1], Connected)


def test_latecomers_to_a_link_that_asked_nothing_are_passed_over() -> None:
    link = connected_client()
    late = meter_frame(Control(Kind.INFORMATION, expected=1), b"\xe6\xe7\x00old")
    assert events_of(link, late) == []
    assert events_of(link, meter_frame(Control(Kind.DM))) == []
    assert link.state is State.CONNECTED


def test_damage_and_noise_are_counted() -> None:
    link = connected_client()
    link.send(b"x")
    damaged = bytearray(meter_frame(Control(Kind.RECEIVE_READY, expected=1)))
    damaged[-3] ^= 1
    assert events_of(link, b"\x00\x01" + bytes(damaged) + b"\x7e") == []
    assert link.damaged == 1
    assert link.noise == 2


def test_calls_at_the_wrong_moment_are_our_own_bug() -> None:
    client, meter = Link(Role.CLIENT, CLIENT, SERVER), Link(Role.METER, CLIENT, SERVER)
    for call in (meter.connect, meter.disconnect, client.timed_out):
        with pytest.raises(LocalProtocolError):
            call()
    with pytest.raises(LocalProtocolError):
        meter.send(b"x")
    busy = connected_client()
    busy.send(b"x")
    with pytest.raises(LocalProtocolError):
        busy.send(b"y")


def test_the_table_knows_each_answer_a_client_may_get() -> None:
    unanswered = [
        state
        for state in (State.CONNECTING, State.CONNECTED, State.DISCONNECTING)
        if (Role.CLIENT, state, Kind.DM) not in TABLE
    ]
    assert unanswered == []


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_frames_or_octets_raise(data: st.DataObject) -> None:
    client, meter = connected_client(), connected_meter()
    client.send(b"x" * data.draw(st.sampled_from([1, 300])))
    kinds = st.builds(
        Control,
        st.sampled_from(Kind),
        st.booleans(),
        st.integers(0, 7),
        st.integers(0, 7),
    )
    for _ in range(data.draw(st.integers(1, 12))):
        control, information = data.draw(kinds), data.draw(st.binary(max_size=8))
        llc = data.draw(st.sampled_from([b"", b"\xe6\xe6\x00", b"\xe6\xe7\x00"]))
        segmented = data.draw(st.booleans())
        events_of(client, meter_frame(control, llc + information, segmented=segmented))
        events_of(meter, client_frame(control, llc + information, segmented=segmented))
        events_of(client, information)
