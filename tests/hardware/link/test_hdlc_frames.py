from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hardware.checksums import crc16_x25
from hardware.errors import LocalProtocolError, RemoteProtocolError
from hardware.hdlc.address import Address, parse_address
from hardware.hdlc.control import Control, Kind, parse_control
from hardware.hdlc.deframer import NEED_DATA, NOISE_PIECE, Broken, Deframer, Noise
from hardware.hdlc.frames import Frame, parse_frame, parse_header
from hardware.hdlc.parameters import DEFAULT, MAX_INFO, Parameters, parse_parameters

few = settings(max_examples=120, deadline=None)

SNRM = bytes.fromhex("7ea0070321930f017e")
UA = bytes.fromhex("7ea01e210373c37a818012050180060180070400000001080400000001533b7e")

one_octet = st.builds(Address, st.integers(0, 0x7F))
two_octets = st.builds(Address, st.integers(0, 0x7F), st.integers(0, 0x7F))
fourteen_bits = st.integers(0, 0x3FFF)
four_octets = st.builds(Address, fourteen_bits, fourteen_bits, wide=st.just(value=True))
addresses = one_octet | two_octets | four_octets
numbers = st.integers(0, 7)
controls = (
    st.builds(Control, st.just(Kind.INFORMATION), st.booleans(), numbers, numbers)
    | st.builds(
        Control,
        st.sampled_from([Kind.RECEIVE_READY, Kind.RECEIVE_NOT_READY]),
        st.booleans(),
        st.just(0),
        numbers,
    )
    | st.builds(
        Control,
        st.sampled_from([Kind.SNRM, Kind.DISC, Kind.UA, Kind.DM, Kind.FRMR, Kind.UI]),
        st.booleans(),
    )
)
frames = st.builds(
    Frame, addresses, addresses, controls, st.binary(max_size=300), st.booleans()
)


def heard(*pieces: bytes) -> list[object]:
    deframer = Deframer()
    events: list[object] = []
    for piece in pieces:
        deframer.feed(piece)
        while (event := deframer.next_event()) is not NEED_DATA:
            events.append(event)
    return events


def octet_by_octet(octets: bytes) -> Iterator[bytes]:
    return (bytes([octet]) for octet in octets)


def checked(octets: bytes) -> bytes:
    return octets + crc16_x25(octets).to_bytes(2, "little")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (bytes.fromhex("a00b 0321 13 ffff 000102".replace(" ", ""))[:9], "header checksum"),
        (bytes.fromhex("a008 0321 13 00".replace(" ", "")), "header longer"),
        (bytes.fromhex("a007 0002 04".replace(" ", "")), "header longer"),
    ],
    ids=["its own wrong", "half of it", "address without end"],
)
def test_a_frame_whose_checksum_holds_and_whose_header_does_not_is_none(
    body: bytes, why: str
) -> None:
    with pytest.raises(RemoteProtocolError, match=why):
        parse_frame(checked(body))


def test_published_snrm_and_ua() -> None:
    snrm = Frame(Address(1), Address(16), Control(Kind.SNRM))
    assert snrm.build() == SNRM
    ua = Frame(Address(16), Address(1), Control(Kind.UA), Parameters().build())
    assert ua.build() == UA
    assert heard(SNRM + UA) == [snrm, ua]


@pytest.mark.parametrize(
    ("address", "octets"),
    [
        (Address(16), "21"),
        (Address(1), "03"),
        (Address(1, 17), "0223"),
        (Address(1, 17, wide=True), "00020023"),
        (Address(0x3FFF, 0x81), "fefe0203"),
    ],
)
def test_addresses_on_the_wire(address: Address, octets: str) -> None:
    assert address.build().hex() == octets
    parsed = parse_address(address.build() + b"\xff")
    assert parsed is not None
    assert parsed[0].same_station(address)
    assert parsed[1] == len(octets) // 2


def test_stations_compare_by_value() -> None:
    assert Address(1).same_station(Address(1, 17))
    assert Address(1, 17).same_station(Address(1))
    assert Address(1, 17).same_station(Address(1, 17, wide=True))
    assert not Address(1, 17).same_station(Address(1, 18))
    assert not Address(1, 17).same_station(Address(2, 17))


def test_an_address_ends_within_four_octets() -> None:
    assert parse_address(bytes.fromhex("020202")) is None
    for octets in ("02020202", "020203ff"):
        with pytest.raises(RemoteProtocolError):
            parse_address(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("upper", "lower"), [(128, None), (-1, None), (0x4000, 1), (1, 0x4000), (1, -1)]
)
def test_addresses_out_of_range(upper: int, lower: int | None) -> None:
    with pytest.raises(LocalProtocolError):
        Address(upper, lower)


@few
@given(controls)
def test_control_octets_round_trip(control: Control) -> None:
    assert parse_control(control.build()) == control


def test_every_control_octet_is_read_or_refused() -> None:
    refused = 0
    for octet in range(256):
        try:
            assert parse_control(octet).build() == octet
        except RemoteProtocolError:
            refused += 1
    assert refused == 256 - 128 - 48 - 12


@few
@given(frames)
def test_frames_round_trip(frame: Frame) -> None:
    assert parse_frame(frame.build()[1:-1]) == frame
    assert heard(frame.build()) == [frame]


@few
@given(st.binary(max_size=60))
def test_no_octets_raise_anything_else(octets: bytes) -> None:
    for parse in (parse_frame, parse_header, parse_address, parse_parameters):
        try:
            parse(octets)
        except RemoteProtocolError:
            continue


