import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.errors import LocalProtocolError, RemoteProtocolError
from hardware.iec62056.messages import (
    BAUD_CHARACTERS,
    Identification,
    Option,
    Request,
    hdlc_option,
    parse_identification,
    parse_option,
    parse_request,
    with_parity,
    without_parity,
)

few = settings(max_examples=100, deadline=None)
printable = [chr(code) for code in range(0x20, 0x7F)]
model_text = st.text([sign for sign in printable if sign not in "\\/!"], max_size=16)
identifications = st.builds(
    Identification,
    st.text(string.ascii_letters, min_size=3, max_size=3),
    st.sampled_from("0123456789ABCDEFGHI"),
    model_text,
    st.text(printable, max_size=3),
)


def test_the_octets_of_the_standard() -> None:
    assert Request().build() == b"/?!\r\n"
    assert Request("12345678").build() == b"/?12345678!\r\n"
    assert hdlc_option(9600).build().hex() == "063235320d0a"
    assert with_parity(b"/?!\r\n").hex() == "af3f218d0a"


def test_a_real_identification() -> None:
    found = parse_identification(b"/ISk5\\2MT382-1000\r\n")
    assert found == Identification("ISk", "5", "MT382-1000", "2")
    assert found.reaction_s == 0.02
    assert found.baud == 9600
    assert found.offers_hdlc


def test_an_identification_without_mode_e() -> None:
    found = parse_identification(b"/ELS5EK280\r\n")
    assert found.reaction_s == 0.2
    assert not found.offers_hdlc
    assert parse_identification(b"/ABCFx\r\n").baud is None


@few
@given(identifications)
def test_identifications_round_trip(identification: Identification) -> None:
    assert parse_identification(identification.build()) == identification


@few
@given(st.text([sign for sign in printable if sign != "!"], max_size=32))
def test_requests_round_trip(address: str) -> None:
    assert parse_request(Request(address).build()) == Request(address)


@pytest.mark.parametrize("baud", BAUD_CHARACTERS.values())
def test_options_round_trip(baud: int) -> None:
    option = hdlc_option(baud)
    assert parse_option(option.build()) == option
    assert option.baud == baud
    assert option.selects_hdlc


def test_the_trap_of_a_normal_protocol_with_mode_e_is_never_built() -> None:
    with pytest.raises(LocalProtocolError):
        Option("0", "5", "2").build()
    assert not parse_option(b"\x06052\r\n").selects_hdlc


@pytest.mark.parametrize(
    "message",
    [
        Request("a!b"),
        Request("x" * 33),
        Request("é"),
        Option("2", "é", "2"),
        Option("2", "55", "2"),
        Identification("IS", "5", "x", "2"),
        Identification("ISk", "\\", "x"),
        Identification("ISk", "5", "x/y"),
        Identification("ISk", "5", "x\r\n"),
    ],
)
def test_fields_that_do_not_fit_are_our_own_bug(
    message: Request | Option | Identification,
) -> None:
    with pytest.raises(LocalProtocolError):
        message.build()


def test_a_rate_without_a_character() -> None:
    with pytest.raises(LocalProtocolError):
        hdlc_option(115200)


@few
@given(st.binary(max_size=40) | st.builds(lambda text: b"/ISk5" + text, st.binary(max_size=20)))
def test_no_octets_raise_anything_else(octets: bytes) -> None:
    for parse in (parse_request, parse_identification, parse_option):
        try:
            parse(octets)
        except RemoteProtocolError:
            continue


def test_parity_is_even_and_comes_off_again() -> None:
    every = bytes(range(0x80))
    on_line = with_parity(every)
    assert all(octet.bit_count() % 2 == 0 for octet in on_line)
    assert without_parity(on_line) == every
