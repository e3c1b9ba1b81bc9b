"""The customer's choice about remote reading, and the meter's own value: two separate facts.

A choice is history: who chose what, when, through which channel and how that was verified. The
later verified choice holds. The administrative status in the meter (0-1:94.31.0.255) follows
from it; where the two differ there is work to do. Sources: trade.md, P3 4.2.2 section 8.1.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum

import msgspec

CONFIGURATION_CHANGED = "event_47"
"""What a written administrative status leaves in the meter's fraud log (DSMR Main 4.4.20)."""


class Preference(StrEnum):
    """Remote reading on or off."""

    ON = "on"
    OFF = "off"


class AdministrativeStatus(IntEnum):
    """The values the meter may hold; 3 exists in old meters and is never written."""

    UNDEFINED = 0
    OFF = 1
    ON = 2
    ADMINISTRATIVE_ON = 3


class Requester(StrEnum):
    """Who asked."""

    HOLDER = "holder"
    AUTHORISED = "authorised"


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One choice in a connection holder's history.

    Attributes:
        preference: on or off.
        by: the holder or somebody authorised.
        verified: how it was proven (`at_door`, `contact_code`, `ean_and_meter`), or empty.
        channel: `web`, `phone`, `site`, `desk`.
        made_at: aware.
    """

    preference: Preference
    by: Requester
    verified: str = ""
    channel: str = "web"
    made_at: datetime


def wanted_status(preference: Preference) -> AdministrativeStatus:
    """The value a choice asks of the meter."""
    return AdministrativeStatus.ON if preference is Preference.ON else AdministrativeStatus.OFF


def foretold(held: int | None, wanted: Preference | None) -> tuple[str, ...]:
    """What a change will leave in the fraud log of a meter that holds `held`, said beforehand.

    Args:
        held: the administrative status; None where it was not read.
        wanted: what is to be written; None for a change to whatever it does not hold.
    """
    if wanted is not None and held == wanted_status(wanted):
        return ()
    return (CONFIGURATION_CHANGED,)


def choice_in_force(choices: tuple[Choice, ...]) -> Choice | None:
    """The latest verified choice; None where there is none or two verified ones tie.

    Two different verified choices of the same moment go to a person.
    """
    verified = sorted((c for c in choices if c.verified), key=lambda c: c.made_at)
    if not verified:
        return None
    last = verified[-1]
    tied = [c for c in verified if c.made_at == last.made_at]
    return last if len({c.preference for c in tied}) == 1 else None


def needs_person(choices: tuple[Choice, ...]) -> bool:
    """Whether a later unverified choice, or a tie, stands against the one in force."""
    if not choices:
        return False
    holding = choice_in_force(choices)
    if holding is None:
        return True
    return any(
        c.made_at >= holding.made_at and c.preference is not holding.preference for c in choices
    )


def differs(choice: Choice | None, status: AdministrativeStatus) -> bool:
    """Whether the meter holds something else than the choice asks for."""
    return choice is not None and wanted_status(choice.preference) is not status
