from hypothesis import given
from hypothesis import strategies as st

from hardware.echo import Echo

ASK, ANSWER = b"/?!\r\n", b"/ISk5\\2MT382\r\n"


def said(echo: Echo, sent: bytes, *heard: bytes) -> bytes:
    echo.sent(sent)
    return b"".join(echo.heard(piece) for piece in heard)


@given(st.integers(0, len(ASK + ANSWER)))
def test_an_echo_is_taken_off_however_it_comes(cut: int) -> None:
    echo = Echo()
    stream = ASK + ANSWER
    assert said(echo, ASK, stream[:cut], stream[cut:]) == ANSWER
    assert echo.octets == len(ASK)


def test_a_head_that_does_not_echo_is_left_alone_for_good() -> None:
    echo = Echo()
    assert said(echo, ASK, ANSWER[:1], ANSWER[1:]) == ANSWER
    # The confirmation of mode E repeats the option: it is the meter's, not an echo.
    assert said(echo, b"\x06252\r\n", b"\x06252\r\n") == b"\x06252\r\n"
    assert echo.octets == 0


def test_each_message_is_taken_off_once() -> None:
    echo = Echo()
    said(echo, ASK, ASK)
    option = b"\x06252\r\n"
    assert said(echo, option, option + option) == option


def test_a_damaged_echo_is_handed_on() -> None:
    echo = Echo()
    said(echo, ASK, ASK)
    assert said(echo, b"abcd", b"ab", b"xd", b"more") == b"abxdmore"
    assert said(echo, b"abcd", b"abcd", b"e") == b"e"


def test_silence_leaves_the_question_open() -> None:
    echo = Echo()
    assert said(echo, ASK) == b""
    assert said(echo, ASK, ASK) == b""
    assert echo.octets == len(ASK)


def test_what_comes_unasked_is_the_meters() -> None:
    assert Echo().heard(b"noise") == b"noise"
