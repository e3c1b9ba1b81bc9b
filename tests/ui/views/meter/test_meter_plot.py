from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ui.presenters.live_reading import Phase
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_live_plot import LOOKS, series_of
from ui.views.meter_phases import PhaseBars
from ui.views.plot import Plot
from ui.views.plot_legend import Legend
from ui.views.plot_picture import Look, Picture, Series, Window
from ui.views.plot_shape import (
    Column,
    at_moment,
    gathered,
    pieces,
    scale,
    steps,
    visible,
)

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
SIZE = QSize(600, 200)
POWER = LOOKS["power"]
Show = Callable[..., QPixmap]
numbers = st.floats(-30, 30, allow_nan=False)
columns = st.lists(
    st.tuples(st.integers(0, 3600), numbers, numbers, numbers).map(
        lambda one: (float(one[0]), min(one[1:]), sorted(one[1:])[1], max(one[1:]))
    ),
    min_size=1,
    max_size=200,
).map(sorted)


def flat(value: float, *moments: float) -> list[Column]:
    return [(moment, value, value, value) for moment in moments]


@given(numbers, numbers, st.booleans())
def test_the_scale_holds_every_value(one: float, other: float, from_zero: bool) -> None:  # noqa: FBT001 - a case
    low, high = sorted((one, other))
    ticks = scale(low, high, from_zero=from_zero, least=0.4)
    assert ticks[0] <= low + 1e-6
    assert ticks[-1] >= high - 1e-6
    assert ticks[-1] - ticks[0] >= 0.4 - 1e-9
    assert not from_zero or ticks[0] <= 0 <= ticks[-1]
    assert 2 <= len(ticks) <= 9


