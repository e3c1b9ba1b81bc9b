import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.p1.builder import frame
from hardware.p1.cause import Cause, likeliest, looks_like
from hardware.p1.framer import Framer, Noise, NoiseReason, TelegramBytes
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.p1_countries import RECIPES
from hardware.simulators.uart import garble
from tests.hardware.p1.frames import MBUS_PUSH, PLAIN, PUSH, SEALED, SNRM, events_of, hdlc

TELEGRAM = frame(
    "ISk5\\2MT382-1000",
    ["1-3:0.2.8(50)", "0-0:1.0.0(170102192002W)", "1-0:1.8.1(000004.426*kWh)"],
    checksum=True,
)
NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)
OTHERS = st.sampled_from([SEALED, PUSH, SNRM, MBUS_PUSH, b"\xdb", b"\x7e\xa0", SEALED[:40]])


def causes_of(*chunks: bytes) -> set[Cause]:
    return {event.cause for event in events_of(chunks) if isinstance(event, Noise)}


@pytest.mark.parametrize(
    ("sample", "cause"),
    [
        (b"\xdb\x08SAG", "encrypted telegrams"),
        (SEALED[:64], "encrypted telegrams"),
        (b"\x01\x02" + SEALED[:20], "encrypted telegrams"),
        (SNRM, "HDLC frames"),
        (b"\x7e\xa0\x07\x80\x81\x7e", "unreadable characters"),
        (b"\x7e\xa0\x07spoil\x7e", "HDLC frames"),
        (PUSH[:64], "binary push"),
        (hdlc(b"\xe6\xe7\x00\xdb\x08" + bytes(80))[:64], "binary push"),
        (b"\x7e\xa0\x09spo\xe6\xe7\x00\x0f\x7e", "binary push"),
        (MBUS_PUSH[:64], "binary push"),
        (b"/ISK5\\2M550T-1012\r\n", "optical port identification"),
        (b"\xaf\xc9\x53\x4b", "optical port identification"),
        (b"/ISK5\\2M550T-1012\r\n\r\n1-0:1.8.1(0", "telegram cut off"),
        (b"1-0:1.8.1(000004.426*kWh)\r\n!6", "telegram cut off"),
        (b"\r\n\r\n", "line ends"),
        (b"\x00 \r\n", "line ends"),
        (bytes(9), "wrong speed"),
        (b"\xf8\x00\x80\xe6\x9e\x00\xfe\x86", "wrong speed"),
        (b"\xf8\x51\x80\xe5\x9e\x00\xfa\x86", "unreadable characters"),
        (b"hello, world", "unknown text"),
        (b"/" + b"x" * 60, "unknown text"),
        (b"~~", "unknown text"),
        (b"  25818685\r\nDE000", "unknown text"),
    ],
)
def test_what_it_looks_like(sample: bytes, cause: str) -> None:
    assert looks_like(sample) == cause


def test_a_line_without_its_inverter_is_told_from_one_at_another_speed() -> None:
    upside_down = garble(TELEGRAM, 115200, 115200, inverted=True)
    assert looks_like(upside_down[:64]) is Cause.INVERTED
    for sent, heard, cause in (
        (9600, 115200, Cause.WRONG_SPEED),
        (57600, 115200, Cause.WRONG_SPEED),
        (115200, 57600, Cause.UNREADABLE),
        (115200, 9600, Cause.UNREADABLE),
    ):
        assert looks_like(garble(TELEGRAM * 3, sent, heard)[:64]) is cause


@pytest.mark.parametrize("version", sorted(RECIPES))
@pytest.mark.parametrize("inverted", [False, True])
def test_a_faster_sender_is_never_called_inverted(version: str, *, inverted: bool) -> None:
    # Its octets can all be odd, which is the first sign of an inverted line.
    sent = P1Meter(MeterSpec(version, 3, seed=1)).telegram(NOON)
    heard = garble(sent, 115200, 9600, inverted=inverted)[:64]
    assert looks_like(heard) is Cause.UNREADABLE


def test_random_octets_are_at_no_speed_of_ours() -> None:
    chance = random.Random(4)
    found = {looks_like(chance.randbytes(64)) for _ in range(3000)}
    assert found == {Cause.UNREADABLE}


def test_most_of_the_noise_decides_unless_it_is_line_ends() -> None:
    assert likeliest({Cause.LINE_ENDS: 9}) is Cause.LINE_ENDS
    assert likeliest({Cause.LINE_ENDS: 9, Cause.TEXT: 1, Cause.HDLC: 2}) is Cause.HDLC


@given(st.binary(max_size=80))
def test_every_sample_has_a_cause(sample: bytes) -> None:
    assert looks_like(sample) in Cause


def test_all_of_a_sealed_telegram_without_a_key_is_called_encrypted() -> None:
    assert b"/" in SEALED + PUSH
    assert causes_of(SEALED) == {Cause.ENCRYPTED}
    assert causes_of(SEALED * 3) == {Cause.ENCRYPTED}
    assert causes_of(SEALED[200:] + SEALED) >= {Cause.ENCRYPTED}


def test_a_pushing_port_is_no_optical_one() -> None:
    assert b"/" in PUSH
    assert causes_of(PUSH * 3) == {Cause.PUSH}
    assert causes_of(SNRM * 3) == {Cause.HDLC}


def test_the_first_whole_frame_ends_the_waiting_for_the_half_one_before() -> None:
    framer = Framer()
    framer.feed(b"\x80/\x90" + SEALED)
    first, second = framer.next_event(), framer.next_event()
    assert first == Noise(1, b"\x80", NoiseReason.OUTSIDE, Cause.UNREADABLE)
    assert second == Noise(2, b"/\x90", NoiseReason.NO_END, Cause.UNREADABLE)
    third = framer.next_event()
    assert isinstance(third, Noise)
    assert third.cause is Cause.ENCRYPTED


@given(
    st.lists(OTHERS | st.sampled_from([TELEGRAM, TELEGRAM[:30]]) | st.binary(max_size=9)),
    st.data(),
)
def test_frames_between_telegrams_cost_no_telegram_and_no_octet(
    parts: list[bytes], draw: st.DataObject
) -> None:
    data = b"".join(parts)
    cut = draw.draw(st.integers(0, len(data)))
    events = events_of([data])
    assert events == events_of([data[:cut], data[cut:]])
    assert sum(e.size if isinstance(e, Noise) else len(e.raw) for e in events) == len(data)
    whole = [e for e in events if isinstance(e, TelegramBytes) and e.crc == "ok"]
    assert len(whole) >= parts.count(TELEGRAM)


def test_octet_by_octet_gives_the_same_frames() -> None:
    data = SEALED + PUSH + TELEGRAM + b"\x7e" + SNRM + SEALED[:99] + PLAIN + PUSH
    assert events_of(data[n : n + 1] for n in range(len(data))) == events_of([data])


def test_a_telegram_behind_a_frame_that_was_cut_off_is_not_swallowed() -> None:
    events = events_of([SEALED[: len(SEALED) // 2] + TELEGRAM])
    assert events[-1] == TelegramBytes(TELEGRAM, "ok")
