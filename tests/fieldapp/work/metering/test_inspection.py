from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Preference
from fieldapp.errors import PurposeRefused
from fieldapp.store import audit
from fieldapp.store.database import Database
from fieldapp.work.errand import Line
from fieldapp.work.inspection import PREFERENCE_STEPS, STATE_STEPS, Inspection
from fieldapp.work.meter_texts import HeldText
from fieldapp.work.refusals import WorkshopNotGranted
from hardware.errors import PortTimeout, WrongMeter
from hardware.simulators.optical_faults import Fault
from hardware.simulators.optical_faults import Line as Faults

if TYPE_CHECKING:
    from tests.fieldapp.work.metering.conftest import Site

OLD_E = "E0044007382246019"
OTHER = "E0099000000000126"


def _inspection(site: Site) -> Inspection:
    return Inspection(site.db, site.clock, site.bench.tools())


async def test_a_look_shows_everything_and_keeps_only_the_contact(site: Site) -> None:
    target = await site.begin("fault")
    site.bench.meters["p0"] = site.optical().serve
    steps: list[str] = []
    look = await _inspection(site).state(Line("p0", steps.append))
    assert look.readout.identity.equipment_id == OLD_E
    assert len(look.readout.mbus) == 4
    assert (look.texts.location, look.texts.message) == (HeldText(), HeldText())
    assert tuple(steps) == STATE_STEPS
    assert [type(fact) for fact in await site.facts(target)] == [f.MeterContacted]
    assert await site.outcomes() == [("retrieve_state", "begun"), ("retrieve_state", "done")]
    assert await site.bench.all_closed()


async def test_the_choice_is_looked_at_without_the_rest(site: Site) -> None:
    await site.begin("reading_preference")
    site.bench.meters["p0"] = site.optical().serve
    steps: list[str] = []
    proof = await _inspection(site).preference(Line("p0", steps.append))
    assert proof.after.name == "on"
    assert not proof.written
    assert tuple(steps) == PREFERENCE_STEPS


async def test_another_meter_is_not_read(site: Site) -> None:
    await site.begin("fault")
    site.bench.meters["p0"] = site.optical(OTHER).serve
    steps: list[str] = []
    with pytest.raises(WrongMeter):
        await _inspection(site).state(Line("p0", steps.append))
    assert "identity" not in steps
    assert await site.bench.all_closed()


async def test_the_purpose_decides(site: Site) -> None:
    await site.begin("reading_preference")
    site.bench.meters["p0"] = site.optical().serve
    with pytest.raises(PurposeRefused):
        await _inspection(site).state(Line("p0"))
    assert site.bench.opened == []


async def test_a_visit_does_not_write_as_a_workshop(site: Site) -> None:
    await site.begin("placement", "E+G")
    site.bench.meters["p0"] = site.optical().serve
    with pytest.raises(WorkshopNotGranted):
        await _inspection(site).write_preference(Line("p0"), Preference.OFF)
    assert site.bench.opened == []


async def test_a_workshop_writes_reads_back_and_notes_it(site: Site, tmp_path: Path) -> None:
    db = await Database.open(tmp_path / "bench" / "store.db", bytes(range(32)))
    try:
        simulator = site.optical(OTHER)
        site.bench.meters["p0"] = simulator.serve
        bench = Inspection(db, site.clock, site.bench.tools())
        proof = await bench.write_preference(Line("p0"), Preference.OFF)
        assert (proof.before.name, proof.after.name, proof.written) == ("on", "off", True)
        assert simulator.meter.administrative_status == 1
        entries = await db.read(audit.entries)
        assert [(e.purpose, e.action, e.outcome) for e in entries] == [
            ("workshop", "write_preference", "begun"),
            ("workshop", "write_preference", "done"),
        ]
    finally:
        await db.close()


async def test_a_session_that_breaks_off_closes_the_port(site: Site) -> None:
    await site.begin("fault")
    line = Faults(frozenset({Fault.STOPS_HALFWAY}), stop_after=6)
    site.bench.meters["p0"] = site.optical(line=line).serve
    with pytest.raises(PortTimeout):
        await _inspection(site).state(Line("p0"))
    assert await site.bench.all_closed()
    assert (await site.outcomes())[-1] == ("retrieve_state", "PortTimeout")
