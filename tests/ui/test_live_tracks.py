from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fieldapp.work.live import Heard
from fieldapp.work.quantities import Key, quantities
from hardware.p1.builder import with_wrong_checksum
from hardware.p1.framer import Noise, NoiseReason
from hardware.p1.telegram import parse
from hardware.simulators.p1 import MeterSpec, P1Meter
from ui.presenters.live_history import MOST, History
from ui.presenters.live_reading import net_of
from ui.presenters.live_tracks import KEPT_S, Tracks

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
POWER = Key("power", 1)
WHOLE = P1Meter(MeterSpec(phases=3, seed=3)).telegram(NOON)


def heard(second: float, raw: bytes = WHOLE) -> Heard:
    return Heard(parse(raw), NOON + timedelta(seconds=second), second, 115200, raw)


def test_an_hour_costs_no_more_than_it_shows() -> None:
    tracks = Tracks()
    for second in range(3 * 3600):
        tracks.add(float(second), {POWER: float(second % 60)})
    minutes, hour = tracks.lines("power", 900)[1], tracks.lines("power", 3600)[1]
    assert (len(minutes), len(hour)) == (901, 900)
    assert minutes[0].at_s == 3 * 3600 - 901
    assert hour[0].at_s >= 2 * 3600 - 4
    assert {column.high for column in hour} == {float(n) for n in range(3, 60, 4)}


@given(st.lists(st.tuples(st.floats(0, 3000), st.floats(-9, 9)), min_size=1, max_size=60))
def test_no_peak_is_lost_and_the_mean_lies_between(values: list[tuple[float, float]]) -> None:
    tracks = Tracks()
    for at_s, value in sorted(values):
        tracks.add(at_s, {POWER: value})
    columns = tracks.lines("power", 3600)[1]
    assert min(column.low for column in columns) == min(value for _, value in values)
    assert max(column.high for column in columns) == max(value for _, value in values)
    assert all(c.low - 1e-9 <= c.mean <= c.high + 1e-9 for c in columns)


def test_nothing_is_older_than_an_hour_also_while_nothing_comes() -> None:
    tracks, history = Tracks(), History()
    tracks.add(0.0, {POWER: 1.0})
    history.add(heard(0.0))
    tracks.forget(KEPT_S - 1)
    history.forget(KEPT_S - 1)
    assert tracks.lines("power", 3600)
    assert len(history) == 1
    tracks.forget(KEPT_S + 5)
    history.forget(KEPT_S + 5)
    assert tracks.lines("power", 3600) == {}
    assert len(history) == 0
    assert history.at(0) is None
    assert history.last_sound() is None


def test_all_together_is_told_only_where_no_phase_is() -> None:
    tracks = Tracks()
    tracks.add(0.0, {Key("power", 0): 3.0, POWER: 1.0})
    assert set(tracks.lines("power", 300)) == {1}
    assert tracks.lines("voltage", 300) == {}
    old = Tracks()
    old.add(0.0, {Key("power", 0): 3.0})
    assert set(old.lines("power", 300)) == {0}


def test_what_a_telegram_says_is_drawn_in_kilowatts() -> None:
    telegram = parse(WHOLE)
    found = quantities(telegram)
    lines = {reading.name: reading.value for reading in telegram.readings}
    taken, given_back = lines["power_to_client_l1"], lines["power_by_client_l1"]
    assert isinstance(taken, Decimal)
    assert isinstance(given_back, Decimal)
    net = net_of(taken, given_back)
    assert net is not None
    assert found[POWER] == float(net)
    austrian = parse(b"/X\r\n\r\n1-0:1.7.0(000350*W)\r\n!\r\n")
    assert quantities(austrian) == {Key("power", 0): 0.35}


def test_history_steps_by_number_and_keeps_the_last() -> None:
    history = History()
    for second in range(MOST + 20):
        history.add(heard(second / 10))
    assert len(history) == MOST
    last = history.at(0)
    assert last is not None
    assert last.number == MOST + 20
    oldest = history.at(3)
    assert oldest is not None
    assert oldest.number == 21  # the third has gone
    beyond = history.at(99_999)
    assert beyond == last


def test_the_last_sound_telegram_is_neither_damage_nor_noise() -> None:
    history = History()
    history.add(heard(0.0))
    history.add(heard(1.0, with_wrong_checksum(WHOLE)))
    history.add(Heard(Noise(1, b"?", NoiseReason.OUTSIDE), NOON, 2.0, 9600, b"?"))
    found = history.last_sound()
    assert found is not None
    assert found.number == 1
