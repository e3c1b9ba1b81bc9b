from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from fieldapp.work.live import Heard
from hardware.p1.framer import Noise, NoiseReason
from hardware.p1.telegram import Telegram, parse
from hardware.simulators.p1 import MeterSpec, P1Meter
from ui.presenters.live_findings import Answer, examine
from ui.presenters.live_line import LineHealth, LineLog, Verdict
from ui.presenters.live_reading import Phase, net_of, reading_of

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


def telegram(version: str = "5.0", at: datetime = NOON, phases: int = 3) -> Telegram:
    spec = MeterSpec(version, phases, gas_number="G0099000000000226", seed=3)
    return parse(P1Meter(spec).telegram(at))


def damaged() -> Telegram:
    return parse(b"/ABC5X\r\n\r\n1-0:1.8.1(000001.000*kWh)\r\n!0000\r\n")


def heard(event: Telegram | Noise, second: float) -> Heard:
    return Heard(event, NOON + timedelta(seconds=second), second, 115200)


NOISE = Noise(3, b"abc", NoiseReason.OUTSIDE)


def test_a_line_that_speaks_every_second_is_healthy() -> None:
    log = LineLog()
    assert log.health.verdict(0) is Verdict.NOTHING
    for second in range(30):
        at = NOON + timedelta(seconds=second + 2)
        log.count(heard(telegram(at=at), second))
    health = log.health
    assert (health.telegrams, health.damaged, health.noise) == (30, 0, 0)
    assert health.interval_s == Decimal("1.0")
    assert health.clock_s == 2
    assert health.verdict(29.5) is Verdict.HEALTHY
    assert health.verdict(33.5) is Verdict.SILENT


def test_faults_are_counted_and_forgotten_after_a_while() -> None:
    log = LineLog()
    log.count(heard(NOISE, 0))  # half a telegram, as every cable begins
    assert log.health.verdict(0) is Verdict.NOTHING
    log.count(heard(telegram(), 1))
    log.count(heard(damaged(), 2))
    log.count(heard(NOISE, 3))
    log.count(heard(telegram(), 4))
    assert (log.health.damaged, log.health.noise) == (1, 1)
    assert log.health.verdict(4) is Verdict.DISTURBED
    for second in range(5, 30):
        log.count(heard(telegram(), second))
    assert log.health.verdict(29) is Verdict.HEALTHY
    assert (log.health.damaged, log.health.noise) == (1, 1)


def test_nothing_but_damage_is_disturbed() -> None:
    log = LineLog()
    log.count(heard(damaged(), 0))
    assert log.health.verdict(1) is Verdict.DISTURBED


def test_a_telegram_of_today() -> None:
    found = reading_of(telegram())
    assert found.version == "50"
    assert [register.obis for register in found.registers] == [
        "1.8.1",
        "1.8.2",
        "2.8.1",
        "2.8.2",
    ]
    assert len(found.phases) == 3
    assert all(phase.volts is not None for phase in found.phases)
    assert found.gas is not None
    assert (found.gas.number, found.gas.unit) == ("G0099000000000226", "m3")
    assert found.tariff in {"1", "2"}
    assert found.unread == 0


def test_what_an_old_meter_does_not_send_is_none() -> None:
    found = reading_of(telegram("2.2", phases=1))
    assert found.import_kw is not None
    assert all(phase.net_kw is None for phase in found.phases)
    assert all(phase.volts is None for phase in found.phases)
    assert found.time is None
    assert found.long_failures is None
    four = reading_of(telegram("4.2", phases=3))
    assert all(phase.volts is None for phase in four.phases)
    assert all(phase.net_kw is not None for phase in four.phases)


def test_a_device_that_was_taken_away_has_no_value() -> None:
    raw = b"/X\r\n\r\n0-1:24.1.0(007)\r\n0-1:96.1.0(4730)\r\n0-2:96.1.0(4731)\r\n!\r\n"
    found = reading_of(parse(raw))
    assert [(d.channel, d.kind, d.value) for d in found.devices] == [
        (1, "water", None),
        (2, "type_0", None),
    ]
    assert found.gas is None


