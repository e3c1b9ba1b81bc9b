from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain.diagnosis import (
    RULES,
    Finding,
    Verdict,
    diagnose,
)
from fieldapp.store.transaction import Transaction
from fieldapp.work.contact import Target
from fieldapp.work.findings import observe
from fieldapp.work.visit import stored_visit
from hardware.dsmr.objects import Version
from hardware.simulators import optical
from hardware.simulators.optical_faults import Line
from hardware.simulators.optical_state import GasMeter, Grid, OpticalMeter

if TYPE_CHECKING:
    from tests.fieldapp.work.metering.conftest import Site

OLD_E, OLD_G = "E0044007382246019", "G0007001234567809"
OTHER = "E0099000000000126"
CALM = Grid(sags=(0, 0, 0))
Spoil = Callable[[OpticalMeter], None]


def _healthy(site: Site, profile: Version = Version.SMR500) -> OpticalMeter:
    """A meter that nothing is wrong with: gas heard this hour, the choice as it was made."""
    meter = OpticalMeter(
        OLD_E, site.clock.now, profile, grid=CALM, counters={}, administrative_status=1
    )
    hour = site.clock.now().replace(minute=0, second=0, microsecond=0)
    meter.channels[0] = GasMeter(OLD_G, 1_284_305, hour)
    meter.log("standard", 3, at=site.clock.now() - timedelta(days=21))
    return meter


def _on_bench(site: Site, meter: OpticalMeter) -> None:
    site.bench.meters["p0"] = optical.OpticalSimulator(
        meter, optical.Framing.HDLC, Line()
    ).serve


async def _begin(site: Site, variant: str = "E+G") -> Target:
    began = await site.begin("fault", variant, step="state_before")
    return replace(began, source="p0")


async def _answers(site: Site, target: Target) -> dict[str, Finding]:
    def look(c: Transaction) -> tuple[Finding, ...]:
        return diagnose(observe(c, stored_visit(c, target.visit), site.clock))

    return {finding.rule: finding for finding in await site.db.read(look)}


async def _read(site: Site, meter: OpticalMeter) -> dict[str, Finding]:
    target = await _begin(site)
    _on_bench(site, meter)
    await site.metering.retrieve_state(target, "before")
    return await _answers(site, target)


def _found(answers: dict[str, Finding]) -> dict[str, str]:
    return {rule: a.why for rule, a in answers.items() if a.verdict is Verdict.FOUND}


@pytest.mark.parametrize("profile", Version)
async def test_nothing_is_found_on_a_healthy_meter(site: Site, profile: Version) -> None:
    answers = await _read(site, _healthy(site, profile))
    assert tuple(answers) == RULES
    assert _found(answers) == {}