@given(columns)
def test_columns_hide_no_peak(found: list[Column]) -> None:
    wide = gathered(found, 7.0)
    assert min(low for _, low, _, _ in wide) == min(low for _, low, _, _ in found)
    assert max(high for *_, high in wide) == max(high for *_, high in found)
    assert all(low - 1e-9 <= mean <= high + 1e-9 for _, low, mean, high in wide)
    assert len({at // 7.0 for at, *_ in wide}) == len(wide)


def test_a_value_holds_until_the_next() -> None:
    assert steps([(0, 1.0), (10, 2.0)]) == [(0, 1.0), (10, 1.0), (10, 2.0)]


def test_a_gap_breaks_the_line() -> None:
    line = flat(1.0, 0, 10, 100)
    assert pieces(line, 35.0) == [line[:2], line[2:]]
    assert pieces([], 35.0) == []


def test_the_value_before_the_window_still_counts() -> None:
    line = flat(1.0, 0, 10, 20, 30)
    assert visible(line, 12, 25) == line[1:3]
    assert visible(line, 0, 100) == line
    assert visible(line, 40, 50) == line[3:]
    assert visible((), 0, 10) == []


def test_a_moment_has_the_value_that_held_then() -> None:
    line = flat(1.0, 0, 10)
    assert at_moment(line, 9.9, 35.0) == line[0]
    assert at_moment(line, 10, 35.0) == line[1]
    assert at_moment(line, 45.1, 35.0) is None
    assert at_moment(line, -1, 35.0) is None


def shown(words: Words, *, gap_s: float = 35.0, end_s: float = 300.0) -> Plot:
    plot = Plot(words)
    plot.resize(SIZE)
    line = [(float(n), 0.4, 0.5, 0.6) for n in range(300)]
    look = Look("kW", gap_s=gap_s)
    plot.show_series([Series("L1", 0, line)], Window(end_s, NOON, 300.0), look)
    return plot


@pytest.mark.parametrize("theme_name", ["light", "dark", "outdoor"])
def test_lines_are_painted_in_the_colours_of_their_phases(
    qt: QApplication, words: Words, show: Show, theme_name: str
) -> None:
    assert qt is not None
    image = show(shown(words), SIZE, theme_name).toImage()
    colour = QColor(theme.THEMES[theme_name].phases[0]).rgb()
    assert any(image.pixelColor(300, y).rgb() == colour for y in range(image.height()))
    empty = show(Plot(words), SIZE, theme_name).toImage()
    assert all(empty.pixelColor(300, y).rgb() != colour for y in range(empty.height()))


def test_a_gap_is_left_empty(qt: QApplication, words: Words, show: Show) -> None:
    assert qt is not None
    plot = Plot(words)
    line = [one for one in flat(0.5, *map(float, range(300))) if not 100 < one[0] < 200]
    window = Window(300.0, NOON, 300.0)
    plot.show_series([Series("L1", 0, line)], window, Look("kW", gap_s=3.5))
    image = show(plot, SIZE).toImage()
    colour = QColor(theme.THEMES["light"].phases[0]).rgb()

    def has_line(share: float) -> bool:
        x = int(56 + share * (600 - 64))
        return any(image.pixelColor(x, y).rgb() == colour for y in range(image.height()))

    assert [has_line(0.2), has_line(0.5), has_line(0.8)] == [True, False, True]


def test_pointing_reads_out_and_paints_the_lines_no_second_time(
    qt: QApplication, words: Words, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert qt is not None
    painted: list[int] = []
    paint = Picture.paint

    def counted(picture: Picture, painter: QPainter) -> None:
        painted.append(1)
        paint(picture, painter)

    monkeypatch.setattr(Picture, "paint", counted)
    plot = shown(words)
    show(plot, SIZE)
    painted.clear()
    QTest.mouseMove(plot, QPoint(324, 100))
    plot.grab()
    told = words.number(Decimal("0.500"), "kW")
    ends = f"{words.number(Decimal('0.400'))} … {words.number(Decimal('0.600'))}"
    assert plot.readout() == f"11:57:30   L1 {told} ({ends})"
    assert plot.accessibleDescription() == plot.readout()
    QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=QPoint(592, 100))
    assert plot.readout().startswith("12:00:00")
    qt.sendEvent(plot, QEvent(QEvent.Type.Leave))
    plot.grab()
    assert painted == []
    plot.show_series([], Window(300.0, NOON, 300.0), POWER)
    plot.grab()
    assert painted == [1]


def test_the_arrows_walk_and_enter_goes_there(
    qt: QApplication, words: Words, show: Show
) -> None:
    assert qt is not None
    plot = shown(words)
    gone: list[float] = []
    plot.chosen.connect(gone.append)
    show(plot, SIZE)
    QTest.keyClick(plot, Qt.Key.Key_Return)
    assert gone == []
    QTest.keyClick(plot, Qt.Key.Key_Home)
    assert plot.readout().startswith("11:55:00")
    QTest.keyClick(plot, Qt.Key.Key_Right)
    QTest.keyClick(plot, Qt.Key.Key_Left)
    assert plot.readout().startswith("11:55:00")
    QTest.keyClick(plot, Qt.Key.Key_End)
    QTest.keyClick(plot, Qt.Key.Key_Return)
    assert gone == [300.0]
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    assert plot.readout() == ""
    QTest.mouseDClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(56, 100))
    assert gone[-1] == 0.0


def test_a_moment_without_a_value_says_so(qt: QApplication, words: Words) -> None:
    assert qt is not None
    plot = shown(words, gap_s=3.5, end_s=400.0)
    plot.point_at(350.0)
    assert plot.readout().endswith("niets ontvangen")
    plot.show_nothing("geen spanning")
    assert plot.readout() == ""


def test_over_days_the_day_is_told(qt: QApplication, words: Words) -> None:
    assert qt is not None
    long = Picture(words, (), Window(0.0, NOON, 200_000.0), POWER, 600, 200)
    assert long.clock(NOON - timedelta(days=1), seconds=False) == "zo 22 nov 12:00"


def test_the_legend_names_its_lines(qt: QApplication, words: Words, show: Show) -> None:
    assert (qt, words) is not None
    legend = Legend()
    legend.show_names([(0, "L1"), (1, "L2")])
    show(legend, QSize(200, 20))
    assert legend.accessibleName() == "L1, L2"


def test_a_line_for_each_phase_and_of_an_old_meter_one() -> None:
    one, two = flat(0.1, 0), flat(0.2, 0)
    found = series_of({1: one, 2: two}, "all")
    assert [(s.name, s.place, s.columns) for s in found] == [("L1", 0, one), ("L2", 1, two)]
    assert [(s.name, s.place) for s in series_of({0: one}, "all")] == [("all", 0)]
    assert series_of({}, "all") == ()


def test_phases_are_spoken_and_scaled(qt: QApplication, words: Words, show: Show) -> None:
    assert qt is not None
    bars = PhaseBars(words)
    phases = (
        Phase(Decimal("1.842"), Decimal("230.4")),
        Phase(Decimal("-4.100"), Decimal("251.8")),
        Phase(None, None),
    )
    bars.show_phases(phases)
    assert bars.scale_kw() == 5
    assert f"L2 {words.number(Decimal('-4.100'))}".replace(
        "\u202f", " "
    ) in bars.accessibleName().replace("\u202f", " ")
    show(bars, QSize(700, 120))
    bars.show_phases((Phase(Decimal(90), Decimal(300)), Phase(Decimal(1), None, Decimal(4))))
    assert bars.scale_kw() == 50
    show(bars, QSize(700, 60))
