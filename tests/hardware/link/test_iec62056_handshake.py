import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.errors import LocalProtocolError
from hardware.iec62056.handshake import (
    Done,
    Event,
    Failed,
    Handshake,
    Reason,
    Send,
    SwitchBaud,
)
from hardware.iec62056.messages import (
    FAST_REACTION_S,
    REACTION_S,
    Identification,
    Option,
    with_parity,
)

SLOW = Identification("ISK", "5", "MT382-1000", "2")
FAST = Identification("ISk", "5", "MT382-1000", "2")
ASK = with_parity(b"/?!\r\n")
CHOICE = with_parity(b"\x06252\r\n")
ANSWER = with_parity(SLOW.build())
P1_TELEGRAM = (
    b"/ISk5\\2MT382-1000\r\n\r\n0-0:96.1.1(4B414C37)\r\n1-0:1.8.1(00001.001*kWh)\r\n!\r\n"
)


def events_of(machine: Handshake, octets: bytes = b"") -> list[Event]:
    machine.feed(octets)
    events: list[Event] = []
    while isinstance(event := machine.next_event(), Event):
        events.append(event)
        if isinstance(event, SwitchBaud):
            break
    return events


def asking(address: str = "", retries: int = 1) -> Handshake:
    machine = Handshake.client(address, retries)
    assert isinstance(machine.next_event(), Send)
    return machine


def chosen(identification: Identification = SLOW) -> Handshake:
    machine = asking()
    events_of(machine, with_parity(identification.build()))
    assert events_of(machine) == []
    return machine


@pytest.mark.parametrize(
    ("identification", "reaction_s"), [(SLOW, REACTION_S), (FAST, FAST_REACTION_S)]
)
def test_the_client_keeps_the_times_the_meter_promises(
    identification: Identification, reaction_s: float
) -> None:
    machine = Handshake.client()
    assert events_of(machine) == [Send(ASK)]
    assert events_of(machine, with_parity(identification.build())) == [
        Send(CHOICE, reaction_s),
        SwitchBaud(9600, reaction_s / 2),
    ]
    assert events_of(machine, CHOICE) == [Done(identification, 9600)]
    assert events_of(machine) == []


def test_the_meter_answers_changes_and_confirms() -> None:
    machine = Handshake.meter(SLOW)
    assert events_of(machine, ASK) == [Send(ANSWER, REACTION_S)]
    assert events_of(machine, CHOICE) == [SwitchBaud(9600)]
    assert events_of(machine) == [Send(CHOICE, REACTION_S), Done(SLOW, 9600)]


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=30).filter(lambda noise: not set(b"\n\x8a/\xaf(!") & set(noise)),
    st.data(),
)
def test_noise_and_splitting_change_nothing(noise: bytes, data: st.DataObject) -> None:
    machine = asking()
    stream = noise + ANSWER
    cut = data.draw(st.integers(0, len(stream)))
    events = events_of(machine, stream[:cut]) + events_of(machine, stream[cut:])
    assert [type(event) for event in events] == [Send, SwitchBaud]


@pytest.mark.parametrize("fed_at", ["before the switch", "after the switch"])
def test_an_echoing_head_is_not_taken_for_the_meter(fed_at: str) -> None:
    machine = asking()
    assert events_of(machine, ASK) == []
    events = events_of(machine, ANSWER)
    assert isinstance(events[-1], SwitchBaud)
    if fed_at == "before the switch":
        assert events_of(machine, CHOICE) == []
    else:
        assert events_of(machine) == []
    assert events_of(machine, CHOICE) == [Done(SLOW, 9600)]


def test_a_confirmation_that_comes_before_a_late_switch_counts() -> None:
    machine = asking()
    assert isinstance(events_of(machine, ANSWER)[-1], SwitchBaud)
    machine.feed(CHOICE)
    assert events_of(machine) == [Done(SLOW, 9600)]


def test_silence_is_asked_again_and_then_told() -> None:
    machine = asking(retries=2)
    assert [machine.timed_out(), machine.timed_out()] == [ASK, ASK]
    assert machine.timed_out() == Failed(Reason.SILENCE)
    with pytest.raises(LocalProtocolError):
        machine.timed_out()


def test_octets_without_sense_are_not_silence() -> None:
    machine = asking(retries=0)
    assert events_of(machine, b"\x00\xf0garbage\r\n\x80") == []
    assert machine.timed_out() == Failed(Reason.GARBLED)


