import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.checksums import crc16_arc
from hardware.errors import LocalProtocolError
from hardware.p1.builder import frame, with_wrong_checksum
from hardware.p1.cause import Cause
from hardware.p1.framer import NEED_DATA, Framer, Noise, NoiseReason, TelegramBytes
from tests.hardware.p1.frames import events_of

EVEN = bytes(o | 0x80 if o.bit_count() % 2 else o for o in range(128)) + bytes(range(128, 256))
GOOD = frame("ISk5\\2MT382", ["1-3:0.2.8(50)", "1-0:1.8.1(000004.426*kWh)"], checksum=True)
OTHER = frame("KFM5KAIFA", ["0-0:1.0.0(161113205757W)"], checksum=True)
OLD = frame("ISk5\\2MT382", ["1-0:1.8.1(00001.001*kWh)"], checksum=False)
BAD = with_wrong_checksum(OTHER)


def size_of(events: list[TelegramBytes | Noise]) -> int:
    return sum(e.size if isinstance(e, Noise) else len(e.raw) for e in events)


def live(data: bytes) -> list[TelegramBytes | Noise]:
    framer, events = Framer(), []
    framer.feed(data)
    while (event := framer.next_event()) is not NEED_DATA:
        events.append(event)
    return events


def literal_rule(data: bytes) -> list[bytes]:
    """From each `/` the first end whose checksum holds; only where none holds, the next `/`."""
    found, at = [], data.find(b"/")
    while at >= 0:
        stop = at + 1
        for end in re.finditer(rb"!([0-9A-Fa-f]{1,4})\r\n", data[at:]):
            if crc16_arc(data[at : at + end.start() + 1]) == int(end[1], 16):
                stop = at + end.end()
                found.append(data[at:stop])
                break
        at = data.find(b"/", stop)
    return found


pieces = st.one_of(
    st.sampled_from(
        [
            GOOD,
            OTHER,
            OLD,
            BAD,
            GOOD.replace(b"\r\n", b"\n"),
            GOOD.translate(EVEN),
            GOOD[: len(GOOD) // 2],
            GOOD[len(GOOD) // 2 :],
            OLD.replace(b"MT382", b"M/382"),
            frame("ISk5/2!MT!12\r\n/x", ["1-0:1.8.1(1*kWh)"], checksum=True),
        ]
    ),
    st.binary(max_size=40),
    st.text("/!\r\nA0", max_size=30).map(str.encode),
)
streams = st.lists(pieces, max_size=8).map(b"".join)


@given(streams)
def test_no_octet_is_lost_or_invented(data: bytes) -> None:
    assert size_of(events_of([data])) == len(data)
    assert size_of(events_of([data], max_telegram=60)) == len(data)


@given(streams, st.sampled_from([60, 16384]))
def test_octet_by_octet_gives_the_same_events(data: bytes, limit: int) -> None:
    single = [data[i : i + 1] for i in range(len(data))]
    assert events_of(single, max_telegram=limit) == events_of([data], max_telegram=limit)


@given(streams, st.data())
def test_any_split_gives_the_same_events(data: bytes, draw: st.DataObject) -> None:
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=6)))
    edges = [0, *cuts, len(data)]
    chunks = [data[a:b] for a, b in pairwise(edges)]
    assert events_of(chunks) == events_of([data])


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from([GOOD, OTHER, BAD, GOOD[:40], GOOD[40:], b"\r\n", b"!12\r\n", b"a/b!"]),
        max_size=8,
    )
)
def test_what_holds_is_what_the_literal_rule_finds(parts: list[bytes]) -> None:
    data = b"".join(parts)
    ok = [e.raw for e in events_of([data]) if isinstance(e, TelegramBytes) and e.crc == "ok"]
    assert ok == literal_rule(data)


def test_one_telegram_comes_at_once_with_or_without_a_checksum() -> None:
    assert live(GOOD) == [TelegramBytes(GOOD, "ok")]
    assert live(OLD) == [TelegramBytes(OLD, "absent")]


@pytest.mark.parametrize(
    "changed",
    [
        GOOD.replace(b"\r\n", b"\n"),
        GOOD.translate(EVEN),
        GOOD[:-6] + GOOD[-6:].lower(),
        GOOD[:-2] + b"\n",
        GOOD[:-2] + b"\r",
        GOOD[:-2],
    ],
    ids=["lf", "7e1", "lower case", "last lf", "last cr", "no line end"],
)
def test_the_disguises_that_still_count_as_ok(changed: bytes) -> None:
    assert events_of([changed]) == [TelegramBytes(changed, "ok")]


def test_a_checksum_without_leading_zeros_counts() -> None:
    bodies = (frame("X", [f"1-0:1.7.0({n}*kW)"], checksum=True) for n in range(1000))
    whole = next(body for body in bodies if body[-6:-5] == b"0")
    short = whole[:-6] + whole[-6:].lstrip(b"0")
    assert events_of([short]) == [TelegramBytes(short, "ok")]


@given(st.integers(0, len(GOOD) - 7), st.integers(0, 7))
def test_no_single_changed_bit_passes_as_ok(at: int, bit: int) -> None:
    changed = bytearray(GOOD)
    changed[at] ^= 1 << bit
    events = events_of([bytes(changed)])
    assert not any(isinstance(e, TelegramBytes) and e.crc == "ok" for e in events)
    assert size_of(events) == len(GOOD)


@given(st.integers(0, len(GOOD) - 7))
def test_no_lost_octet_passes_as_ok(at: int) -> None:
    events = events_of([GOOD[:at] + GOOD[at + 1 :]])
    assert not any(isinstance(e, TelegramBytes) and e.crc == "ok" for e in events)


