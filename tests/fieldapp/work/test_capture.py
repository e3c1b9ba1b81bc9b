from __future__ import annotations

import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.store.recordings import Label, Piece, Shelf
from fieldapp.work import capture
from fieldapp.work.capture import Flaw, Mark, Summary, digest, telegram_at
from fieldapp.work.capture_series import MOST, Column, Series
from fieldapp.work.capture_source import Plain, Source, Traced, source_of
from fieldapp.work.quantities import Key
from hardware.p1.telegram import parse
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.trace import Direction, Trace

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
OTHER = "E0099000000000999"


def telegrams(count: int, step_s: int = 1, **spec: object) -> list[bytes]:
    meter = P1Meter(MeterSpec(**{"phases": 3, "seed": 3, **spec}))  # type: ignore[arg-type]  # by name
    return [meter.telegram(NOON + timedelta(seconds=n * step_s)) for n in range(count)]


def read(source: Source) -> Summary:
    steps = digest(source)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found = end.value
            assert isinstance(found, Summary)
            return found


def plain(folder: Path, pieces: Iterable[bytes]) -> Plain:
    path = folder / "capture.p1"
    path.write_bytes(b"".join(pieces))
    return Plain(path)


@pytest.mark.parametrize("ending", ["ended", "grows", "cut"])
def test_one_of_our_own_without_its_end_says_so(tmp_path: Path, ending: str) -> None:
    shelf = Shelf(tmp_path / "recordings", bytes(32))
    until = NOON + timedelta(days=1)
    name = shelf.begin(Label(kind="recording", purpose="workshop", made_at=NOON, until=until))
    for second, octets in enumerate(telegrams(3)):
        shelf.append(name, NOON + timedelta(seconds=second), octets)
    if ending == "ended":
        shelf.append(name, NOON, b"")
    if ending == "cut":
        shelf.leave(name)
    found = read(shelf.source(name))
    assert found.telegrams == 3
    last = NOON + timedelta(seconds=2)
    size = shelf.source(name).size
    assert found.flaws == ((Flaw("cut", size, last),) if ending == "cut" else ())
    assert found.flaw_counts == ({"cut": 1} if ending == "cut" else {})
    shelf.close()


def test_a_sound_recording_is_told_in_one_summary(tmp_path: Path) -> None:
    whole = telegrams(90)
    found = read(plain(tmp_path, whole))
    assert (found.telegrams, found.octets, found.noise_octets) == (90, len(b"".join(whole)), 0)
    assert (found.first, found.last) == (NOON, NOON + timedelta(seconds=89))
    assert (found.versions, found.meters) == (("50",), ("E0099000000000126",))
    assert (found.flaws, found.flaw_counts, found.untimed) == ((), {}, False)
    assert {key.quantity for key in found.lines} == {"power", "voltage", "current"}
    assert len(found.lines[Key("voltage", 2)]) == 90
    voltage = parse(whole[0]).readings
    told = next(float(r.value) for r in voltage if r.name == "voltage_l2")  # type: ignore[arg-type]  # a number
    assert found.lines[Key("voltage", 2)][0][1:] == (told, told, told)


def test_what_is_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    whole = telegrams(20)
    damaged = whole[5].replace(b"1-0:1.8.1(", b"1-0:1.8.1(9")
    pieces = [*whole[:5], damaged, b"\xff\xfe noise \r\n", *whole[6:10], *whole[15:]]
    source = plain(tmp_path, pieces)
    found = read(source)
    kinds = [flaw.kind for flaw in found.flaws]
    assert kinds == ["damaged", "noise", "gap"]
    start = len(b"".join(whole[:5]))
    assert found.flaws[0].place == start
    assert found.flaws[1].place == start + len(damaged)
    assert (found.flaws[1].amount, found.noise_octets) == (11, 11)
    assert found.flaws[2].amount == 6


def test_another_meter_and_a_clock_that_goes_back_are_told(tmp_path: Path) -> None:
    mine, others = telegrams(3), telegrams(3, meter_number=OTHER)
    found = read(plain(tmp_path, [*mine, *others]))
    assert found.meters == ("E0099000000000126", OTHER)
    assert [(f.kind, f.about) for f in found.flaws] == [
        ("clock_back", ""),
        ("exchanged", OTHER),
    ]
    assert found.flaws[0].amount == 2


def test_lines_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    old = telegrams(1, version="3.0")[0]
    broken = old.replace(b"1-0:1.8.1(", b"1-0:1.8.1(x")
    found = read(plain(tmp_path, [broken]))
    assert [(f.kind, f.amount) for f in found.flaws] == [("unread", 1)]
    assert found.flaws[0].about.startswith("1-0:1.8.1(x")


def test_a_recording_without_time_counts_its_telegrams(tmp_path: Path) -> None:
    found = read(plain(tmp_path, telegrams(4, version="2.2")))
    assert found.untimed
    assert found.last == capture.UNTIMED + timedelta(seconds=30)
    assert found.lines[Key("power", 0)]