def test_totals_stand_in_for_tariffs_that_are_not_there() -> None:
    raw = b"/X\r\n\r\n1-0:1.8.0(000012.500*kWh)\r\n1-0:99.1.1(1)\r\n!\r\n"
    found = reading_of(parse(raw))
    assert [(r.obis, r.value) for r in found.registers] == [("1.8.0", Decimal("12.500"))]
    assert found.unread == 1


@pytest.mark.parametrize(
    ("taken", "given", "net"),
    [("1.200", "0.000", "1.200"), (None, "0.300", "-0.300"), ("0.000", None, "0.000")],
)
def test_net_power_keeps_its_digits(taken: str | None, given: str | None, net: str) -> None:
    found = net_of(
        None if taken is None else Decimal(taken), None if given is None else Decimal(given)
    )
    assert str(found) == net
    assert net_of(None, None) is None


def _with_volts(*volts: str | None) -> tuple[Phase, ...]:
    return tuple(Phase(volts=None if v is None else Decimal(v)) for v in volts)


@pytest.mark.parametrize(
    ("volts", "rules"),
    [
        (("230.1", "207.0", "253.0"), [("voltage", Answer.RULED_OUT, 0)]),
        (("230.1", "206.9", "229"), [("voltage_low", Answer.FOUND, 2)]),
        (
            ("230.1", "253.1", "20"),
            [
                ("voltage_high", Answer.FOUND, 2),
                ("phase_missing", Answer.FOUND, 3),
            ],
        ),
        ((None, None, None), [("voltage", Answer.NOT_EXAMINED, 0)]),
    ],
)
def test_voltages_are_found_ruled_out_or_not_examined(
    volts: tuple[str | None, ...], rules: list[tuple[str, Answer, int]]
) -> None:
    reading = reading_of(telegram())
    found = examine(replace(reading, phases=_with_volts(*volts)), LineHealth(clock_s=0))
    about = [(f.rule, f.answer, f.phase) for f in found if f.rule != "clock_off"]
    assert about == rules


def test_the_line_is_ruled_out_or_says_what_is_wrong_with_it() -> None:
    log = LineLog()
    log.vouch(timedelta())
    for second in range(10):
        log.count(heard(telegram(at=NOON + timedelta(seconds=second)), second))
    found = examine(reading_of(telegram()), log.health)
    assert {"line", "clock_off"} <= {f.rule for f in found if f.answer is Answer.RULED_OUT}
    log.count(heard(telegram(at=NOON + timedelta(seconds=14)), 14))
    found = examine(reading_of(telegram()), log.health)
    assert (found[0].rule, found[0].count, found[0].severity) == ("lost", 4, "fault")


@pytest.mark.parametrize(("vouched", "rule"), [(True, "clock_off"), (False, "clock_unsure")])
def test_a_clock_is_off_only_by_one_that_is_sure(rule: str, *, vouched: bool) -> None:
    log = LineLog()
    log.vouch(timedelta() if vouched else None)
    log.count(heard(telegram(at=NOON + timedelta(seconds=90)), 0))
    found = examine(reading_of(telegram()), log.health)[0]
    assert (found.rule, found.value, found.limit) == (rule, Decimal(90), Decimal(1))


@pytest.mark.parametrize(
    ("clock_s", "answer"),
    [(60, Answer.RULED_OUT), (-61, Answer.FOUND), (None, Answer.NOT_EXAMINED)],
)
def test_the_clock(clock_s: int | None, answer: Answer) -> None:
    found = examine(reading_of(telegram()), LineHealth(clock_s=clock_s))
    assert next(f.answer for f in found if f.rule == "clock_off") is answer
    if answer is Answer.FOUND:
        assert found[0].rule == "clock_off"
