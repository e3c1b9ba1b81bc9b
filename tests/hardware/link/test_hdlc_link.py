from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.hdlc.address import Address
from hardware.hdlc.deframer import Deframer
from hardware.hdlc.events import (
    ApduReceived,
    Breach,
    Connected,
    Disconnected,
    Event,
    LinkBroken,
    Outgoing,
)
from hardware.hdlc.frames import Frame
from hardware.hdlc.link import Link
from hardware.hdlc.parameters import MAX_INFO, Parameters
from hardware.hdlc.transitions import Role, State
from tests.hardware.link.links import events_of

few = settings(max_examples=80, deadline=None)
CLIENT, SERVER = Address(16), Address(1, 17)
Line = Callable[[bytes], bytes]


def faultless(octets: bytes) -> bytes:
    return octets


class Session:
    """A client and a meter that answers each message with itself reversed."""

    def __init__(
        self, ours: Parameters | None = None, theirs: Parameters | None = None
    ) -> None:
        self.client = Link(Role.CLIENT, CLIENT, SERVER, ours or Parameters())
        self.meter = Link(Role.METER, CLIENT, SERVER, theirs or Parameters())
        self.requests: list[bytes] = []
        self.frames = 0

    def exchange(self, octets: bytes, line: Line = faultless) -> list[Event]:
        """Carry octets to and fro until the client has an event of its own."""
        for _ in range(5000):
            answer = self._meter(line(octets))
            events = events_of(self.client, line(answer))
            own: list[Event] = [event for event in events if not isinstance(event, Outgoing)]
            if own:
                return own
            octets = b"".join(event.data for event in events if isinstance(event, Outgoing))
            if not octets:
                again = self.client.timed_out()
                if isinstance(again, LinkBroken):
                    return [again]
                octets = again
        raise AssertionError("no end")

    def _meter(self, octets: bytes) -> bytes:
        answer = b""
        for event in events_of(self.meter, octets):
            match event:
                case Outgoing(data):
                    answer += data
                case ApduReceived(apdu):
                    self.requests.append(apdu)
                    answer += self.meter.send(apdu[::-1])
                case _:
                    pass
        self.frames += answer.count(0x7E) // 2
        return answer

    def connected(self) -> "Session":
        assert isinstance(self.exchange(self.client.connect())[0], Connected)
        return self


def test_a_session_from_snrm_to_disc() -> None:
    session = Session().connected()
    for message in (b"", b"\x60", bytes(125), bytes(126), bytes(range(256)) * 20):
        assert session.exchange(session.client.send(message)) == [ApduReceived(message[::-1])]
    assert session.exchange(session.client.disconnect()) == [Disconnected()]
    assert session.meter.state is State.DISCONNECTED


@pytest.mark.parametrize(
    "server", [Address(1), Address(1, 17), Address(1, 17, wide=True)], ids=["1", "2", "4"]
)
def test_the_meter_answers_in_the_address_width_it_was_called_with(server: Address) -> None:
    session = Session()
    session.client = Link(Role.CLIENT, CLIENT, server)
    connected = session.exchange(session.client.connect())[0]
    assert connected == Connected(CLIENT, server, Parameters())
    assert session.exchange(session.client.send(b"x")) == [ApduReceived(b"x")]


def test_the_smaller_limit_holds_in_each_direction() -> None:
    session = Session(Parameters(2030, 1024, 7, 3), Parameters(512, 300, 2, 7)).connected()
    assert session.client.limits == Parameters(300, 512, 7, 2)
    assert session.meter.limits == Parameters(512, 300, 2, 7)
    sizes: set[int] = set()

    def watched(octets: bytes) -> bytes:
        deframer = Deframer()
        deframer.feed(octets)
        while isinstance(frame := deframer.next_event(), Frame):
            sizes.add(len(frame.information))
        return octets

    session.exchange(session.client.send(bytes(1500)), watched)
    assert sizes == {300, 3, 512, 1503 - 2 * 512, 0}


@few
@given(
    st.builds(
        Parameters,
        st.integers(5, MAX_INFO),
        st.integers(5, MAX_INFO),
        st.integers(1, 7),
        st.integers(1, 7),
    ),
    st.lists(st.binary(max_size=400), min_size=1, max_size=3),
)
def test_any_window_and_size_carries_messages_whole(
    limits: Parameters, messages: list[bytes]
) -> None:
    session = Session(limits, Parameters(MAX_INFO, MAX_INFO, 7, 7)).connected()
    for message in messages:
        assert session.exchange(session.client.send(message)) == [ApduReceived(message[::-1])]
    assert session.requests == messages


class Fault:
    """Spoils the frames that a plan names: lost, damaged, doubled, or behind noise."""

    def __init__(self, plan: list[str]) -> None:
        self.plan = plan

    def __call__(self, octets: bytes) -> bytes:
        if not octets or not self.plan:
            return octets
        spoiled = {
            "lost": b"",
            "damaged": octets[:-3] + bytes([octets[-3] ^ 0x40]) + octets[-2:],
            "cut": octets[: len(octets) // 2],
            "doubled": octets + octets,
            "noise": b"\x00\xff\x7e\xa0" + octets,
        }
        return spoiled.get(self.plan.pop(0), octets)


faults = st.lists(
    st.sampled_from(["lost", "damaged", "cut", "doubled", "noise", "fine"]), max_size=12
)


@settings(max_examples=200, deadline=None)
@given(faults, st.integers(1, 4), st.lists(st.binary(min_size=1, max_size=300), min_size=1))
def test_faults_never_lose_double_or_change_a_message(
    plan: list[str], window: int, messages: list[bytes]
) -> None:
    limits = Parameters(64, 64, window, window)
    session = Session(limits, limits).connected()
    line = Fault(plan)
    for number, message in enumerate(messages, 1):
        event = session.exchange(session.client.send(message), line)[0]
        if isinstance(event, LinkBroken):
            assert event.reason in {Breach.SILENCE, Breach.NO_PROGRESS}
            return
        assert event == ApduReceived(message[::-1])
        assert session.requests == messages[:number]
