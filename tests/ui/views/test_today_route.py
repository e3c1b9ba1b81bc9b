from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.ui.views.conftest import Show
from ui.views import theme
from ui.views.route_picture import RoutePicture
from ui.views.route_scheme import Label, Stop, StopState, labels, lay_out, road

ROOM = QRectF(120, 30, 180, 400)
KEYS = st.lists(st.text(min_size=1, max_size=12), unique=True, min_size=1, max_size=16)


def apart(a: QPointF, b: QPointF) -> float:
    return math.hypot(a.x() - b.x(), a.y() - b.y())


@settings(max_examples=100, deadline=None)
@given(KEYS)
def test_stops_lie_in_the_room_in_order_and_always_the_same(keys: list[str]) -> None:
    scheme = lay_out(keys, ROOM)
    assert scheme == lay_out(keys, ROOM)
    grown = ROOM.adjusted(-1, -1, 1, 1)
    assert all(grown.contains(stop) for stop in scheme.stops)
    angles = [
        math.atan2(s.y() - ROOM.center().y(), (s.x() - ROOM.center().x()) * 400 / 180)
        for s in scheme.stops
    ]
    turned = [(angle - math.pi / 2) % (2 * math.pi) for angle in angles]
    assert turned == sorted(turned)


def test_even_a_long_day_keeps_its_stops_apart() -> None:
    stops = lay_out([f"visit-{n}" for n in range(14)], ROOM).stops
    assert min(apart(a, b) for a, b in pairwise(stops)) > 30


def test_the_road_runs_through_every_point() -> None:
    points = [QPointF(0, 0), QPointF(50, 10), QPointF(80, 90)]
    pieces = road(points)
    assert [p.pointAtPercent(0) for p in pieces] == points[:-1]
    assert [p.pointAtPercent(1) for p in pieces] == points[1:]


def _placed(*places: str, state: StopState = StopState.LATER) -> tuple[Stop, ...]:
    return tuple(Stop(f"{n}", n, place, state) for n, place in enumerate(places, 1))


def _labels(stops: tuple[Stop, ...], room: QRectF = ROOM) -> list[Label]:
    scheme = lay_out([stop.key for stop in stops], room)
    texts = (lambda text: 7.0 * len(text), lambda text, room: text[: max(0, int(room / 7))])
    return list(labels(stops, scheme, room.right() + room.left(), texts))


def test_places_in_a_row_are_named_once_and_the_next_one_always() -> None:
    same = _placed("Monster", "Monster", "De Lier", "Monster")
    assert [label.stop.number for label in _labels(same)] == [1, 3, 4]
    next_one = (same[0], replace(same[1], state=StopState.NEXT), *same[2:])
    assert [label.stop.number for label in _labels(next_one)] == [1, 2, 3, 4]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["Monster", "De Lier", "'s-Gravenzande"]), max_size=24))
def test_no_name_lies_on_a_stop_or_on_another_name(places: list[str]) -> None:
    stops = _placed(*places)
    scheme = lay_out([stop.key for stop in stops], ROOM)
    found = _labels(stops)
    for one, other in combinations(found, 2):
        assert not one.spot.intersects(other.spot)
    for label in found:
        for stop, at in zip(stops, scheme.stops, strict=True):
            near = QRectF(at.x() - 10, at.y() - 10, 20, 20)
            assert stop is label.stop or not label.spot.intersects(near)


STOPS = (
    Stop("a", 1, "Naaldwijk", StopState.DONE, "stop 1, klaar"),
    Stop("b", 2, "'s-Gravenzande", StopState.NOT_DONE, "stop 2, niemand thuis"),
    Stop("c", 3, "Monster", StopState.NEXT, "stop 3, gepland"),
    Stop("d", 4, "De Lier", StopState.LATER, "stop 4, gepland"),
)


@pytest.fixture
def picture(qt: QApplication, show: Show) -> RoutePicture:
    assert qt is not None
    made = RoutePicture()
    made.show_stops(STOPS, "depot", "Route met 4 stops, 1 klaar")
    show(made, QSize(400, 480))
    return made


def test_the_picture_is_told_without_eyes(picture: RoutePicture) -> None:
    assert picture.accessibleName() == "Route met 4 stops, 1 klaar"
    assert "stop 2, niemand thuis" in picture.accessibleDescription()


def test_a_touch_on_a_stop_chooses_it_and_elsewhere_nothing(picture: RoutePicture) -> None:
    chosen: list[str] = []
    picture.chosen.connect(chosen.append)
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for place in picture.scheme().stops:
        QTest.mouseMove(picture, place.toPoint())
        QTest.mouseClick(picture, left, none, place.toPoint())
    QTest.mouseClick(picture, left, none, QPoint(200, 200))
    assert chosen == ["a", "b", "c", "d"]
    assert picture.stop_at(QPointF(200, 200)) is None


def test_keys_walk_the_stops(picture: RoutePicture) -> None:
    chosen: list[str] = []
    picture.chosen.connect(chosen.append)
    picture.setFocus()
    QTest.keyClick(picture, Qt.Key.Key_Return)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Left):
        QTest.keyClick(picture, key)
    picture.grab()
    QTest.keyClick(picture, Qt.Key.Key_Up)
    QTest.keyClick(picture, Qt.Key.Key_Enter)
    assert chosen == ["b", "d"]
    picture.show_stops(STOPS[:1], "depot", "")
    QTest.keyClick(picture, Qt.Key.Key_Return)
    assert chosen == ["b", "d", "a"]
    QTest.keyClick(picture, Qt.Key.Key_Space)


@pytest.mark.parametrize("theme_name", theme.THEMES)
def test_done_is_filled_next_is_ringed_and_later_is_open(
    picture: RoutePicture, show: Show, theme_name: str
) -> None:
    of = theme.THEMES[theme_name]
    image = show(picture, QSize(400, 480), theme_name).toImage()
    done, not_done, following, later = picture.scheme().stops
    aside = QPointF(-9, 0)

    def colour(at: QPointF) -> str:
        point = at.toPoint()
        return image.pixelColor(point).name().upper()

    assert colour(done + aside) == of.done.upper()
    assert colour(following + aside) == of.accent.upper()
    assert colour(following + QPointF(0, 17)) == of.surface.upper()
    assert colour(later + aside) == of.surface.upper()
    assert colour(not_done + aside) == of.surface.upper()


def test_an_empty_day_has_a_depot_only(qt: QApplication, show: Show) -> None:
    assert qt is not None
    picture = RoutePicture()
    show(picture, QSize(300, 300))
    QTest.keyClick(picture, Qt.Key.Key_Right)
    assert picture.stop_at(QPointF(10, 10)) is None
