"""The meters of the practice street: they begin where the plan says, and then go on."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import resources
from ui.demo.world import street

if TYPE_CHECKING:
    from tests.ui.conftest import SteppingClock

GAS, SOLAR = "E0044007382311125", "E0044007382246019"


async def test_values_begin_as_planned_and_move(clock: SteppingClock) -> None:
    planned = json.loads(resources.read_text("demo/meters.json"))
    async with street(clock) as here:
        for number, meter in here.meters.items():
            low, normal, *_ = planned[number]["wh"]
            stands = meter.energy_at("energy_to_client", clock.time)
            assert low + normal <= stands <= low + normal + 10
            assert meter.energy_at("energy_to_client_t1", clock.time) == low
        meter = here.meters[GAS]
        litres, _ = meter.gas_at(1, clock.time, 3600)
        assert litres == planned[GAS]["gas"]["litres"]
        before = meter.grid_now()
        clock.time += timedelta(hours=1)
        assert meter.energy_at("energy_to_client", clock.time) > 43 + 300
        assert meter.gas_at(1, clock.time, 3600)[0] == litres + 96
        assert meter.grid_now().voltages != before.voltages


async def test_the_plug_goes_into_meters_that_are_there(clock: SteppingClock) -> None:
    async with street(clock) as here:
        assert here.plug(SOLAR)
        assert not here.plug("E0099000000000126")
