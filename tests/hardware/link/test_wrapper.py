import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.errors import LocalProtocolError, RemoteProtocolError
from hardware.wrapper.connection import (
    ApduReceived,
    Event,
    Role,
    StreamBroken,
    Wrapper,
)
from hardware.wrapper.messages import HEADER_SIZE, MAX_LENGTH, Message, parse_header

few = settings(max_examples=80, deadline=None)
APDU = b"\xc0\x01\xc1"


def client() -> Wrapper:
    return Wrapper(Role.CLIENT, 16, 1)


def meter() -> Wrapper:
    return Wrapper(Role.METER, 16, 1)


def events_of(machine: Wrapper, octets: bytes = b"") -> list[Event]:
    machine.feed(octets)
    events: list[Event] = []
    while isinstance(event := machine.next_event(), ApduReceived):
        events.append(event)
    return [*events, event] if isinstance(event, StreamBroken) else events


def test_the_header_stands_high_octet_first() -> None:
    # IEC 62056-47, 5.2: version, source wPort, destination wPort, length
    assert client().send(APDU).hex() == "0001001000010003" + APDU.hex()


@few
@given(
    st.builds(
        Message,
        st.integers(0, MAX_LENGTH),
        st.integers(0, MAX_LENGTH),
        st.binary(min_size=1, max_size=300),
    )
)
def test_what_is_built_is_read(message: Message) -> None:
    octets = message.build()
    header = parse_header(octets)
    assert (header.source, header.destination) == (message.source, message.destination)
    assert header.length == len(octets) - HEADER_SIZE


@few
@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=4), st.data())
def test_any_cut_of_the_stream_gives_the_same_events(
    apdus: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(client().send(apdu) for apdu in apdus)
    cut = data.draw(st.integers(0, len(stream)))
    machine = meter()
    events = events_of(machine, stream[:cut]) + events_of(machine, stream[cut:])
    assert events == [ApduReceived(16, apdu) for apdu in apdus]


def test_the_meter_answers_the_client_that_asked_last() -> None:
    machine = meter()
    management = Wrapper(Role.CLIENT, 1, 1)
    assert events_of(machine, management.send(APDU)) == [ApduReceived(1, APDU)]
    answer = machine.send(b"\xc4")
    assert events_of(client(), answer) == []
    (heard,) = events_of(management, answer)
    assert isinstance(heard, ApduReceived)
    assert (heard.sender, heard.apdu) == (1, b"\xc4")


def test_messages_for_others_are_passed_over() -> None:
    elsewhere = Message(16, 2, b"x").build()
    assert events_of(meter(), elsewhere + client().send(APDU)) == [ApduReceived(16, APDU)]
    stranger = Message(3, 16, b"x").build()
    own = Message(1, 16, b"y").build()
    assert events_of(client(), stranger + own) == [ApduReceived(1, b"y")]


@pytest.mark.parametrize(
    "octets",
    [b"\x00\x02" + bytes(6), b"\x7e\xa0\x08\x02\x23\x21\x93\xbd", b"\x00\x01" + bytes(6)],
)
def test_what_is_no_wrapper_ends_the_stream(octets: bytes) -> None:
    machine = meter()
    (broken,) = events_of(machine, octets)
    assert isinstance(broken, StreamBroken)
    assert events_of(machine, client().send(APDU)) == [broken]


def test_silence_is_the_end_and_nothing_is_said_twice() -> None:
    machine = client()
    machine.send(APDU)
    assert machine.timed_out() == StreamBroken("SILENCE")


def test_an_apdu_too_long_for_the_header_is_our_own_bug() -> None:
    with pytest.raises(LocalProtocolError):
        client().send(bytes(MAX_LENGTH + 1))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=24), max_size=8))
def test_no_octets_raise(pieces: list[bytes]) -> None:
    machines = client(), meter()
    for machine in machines:
        for piece in pieces:
            events_of(machine, piece)
    for piece in pieces:
        if len(piece) >= HEADER_SIZE:
            try:
                parse_header(piece)
            except RemoteProtocolError:
                continue
