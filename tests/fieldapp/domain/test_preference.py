from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fieldapp.domain.preference import (
    AdministrativeStatus,
    Choice,
    Preference,
    Requester,
    choice_in_force,
    differs,
    needs_person,
    wanted_status,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def choice(preference: Preference, hours: int, verified: str = "at_door") -> Choice:
    return Choice(
        preference=preference,
        by=Requester.HOLDER,
        verified=verified,
        made_at=NOON + timedelta(hours=hours),
    )


def test_the_later_verified_choice_holds() -> None:
    history = (
        choice(Preference.OFF, 2),
        choice(Preference.ON, 1),
        choice(Preference.ON, 3, ""),
    )
    holding = choice_in_force(history)
    assert holding is not None
    assert holding.preference is Preference.OFF
    assert needs_person(history)


def test_equal_times_go_to_a_person() -> None:
    tie = (choice(Preference.OFF, 1), choice(Preference.ON, 1))
    assert choice_in_force(tie) is None
    assert needs_person(tie)


def test_no_choice_needs_nobody() -> None:
    assert choice_in_force(()) is None
    assert not needs_person(())


def test_the_meter_follows_the_choice() -> None:
    off = choice(Preference.OFF, 0)
    assert wanted_status(Preference.ON) is AdministrativeStatus.ON
    assert differs(off, AdministrativeStatus.ON)
    assert not differs(off, AdministrativeStatus.OFF)
    assert not differs(None, AdministrativeStatus.UNDEFINED)
    assert not needs_person((off,))
