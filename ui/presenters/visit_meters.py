"""The facts that say which meter hangs, went or was found, made from what was read or typed.

In come a stored visit, a step, a time and a number; out come facts. Rule: a number that is not
the expected meter's never becomes a removal, and a placed meter's number is a meter number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fieldapp.domain import facts as f
from fieldapp.domain.identifiers import parse_meter_number
from fieldapp.domain.work_order import Commodity, MeterKind
from fieldapp.store.orders import StoredVisit
from fieldapp.work.expected import carrier_identified, expected_meter
from fieldapp.work.refusals import NoMeterHere
from hardware.errors import WrongMeter

SHORT = 4
"""So many last characters of a number tell meters of one visit apart."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The visit as it stands, the step that is worked, and the time."""

    stored: StoredVisit
    step: str
    at: datetime


def meant(typed: str, numbers: Iterable[str]) -> str:
    """The one of `numbers` that was typed, whole or by its last four or more characters.

    Answers the typed number itself, in its canonical form, where it is none or several of them.

    Raises:
        IdentifierError: not a meter number, nor the end of one.
    """
    number = parse_meter_number(typed)
    known = tuple(numbers)
    if number in known:
        return number
    ends = [one for one in known if len(number) >= SHORT and one.endswith(number)]
    return ends[0] if len(ends) == 1 else number


def removed(scene: Scene, commodity: Commodity, typed: str) -> f.MeterRemoved:
    """The visit's meter of this carrier is off the wall.

    Raises:
        NoMeterHere: the visit knows none.
        WrongMeter: another number was typed.
        IdentifierError: no number was typed.
    """
    stored = scene.stored
    expected = expected_meter(stored.visit, stored.progress, commodity, "final")
    number = expected.meter.number
    found = meant(typed, (number,)) if typed else number
    if found != number:
        raise WrongMeter(number, found)
    return f.MeterRemoved(
        at=scene.at, step=scene.step, ean=expected.connection.ean, number=number
    )


def placed(
    scene: Scene,
    commodity: Commodity,
    typed: str,
    kind: MeterKind | None,
    carried: Iterable[str] = (),
) -> f.MeterPlaced:
    """A meter hangs there: `kind` is the visit's where it is not given.

    The end of a number tells one that was reserved, or one of those `carried` in the van.

    Raises:
        NoMeterHere: the visit has no such connection.
        IdentifierError: no number was typed.
    """
    visit = scene.stored.visit
    connection = visit.connection(commodity.value)
    if connection is None:
        raise NoMeterHere(commodity.value)
    return f.MeterPlaced(
        at=scene.at,
        step=scene.step,
        ean=connection.ean,
        number=meant(typed, (*(meter.number for meter in visit.new_meters), *carried)),
        meter_kind=kind or visit.meter_kind,
    )


def other_found(scene: Scene, found: str, reason: str) -> f.OtherMeterFound:
    """Another meter hangs there than the office knows.

    Raises:
        NoMeterHere: the visit knows no meter for the step's carrier.
        IdentifierError: `found` is no meter number.
    """
    stored = scene.stored
    carrier = carrier_identified(stored.visit, scene.step)
    expected = expected_meter(stored.visit, stored.progress, carrier)
    return f.OtherMeterFound(
        at=scene.at,
        step=scene.step,
        expected=expected.meter.number,
        found=parse_meter_number(found),
        reason=reason,
    )