def test_slash_and_bang_in_the_identification_do_no_harm() -> None:
    odd = frame("ISk5/2!MT382!AB", ["1-0:1.8.1(000004.426*kWh)"], checksum=True)
    assert live(odd) == [TelegramBytes(odd, "ok")]


def test_a_slash_in_the_identification_of_an_old_telegram_does_no_harm() -> None:
    odd = OLD.replace(b"MT382", b"M/382")
    assert live(odd) == [TelegramBytes(odd, "absent")]
    cut = OLD[:7]
    assert live(cut + OLD)[-1] == TelegramBytes(OLD, "absent")


def test_a_damaged_telegram_is_certain_when_the_next_one_holds() -> None:
    assert live(BAD + GOOD) == [TelegramBytes(BAD, "bad"), TelegramBytes(GOOD, "ok")]
    assert live(BAD) == []


def test_a_row_of_damaged_telegrams_lags_by_one_only() -> None:
    assert live(BAD * 4) == [TelegramBytes(BAD, "bad")] * 3


def test_a_quiet_line_settles_a_damaged_telegram_but_not_half_a_one() -> None:
    framer = Framer()
    framer.feed(BAD)
    framer.settle()
    assert framer.next_event() == TelegramBytes(BAD, "bad")
    framer.feed(GOOD[:30])
    framer.settle()
    assert framer.next_event() is NEED_DATA
    framer.feed(GOOD[30:])
    assert framer.next_event() == TelegramBytes(GOOD, "ok")


def test_a_cut_off_telegram_is_noise_and_costs_only_itself() -> None:
    events = live(GOOD[:40] + OTHER)
    assert events == [
        Noise(40, GOOD[:40], NoiseReason.NO_END, Cause.CUT_OFF),
        TelegramBytes(OTHER, "ok"),
    ]


def test_a_cut_off_telegram_before_an_old_one() -> None:
    events = live(GOOD[:40] + OLD)
    cut = Noise(40, GOOD[:40], NoiseReason.NO_END, Cause.CUT_OFF)
    assert events == [cut, TelegramBytes(OLD, "absent")]


def test_a_lost_checksum_is_absent_not_the_end_of_a_good_one() -> None:
    bare = OTHER[:-6] + b"\r\n"
    assert live(bare + GOOD) == [TelegramBytes(bare, "absent"), TelegramBytes(GOOD, "ok")]


def test_a_spoiled_checksum_is_bad() -> None:
    spoiled = GOOD[:-6] + b"6E?E\r\n"
    assert events_of([spoiled]) == [TelegramBytes(spoiled, "bad")]


def test_a_bad_telegram_without_a_line_end_before_its_end() -> None:
    joined = BAD.replace(b"\r\n!", b"!")
    assert events_of([joined]) == [TelegramBytes(joined, "bad")]


def test_lines_behind_the_end_are_noise() -> None:
    tail = b"  25818685\r\nDE000\r\n"
    assert events_of([OLD + tail + OLD]) == [
        TelegramBytes(OLD, "absent"),
        Noise(len(tail), tail, NoiseReason.OUTSIDE),
        TelegramBytes(OLD, "absent"),
    ]


def test_a_telegram_glued_to_the_next() -> None:
    glued = GOOD[:-2]
    assert live(glued + OTHER) == [TelegramBytes(glued, "ok"), TelegramBytes(OTHER, "ok")]


def test_endless_noise_is_handed_out_in_bounded_pieces() -> None:
    events = live(b"x" * 100_000)
    assert {e.size for e in events if isinstance(e, Noise)} == {4096}
    assert len(events) == 100_000 // 4096
    assert all(isinstance(e, Noise) and len(e.sample) == 64 for e in events)


def test_a_start_without_an_end_is_given_up() -> None:
    events = live(b"/" + b"x" * 20_000 + GOOD)
    assert events[0] == Noise(16384, b"/" + b"x" * 63, NoiseReason.TOO_LONG)
    assert events[-1] == TelegramBytes(GOOD, "ok")


@pytest.mark.parametrize(
    "pattern",
    [
        b"/!0\n",
        b"/",
        b"!\n/",
        b"!0\n",
        b"/x!12\n",
        b"!1234x",
        b"\x7e\xa0",
        b"\xdb\x08",
        b"\xdb",
        b"/\x7e\xa0",
        b"\xdb\x0812345678\x110",
    ],
)
def test_hostile_patterns_cost_bounded_work(pattern: bytes) -> None:
    data = b"/" + pattern * (60_000 // len(pattern))
    assert size_of(events_of([data])) == len(data)


def test_fed_after_the_end() -> None:
    framer = Framer()
    framer.close()
    with pytest.raises(LocalProtocolError):
        framer.feed(b"x")


def test_every_recording_is_cut_without_loss(recording: Path) -> None:
    raw = recording.read_bytes()
    events = events_of([raw])
    telegrams = [event for event in events if isinstance(event, TelegramBytes)]
    assert len(telegrams) == 1
    assert size_of(events) == len(raw)
    without = recording.name.startswith(("esy5", "v2_2", "v3"))
    assert telegrams[0].crc == ("absent" if without else "ok")


def test_recordings_reduced_to_lf_still_hold(recording: Path) -> None:
    raw = recording.read_bytes().replace(b"\r\n", b"\n")
    crc = [event.crc for event in events_of([raw]) if isinstance(event, TelegramBytes)]
    assert crc in (["ok"], ["absent"])
