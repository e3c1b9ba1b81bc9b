from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fieldapp.domain import facts as f
from fieldapp.domain.progress import replay
from fieldapp.domain.time_spent import TimeSpent, time_spent

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_road_work_and_pauses_are_told_apart() -> None:
    facts: tuple[f.AnyFact, ...] = (
        f.VisitAccepted(at=at(0)),
        f.VisitTravelling(at=at(5)),
        f.VisitArrived(at=at(17)),
        f.VisitStarted(at=at(20)),
        f.ItemConfirmed(at=at(25), item="leaflet"),
        f.VisitPaused(at=at(50)),
        f.VisitStarted(at=at(60)),
        f.VisitClosed(at=at(75)),
        f.VisitCorrected(at=at(90), field="seal", old="1", new="2", reason="x", by="T1"),
    )
    spent = TimeSpent(timedelta(minutes=12), timedelta(minutes=48), timedelta(minutes=10))
    assert time_spent(replay(facts)) == spent


def test_nothing_is_guessed() -> None:
    assert time_spent(replay(())) == TimeSpent()
    under_way = replay((f.VisitAccepted(at=at(0)), f.VisitTravelling(at=at(5))))
    assert time_spent(under_way) == TimeSpent()
    set_back = replay((f.VisitTravelling(at=at(5)), f.VisitArrived(at=at(1))))
    assert time_spent(set_back) == TimeSpent(), "a clock that was set back counts for nothing"
