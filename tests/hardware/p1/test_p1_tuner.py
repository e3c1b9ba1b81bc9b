"""The machine that finds a port's settings, fed with what a line gives and when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hardware.drivers.p1_tuner import SILENT_S, WHOLE_S, Patience, Tuner, Verdict
from hardware.p1.cause import Cause
from hardware.port import LineControl, LineSettings
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.uart import garble, with_even_parity

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)
TELEGRAM = P1Meter(MeterSpec()).telegram(NOON)
FAST, SLOW = LineSettings(115200), LineSettings(9600)
LET_GO = LineSettings(115200, request=False)
USB = LineControl(speed=True, request=True)
SOCKET = LineControl(speed=False)


def heard(sent: int, at: LineSettings, *, inverted: bool = False) -> bytes:
    return garble(TELEGRAM, sent, at.baud, inverted=inverted)


def test_a_speed_that_does_not_fit_is_left_at_once() -> None:
    tuner = Tuner(USB)
    assert tuner.line == FAST
    assert tuner.take(b"", 1.0) is None
    assert tuner.take(heard(9600, FAST)[:40], 1.0) == SLOW
    assert tuner.line == SLOW
    assert tuner.take(TELEGRAM[300:], 0.4) is None
    assert tuner.telegram() == Verdict(None, SLOW, "8N1", request="held")


@pytest.mark.parametrize(
    ("sent", "steps"), [(19200, [19200]), (57600, [57600]), (2400, [9600, 2400])]
)
def test_other_speeds_are_worked_out(sent: int, steps: list[int]) -> None:
    tuner = Tuner(LineControl())
    visited = []
    while tuner.line.baud != sent:
        step = tuner.take(heard(sent, tuner.line)[:64], 0.5)
        assert isinstance(step, LineSettings)
        visited.append(step.baud)
    assert visited == steps


def test_where_a_port_was_heard_before_comes_first_and_holds_nothing_up() -> None:
    tuner = Tuner(USB, SLOW)
    assert tuner.line == SLOW
    assert tuner.take(heard(115200, SLOW)[:40], 0.9) is None
    assert tuner.take(b"", 1.1) == FAST


def test_silence_is_waited_out_once_and_then_without_the_request_line() -> None:
    tuner = Tuner(USB)
    assert tuner.take(b"", SILENT_S - 0.1) is None
    assert tuner.take(b"", SILENT_S) == LET_GO
    assert tuner.take(b"", SILENT_S) == Verdict(Cause.NOTHING, LET_GO, request="both")


def test_a_cable_that_wants_the_request_line_let_go_is_found() -> None:
    tuner = Tuner(USB)
    tuner.take(b"", SILENT_S)
    assert tuner.take(TELEGRAM, 1.0) is None
    assert tuner.telegram() == Verdict(None, LET_GO, request="both")
    again = Tuner(USB, LET_GO)
    assert again.take(b"", SILENT_S) == FAST


@pytest.mark.parametrize("control", [LineControl(), SOCKET])
def test_without_control_lines_silence_is_just_that(control: LineControl) -> None:
    tuner = Tuner(control)
    assert tuner.take(b"", SILENT_S) == Verdict(Cause.NOTHING, FAST, request="unknown")


def test_letting_go_may_be_left_for_later() -> None:
    tuner = Tuner(USB, None, Patience(2.4, lets_go=False))
    assert tuner.take(b"", 2.4) == Verdict(Cause.NOTHING, FAST, request="held")


def test_a_line_that_stays_low_is_not_silence() -> None:
    tuner = Tuner(LineControl())
    assert tuner.take(b"\0", 0.1) is None
    assert tuner.take(b"", 0.3) is None
    assert tuner.take(b"", SILENT_S) == Verdict(Cause.LOW, FAST)


def test_an_inverted_line_ends_it_at_any_speed() -> None:
    tuner = Tuner(USB)
    found = tuner.take(heard(115200, FAST, inverted=True), 0.5)
    assert isinstance(found, Verdict)
    assert (found.cause, found.line) == (Cause.INVERTED, FAST)
    assert "1-3:0.2.8(50)" in found.text
    old = Tuner(USB)
    assert old.take(heard(9600, FAST, inverted=True), 0.5) == SLOW
    found = old.take(heard(9600, SLOW, inverted=True), 0.5)
    assert isinstance(found, Verdict)
    assert (found.cause, found.line) == (Cause.INVERTED, SLOW)


def test_a_socket_can_not_be_set_and_says_so_at_once() -> None:
    found = Tuner(SOCKET).take(heard(9600, FAST)[:40], 0.5)
    assert found == Verdict(Cause.WRONG_SPEED, FAST)
    noise = Tuner(SOCKET)
    assert noise.take(heard(115200, SLOW)[:64], 0.5) is None
    assert noise.take(b"", SILENT_S) == Verdict(Cause.UNREADABLE, FAST)


def test_text_is_given_time_for_a_whole_telegram() -> None:
    tuner = Tuner(LineControl())
    assert tuner.take(TELEGRAM[-200:], 0.5) is None
    assert tuner.take(b"", 1.0) is None
    assert tuner.take(b"", SILENT_S + 1) is None
    assert tuner.take(b"", WHOLE_S) == Verdict(Cause.CUT_OFF, FAST)


def test_parity_is_found_in_the_eighth_bit() -> None:
    tuner = Tuner(LineControl())
    assert tuner.take(with_even_parity(TELEGRAM), 0.5) is None
    assert tuner.telegram().form == "7E1"


def test_a_damaged_character_of_7e1_is_no_reason_to_listen_elsewhere() -> None:
    sent = bytearray(with_even_parity(TELEGRAM[:96]))
    sent[30] ^= 4
    tuner = Tuner(LineControl(speed=True))
    assert tuner.take(bytes(sent), 0.5) is None
    assert tuner.take(b"", 0.7) is None
    assert tuner.telegram().form == "7E1"


def test_sealed_telegrams_end_it_unless_a_key_may_open_them() -> None:
    sealed = b"\xdb\x08SAGY\x05\xe0\xa5\x10\x82\x01\x2d\x30" + bytes(range(30))
    found = Tuner(LineControl()).take(sealed, 0.5)
    assert found == Verdict(Cause.ENCRYPTED, FAST)
    assert Tuner(LineControl(), has_keys=True).take(sealed, 0.5) is None


def test_noise_at_every_speed_ends_after_two_rounds() -> None:
    tuner, noise = Tuner(LineControl()), bytes.fromhex("f08199") * 40
    steps: list[object] = []
    while not steps or isinstance(steps[-1], LineSettings):
        steps.append(tuner.take(noise, 0.5))
    assert [step.baud for step in steps if isinstance(step, LineSettings)] == [
        9600,
        115200,
        9600,
    ]
    assert steps[-1] == Verdict(Cause.UNREADABLE, SLOW)


def test_a_burst_of_noise_is_not_called_silence() -> None:
    tuner = Tuner(LineControl())
    assert tuner.take(bytes.fromhex("f08199") * 40, 0.5) == SLOW
    assert tuner.take(b"", SILENT_S) == Verdict(Cause.UNREADABLE, SLOW)


def test_what_was_heard_before_a_change_is_no_evidence_after_it() -> None:
    tuner = Tuner(LineControl())
    late = heard(9600, FAST)
    assert tuner.take(late[:40], 0.5) == SLOW
    assert tuner.take(late[40:200], 0.001) is None
    assert tuner.take(TELEGRAM[100:400], 0.3) is None
    assert tuner.telegram().line == SLOW
