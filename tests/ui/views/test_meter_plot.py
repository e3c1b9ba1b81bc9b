from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QApplication

from ui.presenters.live_line import Sample
from ui.presenters.live_reading import Phase
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_live import series_of
from ui.views.meter_phases import PhaseBars
from ui.views.plot import (
    GAP_S,
    Legend,
    Plot,
    Series,
    Window,
    gathered,
    pieces,
    scale,
    steps,
    visible,
)

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
Show = Callable[..., QPixmap]
numbers = st.floats(-30, 30, allow_nan=False)


@given(st.lists(numbers, max_size=30))
def test_the_scale_holds_every_value_and_zero(values: list[float]) -> None:
    ticks = scale(values)
    assert ticks[0] <= min([0.0, *values]) + 1e-6
    assert ticks[-1] >= max([0.0, *values]) - 1e-6
    assert 0.0 in ticks
    assert 2 <= len(ticks) <= 9


@given(st.lists(st.tuples(st.floats(0, 3600), numbers), min_size=2, max_size=200))
def test_columns_hide_no_peak(points: list[tuple[float, float]]) -> None:
    ordered = sorted(points)
    columns = gathered(ordered, 7.0)
    values = [value for _, value in ordered]
    assert min(low for _, low, _, _ in columns) == min(values)
    assert max(high for *_, high in columns) == max(values)
    assert all(
        low <= mean + 1e-9 and mean <= high + 1e-9 for _, low, mean, high in columns[:-1]
    )


def test_a_value_holds_until_the_next() -> None:
    assert steps([(0, 1.0), (10, 2.0)]) == [(0, 1.0), (10, 1.0), (10, 2.0)]


def test_a_gap_breaks_the_line_and_the_end_holds() -> None:
    runs = pieces([(0, 1.0), (10, 1.0), (100, 2.0)], 105)
    assert runs == [[(0, 1.0), (10, 1.0)], [(100, 2.0), (105, 2.0)]]
    assert pieces([(0, 1.0)], 500) == [[(0, 1.0), (GAP_S, 1.0)]]
    assert pieces([], 5) == []


def test_the_value_before_the_window_still_counts() -> None:
    points = [(0, 1.0), (10, 2.0), (20, 3.0), (30, 4.0)]
    assert visible(points, 12, 25) == [(10, 2.0), (20, 3.0)]
    assert visible(points, 0, 100) == points
    assert visible(points, 40, 50) == [(30, 4.0)]


@pytest.mark.parametrize("theme_name", ["light", "dark", "outdoor"])
def test_lines_are_painted_in_the_colours_of_their_phases(
    qt: QApplication, words: Words, show: Show, theme_name: str
) -> None:
    assert qt is not None
    plot = Plot(words)
    points = tuple((float(n), 0.5) for n in range(300))
    plot.show_series([Series("L1", 0, points)], Window(300.0, NOON, 300.0))
    image = show(plot, QSize(600, 200), theme_name).toImage()
    colour = QColor(theme.THEMES[theme_name].phases[0]).rgb()
    rows = [y for y in range(image.height()) if image.pixelColor(300, y).rgb() == colour]
    assert rows
    empty = show(Plot(words), QSize(600, 200), theme_name).toImage()
    assert all(empty.pixelColor(300, y).rgb() != colour for y in range(empty.height()))


def test_the_legend_names_its_lines(qt: QApplication, words: Words, show: Show) -> None:
    assert (qt, words) is not None
    legend = Legend()
    legend.show_names([(0, "L1"), (1, "L2")])
    show(legend, QSize(200, 20))
    assert legend.accessibleName() == "L1, L2"


def _sample(second: float, *net: str | None) -> Sample:
    phases = tuple(Phase(None if kw is None else Decimal(kw)) for kw in net)
    return Sample(NOON, second, phases, Decimal(1))


def test_a_line_for_each_phase_and_of_an_old_meter_one() -> None:
    found = series_of((_sample(0, "0.1", None), _sample(1, "0.2", "0.3")), "all")
    assert [(one.name, one.points) for one in found] == [
        ("L1", ((0, 0.1), (1, 0.2))),
        ("L2", ((1, 0.3),)),
    ]
    old = series_of((_sample(0), _sample(1)), "all")
    assert [(one.name, len(one.points)) for one in old] == [("all", 2)]
    bare = series_of((Sample(NOON, 5.0, (), None),), "all")
    assert bare[0].points == ((5.0, 0.0),)


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
    bars.show_phases((Phase(Decimal(90), Decimal(300)),))
    assert bars.scale_kw() == 50
    show(bars, QSize(700, 60))