@pytest.mark.parametrize("text", ["/ELS5EK280\r\n", "/ABCF\\2x\r\n"])
def test_a_meter_without_mode_e_is_named(text: str) -> None:
    failed = events_of(asking(), with_parity(text.encode()))[0]
    assert isinstance(failed, Failed)
    assert failed.reason is Reason.NOT_MODE_E
    assert failed.identification is not None


def test_no_confirmation() -> None:
    assert chosen().timed_out() == Failed(Reason.NOT_CONFIRMED, SLOW)


@pytest.mark.parametrize("answer", [b"\x15", b"\x06050\r\n", b"\x06242\r\n", b"\x06052\r\n"])
def test_a_refused_choice(answer: bytes) -> None:
    failed = events_of(chosen(), with_parity(answer))[0]
    assert isinstance(failed, Failed)
    assert failed.reason is Reason.REFUSED


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_confirmation_that_lost_its_first_octets_counts(lost: int) -> None:
    assert events_of(chosen(), CHOICE[lost:]) == [Done(SLOW, 9600)]
    assert events_of(chosen(), CHOICE[3:]) == []


def test_noise_before_the_confirmation() -> None:
    assert events_of(chosen(), b"\x00\xff junk\r\n\x06" + CHOICE) == [Done(SLOW, 9600)]


@pytest.mark.parametrize("cut", [0, 19, 21, 30, len(P1_TELEGRAM) - 40])
def test_a_p1_port_is_known_wherever_the_telegram_was_joined(cut: int) -> None:
    machine = asking()
    events = events_of(machine, P1_TELEGRAM[cut:])
    for _ in range(2):
        events += events_of(machine, P1_TELEGRAM)
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert failed.reason is Reason.P1_PORT


def test_a_p1_telegram_in_place_of_the_confirmation() -> None:
    failed = events_of(chosen(), P1_TELEGRAM)[0]
    assert isinstance(failed, Failed)
    assert failed.reason is Reason.P1_PORT


def test_a_meter_answers_its_own_address_and_everybodys() -> None:
    meter = Handshake.meter(SLOW, address="00123")
    assert events_of(meter, with_parity(b"/?124!\r\n")) == []
    for address in ("", "123", "0000123"):
        assert events_of(meter, with_parity(f"/?{address}!\r\n".encode()))


@pytest.mark.parametrize("option", ["\x06050\r\n", "\x06052\r\n", "\x06051\r\n", "\x06292\r\n"])
def test_another_choice_puts_the_meter_back_to_its_opening(option: str) -> None:
    meter = Handshake.meter(SLOW)
    events_of(meter, ASK)
    failed = events_of(meter, with_parity(option.encode()))[0]
    assert isinstance(failed, Failed)
    assert failed.reason is Reason.OTHER_MODE
    assert events_of(meter, CHOICE) == []
    assert events_of(meter, ASK) == [Send(ANSWER, REACTION_S)]


def test_a_meter_is_asked_again_after_silence_or_nonsense() -> None:
    meter = Handshake.meter(SLOW, reaction_s=0)
    events_of(meter, ASK)
    assert events_of(meter, b"\x00nonsense\r\n") == []
    assert events_of(meter, ASK) == [Send(ANSWER)]
    assert meter.timed_out() == Failed(Reason.SILENCE)
    assert events_of(meter, ASK) == [Send(ANSWER)]


def test_a_meter_that_cannot_do_mode_e_is_no_meter_here() -> None:
    for identification in (Identification("ABC", "5", ""), Identification("ABC", "F", "", "2")):
        with pytest.raises(LocalProtocolError):
            Handshake.meter(identification)


def test_the_client_never_chooses_anything_but_2_z_2() -> None:
    for character in "0123456":
        machine = asking()
        identification = Identification("ISk", character, "x", "2")
        send = events_of(machine, with_parity(identification.build()))[0]
        assert isinstance(send, Send)
        assert send.data == with_parity(Option("2", character, "2").build())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=40) | st.sampled_from([ASK, ANSWER, CHOICE, P1_TELEGRAM])))
def test_no_octets_raise(pieces: list[bytes]) -> None:
    client, meter = asking(), Handshake.meter(SLOW)
    for piece in pieces:
        events_of(client, piece)
        events_of(meter, piece)


def test_what_is_held_is_bounded() -> None:
    machine = asking()
    for _ in range(100):
        assert events_of(machine, bytes(4096)) == []
    assert isinstance(events_of(machine, ANSWER)[0], Send)
