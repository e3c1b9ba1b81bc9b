from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Choice, Preference, Requester
from fieldapp.domain.progress import Progress
from fieldapp.domain.requirements import is_met
from fieldapp.domain.steps import steps_of
from fieldapp.work.refusals import (
    ChoiceDiffers,
    PreferenceNotApplied,
)
from hardware.errors import (
    PortTimeout,
    WrongMeter,
)
from hardware.simulators.optical import Framing, OpticalSimulator
from hardware.simulators.optical_faults import Fault, Line
from hardware.simulators.optical_state import OpticalMeter, furnished

if TYPE_CHECKING:
    from tests.fieldapp.work.metering.conftest import Site

OLD_E, OLD_G = "E0044007382246019", "G0007001234567809"
NEW_E, NEW_G = "E0044007382311125", "G0039001936990625"
OTHER = "E0099000000000126"


async def test_the_choice_is_written_read_back_and_kept_as_proof(site: Site) -> None:
    target = replace(
        await site.begin("reading_preference", step="write_preference"), source="p0"
    )
    simulator = site.optical()
    site.bench.meters["p0"] = simulator.serve
    assert await site.metering.read_preference(target) == 2
    fact = await site.metering.apply_preference(target, Preference.OFF)
    assert (fact.before, fact.requested, fact.after) == (2, Preference.OFF, 1)
    assert simulator.meter.administrative_status == 1
    again = await site.metering.apply_preference(target, Preference.OFF)
    assert (again.before, again.after) == (1, 1)
    assert [row.code for row in simulator.meter.logs["fraud"]][-1] == 47
    stored = await site.work.stored(target.visit)
    requirement = next(
        s for s in steps_of(stored.visit, Progress()) if s.code == "write_preference"
    ).needs[0]
    assert is_met(stored.visit, stored.progress, "write_preference", requirement)
    assert (await site.outcomes())[2:4] == [
        ("write_preference", "begun"),
        ("write_preference", "done"),
    ]


async def test_nothing_is_written_to_another_meter(site: Site) -> None:
    target = replace(
        await site.begin("reading_preference", step="write_preference"), source="p0"
    )
    simulator = site.optical(OTHER)
    site.bench.meters["p0"] = simulator.serve
    with pytest.raises(WrongMeter):
        await site.metering.apply_preference(target, Preference.OFF)
    with pytest.raises(WrongMeter):
        await site.metering.read_preference(target)
    assert simulator.meter.administrative_status == 2
    assert all(row.code != 47 for row in simulator.meter.logs["fraud"])
    stored = await site.work.stored(target.visit)
    assert stored.progress.of(f.PreferenceApplied) == ()


async def test_only_the_choice_in_force_is_written(site: Site) -> None:
    target = await site.begin("reading_preference", step="write_preference")
    with pytest.raises(ChoiceDiffers) as caught:
        await site.metering.apply_preference(target, Preference.ON)
    assert (caught.value.requested, caught.value.chosen) == ("on", "off")
    with pytest.raises(ChoiceDiffers):
        await site.metering.defer_preference(target, Preference.ON, "no_access")
    assert site.bench.opened == []
    now = site.clock.now()
    choice = Choice(
        preference=Preference.ON,
        by=Requester.HOLDER,
        verified="at_door",
        channel="site",
        made_at=now,
    )
    await site.work.record(target.visit, f.ChoiceRecorded(at=now, step="choice", choice=choice))
    progress = await site.metering.defer_preference(target, Preference.ON, "no_access")
    (deferred,) = progress.of(f.PreferenceDeferred)
    assert (deferred.requested, deferred.reason) == (Preference.ON, "no_access")


async def test_without_any_choice_nothing_is_written(site: Site) -> None:
    target = await site.begin("reading_preference", step="write_preference", choices=())
    with pytest.raises(ChoiceDiffers) as caught:
        await site.metering.apply_preference(target, Preference.OFF)
    assert caught.value.chosen == ""


class _Stubborn(OpticalMeter):
    def write_status(self, value: int) -> None:
        del value


async def test_a_value_that_does_not_hold_is_kept_and_told(site: Site) -> None:
    target = replace(
        await site.begin("reading_preference", step="write_preference"), source="p0"
    )
    site.bench.meters["p0"] = OpticalSimulator(
        _Stubborn(OLD_E, site.clock.now), Framing.HDLC
    ).serve
    with pytest.raises(PreferenceNotApplied) as caught:
        await site.metering.apply_preference(target, Preference.OFF)
    assert caught.value.after == 2
    stored = await site.work.stored(target.visit)
    assert [fact.after for fact in stored.progress.of(f.PreferenceApplied)] == [2]
    requirement = next(
        s for s in steps_of(stored.visit, Progress()) if s.code == "write_preference"
    ).needs[0]
    assert not is_met(stored.visit, stored.progress, "write_preference", requirement)


async def test_a_write_that_breaks_off_can_be_tried_again(site: Site) -> None:
    target = replace(
        await site.begin("reading_preference", step="write_preference"), source="p0"
    )
    meter = furnished(OpticalMeter(OLD_E, site.clock.now))
    answers = 3
    while meter.administrative_status == 2:
        line = Line(frozenset({Fault.STOPS_HALFWAY}), stop_after=answers)
        site.bench.meters["p0"] = OpticalSimulator(meter, Framing.HDLC, line).serve
        with pytest.raises(PortTimeout):
            await site.metering.apply_preference(target, Preference.OFF)
        answers += 1
    assert await site.facts(target) == ()
    site.bench.meters["p0"] = OpticalSimulator(meter, Framing.HDLC).serve
    fact = await site.metering.apply_preference(target, Preference.OFF)
    assert (fact.before, fact.after) == (1, 1)