def test_a_list_of_flaws_is_bounded_and_says_how_many_there_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "MOST_FLAWS", 3)
    whole = telegrams(12)
    found = read(plain(tmp_path, [piece for one in whole for piece in (one, b"?\r\n")]))
    assert len(found.flaws) == 3
    assert found.flaw_counts == {"noise": 12}


def test_a_telegram_is_found_again_by_its_moment(tmp_path: Path) -> None:
    whole = telegrams(30)
    source = plain(tmp_path, [b"half a telegram!\r\n", *whole])
    found = read(source)
    assert len(found.marks) == 30
    for n in (0, 11, 29):
        wanted = NOON + timedelta(seconds=n)
        assert telegram_at(source, found.marks[n], wanted) == whole[n]
        assert telegram_at(source, found.marks[0], wanted) == whole[n]
    late = telegram_at(source, found.marks[-1], NOON + timedelta(hours=1))
    assert late == whole[-1]
    assert telegram_at(source, Mark(NOON, source.size), NOON) == b""


def test_marks_are_kept_ever_further_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "MOST_MARKS", 8)
    whole = telegrams(100)
    found = read(plain(tmp_path, whole))
    assert 4 <= len(found.marks) <= 8
    gaps = {(b.at - a.at).total_seconds() for a, b in pairwise(found.marks)}
    assert gaps == {16.0}


def test_our_own_recordings_and_traces_tell_the_same(tmp_path: Path) -> None:
    whole = telegrams(5)
    shelf = Shelf(tmp_path / "shelf", bytes(32))
    end = NOON + timedelta(days=1)
    name = shelf.begin(Label(kind="recording", purpose="workshop", made_at=NOON, until=end))
    for n, one in enumerate(whole):
        shelf.append(name, NOON + timedelta(seconds=n, milliseconds=250), one)
    shelf.append(name, NOON, b"")
    sealed = read(shelf.source(name))
    assert (sealed.telegrams, sealed.first) == (5, NOON + timedelta(milliseconds=250))
    at = sealed.marks[3]
    assert telegram_at(shelf.source(name), at, at.at) == whole[3]

    trace = Trace()
    for n, one in enumerate(whole):
        trace.add(Direction.RECEIVED, n, one[:300])  # type: ignore[arg-type]  # whole seconds
        trace.add(Direction.SENT, n, b"\x01")  # type: ignore[arg-type]  # whole seconds
        trace.add(Direction.RECEIVED, n, one[300:])  # type: ignore[arg-type]  # whole seconds
    path = tmp_path / "line.trace"
    path.write_text(trace.to_text() + "# a remark\n0.1 < no hex\n")
    source = source_of(path)
    assert isinstance(source, Traced)
    traced = read(source)
    assert (traced.telegrams, traced.first, traced.noise_octets) == (5, NOON, 0)
    at = traced.marks[3]
    assert telegram_at(source, at, at.at) == whole[3]
    assert isinstance(source_of(plain(tmp_path, whole).path), Plain)


def test_memory_does_not_grow_with_the_recording() -> None:
    once = b"".join(telegrams(300, step_s=60))

    class Long:
        """The same telegrams over and over: as long as wished, nothing on the disk."""

        size = 0

        def __init__(self, times: int) -> None:
            self.times = times

        def pieces(self, start: int = 0) -> Iterable[Piece]:
            for n in range(start, self.times):
                for place in range(0, len(once), 16384):
                    octets = once[place : place + 16384]
                    yield Piece(place, place + len(octets), None, octets)
                del n

    def most(times: int) -> int:
        tracemalloc.start()
        try:
            read(Long(times))  # type: ignore[arg-type]  # an iterator is made of it
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    most(1)
    assert most(9) < most(3) * 1.5


keys = st.sampled_from([Key("power", 1), Key("power", 2)])
moments = st.lists(st.tuples(st.integers(0, 20_000), keys, st.floats(-9, 9)), min_size=1)


@given(moments)
@settings(max_examples=50, deadline=None)
def test_a_series_loses_no_peak(values: list[tuple[int, Key, float]]) -> None:
    series = Series()
    for at_s, key, value in values:
        series.add(float(at_s), {key: value})
    for key, columns in series.lines().items():
        mine = [value for _, one, value in values if one == key]
        assert min(column.low for column in columns) == min(mine)
        assert max(column.high for column in columns) == max(mine)
        assert [c.at_s for c in columns] == sorted(c.at_s for c in columns)
        assert all(c.low - 1e-9 <= c.mean <= c.high + 1e-9 for c in columns)


def test_a_long_series_becomes_coarser() -> None:
    series, key = Series(), Key("power", 1)
    for n in range(4 * MOST):
        series.add(float(n), {key: float(n % 7)})
    columns = series.lines()[key]
    assert len(columns) <= MOST
    assert series.width_s == 4.0
    assert columns[1] == Column(4.0, 0.0, (4 + 5 + 6 + 0) / 4, 6.0)