def test_a_frame_of_the_largest_length_and_one_over() -> None:
    def build(size: int) -> bytes:
        return Frame(Address(1), Address(16), Control(Kind.INFORMATION), bytes(size)).build()

    assert len(build(2038)) == 2047 + 2
    with pytest.raises(LocalProtocolError):
        build(2039)


noises = st.binary(max_size=40) | st.just(b"\x7e") | st.just(b"\x7e\xa0\x10\x21")


@few
@given(st.lists(frames | noises, max_size=6), st.data())
def test_any_split_of_a_stream_gives_the_same_answers(
    parts: list[Frame | bytes], data: st.DataObject
) -> None:
    stream = b"".join(part if isinstance(part, bytes) else part.build() for part in parts)
    whole = heard(stream)
    assert heard(*octet_by_octet(stream)) == whole
    cut = data.draw(st.integers(0, len(stream)))
    assert heard(stream[:cut], stream[cut:]) == whole


@few
@given(frames, st.data())
def test_a_damaged_octet_costs_its_frame_and_no_other(
    frame: Frame, data: st.DataObject
) -> None:
    octets = bytearray(frame.build())
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    later = Frame(Address(16), Address(1, 17), Control(Kind.UA))
    assume(frame != later)
    # What a damaged length may claim is filled up by what comes later.
    answers = heard(bytes(octets) + later.build() * 300)
    assert frame not in answers
    assert answers[-1] == later
    assert answers.count(later) >= 298


@few
@given(st.binary(max_size=100).filter(lambda octets: 0x7E not in octets), frames)
def test_noise_before_a_frame_is_told(noise: bytes, frame: Frame) -> None:
    told = [Noise(noise), frame] if noise else [frame]
    assert heard(noise + frame.build()) == told


def test_two_frames_may_share_a_flag() -> None:
    assert len(heard(SNRM + SNRM[1:])) == 2
    assert len(heard(SNRM + b"\x7e\x7e" + SNRM)) == 2


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (SNRM[:-2] + b"\x00\x7e", "HDLC header checksum"),
        (SNRM[:-1] + b"\x00", "no flag where the HDLC length ends"),
        (UA[:20] + b"\xee" + UA[21:], "HDLC frame checksum"),
        (UA[:6] + b"\xee" + UA[7:], "HDLC header checksum"),
        (b"\x7e\xa0\x03" + bytes(9), "HDLC length 3"),
        (b"\x7e\xa0\x1e" + bytes(40), "HDLC address of width over 4"),
    ],
)
def test_what_is_broken_says_why(octets: bytes, reason: str) -> None:
    broken = heard(octets)[0]
    assert isinstance(broken, Broken)
    assert broken.reason == reason
    assert heard(octets + b"\x7e" + SNRM)[-1] == heard(SNRM)[0]


def test_a_flag_in_data_that_announces_a_long_frame_holds_up_nothing() -> None:
    trap = Frame(
        Address(16), Address(1), Control(Kind.INFORMATION), b"\x7e\xa7\xff\x03\x21" * 9
    )
    damaged = trap.build()[:-2] + b"\x00\x7e"
    assert heard(damaged + SNRM)[-1] == heard(SNRM)[0]


def test_an_unfinished_frame_can_be_given_up() -> None:
    deframer = Deframer()
    deframer.feed(UA[:20])
    assert deframer.next_event() is NEED_DATA
    deframer.drop_partial()
    deframer.feed(SNRM)
    assert deframer.next_event() == heard(SNRM)[0]


def test_noise_without_end_is_held_in_bounds() -> None:
    deframer = Deframer()
    for _ in range(100):
        deframer.feed(bytes(4096))
    sizes = []
    while isinstance(event := deframer.next_event(), Noise):
        sizes.append(len(event.octets))
    assert sum(sizes) == 65536
    assert set(sizes) == {NOISE_PIECE}


@few
@given(
    st.builds(
        Parameters,
        st.integers(1, MAX_INFO),
        st.integers(1, MAX_INFO),
        st.integers(1, 7),
        st.integers(1, 7),
    )
)
def test_parameters_round_trip(parameters: Parameters) -> None:
    assert parse_parameters(parameters.build()) == parameters


def test_parameters_meet_in_both_directions() -> None:
    ours = Parameters(2030, 1024, 7, 3)
    theirs = Parameters(128, 512, 1, 2)
    assert ours.meet(theirs) == Parameters(512, 128, 2, 1)
    assert theirs.meet(ours) == Parameters(128, 512, 1, 2)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("", DEFAULT),
        ("818000", DEFAULT),
        ("818003050140", Parameters(transmit=64)),
        ("818008" + "0502ffff" + "06020000", Parameters(transmit=2030)),
        ("818006" + "0704000000ff", Parameters(window_transmit=7)),
        ("818003" + "090140", DEFAULT),
    ],
)
def test_parameters_that_meters_state(octets: str, expected: Parameters) -> None:
    assert parse_parameters(bytes.fromhex(octets)) == expected


@pytest.mark.parametrize("octets", ["81", "808003050140", "818003050440", "81800105"])
def test_parameters_that_cannot_be_read(octets: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_parameters(bytes.fromhex(octets))


@pytest.mark.parametrize("values", [(0,), (2031,), (1, 0), (1, 1, 0), (1, 1, 1, 8)])
def test_parameters_out_of_range(values: tuple[int, ...]) -> None:
    with pytest.raises(LocalProtocolError):
        Parameters(*values)
