"""What a photo shows: the named places that a visit's photos belong to.

A flow may ask for any of them; a technician may add one at any time. Rule: a code, once used,
keeps its meaning; codes that a flow names itself are allowed beside these.
"""

from __future__ import annotations

from enum import StrEnum

from fieldapp.domain.work_order import Commodity


class Slot(StrEnum):
    """What is on the photo."""

    OLD_METER = "old_meter"
    OLD_GAS_METER = "old_gas_meter"
    READINGS = "readings"
    SEALS = "seals"
    NEW_METER = "new_meter"
    NEW_GAS_METER = "new_gas_meter"
    CUPBOARD = "cupboard"


_CARRIER = {
    Slot.OLD_METER: Commodity.ELECTRICITY,
    Slot.NEW_METER: Commodity.ELECTRICITY,
    Slot.OLD_GAS_METER: Commodity.GAS,
    Slot.NEW_GAS_METER: Commodity.GAS,
}


def carrier_of(slot: str) -> Commodity | None:
    """The carrier of the meter that a photo shows; None where it shows no one meter."""
    return next((carrier for code, carrier in _CARRIER.items() if code == slot), None)


def is_new(slot: str) -> bool:
    """Whether it shows the meter that was placed."""
    return slot in {Slot.NEW_METER, Slot.NEW_GAS_METER}
