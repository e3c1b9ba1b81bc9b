from __future__ import annotations

from fieldapp.domain.slots import Slot, carrier_of, is_new
from fieldapp.domain.work_order import Commodity


def test_a_photo_of_a_meter_tells_its_carrier_and_others_none() -> None:
    none = {slot for slot in Slot if carrier_of(slot) is None}
    assert none == {Slot.READINGS, Slot.SEALS, Slot.CUPBOARD}
    assert carrier_of("old_gas_meter") is Commodity.GAS
    assert carrier_of("signature") is None


def test_only_meters_that_were_placed_are_new() -> None:
    assert {slot for slot in Slot if is_new(slot)} == {Slot.NEW_METER, Slot.NEW_GAS_METER}
