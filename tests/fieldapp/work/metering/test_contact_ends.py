from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Preference
from fieldapp.errors import IllegalTransition, PurposeRefused
from fieldapp.store import outbox
from fieldapp.work.contact import Target
from fieldapp.work.metering import Metering
from hardware.errors import (
    AccessDenied,
    PortGone,
    PortTimeout,
    RemoteProtocolError,
    WrongPort,
)
from hardware.port import Port
from hardware.simulators.optical_faults import Fault, Line

if TYPE_CHECKING:
    from tests.fieldapp.work.metering.conftest import Site

OLD_E, OLD_G = "E0044007382246019", "G0007001234567809"
NEW_E, NEW_G = "E0044007382311125", "G0039001936990625"
OTHER = "E0099000000000126"


async def test_a_damaged_telegram_is_passed_over(site: Site) -> None:
    target = replace(await site.begin("fault"), source="p1")
    good = site.telegram()
    damaged = good.replace(b"(", b"[", 1)
    site.bench.meters["p1"] = site.sends(b"\x00noise\r\n", damaged, good)
    assert (await site.metering.identify(target, f.Channel.P1)).matches


async def test_what_a_bad_line_gives_is_an_error_with_its_cause(site: Site) -> None:
    metering = Metering(site.db, site.clock, site.bench.tools(p1_patience_s=0.3))
    target = replace(await site.begin("fault"), source="p1")
    site.bench.meters["p1"] = site.sends()
    with pytest.raises(PortTimeout):
        await metering.identify(target, f.Channel.P1)
    site.bench.meters["p1"] = site.sends(b"\x81\x03\xff garbage \x00" * 40)
    with pytest.raises(RemoteProtocolError):
        await metering.identify(target, f.Channel.P1)
    site.bench.meters["p1"] = site.sends(site.telegram().replace(b"(", b"[", 1))
    with pytest.raises(RemoteProtocolError, match="1 damaged"):
        await metering.identify(target, f.Channel.P1)

    async def unplugged(port: Port) -> None:
        await port.write(site.telegram()[:100])
        await port.close()

    site.bench.meters["p1"] = unplugged
    with pytest.raises(PortGone):
        await metering.identify(target, f.Channel.P1)
    with pytest.raises(PortGone) as caught:
        await metering.identify(replace(target, source="COM9"), f.Channel.P1)
    assert caught.value.port == "COM9"
    assert await site.facts(target) == ()
    assert [outcome for _, outcome in (await site.outcomes())[1::2]] == [
        "NoTelegrams",
        "RemoteProtocolError",
        "RemoteProtocolError",
        "PortGone",
        "PortGone",
    ]
    assert await site.bench.all_closed()
    site.bench.meters["p1"] = site.sends(site.telegram())
    assert (await metering.identify(target, f.Channel.P1)).matches


async def test_a_p1_cable_where_the_head_should_be_is_told(site: Site) -> None:
    target = replace(await site.begin("fault"), source="p0")

    async def serve(port: Port) -> None:
        while True:
            await port.write(site.telegram())
            await asyncio.sleep(0.05)

    site.bench.meters["p0"] = serve
    with pytest.raises(WrongPort):
        await site.metering.identify(target, f.Channel.P0)
    assert await site.facts(target) == ()


async def test_a_silent_or_failing_head_keeps_nothing(site: Site) -> None:
    target = replace(await site.begin("fault", step="state_before"), source="p0")
    line = Line(frozenset({Fault.STOPS_HALFWAY}), stop_after=9)
    site.bench.meters["p0"] = site.optical(line=line).serve
    with pytest.raises(PortTimeout):
        await site.metering.retrieve_state(target, "before")
    assert await site.facts(target) == ()
    assert await site.bench.all_closed()
    site.bench.meters["p0"] = site.optical().serve
    fact = await site.metering.retrieve_state(target, "before")
    assert fact.meter == OLD_E


async def test_the_whole_state_is_kept_as_plain_values(site: Site) -> None:
    notices: list[str] = []
    target = await site.begin("fault", step="state_before")
    site.bench.meters["p0"] = site.optical().serve
    target = replace(target, source="p0", notice=notices.append)
    fact = await site.metering.retrieve_state(target, "before")
    stored = await site.work.stored(target.visit)
    (kept,) = stored.progress.of(f.StateRetrieved)
    assert kept == fact
    state = kept.state
    assert state["identity"]["equipment_id"] == OLD_E
    assert state["registers"][0]["unit"] == "Wh"
    assert {"obis", "value", "name", "time", "unit"} == set(state["registers"][0])
    assert state["mbus"][0]["equipment_id"] == OLD_G
    assert state["mbus"][0]["register"]["value"] == "1284.305"
    assert state["mbus"][1]["register"] is None
    assert state["preference"]["name"] == "on"
    assert state["logs"]["fraud"] == []
    assert "profile" not in str(state.keys())
    assert notices[:4] == ["open_port", "connect", "compare", "read_state"]
    assert {"registers", "logs"} <= set(notices)


async def test_the_public_client_may_not_read_registers(site: Site) -> None:
    target = replace(await site.begin("placement", step="final_readings"), source="p0")
    site.bench.meters["p0"] = site.optical().serve
    timing = site.bench.options.timing
    tools = replace(site.bench.tools(), access=None, timing=timing)
    with pytest.raises(AccessDenied):
        await Metering(site.db, site.clock, tools).readings_over_p0(target, "final")
    assert await site.facts(target) == ()


async def test_a_purpose_that_does_not_allow_it_stops_before_the_port(site: Site) -> None:
    target = replace(await site.begin("reading_preference"), source="p1")
    with pytest.raises(PurposeRefused):
        await site.metering.readings_over_p1(target, "check")
    assert site.bench.opened == []
    assert await site.outcomes() == [
        ("read_registers", "begun"),
        ("read_registers", "PurposeRefused"),
    ]


async def test_a_visit_that_is_not_under_way_touches_no_meter(site: Site) -> None:
    visit_id = await site.store(site.plan("fault"))
    target = Target(visit_id, "connection_and_meter", "p1")
    for attempt in (
        site.metering.identify(target, f.Channel.P1),
        site.metering.retrieve_state(target, "before"),
        site.metering.apply_preference(target, Preference.OFF),
        site.metering.readings_over_p0(target, "check"),
        site.metering.identify_by_nameplate(target, OLD_E),
    ):
        with pytest.raises(IllegalTransition):
            await attempt
    assert site.bench.opened == []
    assert await site.outcomes() == []


async def test_stopping_a_contact_closes_the_port_and_is_noted(site: Site) -> None:
    waiting = asyncio.Event()

    def notice(step: str) -> None:
        if step == "wait_telegram":
            waiting.set()

    target = replace(await site.begin("fault"), source="p1", notice=notice)
    site.bench.meters["p1"] = site.sends()
    task = asyncio.create_task(site.metering.identify(target, f.Channel.P1))
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await site.bench.all_closed()
    assert await site.outcomes() == [("identify", "begun"), ("identify", "CancelledError")]
    assert await site.facts(target) == ()


async def test_every_kept_fact_is_an_operation(site: Site) -> None:
    target = replace(await site.begin("fault"), source="p1")
    site.bench.meters["p1"] = site.sends(site.telegram())
    await site.metering.identify(target, f.Channel.P1)
    items = await site.db.read(outbox.items)
    assert [item.kind for item in items][-1] == "meter_contacted"
    assert [item.sequence for item in items] == list(range(1, len(items) + 1))
