"""The health of a line, told from telegrams whose times and damage are known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from hardware.p1.builder import frame
from hardware.p1.framer import Noise, NoiseReason
from hardware.p1.health import Code, Exchange, Health, LineFinding, MeterClock, Severity
from hardware.p1.line_watch import Arrival, LineWatch
from hardware.p1.rhythm import old_values
from hardware.p1.telegram import parse
from hardware.p1.timestamps import build_stamp
from hardware.simulators.p1 import MeterSpec, P1Meter

NOON = datetime(2026, 6, 3, 10, tzinfo=UTC)
NOISE = Noise(7, b"abcdefg", NoiseReason.OUTSIDE)


class Line:
    """A meter, its cable and a watch on it."""

    def __init__(self, version: str = "5.0", number: str = "E0099000000000126") -> None:
        self.meter = P1Meter(MeterSpec(version, 1, meter_number=number))
        self.watch = LineWatch()
        self.late_s = 0.2
        self.meter_ahead = timedelta()

    def hear(self, *seconds: float) -> Line:
        for second in seconds:
            raw = self.meter.telegram(NOON + timedelta(seconds=second) + self.meter_ahead)
            self.arrive(raw, second)
        return self

    def hear_damaged(self, second: float) -> Line:
        raw = self.meter.telegram(NOON + timedelta(seconds=second) + self.meter_ahead)
        self.arrive(raw.replace(b"1-0:1.8.1(0", b"1-0:1.8.1(1"), second)
        return self

    def arrive(self, raw: bytes, second: float) -> None:
        at = NOON + timedelta(seconds=second + self.late_s)
        self.watch.take(Arrival(parse(raw), raw, at, 1000 + second + self.late_s))

    def disturb(self, second: float) -> Line:
        self.watch.take(Arrival(NOISE, b"abcdefg", NOON, 1000 + second))
        return self

    @property
    def health(self) -> Health:
        return self.watch.health

    def codes(self) -> list[tuple[Code, Severity]]:
        return [(finding.code, finding.severity) for finding in self.health.findings]


@pytest.mark.parametrize(("version", "step"), [("5.0", 1), ("4.2", 10), ("2.2", 10)])
def test_a_sound_line_has_no_findings(version: str, step: int) -> None:
    line = Line(version).hear(*range(0, 30 * step, step))
    health = line.health
    assert (health.telegrams, health.lost, health.gaps) == (30, 0, 0)
    assert (health.interval_s, health.expected_s) == (Decimal(f"{step}.0"), step)
    assert health.findings == ()


def test_lost_telegrams_are_counted_by_the_meters_own_times() -> None:
    line = Line().hear(0, 1, 2, 5, 6).hear_damaged(7).hear(8, 9)
    assert (line.health.lost, line.health.damaged) == (2, 1)
    finding = next(f for f in line.health.findings if f.code is Code.LOST)
    assert (finding.count, finding.limit) == (2, Decimal(10))
    assert finding.severity is Severity.FAULT
    old = Line("4.2").hear(0, 10, 30, 40, 50, 60, 70, 80, 90, 100, 110)
    assert old.codes() == [(Code.LOST, Severity.WARNING)]


def test_a_meter_that_keeps_to_a_slower_rhythm_loses_nothing() -> None:
    line = Line().hear(*range(0, 100, 10))
    assert (line.health.lost, line.health.gaps) == (0, 0)
    assert line.codes() == [(Code.INTERVAL, Severity.NOTE)]
    finding = line.health.findings[0]
    assert (finding.value, finding.limit) == (Decimal("10.0"), Decimal(1))


def test_a_version_without_times_has_gaps_and_nothing_lost() -> None:
    line = Line("2.2").hear(0, 10, 20, 60, 70)
    assert (line.health.lost, line.health.gaps) == (0, 1)
    assert line.health.longest_gap_s == Decimal(40)
    assert line.health.clock is None
    assert line.codes() == [(Code.GAPS, Severity.WARNING)]


def test_damage_says_where_and_how_often() -> None:
    line = Line().hear(0, 1).hear_damaged(2)
    assert line.health.damage is not None
    assert line.health.damage.line.startswith("1-0:1.8.1(1")
    finding = line.health.findings[0]
    assert (finding.code, finding.severity) == (Code.DAMAGED, Severity.WARNING)
    assert finding.text == "1-0:1.8.1"
    for second in (3, 4, 5):
        line.hear_damaged(second)
    assert line.codes() == [(Code.DAMAGED, Severity.FAULT)]
    line.hear(*range(6, 40))
    assert line.codes() == [(Code.DAMAGED, Severity.NOTE)]


def test_damage_before_anything_sound_is_looked_at_alone() -> None:
    line = Line().hear_damaged(0)
    assert line.health.damaged == 1
    assert line.health.telegrams == 0


def test_noise_counts_from_the_first_telegram_on() -> None:
    line = Line().disturb(0).hear(1).disturb(2).hear(2)
    assert (line.health.noise, line.health.noise_octets) == (1, 7)
    assert line.codes() == [(Code.NOISE, Severity.WARNING)]


@pytest.mark.parametrize(
    ("ahead_s", "sure", "code"),
    [
        (0, True, None),
        (60, True, None),
        (90, True, Code.CLOCK_OFF),
        (-61, True, None),
        (-90, True, Code.CLOCK_OFF),
        (90, False, Code.CLOCK_UNSURE),
    ],
)
def test_the_meters_clock_is_held_to_a_clock_somebody_vouches_for(
    ahead_s: int, code: Code | None, *, sure: bool
) -> None:
    line = Line()
    line.meter_ahead = timedelta(seconds=ahead_s)
    line.watch.clock_error = timedelta() if sure else None
    line.hear(0, 1, 2)
    assert line.health.clock == MeterClock(ahead_s, 1, sure)
    assert [found for found, _ in line.codes()] == ([] if code is None else [code])


def test_the_laptops_own_error_is_taken_off() -> None:
    line = Line()
    line.watch.clock_error = timedelta(seconds=-120)
    line.hear(0, 1)
    assert line.health.clock == MeterClock(-120, 1, is_sure=True)


def test_the_margin_of_an_older_meter_is_its_interval() -> None:
    line = Line("4.2")
    line.late_s = 6
    line.watch.clock_error = timedelta()
    line.meter_ahead = timedelta(seconds=-60)
    line.hear(0, 10)
    assert line.health.clock == MeterClock(-66, 10, is_sure=True)
    assert line.codes() == []


def test_a_clock_that_is_set_meanwhile_loses_nothing() -> None:
    line = Line().hear(0, 1, 2)
    line.meter_ahead = timedelta(seconds=40)
    line.hear(3, 4)
    assert (line.health.lost, line.health.clock_sets) == (0, 1)
    assert (Code.CLOCK_SET, Severity.NOTE) in line.codes()


def test_another_meter_is_noticed_and_starts_afresh() -> None:
    line = Line().hear(0, 1)
    other = P1Meter(MeterSpec(meter_number="E0044007382246019", gas=False))
    line.arrive(other.telegram(NOON + timedelta(hours=2)), 60)
    assert line.health.exchanges == (Exchange(0, "E0099000000000126", "E0044007382246019"),)
    assert (line.health.lost, line.health.clock_sets, line.health.gaps) == (0, 0, 0)
    assert (Code.EXCHANGED, Severity.WARNING) in line.codes()


def test_another_device_is_noticed_too() -> None:
    line = Line().hear(0)
    other = P1Meter(MeterSpec(gas_number="G0007001234567809"))
    line.arrive(other.telegram(NOON + timedelta(seconds=1)), 1)
    finding = line.health.findings[0]
    assert (finding.code, finding.channel) == (Code.DEVICE_EXCHANGED, 1)
    assert (finding.text, finding.other) == ("G0099000000000226", "G0007001234567809")


def mbus(version: str, age: timedelta | None, unit: str = "*m3") -> bytes:
    stamp = "632525252525S" if age is None else build_stamp(NOON - age)
    lines = [f"1-3:0.2.8({version})", f"0-0:1.0.0({build_stamp(NOON)})", "0-1:24.1.0(003)"]
    lines += ["0-1:96.1.0(4730)", f"0-1:24.2.1({stamp})(00001.000{unit})"]
    return frame("X5", lines, checksum=True)


@pytest.mark.parametrize(
    ("version", "minutes", "old"),
    [("50", 15, False), ("50", 16, True), ("42", 60, False), ("42", 61, True)],
)
def test_values_of_devices_grow_old_by_the_meters_clock(
    version: str, minutes: int, *, old: bool
) -> None:
    found = old_values(parse(mbus(version, timedelta(minutes=minutes))), None)
    assert [value.age for value in found] == ([timedelta(minutes=minutes)] if old else [])


def test_a_device_that_was_never_heard_is_said_and_one_that_left_is_not() -> None:
    line = Line()
    line.arrive(mbus("50", None), 0)
    finding = line.health.findings[0]
    assert finding == LineFinding(Code.NO_VALUE, Severity.WARNING, 1, text="G0")
    line.arrive(mbus("50", timedelta(minutes=31)), 1)
    finding = line.health.findings[0]
    assert (finding.code, finding.value, finding.unit) == (Code.OLD_VALUE, Decimal(31), "min")
    line.arrive(mbus("50", None, unit=""), 2)
    assert line.health.findings == ()


def test_without_a_time_in_the_telegram_a_sure_clock_stands_in() -> None:
    raw = P1Meter(MeterSpec("2.2")).telegram(NOON)
    assert old_values(parse(raw), None) == ()
    found = old_values(parse(raw), NOON + timedelta(hours=3))
    assert [value.channel for value in found] == [1]
